//! `eoi-forward demo`: a level line through a KVM guest and back, without a device, and the cost of an interrupt on each path.
//!
//! The line is this process's: it has a cause, a mask and an eventfd, as vfio-pci has them. The machine that sets it up and answers
//! is [`eoi_intx::Intx`]. The guest is that of eoi-kvm-guest.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod line;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod table;

use anyhow::Result;

use crate::out;
use crate::status::Status;

/// Takes `rounds` interrupts, one after the other, on each path with one vCPU and with two, and prints the table.
///
/// # Errors
/// It was tried and went wrong.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub fn run(rounds: u32) -> Result<Status> {
    if let Err(error) = kvm_ioctls::Kvm::new() {
        return Ok(cannot(&format!(
            "cannot open /dev/kvm: {error}; is KVM loaded, and may this user open it?"
        )));
    }
    if !eoi_kvm_guest::holds()? {
        return Ok(cannot(
            "this KVM interrupts a guest again that has not ended its interrupt: nothing measured on it would mean anything",
        ));
    }
    let table = table::Table(line::rows(rounds)?);
    out::print(format!("{table}\n").as_bytes())?;
    Ok(Status::Good)
}

/// Says that there is no guest for this architecture.
///
/// # Errors
/// None.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn run(_: u32) -> Result<Status> {
    Ok(cannot(&format!(
        "there is a guest for x86-64 and arm64, and none for {}",
        std::env::consts::ARCH
    )))
}

fn cannot(why: &str) -> Status {
    out::complain(why);
    Status::Cannot
}
