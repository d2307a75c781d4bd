//! `eoi-forward`: drives a function of this host, shows KVM's paths, and is the first process in a machine of `eoi lab`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::process::id() == 1 {
        eoi_forward::lab::run();
    }
    cli::main()
}
