//! How fast the searches are, how little memory they take, and how stateright does on the same steps.
//!
//! `cargo bench` prints tables and asserts only that everybody counts the same. `cargo bench -- --quick` takes a smaller
//! configuration. Other work on the machine shows: times that can be repeated are the best of several runs.

#[path = "../tests/foreign/mod.rs"]
mod foreign;

use std::fs;
use std::time::Instant;

use eoi::check::outcome::check_all;
use eoi::check::searched::{Explored, Searched, explore};
use eoi::verbs::check::CheckArgs;
use eoi_model::device::Device;
use eoi_model::event::Event;
use eoi_model::guest::Order;
use eoi_model::irqchip;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::state::State;
use eoi_model::system::{Config, Path, System, Vmm};
use eoi_search::Pairs;
use foreign::Foreign;
use rayon::{ThreadPool, ThreadPoolBuilder};
use stateright::{Checker, Model};

/// Runs of which the best counts.
const RUNS: usize = 9;

/// The measured system has two DisINTx- functions with threaded handlers on a controller and kernel of the merged fix,
/// and a guest whose driver masks its pin, under a VMM's own controller. At least five million states are wanted; the
/// first line of the output says how many.
fn measured() -> Config<'static> {
    Config {
        chip: irqchip::by_name("xive").expect("a controller"),
        kernel: kernels::by_name("linux-6.12.107").expect("a kernel"),
        fixes: &[],
        device: Device::NoDisintx,
        path: Path::Vmm,
        vmm: Vmm::EoiIntx,
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
    Config {
        threadirqs: false,
        withdraws: true,
        ..measured()
    }
}

/// To see how it grows: a second cause, and causes that are withdrawn; some hundred million states.
fn larger() -> Config<'static> {
    Config {
        causes: 2,
        withdraws: true,
        ..measured()
    }
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
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
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
    /// The share of the seconds that calls of `System::step` take, measured apart.
    stepping: f64,
    /// Peak growth of the resident set, in bytes.
    resident: u64,
}

impl Row {
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
        "{:<24} {:>11} {:>9} {:>9} {:>12} {:>8} {:>10} {:>8}",
        "engine", "states", "seconds", "of step", "states/s", "ratio", "ratio own", "B/state"
    );
    let base = &rows[0];
    for row in rows {
        println!(
            "{:<24} {:>11} {:>9.4} {:>9.4} {:>12.0} {:>8.1} {:>10.1} {:>8.2}",
            row.name,
            row.states,
            row.seconds,
            row.stepping,
            row.rate(),
            row.rate() / base.rate(),
            row.own_rate() / base.own_rate(),
            row.resident as f64 / row.states as f64,
        );
    }
    println!(
        "ratio: states/s over the first row's; own: the same without the time of `step`; B/state: peak growth of the\n\
         resident set\n"
    );
}

/// stateright, breadth first, one thread.
fn foreign(system: &System, stepping: f64) -> Row {
    let run = || {
        timed(|| {
            Foreign(*system, system.events().collect())
                .checker()
                .threads(1)
                .spawn_bfs()
                .join()
        })
    };
    let ((checker, seconds), resident) = resident(run);
    Row {
        name: "stateright",
        states: checker.unique_state_count() as u64,
        seconds,
        stepping,
        resident,
    }
}

/// The graph with all transitions, one thread.
fn graph(system: &System) -> (Explored, f64, u64) {
    let ((explored, seconds), resident) =
        resident(|| timed(|| explore(system, usize::MAX).expect("no limit")));
    (explored, seconds, resident)
}

/// Calls of `step` that a search by states makes, every event in every state, and their seconds.
fn stepping(system: &System, states: &[State]) -> (usize, f64) {
    let events: Vec<Event> = system.events().collect();
    let replay = || {
        let steps = states.iter().flat_map(|&state| {
            events
                .iter()
                .filter_map(move |&event| system.step(state, event))
        });
        steps.fold(0, |sum, state| sum ^ state.words()[0])
    };
    let (sum, seconds) = timed(replay);
    assert_ne!(sum, 1, "a sum that nobody looks at would not be computed");
    (states.len() * events.len(), seconds)
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads")
}

/// The number of states, by pairs of halves.
fn reach(system: &System, pool: &ThreadPool) -> u64 {
    let system = Searched::new(*system);
    pool.install(|| {
        Pairs::new(&system)
            .expect("two functions on a line each")
            .reach()
            .states()
    })
}

/// The best times so far of one thread, of two threads, and of two searches of one thread side by side.
struct Best {
    states: u64,
    one: f64,
    two: f64,
    both: f64,
}

impl Best {
    fn new(system: &System) -> Self {
        let [one, two, both] = [f64::INFINITY; 3];
        Self {
            states: reach(system, &pool(1)),
            one,
            two,
            both,
        }
    }

    /// The three take turns, so that all meet the same machine.
    fn measure(&mut self, system: &System, runs: usize) {
        let (single, another, double) = (pool(1), pool(1), pool(2));
        let search = |pool: &ThreadPool| {
            let (states, seconds) = timed(|| reach(system, pool));
            assert!(
                self.states == states,
                "the number of threads changes the result"
            );
            seconds
        };
        for _ in 0..runs {
            self.one = self.one.min(search(&single));
            self.two = self.two.min(search(&double));
            let side_by_side = || {
                std::thread::scope(|scope| {
                    let other = scope.spawn(|| reach(system, &another));
                    (reach(system, &single), other.join())
                })
            };
            self.both = self.both.min(timed(side_by_side).1);
        }
    }

    fn print(&self) {
        let (second, apart) = (self.one / self.two, 2.0 * self.one / self.both);
        println!("two threads: {second:.2} x one thread (wanted: 1.5)");
        println!(
            "two searches side by side: {apart:.2} x one: what a second thread of this machine is good for"
        );
    }
}

/// Seconds of walking each function, which is where this search calls `step`.
fn walking(system: &System, threads: usize) -> f64 {
    let (pool, system) = (pool(threads), Searched::new(*system));
    let times = (0..RUNS).map(|_| pool.install(|| timed(|| Pairs::new(&system).is_ok()).1));
    times.fold(f64::INFINITY, f64::min)
}

fn engines(system: &System) {
    let mut best = Best::new(system);
    best.measure(system, RUNS);
    let (_, grown) = resident(|| reach(system, &pool(1)));
    let (explored, general, general_grown) = graph(system);
    let transitions = explored.graph.transitions();
    assert_eq!(
        explored.states.len() as u64,
        best.states,
        "the engines disagree"
    );
    println!("{} states, {transitions} transitions\n", best.states);
    let (calls, seconds) = stepping(system, &explored.states);
    drop(explored);
    best.measure(system, RUNS); // three times in a minute, as a machine has better and worse moments
    let foreign = foreign(system, seconds);
    assert_eq!(foreign.states, best.states, "stateright disagrees");
    best.measure(system, RUNS);
    let row = |name, seconds, stepping, resident| Row {
        name,
        states: best.states,
        seconds,
        stepping,
        resident,
    };
    table(&[
        foreign,
        row("graph, 1 thread", general, seconds, general_grown),
        row("pairs, 1 thread", best.one, walking(system, 1), grown),
        row("pairs, 2 threads", best.two, walking(system, 2), grown),
    ]);
    println!(
        "a call of `step`: {:.1} ns, the mean of {calls}",
        1e9 * seconds / calls as f64
    );
    best.print();
    stall(system);
}

/// The cost of a shortest path to a stall, or of the proof that there is none.
fn stall(system: &System) {
    let (pool, system) = (pool(2), Searched::new(*system));
    let search =
        || timed(|| pool.install(|| Pairs::new(&system).expect("two lines").reach().stall()));
    let ((found, seconds), grown) = resident(search);
    let length = found.map_or("none".into(), |path| format!("{} events", path.len()));
    println!(
        "a shortest path to a stall: {length}, {seconds:.3} s, {:.1} MB, 2 threads",
        grown as f64 / 1e6
    );
}

fn growth() {
    let system = system(&larger());
    let mut best = Best::new(&system);
    best.measure(&system, 3);
    let (_, grown) = resident(|| reach(&system, &pool(1)));
    let states = best.states as f64;
    println!(
        "\na larger one: {states} states, {:.2} bytes a state",
        grown as f64 / states
    );
    println!(
        "1 thread {:.2} s, {:.0} states/s; 2 threads {:.2} s",
        best.one,
        states / best.one,
        best.two
    );
    best.print();
}

/// Every configuration that `eoi check` takes without options: graph, laws and costs, on all cores.
fn matrix() {
    let args = CheckArgs {
        cpus: 2,
        causes: 2,
        limit: usize::MAX,
        ..CheckArgs::default()
    };
    let selection = args.select().expect("the default matrix");
    let (outcomes, seconds) = timed(|| check_all(&selection).expect("no limit"));
    let checked: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.checked())
        .collect();
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
