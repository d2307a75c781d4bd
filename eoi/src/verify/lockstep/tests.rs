//! A walk has to notice whatever the two can differ in. The C is a shell's script here, which knows one event or two.

use std::process::Command;
use std::time::Duration;

use eoi_model::config::{Config, Path};
use eoi_model::{irqchip, kernels};

use super::*;

/// The device has one cause: `device.assert` happens once, and touches no register.
fn system() -> System {
    let chip = irqchip::by_name("plic").expect("a row");
    let kernel = kernels::by_name("linux-6.12.107").expect("a row");
    let config = Config {
        causes: 1,
        ..Config::new(chip, kernel, Path::Program)
    };
    System::new(&config).expect("a system that exists")
}

/// Compares with a C that answers `expand 0` and `expand 1` like this.
fn compared(first: &str, second: &str) -> Result<Outcome> {
    let script = format!(
        "while read line; do case $line in
            begin) echo is started=0;;
            'expand 0') printf '{first}';;
            'expand 1') printf '{second}';;
            tell*) echo call irq_enable;;
        esac; echo .; done"
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]);
    let mut program = Program::of(&shell, Duration::from_secs(5)).expect("a shell");
    compare(&system(), &mut program, &["device.assert".to_string()])
}

fn told(first: &str, second: &str) -> (Vec<&'static str>, String) {
    let outcome = compared(first, second).expect("a comparison");
    assert_eq!(outcome.differing, 1);
    let different = outcome.first.expect("the first that differs");
    assert_eq!(different.event, "device.assert");
    (different.before, different.how.join("; "))
}

const ASSERTED: &str = "to device.assert 1\\nis started=0\\n";

#[test]
fn a_c_that_does_the_same_is_equal() {
    let outcome = compared(ASSERTED, "").expect("a comparison");
    assert_eq!(
        (outcome.states, outcome.edges, outcome.differing),
        (2, 1, 0)
    );
    assert!(outcome.not_compared.contains(&"program.enable"));
}

#[test]
fn whatever_differs_is_named_with_the_shortest_way_to_it() {
    let (before, how) = told("to device.assert 1\\nis started=1\\n", "");
    assert!(
        before.is_empty() && how.contains("started is 0 in the model, 1 in the C"),
        "{how}"
    );
    let (_, how) = told("", "");
    assert!(how.contains("the C cannot"), "{how}");
    let (before, how) = told(ASSERTED, "to device.assert 0\\n");
    assert_eq!(before, ["device.assert"]);
    assert!(how.contains("the model cannot"), "{how}");
    let (_, how) = told(
        "to device.assert 1\\nop chip_writes REGISTER\\nis started=0\\n",
        "",
    );
    assert!(
        how.contains("the model does nothing, the C chip_writes REGISTER"),
        "{how}"
    );
    let (_, how) = told("to device.assert 1\\nfinding WARN\\nis started=0\\n", "");
    assert!(how.contains("the C says: WARN"), "{how}");
    let (_, how) = told(
        "to device.assert 1\\nis started=0\\nwaits desc->lock\\n",
        "",
    );
    assert!(how.contains("the C waits for desc->lock"), "{how}");
}

#[test]
fn a_c_that_cannot_be_followed_is_an_error() {
    for first in [
        "to device.assert 7\\n",
        "to device.assert 2\\nis started=0\\n",
        "nonsense\\n",
    ] {
        let error = compared(first, "").expect_err(first);
        assert!(error.is::<CannotTell>(), "{error:#}");
    }
}
