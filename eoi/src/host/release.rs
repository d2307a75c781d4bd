//! A kernel's release, as `uname -r` prints it, and the kernel of the model that stands for it.

use eoi_model::kernels;

/// The kernel of the model that behaves like this release. Only the version is looked at: a distribution may have put
/// the fix into an older one.
#[must_use]
pub fn kernel_of(release: &str) -> Option<&'static kernels::Kernel> {
    let name = match version(release)? {
        (0..=4, ..) | (5, ..) | (6, 0, _) => "linux-5.10",
        (6, 1..=11, _) => "linux-6.1",
        (6, 12, 58..) | (6, 17, 8..) => "linux-6.12.107",
        (6, 12..=17, _) => "linux-6.12.57",
        _ => "linux-7.3",
    };
    kernels::by_name(name)
}

/// `6.12.57+deb12-amd64` as (6, 12, 57).
#[must_use]
pub fn version(release: &str) -> Option<(u32, u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u32>().ok());
    let major = numbers.next()??;
    let minor = numbers.next().flatten().unwrap_or(0);
    let patch = numbers.next().flatten().unwrap_or(0);
    Some((major, minor, patch))
}
