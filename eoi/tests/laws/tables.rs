//! Tables that several pages have, or that stand at the end of one.

use eoi::check::configuration::Configuration;
use eoi_model::device::Device;
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels;
use eoi_model::system::Path;

use crate::both;
use crate::grid::{Line, Page};

pub fn names<T>(all: &[T], name: impl Fn(&T) -> &'static str) -> Vec<String> {
    all.iter().map(|item| name(item).to_string()).collect()
}

pub fn every_kernel(page: &mut Page, chip: &'static Irqchip) {
    let columns: Vec<(Path, &str)> = Path::ALL
        .into_iter()
        .flat_map(|path| ["", "+eoi-first"].map(|guest| (path, guest)))
        .collect();
    let lines = kernels::ALL.iter().map(|kernel| {
        let cell = |&(path, guest): &(Path, &str)| {
            let guest = guest.parse().expect("a guest");
            Some(Configuration {
                guest,
                ..Configuration::usual(chip, kernel, path)
            })
        };
        (kernel.name.to_string(), columns.iter().map(cell).collect())
    });
    let heads: Vec<String> = columns
        .iter()
        .map(|(path, guest)| format!("{} {guest}", path.name()).trim().to_string())
        .collect();
    page.table(
        "every kernel, no-disintx, steady, 2 causes",
        &heads,
        &lines.collect::<Vec<Line>>(),
    );
}

/// The device that lies, with forced threading: the thread takes part in what is a storm without it.
pub fn lying_with_threads(page: &mut Page, chip: &'static Irqchip) {
    let lines = both(chip).into_iter().map(|(kernel, fixes)| {
        let on = |path| Configuration {
            device: Device::LyingDisintx,
            fixes: fixes.clone(),
            threadirqs: true,
            ..Configuration::usual(chip, kernel, path)
        };
        let cells = Path::ALL.map(|path| Some(on(path))).into();
        (on(Path::Vmm).kernel_and_fixes(), cells)
    });
    page.table(
        "lying-disintx, threadirqs, 2 causes",
        &names(&Path::ALL, |path| path.name()),
        &lines.collect::<Vec<Line>>(),
    );
}
