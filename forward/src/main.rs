//! `eoi-forward`: the first process in a machine of `eoi lab`.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::process::id() == 1 {
        eoi_forward::lab::run();
    }
    // It loads modules, rebinds devices and powers off: nothing that may happen to a host by accident.
    eprintln!(
        "eoi-forward {}: not the first process of a machine, so nothing was done; `eoi lab run` boots it as /init",
        env!("CARGO_PKG_VERSION")
    );
    ExitCode::from(2)
}
