//! The machine beside a second one, written from the documented rules alone: the same answers to random inputs.
//!
//! A million inputs; `EOI_INTX_STEPS=100000000 cargo test --release -p eoi-intx --test reference` for more.

use eoi_intx::{Action, Input, Intx, Mode, Path};

use Action::*;

/// splitmix64 (Steele, Lea, Flood 2014): every seed is a good one.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    /// The path and the budget of a machine.
    fn kind(&mut self) -> (Path, u8) {
        let paths = [
            Path::Resample,
            Path::Eoi,
            Path::Eoi,
            Path::BarTrap,
            Path::BarGuess,
        ];
        let budgets = [0, 1, 2, 3, 254, 255];
        (
            paths[self.below(paths.len())],
            budgets[self.below(budgets.len())],
        )
    }
}

/// Facts about the world, each on its own, and rules that are asked one after the other.
#[derive(Clone, Debug)]
struct World {
    path: Path,
    intx: bool,
    msi: bool,
    stopped: bool,
    /// The guest is shown an interrupt that it has not answered.
    shown: bool,
    /// The host masked itself for a trigger, and the guest is not shown it (any more).
    waits: bool,
    pin_masked: bool,
    pin_edge: bool,
    disintx: bool,
    /// Interrupts a period, or no limit.
    limit: Option<u32>,
    used: u32,
    said: bool,
}

impl World {
    fn new(path: Path, budget: u8) -> Self {
        let unmasks_itself = matches!(path, Path::Eoi | Path::BarTrap);
        let limit = (unmasks_itself && budget > 0).then(|| u32::from(budget).min(254));
        let (intx, msi, stopped, shown, waits, said) = (false, false, false, false, false, false);
        let (pin_masked, pin_edge, disintx, used) = (false, false, false, 0);
        Self {
            path,
            intx,
            msi,
            stopped,
            shown,
            waits,
            pin_masked,
            pin_edge,
            disintx,
            limit,
            used,
            said,
        }
    }

    /// The hypervisor has the trigger.
    fn wired(&self) -> bool {
        matches!(self.path, Path::Resample | Path::BarGuess)
    }

    fn runs(&self) -> bool {
        self.intx && !self.stopped
    }

    /// "Wire, unmask", but an irqfd without resample is only wired.
    fn wiring(&self) -> Vec<Action> {
        match self.path {
            Path::Resample => vec![Wire, Unmask],
            Path::BarGuess => vec![Wire],
            _ => vec![],
        }
    }

    /// The host's interrupt is freed, and the guest's line goes down.
    fn freeing(&self) -> Vec<Action> {
        match (self.wired(), self.stopped) {
            (true, false) => vec![Unwire, DisableIntx, Drain],
            (true, true) => vec![DisableIntx, Drain],
            (false, _) => vec![DisableIntx, Drain, Deassert],
        }
    }

    fn nothing_owed(&mut self) {
        (self.shown, self.waits) = (false, false);
    }

    /// The unmask that is owed: now, or it waits. `lower`: and the line goes down.
    fn unmask(&mut self, first: &[Action]) -> Vec<Action> {
        (self.shown, self.waits) = (false, true);
        let mut actions = first.to_vec();
        if !self.runs() || self.pin_masked || self.disintx {
            return actions;
        }
        if self.limit.is_none_or(|limit| self.used < limit) {
            self.used += 1;
            self.waits = false;
            actions.push(Unmask);
        } else if !self.said {
            self.said = true;
            actions.push(Throttled);
        }
        actions
    }

    fn if_waiting(&mut self) -> Vec<Action> {
        if self.waits && self.runs() {
            self.unmask(&[])
        } else {
            vec![]
        }
    }

    fn trigger(&mut self) -> Vec<Action> {
        if !self.runs() || self.wired() {
            return vec![];
        }
        if self.disintx || self.pin_edge && self.pin_masked {
            (self.shown, self.waits) = (false, true);
            return vec![];
        }
        if self.pin_edge {
            return self.unmask(&[Assert, Deassert]);
        }
        (self.shown, self.waits) = (true, false);
        if self.path == Path::BarTrap {
            vec![MmapOff, Assert]
        } else {
            vec![Assert]
        }
    }

    fn change(&mut self, input: Input) -> Vec<Action> {
        let path = self.path;
        match input {
            Input::Enable | Input::ToIntx if !self.intx && !self.msi => {
                self.intx = true;
                match (self.shown, path) {
                    (true, Path::BarTrap) => vec![EnableIntx, MmapOff, Assert],
                    (true, _) => vec![EnableIntx, Assert],
                    _ => [vec![EnableIntx], self.wiring()].concat(),
                }
            }
            Input::ToIntx if self.msi => {
                (self.intx, self.msi) = (true, false);
                [vec![DisableMsi, EnableIntx], self.wiring()].concat()
            }
            Input::ToMsi if self.msi => vec![DisableMsi, EnableMsi],
            Input::ToMsi => {
                let mut actions = if self.intx { self.freeing() } else { vec![] };
                (self.intx, self.msi, self.stopped) = (false, true, false);
                self.nothing_owed();
                actions.push(EnableMsi);
                actions
            }
            Input::Disable => {
                let actions = if self.intx { self.freeing() } else { vec![] };
                let actions = if self.msi { vec![DisableMsi] } else { actions };
                (self.intx, self.msi, self.stopped) = (false, false, false);
                self.nothing_owed();
                actions
            }
            Input::Stop if self.runs() => {
                self.stopped = true;
                if self.wired() { vec![Unwire] } else { vec![] }
            }
            Input::Resume if self.stopped => {
                self.stopped = false;
                match (self.wired(), self.shown, self.waits) {
                    (true, ..) => vec![Drain, Wire, Unmask],
                    (_, true, _) => vec![],
                    (_, _, true) => self.if_waiting(),
                    _ => vec![Unmask],
                }
            }
            Input::Reset => {
                (self.pin_masked, self.disintx) = (false, false);
                self.nothing_owed();
                match (self.intx, self.stopped, self.wired()) {
                    (false, ..) | (_, true, true) => vec![ResetDevice],
                    (_, true, false) => vec![ResetDevice, Deassert],
                    (_, _, true) => vec![Unwire, ResetDevice, Drain, Wire, Unmask],
                    _ => vec![ResetDevice, Drain, Deassert, Unmask],
                }
            }
            _ => vec![],
        }
    }

    fn program(&mut self, input: Input) -> Vec<Action> {
        let own = self.path == Path::Eoi;
        match input {
            Input::Mask if own => self.pin_masked = true,
            Input::Unmask if own => {
                self.pin_masked = false;
                return self.if_waiting();
            }
            Input::Level if own => self.pin_edge = false,
            Input::Edge if own => {
                self.pin_edge = true;
                return self.answered();
            }
            Input::SetDisintx if !self.wired() => {
                self.disintx = true;
                return self.answered();
            }
            Input::ClearDisintx if !self.wired() => {
                self.disintx = false;
                return self.if_waiting();
            }
            _ => {}
        }
        vec![]
    }

    fn answered(&mut self) -> Vec<Action> {
        if self.shown && !self.intx {
            self.nothing_owed(); // it was shown elsewhere, before a migration
        }
        if self.shown {
            self.unmask(&[Deassert])
        } else {
            vec![]
        }
    }

    fn rearm(&mut self) -> Vec<Action> {
        if !self.runs() || self.disintx || self.waits {
            return vec![];
        }
        if self.shown {
            self.nothing_owed();
            return vec![Deassert, Unmask];
        }
        let mut actions = self.freeing();
        actions.retain(|&action| action != Deassert); // nothing is shown
        [actions, vec![EnableIntx], self.wiring()].concat()
    }

    fn handle(&mut self, input: Input) -> Vec<Action> {
        match (input, self.path) {
            (Input::Trigger, _) => self.trigger(),
            (Input::Eoi, Path::Eoi) | (Input::Access, Path::BarTrap) if self.runs() => {
                self.answered()
            }
            (Input::Access, Path::BarGuess) if self.runs() => vec![Unmask],
            (Input::Timer, Path::BarTrap) if !self.shown => vec![MmapOn],
            (Input::Tick, _) => {
                (self.used, self.said) = (0, false);
                self.if_waiting()
            }
            (Input::Rearm, _) => self.rearm(),
            (Input::Route | Input::RouteMasked, _) => {
                self.pin_masked = false;
                self.nothing_owed();
                if !self.runs() {
                    return if self.intx && !self.wired() {
                        vec![Deassert]
                    } else {
                        vec![]
                    };
                }
                let mask = if input == Input::RouteMasked {
                    vec![Mask]
                } else {
                    vec![]
                };
                let moved = if self.wired() {
                    vec![Unwire, Wire]
                } else {
                    vec![Deassert]
                };
                [mask, moved, vec![Unmask]].concat()
            }
            (Input::Rebind, _) if self.runs() => {
                self.waits = false;
                let other = [DetachTrigger, AttachTrigger];
                if self.wired() {
                    [&[Unwire], &other[..], &[Wire, Unmask]].concat()
                } else {
                    [&other[..], &[Unmask]].concat()
                }
            }
            (Input::Rebind, _) if self.intx => vec![DetachTrigger, AttachTrigger],
            (Input::Eoi | Input::Access | Input::Timer | Input::Rebind, _) => vec![],
            (Input::Mask | Input::Unmask | Input::Edge | Input::Level, _) => self.program(input),
            (Input::SetDisintx | Input::ClearDisintx, _) => self.program(input),
            _ => self.change(input),
        }
    }

    /// Taken to another host: what is not set up is not owed, what the guest was shown it is shown again.
    fn migrate(&mut self, path: Path, budget: u8) {
        let there = Self::new(path, budget);
        let own = path == Path::Eoi;
        *self = Self {
            shown: self.shown && !there.wired(),
            pin_masked: self.pin_masked && own,
            pin_edge: self.pin_edge && own,
            disintx: self.disintx && !there.wired(),
            ..there
        };
    }

    fn mode(&self) -> Mode {
        match (self.intx, self.msi, self.stopped) {
            (true, _, true) => Mode::Stopped,
            (true, ..) => Mode::Intx,
            (_, true, _) => Mode::Msi,
            _ => Mode::Off,
        }
    }
}

#[test]
fn a_second_machine_from_the_rules_gives_the_same_answers() {
    let steps = std::env::var("EOI_INTX_STEPS")
        .map_or(1_000_000, |steps| steps.parse().expect("a number of steps"));
    let mut random = Random(2_500);
    let (mut machine, mut world) = (Intx::new(Path::Eoi), World::new(Path::Eoi, 0));
    let (mut asked, mut seen) = (0_u64, std::collections::HashSet::new());
    for step in 0..steps {
        match random.below(400) {
            0 => {
                let (path, budget) = random.kind();
                (machine, world) = (
                    Intx::new(path).with_budget(budget),
                    World::new(path, budget),
                );
            }
            1..4 => {
                let (path, budget) = random.kind();
                machine = Intx::new(path)
                    .with_budget(budget)
                    .restore(machine.bits())
                    .expect("a machine gave them");
                world.migrate(path, budget);
            }
            4..60 if machine.mode() == Mode::Off => {
                assert_eq!(
                    machine.handle(Input::Enable).collect::<Vec<_>>(),
                    world.handle(Input::Enable)
                );
            }
            _ => {
                let input = Input::ALL[random.below(Input::ALL.len())];
                let before = machine;
                let actions: Vec<Action> = machine.handle(input).collect();
                assert_eq!(
                    actions,
                    world.handle(input),
                    "step {step}: {before:?} {input:?} {world:?}"
                );
                asked += u64::from(!actions.is_empty());
                seen.insert((
                    machine.with_budget(1).bits() & 0xff,
                    input as u8,
                    world.path as u8,
                ));
            }
        }
        let facts = (world.mode(), world.shown, world.waits);
        assert_eq!(
            (machine.mode(), machine.pending(), machine.held()),
            facts,
            "step {step}"
        );
        assert_eq!(machine.with_bits(machine.bits()), Some(machine));
    }
    assert!(asked > steps / 10, "only {asked} answers in {steps} steps");
    assert!(seen.len() > 500, "only {} states and inputs", seen.len());
}
