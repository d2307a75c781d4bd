//! The command line.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use eoi_forward::demo;
use eoi_forward::device::{self, Device, Script};
use eoi_forward::drive::{Driven, Driver, Wish};
use eoi_forward::vfio::{self, Iommu};

/// The line keeps coming, or what was asked is done.
const GOOD: u8 = 0;
/// The line stalls.
const STALLS: u8 = 1;
/// It could not be tried.
const FAILED: u8 = 2;
/// This host cannot.
const CANNOT: u8 = 3;

/// Hands a level-triggered PCI interrupt on, with eoi-intx as the VMM
#[derive(Parser)]
#[command(version, propagate_version = true, disable_help_subcommand = true)]
#[command(
    after_help = "Exit status: 0 the line keeps coming, 1 it stalls, 2 it could not be tried, 3 this host cannot."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Have a function of this host interrupt, again and again, and see that its line keeps coming
    Drive(Drive),
    /// Take level interrupts through a small KVM guest of its own, on each path, and time them; no device is needed
    Demo {
        /// Interrupts on each path
        #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
        rounds: u32,
    },
    /// Print a script that completes this command's arguments in your shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
    /// Hold a function's interrupt in service until killed
    #[command(hide = true)]
    Hold(Target),
}

#[derive(Args)]
struct Target {
    /// The function, bound to vfio-pci: 0000:01:00.0
    #[arg(value_parser = address)]
    address: String,
    /// What makes it interrupt: `edu`, `e1000`, or a file with MMIO writes [default: what its IDs say]
    #[arg(long, value_name = "DEVICE|FILE")]
    with: Option<String>,
    /// How VFIO holds it: `type1`, `spapr` or `noiommu` [default: what this host has]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(["type1", "spapr", "noiommu"]))]
    container: Option<String>,
}

/// Sets the function's INTx up, raises its cause, takes the interrupt, clears the cause, unmasks; so many times. The
/// function has to be bound to vfio-pci. Its causes are cleared and its Command register is written back at the end.
#[derive(Args)]
struct Drive {
    #[command(flatten)]
    target: Target,
    /// Interrupts
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    rounds: u32,
    /// At most so many a second [default: as fast as they come]
    #[arg(long, value_name = "R", value_parser = rate)]
    rate: Option<f64>,
    /// Milliseconds after which an interrupt counts as lost
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    wait: u64,
    /// Where one is lost, set INTx up anew once, and go on if that brings it; the line stalls even so
    #[arg(long)]
    rearm: bool,
    /// What comes out
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// `0000:01:00.0`, or without its domain as lspci prints it.
fn address(text: &str) -> Result<String, String> {
    let whole = if text.matches(':').count() == 1 { format!("0000:{text}") } else { text.to_ascii_lowercase() };
    let hex = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let parts: Vec<&str> = whole.split([':', '.']).collect();
    match parts[..] {
        [domain, bus, device, function]
            if whole.contains('.')
                && hex(domain, 4..=8)
                && hex(bus, 2..=2)
                && hex(device, 2..=2)
                && matches!(function, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7") =>
        {
            Ok(whole.to_ascii_lowercase())
        }
        _ => Err("a PCI address is 0000:01:00.0".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= 0.001 => Ok(rate),
        _ => Err("a number of interrupts a second, 0.001 or more".to_owned()),
    }
}

pub(crate) fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Drive(wanted) => drive(&wanted),
        Command::Demo { rounds } => match demo::run(rounds) {
            Ok(table) => {
                println!("{table}");
                Ok(GOOD)
            }
            Err(demo::Error::NoKvm(why)) => {
                eprintln!("eoi-forward: {why}");
                Ok(CANNOT)
            }
            Err(demo::Error::Failed(error)) => Err(error),
        },
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "eoi-forward", &mut std::io::stdout());
            Ok(GOOD)
        }
        Command::Man => man(),
        Command::Hold(target) => target.hold(),
    };
    ExitCode::from(result.unwrap_or_else(|error| {
        eprintln!("eoi-forward: {error:#}");
        FAILED
    }))
}

/// One page: the command, then each of its verbs.
fn man() -> Result<u8> {
    let mut page = Vec::new();
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        writeln!(page, ".SH {}", verb.get_name().to_uppercase())?;
        let man = clap_mangen::Man::new(verb.clone().bin_name(format!("eoi-forward {}", verb.get_name())));
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    std::io::stdout().write_all(&page)?;
    Ok(GOOD)
}

impl Target {
    /// What makes it interrupt.
    fn device(&self) -> Result<&'static dyn Device> {
        let names = || device::ALL.iter().map(|device| device.name()).collect::<Vec<_>>().join(", ");
        let Some(with) = &self.with else {
            let (vendor, id) = (self.id("vendor")?, self.id("device")?);
            return device::by_id(vendor, id).with_context(|| {
                let address = &self.address;
                format!(
                    "{address} is {vendor:04x}:{id:04x}, and only {} are known: say what makes it interrupt in a file \
                     for --with, with lines as 'raise 0x60 1', 'clear 0x64 1' and 'status 0x24 1'",
                    names()
                )
            });
        };
        if let Some(device) = device::by_name(with) {
            return Ok(device);
        }
        let path = PathBuf::from(with);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("--with {with} is neither a device ({}) nor a file that can be read", names()))?;
        let script = Script::parse(&text).with_context(|| with.clone())?;
        Ok(Box::leak(Box::new(script))) // there is one
    }

    fn id(&self, file: &str) -> Result<u16> {
        let path = format!("/sys/bus/pci/devices/{}/{file}", self.address);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("there is no PCI function {} on this host ({path})", self.address))?;
        u16::from_str_radix(text.trim().trim_start_matches("0x"), 16).with_context(|| format!("{path} holds '{text}'"))
    }

    fn container(&self) -> Iommu {
        self.container.as_deref().and_then(Iommu::by_name).unwrap_or_else(|| Iommu::of(&self.address))
    }

    /// Its driver has to be vfio-pci already: what it was bound to before is not ours to know.
    fn check_driver(&self) -> Result<()> {
        let Self { address, .. } = self;
        self.id("vendor")?;
        let link = fs::read_link(format!("/sys/bus/pci/devices/{address}/driver")).unwrap_or_default();
        let driver = link.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if driver.starts_with("vfio") || driver.ends_with("vfio-pci") {
            return Ok(());
        }
        let has = if driver.is_empty() { "has no driver".to_owned() } else { format!("has the driver {driver}") };
        bail!(
            "{address} {has}; bind it to vfio-pci first: modprobe vfio-pci; echo vfio-pci > \
             /sys/bus/pci/devices/{address}/driver_override; echo {address} > /sys/bus/pci/devices/{address}/driver/unbind; \
             echo {address} > /sys/bus/pci/drivers_probe"
        )
    }

    fn hold(&self) -> Result<u8> {
        let device = self.device()?;
        self.check_driver()?;
        eoi_forward::lab::hold(&self.address, device, self.container()).map(|()| GOOD)
    }
}

fn drive(wanted: &Drive) -> Result<u8> {
    let Drive { target, rounds, rate, wait, rearm, format } = wanted;
    let device = target.device()?;
    target.check_driver()?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop); // the cause must not stay up
    ctrlc::set_handler(move || stopped.store(true, Ordering::Relaxed)).context("no handler for ^C")?;
    let vfio = vfio::Device::open(&target.address, target.container())?;
    let _restored = Restored { vfio: &vfio, command: vfio.enable_memory()? };
    let mut driver = Driver::new(&vfio, device, &target.address, 0)?;
    let irq = driver.irq();
    let wish = Wish { rounds: *rounds, rate: *rate, wait: Duration::from_millis(*wait), rearm: *rearm };
    let mut progress = Progress::new(*rounds);
    let driven = driver.run(&wish, |round| {
        progress.tell(round);
        !stop.load(Ordering::Relaxed)
    });
    progress.end();
    let driven = driven?;
    driver.close()?;
    let text = match format {
        Format::Text => text(target, device, irq, *rounds, &driven),
        Format::Json => json(target, device, irq, *rounds, &driven),
    };
    let _ = std::io::stdout().write_all(text.as_bytes()); // whoever reads may have gone
    if driven.stalled && driven.times.is_empty() {
        bail!(
            "nothing ever came, which says nothing about the line: does the device's interrupt have to be enabled first?"
        );
    }
    if stop.load(Ordering::Relaxed) {
        bail!("stopped");
    }
    Ok(if driven.stalled || driven.rearmed > 0 { STALLS } else { GOOD })
}

/// The Command register is written back, whatever happens.
struct Restored<'a> {
    vfio: &'a vfio::Device,
    command: u16,
}

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        let _ = self.vfio.set_command(self.command); // vfio-pci restores it at the last close as well
    }
}

fn text(target: &Target, device: &dyn Device, irq: Option<u32>, rounds: u32, driven: &Driven) -> String {
    use std::fmt::Write;
    let Target { address, .. } = target;
    let irq = irq.map_or(String::new(), |irq| format!(", irq {irq}"));
    let done = driven.times.len();
    let mut text = format!("{address} ({}{irq}): {done} of {rounds} interrupts came\n", device.name());
    let us = |share| driven.quantile(share).as_secs_f64() * 1e6;
    if done > 0 {
        let _ = writeln!(text, "round trip: p50 {:.1} us, p99 {:.1} us, max {:.1} us", us(0.5), us(0.99), us(1.0));
    }
    if let Some(each) = driven.host_irqs_per_event() {
        let _ = writeln!(text, "host interrupts: {each:.2} for each");
    }
    if driven.rearmed > 0 {
        let _ = writeln!(text, "STALLS: {} came only after INTx was set up anew", driven.rearmed);
    }
    if driven.stalled {
        text.push_str("STALLS: the cause was up and nothing came. To see where it is held, while this waits:\n");
        let _ = writeln!(text, "  eoi-forward drive {address} --wait 60000 & sleep 5; eoi doctor {address} --watch 5");
    } else if driven.rearmed == 0 && done == rounds as usize {
        text.push_str("the line keeps coming\n");
    }
    text
}

fn json(target: &Target, device: &dyn Device, irq: Option<u32>, rounds: u32, driven: &Driven) -> String {
    let number = |number: Option<f64>| number.map_or("null".to_owned(), |number| format!("{number}"));
    let ns = |share| driven.quantile(share).as_nanos();
    // Nothing in it can hold a quotation mark: the address is one of sysfs, the names are ours.
    format!(
        "{{\"schema\":\"eoi.drive/1\",\"address\":\"{}\",\"device\":\"{}\",\"irq\":{},\"asked\":{rounds},\"came\":{},\
         \"stalls\":{},\"rearmed\":{},\"host_irqs_per_event\":{},\"round_trip_ns\":{{\"p50\":{},\"p99\":{},\"max\":{}}}}}\n",
        target.address,
        device.name(),
        number(irq.map(f64::from)),
        driven.times.len(),
        driven.stalled,
        driven.rearmed,
        number(driven.host_irqs_per_event()),
        ns(0.5),
        ns(0.99),
        ns(1.0),
    )
}

/// How far it is, once a second, on a terminal only.
struct Progress {
    rounds: u32,
    said: Option<Instant>,
    begun: bool,
}

impl Progress {
    fn new(rounds: u32) -> Self {
        Self { rounds, said: std::io::stderr().is_terminal().then(Instant::now), begun: false }
    }

    fn tell(&mut self, round: u32) {
        if self.said.is_some_and(|said| said.elapsed() >= Duration::from_secs(1)) {
            (self.said, self.begun) = (Some(Instant::now()), true);
            let _ = write!(std::io::stderr(), "\r{round} of {} interrupts", self.rounds);
        }
    }

    fn end(&self) {
        if self.begun {
            eprintln!();
        }
    }
}
