//! The table of actions in the crate's documentation: which of them can occur on which path, over all states and inputs.

use std::collections::BTreeSet;
use std::path::Path as File;

use eoi_intx::{Input, Intx, Path};

const PATHS: [Path; 4] = [Path::Resample, Path::Eoi, Path::BarTrap, Path::BarGuess];

/// The names of the actions that can occur on a path, after an input or after a system call that failed.
fn actions(path: Path) -> BTreeSet<String> {
    let mut actions = BTreeSet::new();
    let mut states = vec![Intx::new(path), Intx::new(path).with_budget(2)];
    let mut next = 0;
    while next < states.len() {
        let before = states[next];
        let mut reached: Vec<Intx> = before.restore(before.bits()).into_iter().collect();
        for input in Input::ALL {
            let mut machine = before;
            actions.extend(machine.handle(input).map(|action| format!("{action:?}")));
            reached.push(machine);
            actions.extend(machine.fail().map(|action| format!("{action:?}")));
        }
        for machine in reached {
            if !states.contains(&machine) {
                states.push(machine);
            }
        }
        next += 1;
    }
    actions
}

/// The table, as it stands in the documentation.
fn table() -> String {
    let of = PATHS.map(actions);
    let all: BTreeSet<&String> = of.iter().flatten().collect();
    let mut text =
        "//! | action | `Resample` | `Eoi` | `BarTrap` | `BarGuess` |\n//! |---|---|---|---|---|\n"
            .to_string();
    for action in all {
        let cells: Vec<&str> = of
            .iter()
            .map(|on| if on.contains(action) { " yes " } else { " " })
            .collect();
        text += &format!("//! | [`Action::{action}`] |{}|\n", cells.join("|"));
    }
    text
}

#[test]
fn the_table_of_actions_is_that_of_the_machine() {
    let file = File::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let source = std::fs::read_to_string(&file).expect("the crate's documentation");
    let begin = source.find("//! | action |").expect("the table");
    let length: usize = source[begin..]
        .split_inclusive('\n')
        .take_while(|line| line.starts_with("//! |"))
        .map(str::len)
        .sum();
    let table = table();
    if source[begin..begin + length] == table {
        return;
    }
    let is_to_update = std::env::var_os("UPDATE_DOCS").is_some();
    assert!(
        is_to_update,
        "it is stale: UPDATE_DOCS=1 cargo test -p eoi-intx --test table; it should be\n{table}"
    );
    std::fs::write(
        &file,
        [&source[..begin], &table, &source[begin + length..]].concat(),
    )
    .expect("written");
}
