//! How fast the searches are, how little memory they take, and how stateright and SPIN do on the same steps.
//!
//! `cargo bench` prints tables and asserts only that everybody counts the same. `cargo bench -- --quick` takes a smaller
//! configuration. Where one thread searches, its CPU time counts, so that other work on the machine shows less.

#[path = "../tests/foreign/mod.rs"]
mod foreign;
#[path = "others/line.rs"]
mod line;
#[path = "others/masked.rs"]
mod masked;

use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use eoi::check::outcome::check_all;
use eoi::check::searched::Searched;
use eoi::verbs::check::CheckArgs;
use eoi_model::device::Device;
use eoi_model::guest::Order;
use eoi_model::irqchip;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::{Config, Path, System, Vmm};
use eoi_search::{Cycles, Pairs, Search, Verdicts};
use foreign::Foreign;
use line::Line;
use masked::{Masked, foreign, stepped};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The measured system has two DisINTx- functions with threaded handlers on a controller and kernel of the merged fix,
/// and a guest whose driver masks its pin, under a VMM's own controller.
fn measured() -> Config<'static> {
    Config {
        chip: irqchip::by_name("xive").expect("a controller"),
        kernel: kernels::by_name("linux-6.12.107").expect("a kernel"),
        fixes: &[],
        device: Device::NoDisintx,
        path: Path::Vmm,
        vmm: Vmm::EOI_INTX,
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

/// Seconds of CPU time of this process and of those that it has waited for.
fn worked() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(4);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// One engine's measurements.
struct Row {
    name: &'static str,
    states: u64,
    /// CPU time.
    seconds: f64,
    /// Peak growth of the resident set, in bytes.
    resident: u64,
}

impl Row {
    /// Searches so many times; the mean counts.
    fn new(name: &'static str, runs: u32, search: impl Fn() -> u64) -> Self {
        let before = worked();
        let (states, resident) = resident(&search);
        (1..runs).for_each(|_| assert_eq!(search(), states));
        Self {
            name,
            states,
            seconds: (worked() - before) / f64::from(runs),
            resident,
        }
    }

    /// One engine on one system, in a process of its own, whose memory nobody has used before.
    fn alone(name: &'static str, system: &str) -> Self {
        let program = env::current_exe().expect("this program");
        let output = Command::new(program).args(["--one", system, name]).output();
        let text = String::from_utf8(output.expect("it runs").stdout).expect("text");
        let numbers: Vec<f64> = text
            .split_whitespace()
            .map(|word| word.parse().expect("a number"))
            .collect();
        Self {
            name,
            states: numbers[0] as u64,
            seconds: numbers[1],
            resident: numbers[2] as u64,
        }
    }
}

fn table(title: &str, rows: &[Row]) {
    println!("\n### {title}: {} states\n", rows[0].states);
    println!("| engine, one thread | million states/s | ratio | bytes a state |");
    println!("|---|---:|---:|---:|");
    let rate = |row: &Row| row.states as f64 / row.seconds.max(0.005);
    for row in rows {
        assert_eq!(row.states, rows[0].states, "{} counts otherwise", row.name);
        println!(
            "| {} | {:.2} | {:.1} | {:.1} |",
            row.name,
            rate(row) / 1e6,
            rate(row) / rate(&rows[0]),
            row.resident as f64 / row.states as f64,
        );
    }
}

/// The graph of all states, and all that is said of it.
fn judged(searched: &Searched) -> u64 {
    let graph = Search::new().graph(searched).expect("no limit").graph;
    let (verdicts, cycles) = (Verdicts::new(&graph), Cycles::new(&graph));
    std::hint::black_box((verdicts, cycles));
    graph.states() as u64
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

/// The engines, the first of which is the measure of the others.
const ENGINES: [&str; 7] = [
    "stateright",
    "stateright, possible events only",
    "the steps alone",
    "states",
    "graph",
    "graph, laws and costs",
    "two lines, without a graph",
];

/// The systems that they are compared on, by name.
fn compared(name: &str) -> System {
    match name {
        "small" => system(&smaller()),
        _ => system(&measured()),
    }
}

/// One engine on one system: prints states, seconds and bytes.
fn one(name: &str, engine: &'static str) {
    let system = compared(name);
    let (searched, single) = (Searched::new(system), pool(1));
    let events = || system.events().collect();
    let states = || Search::new().states(&searched).expect("no limit");
    let known = (engine == "the steps alone").then(states);
    let search = || match engine {
        "stateright" => foreign(Foreign(system, events())),
        "stateright, possible events only" => foreign(Masked(Searched::new(system), events())),
        "the steps alone" => known.as_ref().map_or(0, |known| stepped(&searched, known)),
        "states" => states().len() as u64,
        "graph" => Search::new()
            .graph(&searched)
            .expect("no limit")
            .graph
            .states() as u64,
        "graph, laws and costs" => judged(&searched),
        _ => reach(&system, &single),
    };
    let runs = if name == "small" { 5 } else { 1 };
    let row = Row::new(engine, runs, search);
    println!("{} {} {}", row.states, row.seconds, row.resident);
}

/// Every engine on one system.
fn engines(name: &str) {
    let rows: Vec<Row> = ENGINES
        .iter()
        .map(|engine| Row::alone(engine, name))
        .collect();
    table(&format!("the {name} system"), &rows);
}

/// SPIN and this search on a toy that is written down for both.
fn spin() {
    let directory = tempfile::tempdir().expect("a directory");
    let verifier = match line::verifier(directory.path()) {
        Ok(verifier) => verifier,
        Err(reason) => return println!("\nSPIN is left out: {reason}"),
    };
    let before = worked();
    let spun = line::spun(verifier);
    let spun = Row {
        name: "SPIN, breadth first, compiled by the C compiler",
        states: spun.states,
        seconds: worked() - before,
        resident: spun.bytes,
    };
    let states = || Search::new().states(&Line).expect("no limit").len() as u64;
    assert_eq!(spun.states, line::STATES, "every state of the toy");
    table(
        "a toy of twelve devices",
        &[spun, Row::new("states", 3, states)],
    );
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
    let arguments: Vec<String> = env::args().collect();
    if let [_, first, name, engine] = arguments.as_slice()
        && first == "--one"
    {
        let known = ENGINES.iter().find(|known| *known == engine);
        return one(name, known.expect("an engine"));
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    spin();
    engines("small");
    if !quick {
        engines("large");
        stall(&system(&measured()));
        growth();
    }
    matrix();
}
