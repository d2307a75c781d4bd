//! The first process of a lab machine: boots it, goes through the plan's cases, says what happened, powers off.
//!
//! `eoi lab` puts three things into the machine's memory: this program as `/init`, the plan as `/plan` ([`plan`]) and
//! the modules as `/modules/NN-name.ko`. What comes out is lines on the console ([`protocol`]). This program judges
//! nothing but whether the device was ever heard at all.

mod bench;
mod boot;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod chain;
mod doctor;
mod errno;
mod fault;
mod interrupts;
mod pci;
pub mod plan;
pub mod protocol;
mod race;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod soak;
mod steps;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod syscalls;
mod tracing;

use std::fs;
use std::io::Write;
use std::panic;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::system::{RebootCommand, reboot};

use crate::vfio;
pub use fault::hold;
pub(crate) use interrupts::count as count_of_irq;
use pci::Function;
use plan::{Plan, Step};
use protocol::Console;
use tracing::Tracer;

/// Does everything, then powers the machine off. Only for process 1.
pub fn run() -> ! {
    let mounted = boot::mount_all();
    let Ok(console) = Console::open() else { power_off() }; // nobody can be told
    let console: &'static Console = Box::leak(Box::new(console));
    panic::set_hook(Box::new(|panic| {
        console.fatal(&format!("eoi-forward panicked: {panic}"));
        power_off();
    }));
    match mounted.and_then(|()| session(console)) {
        Ok(()) => console.say("bye"),
        Err(error) => console.fatal(&format!("{error:#}")),
    }
    console.drain(); // the kernel's own last word would come between
    power_off()
}

fn power_off() -> ! {
    // It returns only when it was refused; process 1 must not end, or the kernel panics over the message.
    let _ = reboot(RebootCommand::PowerOff);
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

fn session(console: &Console) -> Result<()> {
    console.say(&boot::hello()?);
    let text = fs::read_to_string("/plan").context("cannot read /plan")?;
    let plan = Plan::parse(&text).context("cannot use /plan")?;
    boot::load_modules(plan.container, plan.kvm)?;
    let function = Function::find(plan.device)?;
    function.detach()?;
    let mut loaded = None;
    let mut tracer = None;
    let mut vfio = None; // opened for many cases: on powernv the last close resets the bus, which takes 2 s
    for case in &plan.cases {
        if loaded != Some(case.disintx) {
            vfio = None;
            tracer = None; // the filter forgets a module's functions when it goes
            pci::load_vfio_pci(case.disintx)?;
            function.bind()?;
            if loaded.is_none() {
                console.say(&function.describe(plan.container));
            }
            loaded = Some(case.disintx);
        }
        if case.trace && tracer.is_none() {
            tracer = Some(set_up_tracer(console, &plan)?);
        }
        console.say(&format!("begin {} device={} how={}", case.name, case.device(), case.unmask.name()));
        let mut lines = Vec::new(); // the console's interrupts must not come between those of the case
        let result = match case.steps[..] {
            [Step::Fault(fault)] => {
                vfio = None;
                fault::run(&plan, &function, fault, &mut lines)
            }
            _ => {
                if vfio.is_none() {
                    vfio = Some(open(console, &plan, &function)?);
                }
                console.drain();
                let tracer = tracer.as_ref().filter(|_| case.trace);
                let vfio = vfio.as_ref().context("the function was opened")?;
                steps::run(vfio, &plan, case, &function, tracer, &mut lines, &|text| console.say(text))
            }
        };
        for line in &lines {
            console.say(line);
        }
        let end = result.with_context(|| format!("case {}", case.name))?;
        console.say(&format!("end {} {}", case.name, end.name()));
    }
    Ok(())
}

fn open(console: &Console, plan: &Plan, function: &Function) -> Result<vfio::Device> {
    let vfio = vfio::Device::open(&function.address, plan.container)?;
    vfio.remarks.iter().for_each(|remark| console.say(&format!("debug {remark}")));
    Ok(vfio)
}

fn set_up_tracer(console: &Console, plan: &Plan) -> Result<Tracer> {
    let (tracer, missing) = Tracer::new(&plan.functions)?;
    let set = plan.functions.len() - missing.len();
    console.say(&format!("functions set={set} missing={} {}", missing.len(), missing.join(" ")));
    Ok(tracer)
}

/// Writes a file of /proc or /sys.
fn put(path: &str, text: &str) -> Result<()> {
    write_existing(path, text).with_context(|| format!("cannot write '{}' to {path}", text.trim_end()))
}

/// `fs::write` would ask for a new file, which sysfs refuses with EACCES where ENOENT is meant.
fn write_existing(path: &str, text: &str) -> std::io::Result<()> {
    fs::File::options().write(true).truncate(true).open(path)?.write_all(text.as_bytes())
}

/// The text of a file of /proc or /sys, without its newline.
fn get(path: &str) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_end();
    if text.contains('\0') {
        bail!("{path} holds a NUL");
    }
    Ok(text.to_string())
}
