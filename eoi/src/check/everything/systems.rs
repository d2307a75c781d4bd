//! Every system that exists: each controller with each kernel, device, path, guest and scenario, and with and without
//! `threadirqs`.

use anyhow::Result;
use eoi_model::device::Device;
use eoi_model::irqchip::Irqchip;
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;

use crate::check::configuration::{Configuration, GuestChoice, alike};
use crate::check::kernel;
use crate::check::picked;
use crate::check::select::Wanted;

/// A system under each of its names, each with its number in the whole: kernels that act alike make the same of it.
pub type Alike = Vec<(usize, Configuration)>;

/// The systems of these names; where none is given, those of the whole table.
///
/// # Errors
/// An unknown name.
pub fn all(wanted: &Wanted) -> Result<Vec<Alike>> {
    let each = each(wanted)?;
    let numbered = |places: Vec<usize>| -> Alike {
        let names = places.into_iter();
        names.map(|at| (at + 1, each[at].clone())).collect()
    };
    Ok(alike(&each).into_iter().map(numbered).collect())
}

/// Every configuration that exists, in the order of the tables.
fn each(wanted: &Wanted) -> Result<Vec<Configuration>> {
    let chips = picked::chips(&wanted.chip)?;
    let every = ["all".to_string()];
    let names = match wanted.kernel.as_slice() {
        [] => &every[..],
        names => names,
    };
    let (kernels, threaded) = kernel::pick(names, wanted.threadirqs)?;
    let devices = picked::devices(&wanted.device, &Device::ALL)?;
    let paths = picked::paths(&wanted.path, &Path::ALL)?;
    let scenarios = picked::scenarios(&wanted.scenario, &Scenario::ALL)?;
    let boots = if threaded {
        &[true][..]
    } else {
        &[false, true]
    };
    let mut configurations = Vec::new();
    for (chip, kernel) in product(&chips, &kernels) {
        for (device, path) in product(&devices, &paths) {
            for (scenario, threadirqs) in product(&scenarios, boots) {
                let one = Configuration {
                    fixes: kernel.fixes.clone(),
                    device: *device,
                    scenario: *scenario,
                    cpus: wanted.cpus,
                    causes: wanted.causes,
                    threadirqs: *threadirqs,
                    ..Configuration::usual(chip, kernel.kernel, *path)
                };
                configurations.extend(with_each_guest(chip, &one));
            }
        }
    }
    Ok(configurations)
}

fn product<'a, A, B>(a: &'a [A], b: &'a [B]) -> impl Iterator<Item = (&'a A, &'a B)> {
    a.iter().flat_map(move |a| b.iter().map(move |b| (a, b)))
}

/// The configuration with each guest that its host can have, as far as it exists.
fn with_each_guest(chip: &'static Irqchip, one: &Configuration) -> Vec<Configuration> {
    let with = |guest: &'static str| Configuration {
        guest: GuestChoice {
            chip: Some(guest),
            ..GuestChoice::default()
        },
        ..one.clone()
    };
    let guests = chip.guests.all().map(|guest| with(guest.name));
    guests.filter(|one| one.system().is_ok()).collect()
}

/// The same in an order in which systems that are alike in their names stand far apart: so each part of a check gets some
/// of every kind, and what is done tells how much is left.
#[must_use]
pub fn spread<T>(all: Vec<T>) -> Vec<T> {
    let count = all.len();
    let stride = stride(count);
    let mut places: Vec<(usize, T)> = all
        .into_iter()
        .enumerate()
        .map(|(at, one)| (at * stride % count, one))
        .collect();
    places.sort_by_key(|(place, _)| *place);
    places.into_iter().map(|(_, one)| one).collect()
}

/// A step of about the golden part of `count` that comes by every place before it comes by one again.
fn stride(count: usize) -> usize {
    let coprime = |step: &usize| {
        let (mut a, mut b) = (count, *step);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a == 1
    };
    let golden = (count as f64 * 0.618) as usize;
    (golden.max(1)..).find(coprime).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_where_it_is_spread() {
        for count in [0, 1, 2, 3, 4, 17, 100, 40_000] {
            let mut spread = spread((0..count).collect());
            if count > 10 {
                let far = spread
                    .windows(2)
                    .all(|two: &[usize]| two[0].abs_diff(two[1]) > 2);
                assert!(far, "{count}");
            }
            spread.sort_unstable();
            assert_eq!(spread, (0..count).collect::<Vec<_>>());
        }
    }
}
