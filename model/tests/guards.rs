//! The guards that are looked up say the same as trying every event, and the bits that vary are those
//! that do: over every state of systems of every controller, path and scenario.

use std::collections::HashSet;

use eoi_model::device::Device;
use eoi_model::event::Event;
use eoi_model::guards::Guards;
use eoi_model::guest::Order;
use eoi_model::irqchip;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::state::State;
use eoi_model::system::{Config, Path, System};

/// States above which a system is left to those who search it.
const FEW: usize = 8_000;

/// How many events may be tried for each that can happen.
const TIGHT: f64 = 1.3;

const ORDERS: [Order; 3] = [
    Order::ServiceThenEoi,
    Order::EoiThenService,
    Order::EoiThenDefer,
];

/// Systems of every controller, path and scenario; the rest of the configuration takes turns.
fn systems() -> Vec<(String, System)> {
    let paths = Path::ALL.into_iter().chain([Path::Program]);
    let of_paths = paths.flat_map(|path| Scenario::ALL.map(|scenario| (path, scenario)));
    let all = irqchip::ALL
        .iter()
        .flat_map(|&chip| of_paths.clone().map(move |it| (chip, it)));
    let mut systems = Vec::new();
    for (turn, (chip, (path, scenario))) in all.enumerate() {
        let there: Vec<_> = chip.kernels.kernels().collect();
        let config = Config {
            device: Device::ALL[turn % 3],
            order: ORDERS[turn / 2 % 3],
            masks: turn % 3 == 0,
            edge: turn % 7 == 0,
            directed_eoi: turn % 5 == 0,
            scenario,
            cpus: 1 + u8::from(turn % 4 != 0),
            causes: 1 + u8::from(turn % 8 == 1),
            withdraws: turn % 2 == 0,
            threadirqs: turn % 11 == 0,
            ..Config::new(chip, there[turn % there.len()], path)
        };
        let shared = matches!(scenario, Scenario::SharedLine | Scenario::SharedGuest);
        let plain = Config {
            device: if shared {
                Device::Disintx
            } else {
                config.device
            },
            edge: false,
            directed_eoi: false,
            threadirqs: false,
            ..config
        };
        let name = format!("{} {} {}", chip.name, path.name(), scenario.name());
        let system = System::new(&config).or_else(|_| System::new(&plain));
        systems.extend(system.ok().map(|system| (name, system)));
    }
    assert!(systems.len() > 1000, "only {} systems", systems.len());
    systems
}

/// The events that can be enabled, by their place in [`System::events`].
fn allowed(guards: &Guards, system: &System, state: State, of_one: usize) -> HashSet<usize> {
    let sets = guards.allow(system, state).into_iter().enumerate();
    let places = sets.flat_map(|(function, set)| {
        let bits = (0..of_one).filter(move |&bit| set >> bit & 1 != 0);
        bits.map(move |bit| function * of_one + bit)
    });
    places.collect()
}

/// The counts of a walk over the states of a system.
#[derive(Default)]
struct Walk {
    states: usize,
    tries: usize,
    steps: usize,
    union: [u64; 4],
}

/// Walks all states of the system, if they are few, and tries every event in each.
fn walk(name: &str, system: &System) -> Option<Walk> {
    let (guards, events) = (Guards::new(system), system.events().collect::<Vec<Event>>());
    let of_one = events.len() / system.scenario().functions();
    let initial = system.initial();
    let (mut states, mut seen) = (vec![initial], HashSet::from([initial]));
    let mut walk = Walk::default();
    while let Some(&state) = states.get(walk.states) {
        walk.states += 1;
        let allowed = allowed(&guards, system, state, of_one);
        walk.tries += allowed.len();
        for (place, &event) in events.iter().enumerate() {
            let Some(to) = system.step(state, event) else {
                continue;
            };
            let what = event.info().name;
            assert!(
                allowed.contains(&place),
                "{name}: {what} is lost in {state:?}"
            );
            let same = system.step_allowed(state, event).map(|(to, _)| to);
            assert_eq!(same, Some(to), "{name}: {what} in {state:?}");
            walk.steps += 1;
            if seen.insert(to) {
                states.push(to);
            }
        }
        for (word, union) in walk.union.iter_mut().enumerate() {
            *union |= state.words()[word] ^ initial.words()[word];
        }
        if states.len() > FEW {
            return None;
        }
    }
    Some(walk)
}

#[test]
fn no_event_is_lost_few_are_tried_in_vain_and_no_bit_varies_that_does_not() {
    let (mut all, mut walked) = (Walk::default(), 0);
    for (name, system) in systems() {
        let Some(walk) = walk(&name, &system) else {
            continue;
        };
        let varying = system.varying().words();
        for (word, union) in walk.union.into_iter().enumerate() {
            let outside = union & !varying[word];
            assert_eq!(outside, 0, "{name}: bits of word {word} vary: {outside:#x}");
        }
        let tight = walk.tries as f64 / walk.steps as f64;
        assert!(
            tight < TIGHT,
            "{name}: {tight:.3} events tried for one that happens"
        );
        walked += 1;
        all.states += walk.states;
        all.tries += walk.tries;
        all.steps += walk.steps;
    }
    println!(
        "{walked} systems, {} states, {} steps, {} events tried",
        all.states, all.steps, all.tries
    );
    assert!(walked > 800, "only {walked} systems are small");
}

#[test]
fn an_event_that_a_system_does_not_have_cannot_happen_in_it() {
    let names = |system: &System| -> HashSet<&str> {
        system.events().map(|event| event.info().name).collect()
    };
    let chip = irqchip::by_name("xive").expect("a controller");
    let config = Config::new(chip, kernels::newest(), Path::Program);
    let program = System::new(&config)
        .map_err(|refusal| refusal.reason)
        .expect("a program");
    let found = names(&program);
    assert!(found.contains("program.unmask") && found.contains("vfio.handler"));
    assert!(
        !found
            .iter()
            .any(|name| name.starts_with("guest.") || name.starts_with("vmm."))
    );
    let event = Event::by_name("guest.take").expect("an event");
    assert_eq!(program.step(program.initial(), event), None);
}

#[test]
fn a_second_function_has_its_bits_only_where_there_is_one() {
    for (name, system) in systems() {
        let [_, second] = system.varying().halves();
        assert_eq!(second.0 != 0, system.scenario().functions() == 2, "{name}");
    }
}
