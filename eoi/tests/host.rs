//! Reading a host: releases are told by what was merged when, and no byte that stands in /proc or /sys makes it panic.

use std::fs;
use std::path::{Path, PathBuf};

use eoi::verbs::check::here::read;
use eoi_model::kernels::of_release;

#[test]
fn a_release_stands_for_the_kernel_that_behaves_like_it() {
    let cases = [
        ("4.19.0-27-amd64", "linux-5.10"),
        ("5.10.0-33-amd64", "linux-5.10"),
        ("6.1.0-50-powerpc64le", "linux-6.1"),
        ("6.12.57+deb12-amd64", "linux-6.12.57"),
        ("6.12.58", "linux-6.12.107"), // the stable release with the fix
        ("6.12.107+deb13-powerpc64le", "linux-6.12.107"),
        ("6.17.7", "linux-6.12.57"),
        ("6.17.8", "linux-6.12.107"),
        ("6.18.0-rc1", "linux-6.12.107"), // merged for 6.18
        ("6.19.1", "linux-7.3"),          // KVM's GICv3 differs
        ("7.2.13", "linux-7.3"),
    ];
    for (release, expected) in cases {
        assert_eq!(
            of_release(release).map(|kernel| kernel.name),
            Some(expected),
            "{release}"
        );
    }
    for nonsense in ["", "linux", ".", "x.y.z"] {
        assert!(of_release(nonsense).is_none(), "{nonsense}");
    }
}

/// A copy of a captured host in a directory of its own, removed at the end.
struct Copy(PathBuf);

impl Copy {
    fn of(host: &str) -> Self {
        let root = std::env::temp_dir().join(format!("eoi-host-{}-{host}", std::process::id()));
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/hosts")
            .join(host);
        copy(&from, &root);
        Self(root)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory in the temporary one");
    for entry in fs::read_dir(from).expect("the captured host") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn nothing_that_a_host_can_show_makes_it_panic() {
    let host = Copy::of("powernv9");
    let files = [
        "proc/interrupts",
        "proc/sys/kernel/osrelease",
        "sys/bus/pci/devices/0003:02:00.0/config",
        "sys/bus/pci/devices/0003:02:00.0/irq",
    ];
    let (mut seed, mut understood, mut refused) = (0x1234_5678_9abc_def0_u64, 0, 0);
    let mut random = move |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    for _ in 0..400 {
        let path = host.0.join(files[random(files.len())]);
        let sound = fs::read(&path).expect("the file is there");
        let mut bytes = sound.clone();
        for _ in 0..=random(4) {
            match random(3) {
                0 => bytes.truncate(random(bytes.len())),
                1 => bytes.insert(random(bytes.len()), random(256) as u8),
                _ if !bytes.is_empty() => {
                    let at = random(bytes.len());
                    bytes[at] = random(256) as u8;
                }
                _ => {}
            }
        }
        fs::write(&path, &bytes).expect("a writable copy");
        match read(&host.0) {
            Ok(_) => understood += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
        fs::write(&path, sound).expect("a writable copy");
    }
    assert!(
        understood > 0 && refused > 0,
        "{understood} understood, {refused} refused"
    );
}
