//! The whole life of the machine: boot, the plan's cases, power off.

use std::fs;
use std::panic;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};
use eoi_forward::vfio;
use eoi_kvm_guest::device;
use eoi_lab_protocol::{Case, DeviceKind, Message, Plan, Work};
use rustix::system::{RebootCommand, reboot};

use crate::console::Console;
use crate::pci::{Function, iommu, load_vfio_pci};
use crate::tracing::Tracer;
use crate::{boot, fault, modules, steps};

/// Does everything, then powers the machine off. Only for process 1.
pub fn run() -> ! {
    let mounted = boot::mount_all();
    let Ok(console) = Console::open() else {
        power_off()
    }; // nobody can be told
    let console: &'static Console = Box::leak(Box::new(console));
    panic::set_hook(Box::new(|panic| {
        console.fatal(&format!("eoi-lab-init panicked: {panic}"));
        power_off();
    }));
    match mounted.and_then(|()| session(console)) {
        Ok(()) => console.say(&Message::Bye),
        Err(error) => console.fatal(&format!("{error:#}")),
    }
    console.drain(); // the kernel's own last word would come between
    power_off()
}

fn power_off() -> ! {
    // It returns only when it was refused; process 1 must not end, or the kernel panics over the message.
    let _ = reboot(RebootCommand::PowerOff);
    loop {
        sleep(Duration::from_secs(1));
    }
}

fn session(console: &Console) -> Result<()> {
    console.say(&boot::hello()?);
    let text = fs::read_to_string("/plan").context("cannot read /plan")?;
    let plan: Plan = text.parse().context("cannot use /plan")?;
    modules::load_all(plan.container, plan.needs_kvm())?;
    let name = plan.device.as_str();
    let function =
        Function::find(device::by_name(name).with_context(|| format!("no device '{name}'"))?)?;
    function.detach()?;
    let mut session = Session {
        console,
        plan: &plan,
        function: &function,
        loaded: None,
        tracer: None,
        vfio: None,
    };
    plan.cases.iter().try_for_each(|case| {
        session
            .case(case)
            .with_context(|| format!("case {}", case.name))
    })
}

/// The parts that outlive a case.
struct Session<'a> {
    console: &'a Console,
    plan: &'a Plan,
    function: &'a Function,
    /// The kind of device for which vfio-pci is loaded.
    loaded: Option<DeviceKind>,
    tracer: Option<Tracer>,
    /// Opened for many cases: on powernv the last close resets the bus, which takes 2 s.
    vfio: Option<vfio::Device>,
}

impl Session<'_> {
    fn case(&mut self, case: &Case) -> Result<()> {
        self.load(case.device)?;
        let console = self.console;
        if steps::is_traced(case) && self.tracer.is_none() {
            self.tracer = Some(self.set_up_tracer()?);
        }
        console.say(&Message::Begin(case.name.clone()));
        let mut messages = Vec::new(); // the console's interrupts must not come between those of the case
        let result = match case.work {
            Work::Fault(fault) => {
                self.vfio = None;
                fault::run(self.plan, self.function, fault, &mut messages)
            }
            _ => {
                let vfio = match self.vfio.take() {
                    Some(vfio) => vfio,
                    None => self.open()?,
                };
                console.drain();
                let bed = steps::Bed {
                    vfio: self.vfio.insert(vfio),
                    plan: self.plan,
                    function: self.function,
                    tracer: self.tracer.as_ref().filter(|_| steps::is_traced(case)),
                    alive: &|counts| console.say(&Message::Progress(counts)),
                };
                steps::run(&bed, case, &mut messages)
            }
        };
        messages.iter().for_each(|message| console.say(message));
        console.say(&Message::End {
            case: case.name.clone(),
            end: result?,
        });
        Ok(())
    }

    /// Loads vfio-pci for this kind of device, unless it is.
    fn load(&mut self, kind: DeviceKind) -> Result<()> {
        if self.loaded == Some(kind) {
            return Ok(());
        }
        self.vfio = None;
        self.tracer = None; // the filter forgets a module's functions when the module goes
        load_vfio_pci(kind)?;
        self.function.bind()?;
        if self.loaded.is_none() {
            self.console
                .say(&self.function.describe(self.plan.container));
        }
        self.loaded = Some(kind);
        Ok(())
    }

    fn open(&self) -> Result<vfio::Device> {
        let vfio = vfio::Device::open(&self.function.address, iommu(self.plan.container))?;
        vfio.remarks()
            .iter()
            .for_each(|remark| self.console.say(&Message::Debug(remark.as_str().into())));
        Ok(vfio)
    }

    fn set_up_tracer(&self) -> Result<Tracer> {
        let (tracer, missing) = Tracer::new(&self.plan.functions)?;
        let set = (self.plan.functions.len() - missing.len()) as u32;
        self.console.say(&Message::Functions { set, missing });
        Ok(tracer)
    }
}
