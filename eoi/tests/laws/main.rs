//! Verdict, states, shortest sequence and cost of every configuration, pinned: a change in any machine shows here.
//!
//! `cargo insta review`, or `INSTA_UPDATE=always cargo test -p eoi --test laws`, takes a change after it has been understood.

mod facts;
mod grid;
mod mutants;
mod pinned;
mod pins;
mod second;
mod tables;
mod two_lines;
mod vmms;

use eoi_model::fixes::{self, Fix};
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::{self, Kernel};

/// The lazy and the unlazy kernel of a chip's row, or the only one that has its driver, without and with the fix.
fn both(chip: &'static Irqchip) -> Vec<(&'static Kernel, Vec<&'static Fix>)> {
    let pair = kernels::around_the_merged_fix();
    if pair.iter().all(|kernel| chip.kernels.has(kernel)) {
        return pair.map(|kernel| (kernel, Vec::new())).into();
    }
    let only = chip
        .kernels
        .kernels()
        .next()
        .expect("a kernel that has the driver");
    vec![
        (only, Vec::new()),
        (
            only,
            vec![fixes::by_name("vfio-unlazy").expect("the merged fix")],
        ),
    ]
}
