//! The formats that results are written in.

use clap::ValueEnum;

/// How `eoi check` writes results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; the schema is named in the output
    Json,
    /// Kernel TAP, for test runners
    Ktap,
    /// For Prometheus' textfile collector
    Prometheus,
}

/// How `eoi trace` writes results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TraceFormat {
    /// For people
    #[default]
    Text,
    /// For programs; the schema is named in the output
    Json,
    /// Kernel TAP, for test runners
    Ktap,
}

/// How `eoi verify` writes results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum VerifyFormat {
    /// For people
    #[default]
    Text,
    /// For programs; the schema is named in the output
    Json,
    /// Kernel TAP, for test runners
    Ktap,
}

/// How a diagnosis is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DoctorFormat {
    /// For people
    #[default]
    Text,
    /// For programs: `eoi.doctor/2`
    Json,
    /// For Prometheus' textfile collector
    Prometheus,
}

/// How the lab's list of cells is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people
    #[default]
    Text,
    /// For programs: `eoi.lab-list/1`
    Json,
}

/// How the lab's results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LabFormat {
    /// For people
    #[default]
    Text,
    /// For programs: `eoi.lab/2`
    Json,
    /// Kernel TAP, for test runners
    Ktap,
    /// JUnit's XML, for CI systems
    Junit,
    /// For Prometheus' textfile collector
    Prometheus,
}
