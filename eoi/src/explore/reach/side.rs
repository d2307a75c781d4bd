//! One function alone: every half that it can have, and each step with what the other function may hold meanwhile.

use eoi_model::busy::Busy;
use eoi_model::event::Event;
use eoi_model::state::Half;
use eoi_model::system::System;

use crate::explore::index::Index;

/// A set of [`Busy`] values, one bit each.
pub type BusySet = u16;
const _: () = assert!(Busy::COUNT <= BusySet::BITS as usize);

/// A step of one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The half it leaves, by number.
    pub from: u32,
    /// The half it leads to, by number.
    pub to: u32,
    /// Its place in [`Side::events`].
    pub label: u8,
    /// What the other function may hold meanwhile: the place in [`Side::sets`].
    pub set: u8,
}

/// One function: its halves, the initial one first, and the steps between them in the order of source and event.
pub struct Side {
    /// The events of this function.
    pub events: Vec<Event>,
    /// The halves. They are what the function can reach by itself, so all that it can reach with the other in its way.
    pub halves: Vec<Half>,
    /// What each half holds ([`Busy::bits`]).
    pub busy: Vec<u8>,
    /// The steps.
    pub steps: Vec<Step>,
    /// `steps[offsets[half]..offsets[half + 1]]` leave a half.
    offsets: Vec<u32>,
    /// The sets that [`Step::set`] is about.
    pub sets: Vec<BusySet>,
    bytes: usize,
}

impl Side {
    /// Walks the function while the other holds nothing. One call of `step` an event and half.
    fn alone(system: &System, function: usize) -> Self {
        let events: Vec<Event> = system.events().filter(|event| event.function() == function).collect();
        let (mut index, mut keys, mut steps) = (Index::default(), Vec::new(), Vec::new());
        let mut depth = vec![0u32];
        index.intern(&mut keys, system.initial().halves()[function].0);
        let mut next = 0;
        while next < keys.len() {
            let half = Half(keys[next]);
            for (label, &event) in events.iter().enumerate() {
                let Some(to) = system.step_half(half, Busy::NOTHING, event) else {
                    debug_assert!(Busy::all().all(|held| system.step_half(half, held, event).is_none()));
                    continue;
                };
                let (from, to) = (next as u32, index.intern(&mut keys, to.0));
                steps.push(Step { from, to, label: label as u8, set: 0 });
                if to as usize == depth.len() {
                    depth.push(depth[next] + 1);
                }
            }
            next += 1;
        }
        let bytes = index.bytes() + keys.capacity() * size_of::<u64>() + depth.capacity() * size_of::<u32>();
        Self::numbered(system, events, &keys, steps, &depth, bytes)
    }

    /// Numbers the halves by depth and then by what they hold, so that neighbours are reached at the same time and
    /// allow the same steps: the words of a matrix then are full or empty rather than in between.
    fn numbered(
        system: &System,
        events: Vec<Event>,
        keys: &[u64],
        mut steps: Vec<Step>,
        depth: &[u32],
        bytes: usize,
    ) -> Self {
        let busy = |old: u32| system.busy(Half(keys[old as usize])).bits();
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        order.sort_by_cached_key(|&old| (depth[old as usize], busy(old), old));
        let mut number = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            number[old as usize] = new as u32;
        }
        for step in &mut steps {
            (step.from, step.to) = (number[step.from as usize], number[step.to as usize]);
        }
        steps.sort_unstable_by_key(|step| (step.from, step.label));
        let halves = order.iter().map(|&old| Half(keys[old as usize])).collect();
        let busy = order.iter().map(|&old| busy(old)).collect();
        let mut offsets = vec![0; order.len() + 1];
        for step in &steps {
            offsets[step.from as usize + 1] += 1;
        }
        for half in 1..offsets.len() {
            offsets[half] += offsets[half - 1];
        }
        let bytes = bytes + (order.capacity() + number.capacity()) * size_of::<u32>();
        Self { events, halves, busy, steps, offsets, sets: Vec::new(), bytes }
    }

    /// All that any half holds.
    fn held(&self) -> BusySet {
        self.busy.iter().fold(0, |set, &busy| set | 1 << busy)
    }

    /// Finds out which steps the other function refuses. A call of `step` for each value in `held` and step.
    fn meet(&mut self, system: &System, held: BusySet) {
        for step in &mut self.steps {
            let (half, event) = (self.halves[step.from as usize], self.events[step.label as usize]);
            let mut when: BusySet = 0;
            for other in Busy::all().filter(|other| held >> other.bits() & 1 != 0) {
                if let Some(to) = system.step_half(half, other, event) {
                    assert_eq!(to, self.halves[step.to as usize], "what the other function holds may only refuse");
                    when |= 1 << other.bits();
                }
            }
            let known = self.sets.iter().position(|&set| set == when);
            let set = known.unwrap_or(self.sets.len());
            if known.is_none() {
                self.sets.push(when);
            }
            step.set = u8::try_from(set).expect("a set for each thing shared, and few combinations");
        }
    }

    /// The steps that leave a half.
    #[must_use]
    pub fn leaving(&self, half: usize) -> &[Step] {
        &self.steps[self.offsets[half] as usize..self.offsets[half + 1] as usize]
    }

    /// Whether the other function may hold this while the step happens.
    #[must_use]
    pub fn allows(&self, step: &Step, busy: u8) -> bool {
        self.sets[step.set as usize] >> busy & 1 != 0
    }

    /// Bytes of memory that it held at most.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let halves = self.halves.capacity() * size_of::<Half>() + self.busy.capacity();
        let offsets = self.offsets.capacity() * size_of::<u32>();
        self.bytes + halves + offsets + self.steps.capacity() * size_of::<Step>()
    }
}

/// Both functions of a system of two, each on its own thread if there are two. Time: a call of `step` for each half and
/// event, and up to eight for each step. Memory: some 100 bytes a half.
#[must_use]
pub fn sides(system: &System) -> [Side; 2] {
    let (mut a, mut b) = rayon::join(|| Side::alone(system, 0), || Side::alone(system, 1));
    let held = [a.held(), b.held()];
    rayon::join(|| a.meet(system, held[1]), || b.meet(system, held[0]));
    [a, b]
}
