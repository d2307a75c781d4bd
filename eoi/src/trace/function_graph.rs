//! The drawings of the function_graph tracer: entries by depth, from which callers are derived.
//!
//! A function's caller is the one that is open one level further out in the same task. Where that one was not recorded,
//! the caller is "": somebody. Tasks are known by the column TASK/PID, or else by the lines that say that a CPU switches
//! between them (kernel/trace/trace_functions_graph.c, Linux 6.12).

use rustc_hash::FxHashMap;

use super::entry::{MOST_CPUS, What, is_flow_handler, symbol};

/// Tasks and levels of calls that are remembered; the kernel's own limit for levels is 50 (`FTRACE_RETFUNC_DEPTH`).
const MOST_TASKS: usize = 1 << 15;
const MOST_LEVELS: usize = 64;
/// Tasks that no line has named yet have numbers from here, with their CPU's.
const NAMELESS: u64 = 1 << 40;

/// An open function.
struct Frame<N> {
    depth: usize,
    name: N,
    /// It runs in an interrupt, since a flow handler does.
    irq: bool,
}

/// The open functions of one task, outermost first.
pub struct Stack<N>(Vec<Frame<N>>);

impl<N> Stack<N> {
    /// Whether it is in an interrupt, since a flow handler is open.
    #[must_use]
    pub fn in_interrupt(&self) -> bool {
        self.0.last().is_some_and(|frame| frame.irq)
    }

    /// Who calls a function at this depth; `None` where that one was not recorded.
    #[must_use]
    pub fn caller(&self, depth: usize) -> Option<&N> {
        self.0
            .iter()
            .rev()
            .find(|frame| frame.depth < depth)
            .filter(|frame| frame.depth + 1 == depth)
            .map(|it| &it.name)
    }

    /// A function begins.
    pub fn enter(&mut self, depth: usize, name: N, flow_handler: bool) {
        if self.0.len() < MOST_LEVELS {
            let irq = self.in_interrupt() || flow_handler;
            self.0.push(Frame { depth, name, irq });
        }
    }
}

/// The open functions of every task.
pub struct Open<N>(FxHashMap<u64, Stack<N>>);

impl<N> Default for Open<N> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<N> Open<N> {
    /// Nothing is known to be open any more.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// The functions that are open around an entry at this depth, or stay open after a return to it.
    pub fn around(&mut self, cpu: u32, pid: u64, depth: usize) -> &mut Stack<N> {
        if self.0.len() >= MOST_TASKS {
            self.0.clear();
        }
        let stack = self
            .0
            .entry(key(cpu, pid))
            .or_insert_with(|| Stack(Vec::new()));
        while stack.0.last().is_some_and(|frame| frame.depth >= depth) {
            stack.0.pop();
        }
        stack
    }
}

/// One entry as it was drawn.
#[derive(Clone, Copy)]
pub struct Drawn<'a> {
    /// The CPU.
    pub cpu: u32,
    /// The task.
    pub pid: u64,
    /// In interrupt context, as far as it can be told.
    pub irq: Option<bool>,
    /// A call, an event, or [`What::Other`] for a return.
    pub what: What<'a>,
}

/// The open functions of every task.
#[derive(Default)]
pub struct Graph {
    on: bool,
    open: Open<String>,
    /// Each CPU's task, as far as the lines about switches say.
    tasks: FxHashMap<u32, u64>,
    /// The number of a task that ran before any line named it.
    known_as: FxHashMap<u64, u64>,
    /// CPUs between the two arrows of an interrupt (option funcgraph-irqs).
    arrows: FxHashMap<u32, bool>,
}

impl Graph {
    /// Whether the recording is drawn by function_graph.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.on
    }

    /// Whether this task is known to be in an interrupt, for what is recorded without flags in between.
    #[must_use]
    pub fn in_interrupt(&self, cpu: u32, pid: u64) -> Option<bool> {
        self.open
            .0
            .get(&key(cpu, pid))
            .is_some_and(Stack::in_interrupt)
            .then_some(true)
    }

    /// It is.
    pub fn switch_on(&mut self) {
        self.on = true;
    }

    /// Entries were lost: what is open is not known any more.
    pub fn forget(&mut self) {
        self.open.forget();
        self.arrows.clear();
    }

    /// One line of the tracer's own layout; `Some(None)` is one without an entry.
    pub fn line<'a>(&'a mut self, line: &'a str) -> Option<Option<Drawn<'a>>> {
        let mut rest = line;
        if let Some((_, behind)) = rest
            .split_once('|')
            .filter(|(time, _)| is_time(time.trim()))
        {
            rest = behind; // the option funcgraph-abstime
        }
        let (cpu, rest) = rest.split_once(')')?;
        let cpu: u32 = cpu.trim().parse().ok().filter(|&cpu| cpu < MOST_CPUS)?;
        if let Some((from, to)) = rest.split_once("=>").filter(|_| !rest.contains('|')) {
            self.switches(cpu, task(from)?, task(to)?);
            return Some(None);
        }
        let (mut rest, mut pid, mut flags) = (rest, None, None);
        for _ in 0..4 {
            let (column, behind) = rest.split_once('|')?;
            let column = column.trim();
            if column.contains("=====") {
                self.arrows.insert(cpu, column.starts_with('='));
                return Some(None);
            }
            if is_duration(column) {
                let pid = pid.unwrap_or_else(|| {
                    self.tasks
                        .get(&cpu)
                        .copied()
                        .unwrap_or(NAMELESS | u64::from(cpu))
                });
                let irq = flags.or_else(|| self.arrows.get(&cpu).copied());
                return self.body(cpu, pid, irq, behind).map(Some);
            }
            match task(column) {
                Some(task) => pid = Some(task),
                None => flags = Some(column.contains(['h', 'H', 'z', 'Z'])),
            }
            rest = behind;
        }
        None
    }

    /// The columns behind `funcgraph_entry:` and `funcgraph_exit:`.
    pub fn traced<'a>(
        &'a mut self,
        cpu: u32,
        pid: u64,
        irq: Option<bool>,
        columns: &'a str,
    ) -> Option<Drawn<'a>> {
        let (duration, body) = columns.split_once('|')?;
        if !is_duration(duration.trim()) {
            return None;
        }
        self.body(cpu, pid, irq, body)
    }

    fn switches(&mut self, cpu: u32, from: u64, to: u64) {
        if self.known_as.len() + self.tasks.len() >= MOST_TASKS {
            self.known_as.clear();
        }
        let nameless = NAMELESS | u64::from(cpu);
        if !self.tasks.contains_key(&cpu) && from != 0 {
            self.known_as.insert(from, nameless);
        }
        let to = if to == 0 {
            nameless
        } else {
            self.known_as.get(&to).copied().unwrap_or(to)
        };
        self.tasks.insert(cpu, to);
    }

    /// Reads the last column.
    fn body<'a>(
        &'a mut self,
        cpu: u32,
        pid: u64,
        irq: Option<bool>,
        text: &'a str,
    ) -> Option<Drawn<'a>> {
        let body = text.trim_start();
        let depth = (text.len() - body.len()).saturating_sub(2) / 2;
        let open = self.open.around(cpu, pid, depth);
        let irq = if open.in_interrupt() { Some(true) } else { irq };
        if body.starts_with('}') {
            return Some(Drawn {
                cpu,
                pid,
                irq,
                what: What::Other,
            });
        }
        if let Some(comment) = body.strip_prefix("/*") {
            let comment = comment.trim().trim_end_matches("*/").trim();
            let event = comment
                .split_once(':')
                .filter(|(name, _)| symbol(name) == Some(*name));
            let what = event.map_or(What::Other, |(name, fields)| {
                What::Event(name, fields.trim())
            });
            return Some(Drawn {
                cpu,
                pid,
                irq,
                what,
            });
        }
        let name = symbol(body)?;
        let (_, args) = body.split_once('(')?;
        let (args, opens) = match (args.split_once(") {"), args.split_once(");")) {
            (Some((args, _)), _) => (args, true),
            (None, Some((args, _))) => (args, false),
            (None, None) => return None,
        };
        let irq = if is_flow_handler(name) {
            Some(true)
        } else {
            irq
        };
        if opens {
            open.enter(depth, name.to_string(), is_flow_handler(name));
        }
        let caller = open.caller(depth).map_or("", String::as_str);
        Some(Drawn {
            cpu,
            pid,
            irq,
            what: What::Call(name, Some(caller), args),
        })
    }
}

/// The task's: idle tasks all have the number 0, and there is one for each CPU.
fn key(cpu: u32, pid: u64) -> u64 {
    if pid == 0 {
        NAMELESS | u64::from(cpu)
    } else {
        pid
    }
}

/// The number after the last dash of `task-pid`.
fn task(text: &str) -> Option<u64> {
    text.trim()
        .rsplit_once('-')
        .filter(|(name, _)| !name.is_empty())?
        .1
        .parse()
        .ok()
        .filter(|&pid| pid < NAMELESS)
}

fn is_time(text: &str) -> bool {
    text.contains('.')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Nothing, or a mark, a number and its unit.
fn is_duration(column: &str) -> bool {
    let number = column.trim_start_matches(['+', '!', '#', '*', '@', '$', ' ']);
    let number = number.strip_suffix("us").map(str::trim_end);
    column.is_empty()
        || number.is_some_and(|number| !number.is_empty() && is_time(&format!("{number}.")))
}
