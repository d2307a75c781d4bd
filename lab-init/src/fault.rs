//! Faults in a VMM's life, on a real function: afterwards, its line has to keep coming.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use eoi_forward::{Eventfd, vfio};
use eoi_intx::Input;
use eoi_kvm_guest::drive::{Driver, Wish};
use eoi_kvm_guest::{host_irq, wait};
use eoi_lab_protocol::{Counts, End, Fault, Key, Message, Outcome, Plan, Task};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::io::{DupFlags, dup3};

use crate::files::put;
use crate::hold;
use crate::pci::{Function, iommu};

/// Interrupts that have to come afterwards.
const AFTERWARDS: u32 = 5;
/// Unmasks in a period of the budget, and periods.
const BUDGET: u8 = 20;
const PERIODS: u32 = 3;
/// Interrupts of `drive`.
const DRIVEN: u32 = 1000;
/// How long a device may take to go and to come back.
const PLUG: Duration = Duration::from_secs(20);

/// This program.
const SELF: &str = "/proc/self/exe";
/// The program `eoi-forward`, which a machine has whose plan has [`Fault::Drive`].
const FORWARD: &str = "/eoi-forward";

/// An interrupt did not come: that is a stall, and no error of the case.
#[derive(Debug)]
struct Silent(&'static str);

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} did not come", self.0)
    }
}

impl Error for Silent {}

/// Lets it go wrong, then drives the function. The messages are appended to `messages`.
pub fn run(
    plan: &Plan,
    function: &Function,
    fault: Fault,
    messages: &mut Vec<Message>,
) -> Result<End> {
    let (start, before) = (Instant::now(), count(function));
    let mut case = Case {
        plan,
        function,
        signals: 0,
    };
    let result = case.go(fault).with_context(|| format!("fault {fault}"));
    let mut counts = Counts::new().with(Key::Us, start.elapsed().as_micros() as u64);
    let (outcome, end) = match result {
        Ok(more) => {
            counts.extend(&more);
            (Outcome::Done, End::Done)
        }
        Err(error) if error.is::<Silent>() => {
            messages.push(Message::Debug(format!("{error:#}").as_str().into()));
            (Outcome::Nothing, End::Stall)
        }
        Err(error) => return Err(error),
    };
    messages.push(Message::Step {
        index: 0,
        task: Task::Fault(fault),
        outcome,
        counts,
    });
    messages.push(Message::Count {
        signals: case.signals,
        proc: count(function).saturating_sub(before),
    });
    Ok(end)
}

/// x86 chooses the irq when the function is opened, and one that was unplugged may come back with another.
fn count(function: &Function) -> u64 {
    function.irq().and_then(host_irq::count).unwrap_or(0)
}

struct Case<'a> {
    plan: &'a Plan,
    function: &'a Function,
    signals: u64,
}

impl Case<'_> {
    /// Lets it go wrong, then takes [`AFTERWARDS`] interrupts; the counts.
    fn go(&mut self, fault: Fault) -> Result<Counts> {
        let more = match fault {
            Fault::Killed => self.killed(),
            Fault::Closed => self.with(0, Self::closed),
            Fault::Reset => self
                .function
                .allow_reset(true)
                .and_then(|()| self.with(0, Self::reset)),
            Fault::Unplugged => self.unplugged(),
            Fault::NeverEnds => self.with(0, Self::never_ends),
            Fault::NeverLetsGo => self.with(BUDGET, Self::never_lets_go),
            Fault::Drive => self.drive(),
        }?;
        self.function.allow_reset(false)?;
        self.afterwards()?;
        Ok(more)
    }

    fn wait(&self) -> Duration {
        Duration::from_millis(self.plan.wait_ms.into())
    }

    fn idle(&self) -> Duration {
        Duration::from_millis(self.plan.idle_ms.into())
    }

    fn open(&self) -> Result<vfio::Device> {
        let vfio = vfio::Device::open(&self.function.address, iommu(self.plan.container))?;
        vfio.enable_memory()?;
        Ok(vfio)
    }

    /// Opens the function, brings one interrupt into service, and lets `work` go on from there.
    fn with(
        &mut self,
        budget: u8,
        work: fn(&mut Self, &mut Driver<'_>) -> Result<Counts>,
    ) -> Result<Counts> {
        let vfio = self.open()?;
        let mut driver = Driver::new(&vfio, self.function.device, &self.function.address, budget)?;
        driver.raise()?;
        self.must_come(&mut driver, "the first interrupt")?;
        let done = work(self, &mut driver)?;
        driver.close()?;
        Ok(done)
    }

    fn must_come(&mut self, driver: &mut Driver<'_>, what: &'static str) -> Result<()> {
        if !driver.comes(self.wait())? {
            bail!(Silent(what));
        }
        self.signals += 1;
        Ok(())
    }

    /// Another process holds the function with its interrupt in service, and dies.
    fn killed(&mut self) -> Result<Counts> {
        let Function { address, device } = self.function;
        let args = [
            hold::WORD,
            address,
            device.name(),
            self.plan.container.name(),
        ];
        let mut child = Command::new(SELF)
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start another")?;
        let mut line = String::new();
        let said = child
            .stdout
            .take()
            .map(|pipe| BufReader::new(pipe).read_line(&mut line));
        child.kill().context("cannot kill it")?;
        child.wait().context("it does not end")?;
        if !matches!(said, Some(Ok(1..))) || line.trim() != hold::HELD {
            bail!(
                "it should have said '{}' and said '{}'",
                hold::HELD,
                line.trim()
            );
        }
        self.signals += 1;
        Ok(Counts::new())
    }

    /// The eventfd's descriptor becomes another file: nobody hears the next interrupt, which has masked the host.
    fn closed(&mut self, driver: &mut Driver<'_>) -> Result<Counts> {
        driver.clear()?;
        driver.function().input(Input::Eoi)?;
        // A controller may keep a source pending that has fallen. Whether this one does, the model knows.
        let one_more = driver.comes(self.idle())?;
        if one_more {
            driver.function().input(Input::Eoi)?;
        }
        lose(driver.function().trigger())?;
        let before = count(self.function);
        driver.raise()?;
        thread::sleep(self.idle());
        if count(self.function) == before {
            bail!(Silent("the interrupt that nobody is to hear"));
        }
        driver.function().input(Input::Rebind)?;
        self.must_come(driver, "the interrupt behind the new eventfd")?;
        self.served(driver)?;
        Ok(Counts::new().with(Key::OneMore, one_more.into()))
    }

    /// Ends the interrupt in service, and then another one.
    fn served(&mut self, driver: &mut Driver<'_>) -> Result<()> {
        driver.clear()?;
        driver.function().input(Input::Eoi)?;
        driver.raise()?;
        self.must_come(driver, "the next interrupt")?;
        driver.clear()?;
        driver.function().input(Input::Eoi)?;
        Ok(())
    }

    /// A function that cannot be reset alone keeps its cause, and interrupts for it again. QEMU's edu, reset with its bus,
    /// lets go of its line and keeps the status that says why.
    fn reset(&mut self, driver: &mut Driver<'_>) -> Result<Counts> {
        let alone = vfio::can_be_reset(driver.function().forward().device())?;
        driver.function().input(Input::Reset)?;
        if driver.function().forward().hypervisor().up() {
            bail!("the guest's line is up after its reset");
        }
        if alone && driver.comes(self.idle())? {
            bail!("an interrupt came, and the function had been reset");
        }
        if !alone {
            self.must_come(driver, "the cause that the reset left")?;
        }
        self.served(driver)?;
        Ok(Counts::new().with(Key::Alone, alone.into()))
    }

    /// The host is masked, and stays so. A lazily disabled line interrupts once more, which its flow handler does not count.
    fn never_ends(&mut self, driver: &mut Driver<'_>) -> Result<Counts> {
        let before = count(self.function);
        let one_more = u64::from(driver.comes(self.idle())?);
        match count(self.function).saturating_sub(before) {
            taken if taken == one_more => Ok(Counts::new().with(Key::OneMore, one_more)),
            taken => bail!(
                "the host took {taken} interrupts while one was in service, and {one_more} was signalled"
            ),
        }
    }

    /// The guest ends each interrupt at once and the cause stays: what the budget allows comes in a period, and no more.
    fn never_lets_go(&mut self, driver: &mut Driver<'_>) -> Result<Counts> {
        let before = count(self.function);
        driver.function().input(Input::Eoi)?;
        for period in 0..PERIODS {
            let mut came = 0;
            while driver.comes(self.idle())? {
                came += 1;
                self.signals += 1;
                driver.function().input(Input::Eoi)?;
                if came > u32::from(BUDGET) {
                    bail!("period {period}: {came} interrupts for a budget of {BUDGET}");
                }
            }
            if came < u32::from(BUDGET) {
                bail!(Silent("an interrupt that the budget allows")); // the line is up all the time
            }
            if !driver.function().machine().held() {
                bail!(
                    "period {period}: the budget of {BUDGET} is spent, and no unmask is held back"
                );
            }
            driver.function().input(Input::Tick)?;
        }
        self.must_come(driver, "the first interrupt of another period")?;
        self.served(driver)?;
        let taken = count(self.function).saturating_sub(before);
        Ok(Counts::new()
            .with(Key::Budget, BUDGET.into())
            .with(Key::Periods, PERIODS.into())
            .with(Key::HostIrqs, taken))
    }

    /// The host's administrator takes the function away; vfio-pci asks for it and gets it.
    fn unplugged(&mut self) -> Result<Counts> {
        let path = format!("/sys/bus/pci/devices/{}", self.function.address);
        let asked = Eventfd::new()?;
        let remover = self.with_asking(&asked, &path)?;
        match remover.join() {
            Ok(removed) => removed?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        if Path::new(&path).exists() {
            bail!("{path} is still there after it was removed");
        }
        put("/sys/bus/pci/rescan", "1")?;
        let start = Instant::now();
        while !Path::new(&path).exists() {
            if start.elapsed() > PLUG {
                bail!("{path} has not come back after a rescan");
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.function.detach()?;
        self.function.bind()?;
        Ok(Counts::new())
    }

    fn with_asking(
        &mut self,
        asked: &Eventfd,
        path: &str,
    ) -> Result<thread::JoinHandle<Result<()>>> {
        let vfio = self.open()?;
        vfio::ask_back_on(&vfio, asked.as_fd())
            .context("VFIO_DEVICE_SET_IRQS of the request index")?;
        let mut driver = Driver::new(&vfio, self.function.device, &self.function.address, 0)?;
        driver.raise()?;
        self.must_come(&mut driver, "the first interrupt")?;
        let remove = format!("{path}/remove");
        let remover = thread::spawn(move || put(&remove, "1"));
        wait::readable(asked.as_fd(), PLUG).context("poll")?;
        if asked.take()? == 0 {
            bail!("vfio-pci did not ask for the function within {PLUG:?}");
        }
        driver.close()?;
        Ok(remover)
    }

    fn drive(&mut self) -> Result<Counts> {
        let Function { address, device } = self.function;
        let rounds = DRIVEN.to_string();
        let args = [
            "drive",
            address,
            "--with",
            device.name(),
            "--rounds",
            &rounds,
            "--format",
            "json",
        ];
        let wait = self.plan.wait_ms.to_string();
        let output = Command::new(FORWARD)
            .args(args)
            .args(["--wait", &wait])
            .output()
            .context("cannot start it")?;
        if !matches!(output.status.code(), Some(0 | 1)) {
            bail!(
                "drive ended with {}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        if output.status.code() == Some(1) {
            bail!(Silent("an interrupt that drive waited for"));
        }
        Ok(Counts::new().with_word(Key::Said, String::from_utf8_lossy(&output.stdout).trim()))
    }

    /// A VMM that knows nothing of what was before.
    fn afterwards(&mut self) -> Result<()> {
        let vfio = self.open()?;
        let mut driver = Driver::new(&vfio, self.function.device, &self.function.address, 0)?;
        let wish = Wish {
            rounds: AFTERWARDS,
            rate: None,
            wait: self.wait(),
            rearm: false,
        };
        let driven = driver.run(&wish, |_| true)?;
        self.signals += driven.times.len() as u64;
        driver.close()?;
        if driven.stalled {
            bail!(Silent("one of the interrupts afterwards"));
        }
        Ok(())
    }
}

/// Makes the eventfd's descriptor another file, as a VMM does that closes the wrong one.
fn lose(trigger: BorrowedFd<'_>) -> Result<()> {
    let null = File::open("/dev/null").context("cannot open /dev/null")?;
    // SAFETY: the descriptor is borrowed, so that it is open, and `ManuallyDrop` leaves it open. Its owner reads, writes and closes it
    // whatever file is behind it.
    let mut trigger = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(trigger.as_raw_fd()) });
    dup3(null, &mut trigger, DupFlags::CLOEXEC).context("dup3")
}
