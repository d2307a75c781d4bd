//! ftrace's text: nothing panics, errors name a line, and what can be followed is followed to an end.
#![no_main]

use eoi::trace::{configurations, examine, text};
use eoi_model::device::Device;
use eoi_model::{irqchip, kernels};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut last = 0;
    let read = text::each(&mut &bytes[..], &|_| true, &mut |line| {
        assert!(line.number >= last, "lines go on");
        last = line.number;
        Ok(())
    });
    let Ok(summary) = read else { return };
    assert!(summary.entries as usize <= bytes.len());
    let Ok(recording) =
        examine::recording(|wanted, visit| text::each(&mut &bytes[..], wanted, visit))
    else {
        return;
    };
    let chip = irqchip::by_name("xive").expect("a controller");
    let kernel = kernels::by_name("linux-6.12.57").expect("a kernel");
    let _ = examine::examine(
        &recording,
        &[configurations::program(chip, kernel, Device::NoDisintx)],
    );
});
