//! Releases: which row of the table stands for one, and what each row has of the changes to Linux.

use eoi_model::kernels::{self, Span, VFIO_UNLAZY, by_name, of_release};
use eoi_model::version::{Since, Version};

#[test]
fn a_release_is_read_as_uname_prints_it() {
    for (release, version) in [
        ("6.12.57+deb12-amd64", Version(6, 12, 57)),
        ("6.18.0-rc1", Version(6, 18, 0)),
        ("5.10", Version(5, 10, 0)),
        ("7", Version(7, 0, 0)),
        ("6.1.0-37-amd64", Version(6, 1, 0)),
    ] {
        assert_eq!(Version::of(release), Some(version), "{release}");
    }
    for nonsense in ["", ".", "linux-6.1", "v6.1", "x.y.z", "99999999999.1"] {
        assert_eq!(Version::of(nonsense), None, "{nonsense}");
    }
    assert_eq!(Version(6, 12, 57).to_string(), "6.12.57");
    assert_eq!(Version(6, 18, 0).to_string(), "6.18");
}

#[test]
fn a_change_is_in_a_branch_from_its_backport_on_and_in_no_branch_between() {
    let since = Since {
        mainline: Version(6, 18, 0),
        stable: &[Version(6, 12, 58), Version(6, 17, 8)],
    };
    let has = |release| since.holds(Version::of(release).expect("a release"));
    for release in [
        "6.12.58", "6.12.107", "6.17.8", "6.18", "6.18.1", "7.0", "10.0",
    ] {
        assert!(has(release), "{release}");
    }
    for release in [
        "6.12.57", "6.13", "6.16.99", "6.17.7", "5.12.58", "5.20", "4.18",
    ] {
        assert!(!has(release), "{release}");
    }
    assert_eq!(since.to_string(), "6.12.58, 6.17.8, 6.18");
}

#[test]
fn each_row_has_the_changes_that_its_release_has() {
    // Read in the sources of these releases: the merged fix; the resend at the end of handle_fasteoi_irq
    // (v6.5); the question of KVM's IO-APIC at an unmask (v6.4); the PLIC's last change (2026); the ack of
    // vgic_v3_fold_lr (v6.19).
    let rows = [
        ("linux-5.10", [false, false, false, false, false]),
        ("linux-6.1", [false, false, false, true, false]),
        ("linux-6.12.57", [false, true, true, false, false]),
        ("linux-6.12.107", [true, true, true, true, false]),
        ("linux-7.3", [true, true, true, true, true]),
    ];
    assert_eq!(
        rows.map(|(name, _)| name)[..],
        kernels::ALL
            .iter()
            .map(|kernel| kernel.name)
            .collect::<Vec<_>>()
    );
    for (name, has) in rows {
        let kernel = by_name(name).expect("a row");
        let is = [
            kernel.vfio_unlazy,
            kernel.fasteoi_resends,
            kernel.kvm_unmask_resamples,
            kernel.plic_asks_hardware,
            kernel.vgic_acks_what_it_saw,
        ];
        assert_eq!(is, has, "{name}");
        assert!(
            !kernel.vfio_oneshot && !kernel.vfio_masks_once,
            "{name}: only candidates have these"
        );
        assert_eq!(
            of_release(&kernel.version.to_string()).map(|row| row.name),
            Some(name),
            "itself"
        );
    }
}

#[test]
fn a_release_stands_for_the_row_that_behaves_like_it() {
    for (release, row) in [
        ("4.19.0-27-amd64", "linux-5.10"),
        ("6.0.19", "linux-5.10"),
        ("6.11.11", "linux-6.1"),
        ("6.12.57+deb12-amd64", "linux-6.12.57"),
        ("6.12.58", "linux-6.12.107"),
        ("6.17.7", "linux-6.12.57"),
        ("6.17.8", "linux-6.12.107"),
        ("6.18.0-rc1", "linux-6.12.107"),
        ("6.19", "linux-7.3"),
        ("7.2.13", "linux-7.3"),
        ("9.0", "linux-7.3"),
    ] {
        assert_eq!(
            of_release(release).map(|kernel| kernel.name),
            Some(row),
            "{release}"
        );
    }
    assert!(of_release("linux").is_none());
    assert_eq!(kernels::newest().name, "linux-7.3");
}

#[test]
fn the_pair_around_the_merged_fix_differs_in_it_and_has_no_row_between() {
    let [without, with] = kernels::around_the_merged_fix();
    assert_eq!(
        (without.name, with.name),
        ("linux-6.12.57", "linux-6.12.107")
    );
    assert!(!without.vfio_unlazy && with.vfio_unlazy);
    assert!(!VFIO_UNLAZY.since.holds(without.version) && VFIO_UNLAZY.since.holds(with.version));
}

#[test]
fn a_span_has_the_rows_from_its_first_release_to_before_its_last() {
    let names = |span: Span| span.kernels().map(|kernel| kernel.name).collect::<Vec<_>>();
    assert_eq!(names(Span::ALL).len(), kernels::ALL.len());
    assert_eq!(names(Span::since(6, 1).before(6, 8)), ["linux-6.1"]);
    assert_eq!(
        names(Span::since(6, 10)),
        ["linux-6.12.57", "linux-6.12.107", "linux-7.3"]
    );
    assert_eq!(names(Span::ALL.before(6, 1)), ["linux-5.10"]);
    assert!(Span::ALL.is_all() && Span::since(5, 10).is_all() && !Span::since(6, 1).is_all());
}
