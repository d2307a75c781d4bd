//! An open function with its eventfds, as a case drives it.

use std::cell::{Cell, RefCell};
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use eoi_forward::vfio::{self, Bar, Intx};
use eoi_forward::{Eventfd, Forward, Here};
use eoi_intx::{Input, Path};
use eoi_kvm_guest::device::Device;
use eoi_kvm_guest::{host_irq, wait};
use eoi_lab_protocol::{Cause, How, Message, State};
use rustix::fd::AsFd;

use crate::failed::Failed;
use crate::lines::Lines;
use crate::pci::Function;

/// The bit of a cause in the device's registers.
pub fn bit(device: &dyn Device, cause: Cause) -> u32 {
    let [one, two] = device.causes();
    match cause {
        Cause::One => one,
        Cause::Two => two,
    }
}

/// The function of a case whose VMM is the machine; its guest is this program.
type Machine<'a> = eoi_forward::Function<&'a vfio::Device, Here>;

/// An open function with its eventfds.
pub struct Bench<'a> {
    /// The function.
    pub vfio: &'a vfio::Device,
    /// The function's registers.
    pub bar: Bar<'a>,
    /// Its kind.
    pub device: &'static dyn Device,
    /// The eventfd that VFIO signals, where the machine does not have one of its own.
    pub trigger: Eventfd,
    unmask: Option<Eventfd>,
    machine: Option<RefCell<Machine<'a>>>,
    signals: Cell<u64>,
    /// The Linux irq.
    pub irq: u32,
    /// The longest that an interrupt may take.
    pub wait: Duration,
}

impl<'a> Bench<'a> {
    /// Nothing is set up yet.
    pub fn new(
        vfio: &'a vfio::Device,
        function: &Function,
        how: How,
        wait: Duration,
    ) -> Result<Self> {
        vfio.enable_memory()?;
        let new_machine = || -> eoi_forward::Result<_> {
            let forward =
                Forward::new(Path::Eoi, vfio, Here::default(), ())?.named(&function.address);
            Ok(RefCell::new(Machine::new(forward)))
        };
        Ok(Self {
            vfio,
            bar: vfio.bar(0)?,
            device: function.device,
            trigger: Eventfd::new().context("no eventfd")?,
            unmask: if how == How::Eventfd {
                Some(Eventfd::new()?)
            } else {
                None
            },
            machine: if how == How::Intx {
                Some(new_machine()?)
            } else {
                None
            },
            signals: Cell::new(0),
            irq: function.irq()?,
            wait,
        })
    }

    /// The masks.
    pub fn lines(&self) -> Lines<'_> {
        Lines {
            vfio: self.vfio,
            eventfd: self.unmask.as_ref(),
        }
    }

    /// Tells the machine; an error where the case has none.
    pub fn input(&self, input: Input) -> Result<(), Failed> {
        let machine = self
            .machine
            .as_ref()
            .context("only a case with how=intx has the machine")?;
        Ok(machine.borrow_mut().input(input)?)
    }

    /// Sets INTx up, in the case's way.
    pub fn enable(&self) -> Result<(), Failed> {
        if self.machine.is_some() {
            return self.input(Input::Enable);
        }
        self.vfio.intx(Intx::Enable(self.trigger.as_fd()))?;
        match &self.unmask {
            Some(eventfd) => Ok(self.vfio.intx(Intx::UnmaskOn(eventfd.as_fd()))?),
            None => Ok(()),
        }
    }

    /// Tears INTx down.
    pub fn disable(&self) -> Result<(), Failed> {
        if self.machine.is_some() {
            self.input(Input::Disable)
        } else {
            Ok(self.vfio.intx(Intx::Disable)?)
        }
    }

    /// An interrupt that the last case left pending in the controller comes now and not in this case: a case that stalled leaves one.
    pub fn flush(&self, settle: Duration) -> Result<(), Failed> {
        self.enable()?;
        std::thread::sleep(settle);
        self.take()?;
        self.disable()?;
        self.signals.set(0);
        Ok(())
    }

    /// Unmasks, in the case's way: for the machine, the guest ends the interrupt.
    pub fn unmask(&self) -> Result<(), Failed> {
        if self.machine.is_some() {
            self.input(Input::Eoi)
        } else {
            Ok(self.lines().unmask()?)
        }
    }

    /// Raises the cause and sees that it is up.
    pub fn raise(&self, cause: Cause) -> Result<(), Failed> {
        let bit = bit(self.device, cause);
        self.device.raise(&self.bar, bit)?;
        self.expect(bit, bit, "raised")
    }

    /// Clears the cause and sees that it is gone.
    pub fn clear(&self, cause: Cause) -> Result<(), Failed> {
        let bit = bit(self.device, cause);
        self.device.clear(&self.bar, bit)?;
        self.expect(bit, 0, "cleared")
    }

    /// Clears every cause and sees that they are gone.
    pub fn clear_all(&self) -> Result<(), Failed> {
        self.device.clear(&self.bar, u32::MAX)?;
        self.expect(u32::MAX, 0, "cleared")
    }

    /// Compares the causes that are up. The read also brings a posted write to the device.
    fn expect(&self, bits: u32, value: u32, what: &str) -> Result<(), Failed> {
        let pending = self.device.pending(&self.bar)?;
        if pending & bits == value && pending != u32::MAX {
            return Ok(());
        }
        let name = self.device.name();
        Err(Failed::Fatal(anyhow!(
            "{name}: {bits:#x} was {what} and its status is {pending:#x}; is its memory decoded?"
        )))
    }

    /// The signals since the last time, without waiting. The machine hears of them.
    pub fn take(&self) -> Result<u64, Failed> {
        let count = match &self.machine {
            Some(machine) => u64::from(machine.borrow_mut().ready()?),
            None => self.trigger.take()?,
        };
        self.signals.set(self.signals.get() + count);
        Ok(count)
    }

    /// The signals until so long has passed, or the first comes.
    pub fn listen(&self, longest: Duration) -> Result<u64, Failed> {
        match &self.machine {
            Some(machine) => wait::readable(machine.borrow().trigger(), longest)?,
            None => wait::readable(self.trigger.as_fd(), longest)?,
        }
        self.take()
    }

    /// The state of a line on which nothing came.
    pub fn state(&self, function: &Function) -> Result<Vec<Message>> {
        let status = self
            .device
            .pending(&self.bar)
            .context("cannot read the device's status")?;
        let (intx, disintx) = function.intx()?;
        let state = State {
            status,
            intx,
            disintx,
            proc: host_irq::count(self.irq)?,
        };
        // Only with CONFIG_GENERIC_IRQ_DEBUGFS.
        let debug = fs::read_to_string(format!("/sys/kernel/debug/irq/irqs/{}", self.irq))
            .unwrap_or_default();
        Ok([Message::State(state)]
            .into_iter()
            .chain(debug.lines().map(|line| Message::Debug(line.into())))
            .collect())
    }

    /// Every signal so far.
    pub fn signals(&self) -> u64 {
        self.signals.get()
    }
}
