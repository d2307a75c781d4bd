//! The first process of a machine of `eoi lab`: it boots the machine, runs the plan's cases, says what happened, and powers off.
//!
//! `eoi lab` puts these files into the machine's memory: this program as `/init`, the plan as `/plan`, the modules as
//! `/modules/NN-name.ko`, and, for the cases that need them, the tool as `/eoi` and the program `/eoi-forward`. Lines on the console
//! come out (eoi-lab-protocol). This program judges only whether the device was ever heard at all.

mod bench;
mod boot;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod chain;
mod console;
mod doctor;
mod errno;
mod failed;
mod fault;
mod files;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod handed;
mod hold;
mod interrupts;
mod lines;
mod modules;
mod pci;
mod race;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod random;
mod second;
mod session;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod soak;
mod steps;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod syscalls;
mod tracing;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        // In a container it may be the first process too, and must not power off the host's machine.
        ["/init", ..] if std::process::id() == 1 => session::run(),
        [_, hold::WORD, address, device, container] => match hold::hold(address, device, container)
        {
            Ok(never) => match never {},
            Err(error) => {
                eprintln!("eoi-lab-init: {error:#}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!(
                "eoi-lab-init: this program is the first process of a machine of `eoi lab`, and nothing else"
            );
            ExitCode::FAILURE
        }
    }
}
