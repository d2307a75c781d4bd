//! How fast the searches are, how little memory they take, and how stateright does on the same steps.
//!
//! `cargo bench` prints tables and asserts only that everybody counts the same. `cargo bench -- --quick` takes a smaller
//! configuration. Other work on the machine shows: times that can be repeated are the best of several runs.

#[path = "../tests/foreign/mod.rs"]
mod foreign;

use std::fs;
use std::sync::Mutex;
use std::time::Instant;

use eoi::check::outcome::check_all;
use eoi::explore::reach::pairs::Pairs;
use eoi::explore::reach::{self, Engine, Reached};
use eoi::verbs::check::CheckArgs;
use eoi_model::device::Device;
use eoi_model::event::Event;
use eoi_model::guest::Order;
use eoi_model::irqchip;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::state::State;
use eoi_model::system::{Config, Path, System};
use foreign::Foreign;
use stateright::{Checker, Model};

/// Runs of which the best counts.
const RUNS: usize = 9;

/// What is measured: two DisINTx- functions with threaded handlers on a controller and kernel of the merged fix, and a
/// guest whose driver masks its pin, under a VMM's own controller. At least five million
/// states are wanted; the first line of the output says how many.
fn measured() -> Config<'static> {
    Config {
        chip: irqchip::by_name("xive-no-q").expect("a controller"),
        kernel: kernels::by_name("linux-6.12.107").expect("a kernel"),
        fixes: &[],
        device: Device::NoDisintx,
        path: Path::Vmm,
        guest_chip: None,
        edge: false,
        order: Order::ServiceThenEoi,
        masks: true,
        directed_eoi: false,
        scenario: Scenario::TwoLines,
        cpus: 2,
        causes: 1,
        withdraws: false,
        threadirqs: true,
    }
}

/// For a quick look: without threads, some hundred thousand states.
fn smaller() -> Config<'static> {
    Config { threadirqs: false, withdraws: true, ..measured() }
}

/// To see how it grows: a second cause, and causes that are withdrawn; some hundred million states.
fn larger() -> Config<'static> {
    Config { causes: 2, withdraws: true, ..measured() }
}

fn system(config: &Config<'_>) -> System {
    System::new(config).expect("a system that exists")
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed().as_secs_f64())
}

/// A field of /proc/self/status in bytes; 0 where there is none.
fn status(field: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// By how much the resident set grew at most, in bytes.
fn resident<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let _ = fs::write("/proc/self/clear_refs", "5"); // the high-water mark begins anew
    let before = status("VmRSS");
    let result = run();
    (result, status("VmHWM").saturating_sub(before))
}

/// One engine's measurements.
struct Row {
    name: &'static str,
    states: u64,
    seconds: f64,
    /// What of the seconds is calls of `System::step`, measured apart.
    stepping: f64,
    /// Peak memory by the engine's own accounts; 0 for an engine that keeps none.
    bytes: u64,
    /// Peak growth of the resident set.
    resident: u64,
}

impl Row {
    fn of(name: &'static str, reached: &Reached, seconds: f64, stepping: f64, resident: u64) -> Self {
        Self { name, states: reached.states, seconds, stepping, bytes: reached.bytes_peak as u64, resident }
    }

    fn rate(&self) -> f64 {
        self.states as f64 / self.seconds
    }

    /// States a second of what is left without the calls of `step`.
    fn own_rate(&self) -> f64 {
        self.states as f64 / (self.seconds - self.stepping).max(1e-9)
    }
}

fn table(rows: &[Row]) {
    println!(
        "{:<24} {:>11} {:>9} {:>9} {:>12} {:>8} {:>10} {:>9} {:>9}",
        "engine", "states", "seconds", "of step", "states/s", "ratio", "ratio own", "B/state", "resident"
    );
    let base = &rows[0];
    for row in rows {
        let bytes = if row.bytes == 0 { "-".into() } else { format!("{:.2}", row.bytes as f64 / row.states as f64) };
        println!(
            "{:<24} {:>11} {:>9.4} {:>9.4} {:>12.0} {:>8.1} {:>10.1} {:>9} {:>9.2}",
            row.name,
            row.states,
            row.seconds,
            row.stepping,
            row.rate(),
            row.rate() / base.rate(),
            row.own_rate() / base.own_rate(),
            bytes,
            row.resident as f64 / row.states as f64,
        );
    }
    println!(
        "ratio: states/s over the first row's; own: the same without the time of `step`; B/state: peak memory by the\n\
         engine's own accounts; resident: peak growth of the resident set a state\n"
    );
}

/// stateright, breadth first, one thread.
fn foreign(system: &System, stepping: f64) -> Row {
    let run = || timed(|| Foreign(*system, system.events().collect()).checker().threads(1).spawn_bfs().join());
    let ((checker, seconds), resident) = resident(run);
    Row { name: "stateright", states: checker.unique_state_count() as u64, seconds, stepping, bytes: 0, resident }
}

/// What all calls of `step` cost that a search by states makes: every event in every state, once.
struct Stepping {
    calls: usize,
    seconds: f64,
    /// One of the states that are farthest from the initial one.
    farthest: State,
}

fn stepping(system: &System) -> Stepping {
    let states = Mutex::new(Vec::new());
    let _ = reach::find(system, 1, &|state| {
        states.lock().expect("one thread").push(state);
        false
    });
    let (states, events) = (states.into_inner().expect("one thread"), system.events().collect::<Vec<Event>>());
    let replay = || {
        let steps = states.iter().flat_map(|&state| events.iter().filter_map(move |&event| system.step(state, event)));
        steps.fold(0, |sum, state| sum ^ state.0)
    };
    let (sum, seconds) = timed(replay);
    assert_ne!(sum, 1, "a sum that nobody looks at would not be computed");
    let farthest = *states.last().expect("the initial state");
    Stepping { calls: states.len() * events.len(), seconds, farthest }
}

/// The best times so far of one thread, of two threads, and of two searches of one thread side by side.
struct Best {
    reached: Reached,
    one: f64,
    two: f64,
    both: f64,
}

impl Best {
    fn new(system: &System) -> Self {
        let [one, two, both] = [f64::INFINITY; 3];
        Self { reached: reach::reach(system, 1), one, two, both }
    }

    /// The three take turns, so that all meet the same machine.
    fn measure(&mut self, system: &System, runs: usize) {
        let search = |threads: usize| {
            let (reached, seconds) = timed(|| reach::reach(system, threads));
            assert!(self.reached == reached, "the number of threads changes the result");
            seconds
        };
        for _ in 0..runs {
            self.one = self.one.min(search(1));
            self.two = self.two.min(search(2));
            let side_by_side = || {
                std::thread::scope(|scope| {
                    let other = scope.spawn(|| reach::reach(system, 1));
                    (reach::reach(system, 1), other.join())
                })
            };
            self.both = self.both.min(timed(side_by_side).1);
        }
    }

    fn print(&self) {
        let (second, apart) = (self.one / self.two, 2.0 * self.one / self.both);
        println!("two threads: {second:.2} x one thread (wanted: 1.5)");
        println!("two searches side by side: {apart:.2} x one: what a second thread of this machine is good for");
    }
}

/// Seconds of walking each function, which is where this search calls `step`.
fn walking(system: &System, threads: usize) -> f64 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let times = (0..RUNS).map(|_| pool.install(|| timed(|| Pairs::new(system)).1));
    times.fold(f64::INFINITY, f64::min)
}

fn engines(system: &System) {
    let mut best = Best::new(system);
    best.measure(system, RUNS);
    let reached = best.reached.clone();
    let transitions = reached.transitions.expect("a search to the end");
    println!("{} states, {transitions} transitions, {} levels\n", reached.states, reached.levels.len());
    let (_, grown) = resident(|| reach::reach(system, 1));
    let stepping = stepping(system);
    let (general, general_grown) = resident(|| timed(|| reach::search(system, Engine::Keys, 1, None)));
    assert_eq!((general.0.states, &general.0.levels), (reached.states, &reached.levels), "the engines disagree");
    best.measure(system, RUNS); // three times in a minute, as a machine has better and worse moments
    let foreign = foreign(system, stepping.seconds);
    assert_eq!(foreign.states, reached.states, "stateright disagrees");
    best.measure(system, RUNS);
    table(&[
        foreign,
        Row::of("general, 1 thread", &general.0, general.1, stepping.seconds, general_grown),
        Row::of("reach, 1 thread", &reached, best.one, walking(system, 1), grown),
        Row::of("reach, 2 threads", &reached, best.two, walking(system, 2), grown),
    ]);
    let each = 1e9 * stepping.seconds / stepping.calls as f64;
    println!("a call of `step`: {each:.1} ns, the mean of {}", stepping.calls);
    best.print();
    paths(system, stepping.farthest, reached.states);
}

/// What a shortest path costs: to one of the farthest states, and to a stall.
fn paths(system: &System, farthest: State, states: u64) {
    let is = move |state: State| state == farthest;
    let searches: [(&str, &dyn Fn() -> Reached); 2] = [
        ("a shortest path to a farthest state", &|| reach::find(system, 2, &is)),
        ("a shortest path to a stall, or none", &|| reach::stall(system, 2)),
    ];
    for (what, search) in searches {
        let (reached, seconds) = timed(search);
        let length = reached.found.map_or("none".into(), |path| format!("{} events", path.len()));
        let bytes = reached.bytes_peak as f64 / states as f64;
        println!("{what}: {length}, {seconds:.3} s, {bytes:.2} bytes a state, 2 threads");
    }
}

fn growth() {
    let system = system(&larger());
    let mut best = Best::new(&system);
    best.measure(&system, 3);
    let (states, bytes) = (best.reached.states as f64, best.reached.bytes_peak as f64);
    println!("\na larger one: {states} states, {:.2} bytes a state", bytes / states);
    println!("1 thread {:.2} s, {:.0} states/s; 2 threads {:.2} s", best.one, states / best.one, best.two);
    best.print();
}

/// Every configuration that `eoi check` takes without options: graph, laws and costs, on all cores.
fn matrix() {
    let args = CheckArgs { cpus: 2, causes: 2, limit: usize::MAX, ..CheckArgs::default() };
    let selection = args.select().expect("the default matrix");
    let (outcomes, seconds) = timed(|| check_all(&selection).expect("no limit"));
    let checked: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.checked()).collect();
    let states: usize = checked.iter().map(|checked| checked.states).sum();
    println!(
        "\nthe default matrix: {} systems, {states} states; graphs, laws and costs in {seconds:.2} s",
        checked.len()
    );
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    engines(&system(&if quick { smaller() } else { measured() }));
    if !quick {
        growth();
    }
    matrix();
}
