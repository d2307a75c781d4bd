//! VFIO's and the hypervisor's half of one function, put together as the backend of the machine.

use eoi_intx::{Action, Backend, Path};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::{Errno, Result};

use crate::eventfd::Eventfd;
use crate::refusal::{Call, Refusal};
use crate::vfio::{self, Intx};

/// Whether it was done, and if not, what the kernel said to which call.
type Refused = std::result::Result<(), (Call, Errno)>;

/// The part that brings the interrupt to the guest.
pub trait Hypervisor {
    /// Whether it can do its part on this path; [`Forward::new`] refuses what it cannot.
    fn serves(&self, path: Path) -> bool {
        let _ = path;
        true
    }

    /// Raises or lowers the function's line: a VMM's own controller, or `KVM_IRQ_LINE`. Where several functions share the
    /// guest's pin, it is up as long as one of their lines is. It may be asked for what is so already.
    ///
    /// # Errors
    /// The hypervisor's.
    fn set_line(&mut self, up: bool) -> Result<()>;

    /// Has the hypervisor raise the line when `trigger` is signalled, and signal `resample` at the guest's EOI
    /// (`KVM_IRQFD`). Where there is no `resample`, it raises and lowers the line at once.
    ///
    /// # Errors
    /// The hypervisor's; EOPNOTSUPP where it cannot.
    fn wire(&mut self, trigger: &Eventfd, resample: Option<&Eventfd>) -> Result<()> {
        let _ = (trigger, resample);
        Err(Errno::OPNOTSUPP)
    }

    /// Takes back what [`Hypervisor::wire`] gave, and lowers the line. After a failure it is asked for where nothing is wired, too.
    ///
    /// # Errors
    /// The hypervisor's; EOPNOTSUPP where it cannot.
    fn unwire(&mut self, trigger: &Eventfd) -> Result<()> {
        let _ = trigger;
        Err(Errno::OPNOTSUPP)
    }
}

/// A guest that is this program: its line is a flag.
#[derive(Clone, Copy, Debug, Default)]
pub struct Here {
    up: bool,
}

impl Here {
    /// Whether the line is up.
    #[must_use]
    pub const fn up(&self) -> bool {
        self.up
    }
}

impl Hypervisor for Here {
    fn set_line(&mut self, up: bool) -> Result<()> {
        self.up = up;
        Ok(())
    }
}

/// The actions that neither VFIO's INTx nor the hypervisor does. A VMM that never needs one of these leaves it as it
/// is.
pub trait Vmm {
    /// Maps the BARs into the guest, or takes them out and starts the timer; only for [`Path::BarTrap`].
    ///
    /// # Errors
    /// The VMM's; EOPNOTSUPP where it cannot.
    fn map_bars(&mut self, on: bool) -> Result<()> {
        let _ = on;
        Err(Errno::OPNOTSUPP)
    }

    /// Sets MSI or MSI-X up, or tears it down, also where none is, after a failure; only for [`Input::ToMsi`](eoi_intx::Input::ToMsi) and what follows it.
    ///
    /// # Errors
    /// The VMM's; EOPNOTSUPP where it cannot.
    fn set_msi(&mut self, on: bool) -> Result<()> {
        let _ = on;
        Err(Errno::OPNOTSUPP)
    }

    /// The device interrupts faster than its budget; said once a period.
    fn throttled(&mut self) {}
}

/// A VMM that needs nothing of [`Vmm`].
impl Vmm for () {}

/// The backend. It owns its eventfds; the device may be an owned descriptor, a borrowed one, or anything that has one.
#[derive(Debug)]
pub struct Forward<D, H, V = ()> {
    path: Path,
    device: D,
    hypervisor: H,
    vmm: V,
    trigger: Eventfd,
    resample: Option<Eventfd>,
    address: Option<String>,
}

impl<D: AsFd, H: Hypervisor, V: Vmm> Forward<D, H, V> {
    /// Nothing is set up yet. There is a resample eventfd only on [`Path::Resample`].
    ///
    /// # Errors
    /// EOPNOTSUPP where the hypervisor's half cannot do this path; EMFILE or ENFILE where there is no descriptor left.
    pub fn new(path: Path, device: D, hypervisor: H, vmm: V) -> Result<Self> {
        if !hypervisor.serves(path) {
            return Err(Errno::OPNOTSUPP);
        }
        let resample = if path == Path::Resample {
            Some(Eventfd::new()?)
        } else {
            None
        };
        Ok(Self {
            path,
            device,
            hypervisor,
            vmm,
            trigger: Eventfd::new()?,
            resample,
            address: None,
        })
    }

    /// The function's address (`0000:01:00.0`), with which a refusal can say who has its line.
    #[must_use]
    pub fn named(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    /// The function.
    pub fn device(&self) -> &D {
        &self.device
    }

    pub(crate) fn path(&self) -> Path {
        self.path
    }

    /// The hypervisor's half.
    pub fn hypervisor(&self) -> &H {
        &self.hypervisor
    }

    /// The same, to be told where the guest's line is now, before [`Input::Route`](eoi_intx::Input::Route).
    pub fn hypervisor_mut(&mut self) -> &mut H {
        &mut self.hypervisor
    }

    /// The eventfd that VFIO signals. On the paths where nobody is wired to it, poll it for reading.
    pub fn trigger(&self) -> BorrowedFd<'_> {
        self.trigger.as_fd()
    }

    /// The eventfd that the hypervisor signals at the guest's EOI, on [`Path::Resample`].
    pub fn resample(&self) -> Option<BorrowedFd<'_>> {
        self.resample.as_ref().map(AsFd::as_fd)
    }

    /// How often the trigger was signalled since the last time. Whoever asks has to tell the machine.
    pub(crate) fn take(&self) -> Result<u64> {
        self.trigger.take()
    }

    #[cfg(test)]
    pub(crate) fn lose_trigger(&mut self) -> Result<()> {
        use rustix::fs::{Mode, OFlags, open};

        let null = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        self.trigger = Eventfd::from(null);
        Ok(())
    }

    pub(crate) fn refusal(&self, call: Call, errno: Errno) -> Refusal {
        Refusal::new(call, errno, self.address.as_deref())
    }

    fn intx(&self, request: Intx<'_>) -> Result<()> {
        vfio::intx(&self.device, request)
    }

    /// VFIO unmasks at the EOI by itself before the hypervisor can signal one.
    fn wire(&mut self) -> Refused {
        if let Some(resample) = &self.resample {
            self.intx(Intx::UnmaskOn(resample.as_fd()))
                .map_err(|errno| (Call::UnmaskEventfd, errno))?;
        }
        self.hypervisor
            .wire(&self.trigger, self.resample.as_ref())
            .map_err(|errno| {
                if self.resample.is_some() {
                    let _ = vfio::intx(&self.device, Intx::UnmaskOff); // or there would be two at the next attempt
                }
                (Call::Wire, errno)
            })
    }

    /// The other way round; an EOI that was on its way has unmasked, which does no harm. An irqfd goes with the last
    /// descriptor of its eventfd (EPOLLHUP in `irqfd_wakeup`, 6.12): where the trigger is none any more, which is why it is
    /// to be replaced, nothing is left to be taken back.
    fn unwire(&mut self) -> Refused {
        match self.hypervisor.unwire(&self.trigger) {
            Ok(()) | Err(Errno::BADF | Errno::INVAL) => {}
            Err(errno) => return Err((Call::Unwire, errno)),
        }
        if self.resample.is_some() {
            self.intx(Intx::UnmaskOff)
                .map_err(|errno| (Call::UnmaskEventfd, errno))?;
        }
        Ok(())
    }

    /// A function that cannot be reset alone keeps its causes, and interrupts for them again. The VMM can know
    /// ([`vfio::can_be_reset`]), and reset its bus.
    fn reset(&self) -> Result<()> {
        if vfio::can_be_reset(&self.device)? {
            vfio::reset(&self.device)
        } else {
            Ok(())
        }
    }

    fn perform(&mut self, action: Action) -> Refused {
        let (call, result) = match action {
            Action::Wire => return self.wire(),
            Action::Unwire => return self.unwire(),
            Action::Assert => (Call::Line, self.hypervisor.set_line(true)),
            Action::Deassert => (Call::Line, self.hypervisor.set_line(false)),
            Action::Mask => (Call::Mask, self.intx(Intx::Mask)),
            Action::Unmask => (Call::Unmask, self.intx(Intx::Unmask)),
            Action::EnableIntx => (Call::Enable, self.enable()),
            Action::AttachTrigger => (Call::Attach, self.intx(Intx::Enable(self.trigger.as_fd()))),
            Action::DetachTrigger => (Call::Attach, self.rebind()),
            Action::DisableIntx => (Call::Disable, self.intx(Intx::Disable)),
            Action::Drain => (Call::Drain, self.take().map(drop)),
            Action::ResetDevice => (Call::Reset, self.reset()),
            Action::MmapOff => (Call::Vmm, self.vmm.map_bars(false)),
            Action::MmapOn => (Call::Vmm, self.vmm.map_bars(true)),
            Action::EnableMsi => (Call::Vmm, self.vmm.set_msi(true)),
            Action::DisableMsi => (Call::Vmm, self.vmm.set_msi(false)),
            Action::Throttled => {
                self.vmm.throttled();
                return Ok(());
            }
        };
        result.map_err(|errno| (call, errno))
    }

    /// A trigger that is no eventfd any more would be refused for ever. The signal of a good one is from before.
    fn enable(&mut self) -> Result<()> {
        if self.take().is_err() {
            self.trigger = Eventfd::new()?;
        }
        self.intx(Intx::Enable(self.trigger.as_fd()))
    }

    /// The trigger eventfd is replaced because something is wrong with it: a new one comes in its place.
    fn rebind(&mut self) -> Result<()> {
        self.intx(Intx::Detach)?;
        self.trigger = Eventfd::new()?;
        Ok(())
    }
}

impl<D: AsFd, H: Hypervisor, V: Vmm> Backend for Forward<D, H, V> {
    type Error = Refusal;

    fn act(&mut self, action: Action) -> std::result::Result<(), Refusal> {
        self.perform(action)
            .map_err(|(call, errno)| self.refusal(call, errno))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hypervisor that refuses to unwire.
    struct Refuses(Errno);

    impl Hypervisor for Refuses {
        fn set_line(&mut self, _up: bool) -> Result<()> {
            Ok(())
        }

        fn unwire(&mut self, _trigger: &Eventfd) -> Result<()> {
            Err(self.0)
        }
    }

    #[test]
    fn an_irqfd_that_went_with_its_eventfd_is_not_in_the_way_of_a_new_one() {
        let device = Eventfd::new().expect("any descriptor");
        let unwired = |errno| {
            let mut forward =
                Forward::new(Path::BarGuess, &device, Refuses(errno), ()).expect("an eventfd");
            forward
                .act(Action::Unwire)
                .map_err(|refusal| refusal.errno())
        };
        assert_eq!(
            unwired(Errno::INVAL),
            Ok(()),
            "kvm_irqfd_deassign: the descriptor is no eventfd"
        );
        assert_eq!(unwired(Errno::NOMEM), Err(Errno::NOMEM));
    }
}
