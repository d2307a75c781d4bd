//! A toy beside SPIN: twelve devices on one line, of which one is served at a time. The same as `line.pml`.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

use eoi_search::{Class, Facts, TransitionSystem, Words};

/// Devices on the line.
const DEVICES: u32 = 12;
/// All states: each device is idle, asserted or masked, or one of them is taken.
pub const STATES: u64 = (3 + DEVICES as u64) * 3u64.pow(DEVICES - 1);

/// The devices, two bits each: idle, asserted, taken, masked.
pub struct Line;

/// Devices that are taken: of their two bits, the upper one and not the lower one.
const fn taken(state: u32) -> u32 {
    (state >> 1) & !state & 0x0055_5555
}

impl TransitionSystem for Line {
    type State = u32;
    type Event = u32;
    type Cost = ();

    fn initial(&self) -> u32 {
        0
    }

    fn events(&self) -> Vec<u32> {
        (0..DEVICES).collect()
    }

    fn step(&self, state: u32, device: u32) -> Option<(u32, ())> {
        let at = state >> (2 * device) & 3;
        let to = (at + 1) % 4;
        let waits = at == 1 && taken(state) != 0;
        (!waits).then_some((state & !(3 << (2 * device)) | to << (2 * device), ()))
    }

    fn class(&self, _: u32) -> Class {
        Class::default()
    }

    fn facts(&self, _: u32) -> Facts {
        Facts::NONE
    }

    fn varying(&self) -> Words {
        [(1 << (2 * DEVICES)) - 1, 0, 0, 0]
    }
}

/// States and bytes of SPIN's search of the toy.
pub struct Spun {
    pub states: u64,
    pub bytes: u64,
}

/// The command that runs SPIN's search, breadth first and with every interleaving, after SPIN and a C compiler have made
/// it; or the reason why there is none.
pub fn verifier(directory: &Path) -> Result<Command, String> {
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        let done = command.args(arguments).current_dir(directory).output();
        match done {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(format!(
                "{program}: {}",
                String::from_utf8_lossy(&output.stderr)
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(format!("{program} is not installed"))
            }
            Err(error) => Err(format!("{program}: {error}")),
        }
    };
    let copied = fs::write(directory.join("line.pml"), include_str!("line.pml"));
    copied.map_err(|error| error.to_string())?;
    run("spin", &["-a", "line.pml"])?;
    let compiler = env::var("CC").unwrap_or_else(|_| "gcc".into());
    let options = [
        "-O3",
        "-w",
        "-DSAFETY",
        "-DNOREDUCE",
        "-DBFS",
        "-DMEMLIM=8000",
    ];
    run(&compiler, &[&options[..], &["-o", "pan", "pan.c"]].concat())?;
    let mut command = Command::new(directory.join("pan"));
    command.arg("-w24").current_dir(directory);
    Ok(command)
}

/// Runs the search.
pub fn spun(mut command: Command) -> Spun {
    let output = command.output().expect("a verifier that was just built");
    let text = String::from_utf8_lossy(&output.stdout);
    let number = |says: &str| {
        let line = text.lines().find(|line| line.contains(says));
        let word = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        word.unwrap_or_else(|| panic!("SPIN says `{says}`: {text}"))
    };
    Spun {
        states: number("states, stored") as u64,
        bytes: (number("total actual memory usage") * 1e6) as u64,
    }
}
