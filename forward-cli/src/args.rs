//! The command line.

use std::io::Write;
use std::ops::RangeInclusive;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use eoi_forward::vfio::Iommu;

/// Hands a level-triggered PCI interrupt on, with eoi-intx as the VMM
#[derive(Parser)]
#[command(
    name = "eoi-forward",
    version,
    propagate_version = true,
    disable_help_subcommand = true
)]
#[command(
    after_help = "Exit status: 0 the line keeps coming, 1 it stalls, 2 it could not be tried, 3 this host cannot."
)]
pub struct Cli {
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Subcommand)]
pub enum Command {
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
}

/// The function that is driven.
#[derive(Args)]
pub struct Target {
    /// The function, bound to vfio-pci: 0000:01:00.0
    #[arg(value_parser = address)]
    pub address: String,
    /// How to make it interrupt: `edu`, `e1000`, or a file with MMIO writes [default: what its IDs say]
    #[arg(long, value_name = "DEVICE|FILE")]
    pub with: Option<String>,
    /// How VFIO holds it: `type1`, `spapr` or `noiommu` [default: what this host has]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(Iommu::ALL.map(Iommu::name)))]
    pub container: Option<String>,
}

/// Sets the function's INTx up, raises its cause, takes the interrupt, clears the cause, unmasks; so many times. The
/// function has to be bound to vfio-pci. Its causes are cleared and its Command register is written back at the end.
#[derive(Args)]
pub struct Drive {
    /// The function.
    #[command(flatten)]
    pub target: Target,
    /// Interrupts
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub rounds: u32,
    /// At most so many a second [default: as fast as they come]
    #[arg(long, value_name = "R", value_parser = rate)]
    pub rate: Option<f64>,
    /// Milliseconds after which an interrupt counts as lost
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    pub wait: u64,
    /// Where one is lost, set INTx up anew once, and go on if that brings it; the line stalls even so
    #[arg(long)]
    pub rearm: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// The output of `drive`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: one line, `eoi.drive/1`
    Json,
}

/// `0000:01:00.0`, or without its domain as lspci prints it.
fn address(text: &str) -> Result<String, String> {
    let whole = if text.matches(':').count() == 1 {
        format!("0000:{text}")
    } else {
        text.to_owned()
    };
    let hex = |part: &str, digits: RangeInclusive<usize>| {
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

/// The man page: one page with the command, then each of its verbs.
///
/// # Errors
/// None that memory can have.
pub fn man() -> Result<Vec<u8>> {
    let mut page = Vec::new();
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        writeln!(page, ".SH {}", verb.get_name().to_uppercase())?;
        let man = clap_mangen::Man::new(
            verb.clone()
                .bin_name(format!("eoi-forward {}", verb.get_name())),
        );
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    Ok(page)
}
