//! The function that is handed to a guest behind KVM.

use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use eoi_forward::vfio::{self, Bar};
use eoi_forward::{Function, Result};
use eoi_intx::Input;
use eoi_kvm_guest::device::Device;
use eoi_kvm_guest::guest::{Causes, Pin};

/// How often the guest's counts are looked at; a thread that spins would take the only CPU from the guest.
const LOOK: Duration = Duration::from_micros(50);

/// The function, its machine, and the guest's line.
pub type Handed<'a> = Function<&'a vfio::Device, Pin>;

/// The function as the guest reaches it.
pub struct Reached<'a, 'v> {
    /// Its kind.
    pub device: &'static dyn Device,
    /// Its registers.
    pub bar: &'a Bar<'a>,
    /// The machine, which hears of the guest's EOI.
    pub function: &'a Mutex<Handed<'v>>,
}

impl Causes for Reached<'_, '_> {
    fn pending(&self) -> Result<u32> {
        self.device.pending(self.bar)
    }

    fn clear(&self, bits: u32) -> Result<()> {
        self.device.clear(self.bar, bits)?;
        self.device.pending(self.bar).map(drop) // before the guest's EOI
    }

    fn eoi(&self) -> Result<()> {
        input(self.function, Input::Eoi)
    }
}

/// Tells the machine. A refused system call ends the case, as in a step.
pub fn input(function: &Mutex<Handed<'_>>, input: Input) -> Result<()> {
    let mut function = function.lock().unwrap_or_else(PoisonError::into_inner);
    function
        .input(input)
        .map_err(|failure| failure.error.errno())
}

/// Whether it becomes true in time.
pub fn within(longest: Duration, mut is: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if is() {
            return true;
        }
        if start.elapsed() > longest {
            return false;
        }
        sleep(LOOK);
    }
}
