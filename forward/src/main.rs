//! `eoi-forward`: drives a function of this host, shows KVM's paths, and is the first process in a machine of `eoi lab`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    // In a container it may be the first process too, and must not power off the host's.
    if std::process::id() == 1 && std::env::args_os().next().is_some_and(|name| name == "/init") {
        eoi_forward::lab::run();
    }
    cli::main()
}
