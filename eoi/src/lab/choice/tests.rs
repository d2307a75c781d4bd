//! The choice: which cells a patch, a quick run and names leave, and what is said where nothing is left.

use super::*;
use crate::lab::arch::Arch;

fn names(choice: &Choice) -> Vec<String> {
    choose(choice)
        .expect("cells")
        .cells
        .iter()
        .map(Cell::name)
        .collect()
}

fn patches(file: PathBuf) -> Choice {
    let brought = Brought::Patches {
        files: vec![file],
        base: Base::Fixed,
    };
    Choice {
        brought: Some(brought),
        ..Choice::default()
    }
}

fn own(image: PathBuf, modules: Option<PathBuf>) -> Choice {
    let brought = Brought::Kernel {
        image,
        modules,
        base: Base::Fixed,
    };
    Choice {
        brought: Some(brought),
        ..Choice::default()
    }
}

fn patch_of(file: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("own.diff");
    let text = format!("--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-a\n+b\n");
    std::fs::write(&path, text).expect("a file");
    (directory, path)
}

#[test]
fn a_patch_to_one_architecture_runs_on_its_machines_alone_unless_others_are_named() {
    let (_directory, patch) = patch_of("arch/powerpc/sysdev/xive/common.c");
    let power = names(&patches(patch.clone()));
    assert_eq!(
        power.len(),
        machine::ALL
            .iter()
            .filter(|machine| machine.arch == Arch::Ppc64el)
            .count()
    );
    assert!(power.iter().all(|name| name.starts_with('p')), "{power:?}");
    let named = Choice {
        machines: vec!["q35-ioapic".to_string()],
        ..patches(patch)
    };
    assert_eq!(names(&named), ["q35-ioapic/6.12.107+own"]);
    let (_directory, patch) = patch_of("kernel/irq/chip.c");
    assert_eq!(names(&patches(patch)).len(), machine::ALL.len());
}

#[test]
fn what_the_user_brings_is_looked_at_first() {
    let missing = PathBuf::from("nowhere/bzImage");
    for (choice, says) in [
        (
            patches("/dev/null".into()),
            "/dev/null is no patch for a kernel",
        ),
        (patches(missing.clone()), "cannot read nowhere/bzImage"),
        (
            own(missing.clone(), None),
            "there is no file nowhere/bzImage",
        ),
        (
            own("Cargo.toml".into(), Some(missing)),
            "there is no directory nowhere",
        ),
    ] {
        let Err(error) = choose(&choice) else {
            panic!("{says}")
        };
        assert!(format!("{error:#}").contains(says), "{error:#}");
    }
}

#[test]
fn a_candidate_runs_wherever_its_patch_is_compiled() {
    let all = names(&Choice::default());
    let on = |fix: &str| {
        let suffix = format!("/6.12.107-lab+{fix}");
        all.iter()
            .filter_map(|name| name.strip_suffix(&suffix))
            .collect::<Vec<_>>()
    };
    // Its flag is kernel/irq's; that only XIVE sets it is what the other machines show.
    assert_eq!(on("chip-unlazy-flag"), FIX_MACHINES);
    assert_eq!(on("xive-eoi-always"), ["powernv9-xive"]);
    assert_eq!(on("xive-irq-enable"), ["powernv9-xive"]);
    let choice = Choice {
        only: vec!["q35-ioapic/6.12.107-lab+chip-unlazy-flag".to_string()],
        ..Choice::default()
    };
    assert!(
        choose(&choice).expect("a cell").cells[0]
            .host()
            .expect("a row")
            .fixes
            .is_empty()
    );
}

fn refusal(choice: &Choice) -> String {
    match choose(choice) {
        Ok(chosen) => panic!("{} cells", chosen.cells.len()),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn a_quick_run_of_a_patch_is_on_the_machines_of_the_quick_cells() {
    let (_directory, patch) = patch_of("kernel/irq/chip.c");
    let quick = Choice {
        quick: true,
        ..patches(patch)
    };
    let expected = ["q35-ioapic", "arm64-gicv3", "pseries-xive", "riscv64-aplic"];
    assert_eq!(
        names(&quick),
        expected.map(|machine| format!("{machine}/6.12.107+own"))
    );
    let cases: Vec<&str> = choose(&quick).expect("cells").cells[0]
        .cases
        .iter()
        .map(|case| case.script.name)
        .collect();
    assert!(quick::SCRIPTS.iter().all(|script| cases.contains(script)));
    assert!(cases.iter().all(|case| quick::SCRIPTS.contains(case)));
    let (_directory, power) = patch_of("arch/powerpc/sysdev/xive/common.c");
    let quick = Choice {
        quick: true,
        ..patches(power)
    };
    assert_eq!(names(&quick), ["pseries-xive/6.12.107+own"]);
}

#[test]
fn a_patch_takes_the_place_of_the_kernel_that_a_cell_is_named_with() {
    let (_directory, patch) = patch_of("arch/powerpc/sysdev/xive/common.c");
    let only = |cell: &str| Choice {
        only: vec![cell.to_string()],
        ..patches(patch.clone())
    };
    // By its own name, and by the lab's; one that the patch does not reach runs all the same when it is named.
    for cell in ["pseries-xive/6.12.107+own", "pseries-xive/6.12.107"] {
        assert_eq!(names(&only(cell)), ["pseries-xive/6.12.107+own"]);
    }
    assert_eq!(
        names(&only("q35-ioapic/6.12.107")),
        ["q35-ioapic/6.12.107+own"]
    );
    for (cell, says) in [
        (
            "pseries-xive/6.12.107-unfixed",
            "a patch to 6.12.107-unfixed needs --base unfixed",
        ),
        (
            "q35-ioapic/7.3.4",
            "rebase the patch onto 6.12.107 and take --only q35-ioapic/6.12.107,",
        ),
        (
            "q35-ioapic/6.12.107/threadirqs",
            "the cell of q35-ioapic is q35-ioapic/6.12.107+own",
        ),
        (
            "pserise-xive/6.12.107+own",
            "did you mean pseries-xive/6.12.107+own",
        ),
    ] {
        let error = refusal(&only(cell));
        assert!(error.contains(says), "{error}");
    }
    let own = Choice {
        only: vec!["q35-ioapic/6.12.107".to_string()],
        ..own("Cargo.toml".into(), None)
    };
    let error = refusal(&own);
    assert!(
        error.ends_with("the cell of q35-ioapic is q35-ioapic/Cargo.toml"),
        "{error}"
    );
}

#[test]
fn where_nothing_is_left_the_error_says_what_there_would_be() {
    let (_directory, patch) = patch_of("drivers/vfio/pci/vfio_pci_intrs.c");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
    // Kernels that the user brings need not have KVM.
    let chain = Choice {
        machines: words(&["q35-ioapic"]),
        cases: words(&["kvm-chain"]),
        ..patches(patch.clone())
    };
    assert_eq!(
        refusal(&chain),
        "nothing is left to run; without --case the lab would run q35-ioapic/6.12.107+own"
    );
    let quick = Choice {
        quick: true,
        machines: words(&["powernv9-xive", "powernv8-xics"]),
        ..patches(patch)
    };
    assert_eq!(
        refusal(&quick),
        "nothing is left to run; without --quick the lab would run powernv9-xive/6.12.107+own, powernv8-xics/6.12.107+own"
    );
    let elsewhere = Choice {
        only: words(&["q35-ioapic/6.12.107"]),
        machines: words(&["powernv9-xive"]),
        ..Choice::default()
    };
    assert_eq!(
        refusal(&elsewhere),
        "nothing is left to run; without --machine the lab would run q35-ioapic/6.12.107"
    );
}

#[test]
fn a_misspelt_name_is_answered_with_the_one_that_was_meant() {
    let words = |word: &str| vec![word.to_string()];
    for (choice, says) in [
        (
            Choice {
                only: words("q35-ioapci/6.12.107"),
                ..Choice::default()
            },
            "there is no cell called 'q35-ioapci/6.12.107'; did you mean q35-ioapic/6.12.107",
        ),
        (
            Choice {
                only: words("q35-ioapic/6.12.170"),
                ..Choice::default()
            },
            "did you mean q35-ioapic/6.12.107",
        ),
        (
            Choice {
                machines: words("pserise-xive"),
                ..Choice::default()
            },
            "there is no machine called 'pserise-xive'; did you mean pseries-xive",
        ),
        (
            Choice {
                cases: words("clear-unmaks"),
                ..Choice::default()
            },
            "there is no case called 'clear-unmaks'; did you mean clear-unmask",
        ),
    ] {
        let error = refusal(&choice);
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn the_pcs_do_not_wait_for_the_ticks_of_a_timer() {
    for machine in machine::ALL {
        let checked = machine
            .append
            .split(' ')
            .all(|word| word != "no_timer_check");
        assert_eq!(checked, machine.arch != Arch::Amd64, "{}", machine.name);
    }
}
