//! One half alone: every value that it can have, and each step with what the other half may hold meanwhile.

use rustc_hash::FxHashMap;

use crate::packed::Packed;
use crate::paired::{Held, Paired, Refusal};
use crate::system::Label;

/// A set of [`Held`] values, one bit each.
pub(crate) type HeldSet = u16;
const _: () = assert!(Held::COUNT <= HeldSet::BITS as usize);

/// Values of a half that are walked at most.
const MOST_HALVES: usize = 1 << 20;

/// A step of one half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The half that it leaves, by number.
    pub(crate) from: u32,
    /// The half that it leads to, by number.
    pub(crate) to: u32,
    /// Its event.
    pub(crate) label: Label,
    /// The things that the other half may hold meanwhile: the place in [`Side::sets`].
    pub(crate) set: u16,
}

/// One of the two: its halves, the initial one first, and the steps between them in the order of source and event.
pub(crate) struct Side<H> {
    /// All that it can reach by itself, so all that it can reach with the other in its way.
    pub(crate) halves: Vec<H>,
    /// The shared things that each half holds.
    pub(crate) held: Vec<Held>,
    /// The steps.
    pub(crate) steps: Vec<Step>,
    /// `steps[offsets[half]..offsets[half + 1]]` leave a half.
    offsets: Vec<u32>,
    /// The sets that [`Step::set`] is about.
    pub(crate) sets: Vec<HeldSet>,
}

/// The halves in the order in which they were found, and their distances from the initial one.
struct Walk<H> {
    halves: Vec<H>,
    depth: Vec<u32>,
    steps: Vec<Step>,
}

impl<H: Packed> Walk<H> {
    /// Walks while the other half holds nothing. One call of `step_half` an event and half.
    fn new<T: Paired<Half = H>>(
        system: &T,
        initial: H,
        events: &[(Label, T::Event)],
    ) -> Result<Self, Refusal> {
        let (mut numbers, mut halves) = (FxHashMap::default(), vec![initial]);
        let (mut steps, mut depth) = (Vec::new(), vec![0u32]);
        numbers.insert(initial.words(), 0);
        let mut next = 0;
        while next < halves.len() {
            let half = halves[next];
            for &(label, event) in events {
                let Some(to) = system.step_half(half, Held::NOTHING, event) else {
                    continue;
                };
                let number = *numbers.entry(to.words()).or_insert(halves.len() as u32);
                steps.push(Step {
                    from: next as u32,
                    to: number,
                    label,
                    set: 0,
                });
                if number as usize == halves.len() {
                    halves.push(to);
                    depth.push(depth[next] + 1);
                }
            }
            next += 1;
            if halves.len() > MOST_HALVES {
                return Err(Refusal::TooMany);
            }
        }
        Ok(Self {
            halves,
            depth,
            steps,
        })
    }

    /// Numbers the halves by depth and then by what they hold, so that neighbours are reached at the same time and
    /// allow the same steps: the words of a matrix then are full or empty rather than in between.
    fn numbered<T: Paired<Half = H>>(mut self, system: &T) -> Side<H> {
        let held = |old: u32| system.held(self.halves[old as usize]);
        let mut order: Vec<u32> = (0..self.halves.len() as u32).collect();
        order.sort_by_cached_key(|&old| (self.depth[old as usize], held(old), old));
        let mut number = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            number[old as usize] = new as u32;
        }
        for step in &mut self.steps {
            (step.from, step.to) = (number[step.from as usize], number[step.to as usize]);
        }
        self.steps
            .sort_unstable_by_key(|step| (step.from, step.label));
        let mut offsets = vec![0; order.len() + 1];
        for step in &self.steps {
            offsets[step.from as usize + 1] += 1;
        }
        for half in 1..offsets.len() {
            offsets[half] += offsets[half - 1];
        }
        let halves = order.iter().map(|&old| self.halves[old as usize]).collect();
        let held = order.iter().map(|&old| held(old)).collect();
        Side {
            halves,
            held,
            steps: self.steps,
            offsets,
            sets: Vec::new(),
        }
    }
}

impl<H: Packed> Side<H> {
    /// All that any half holds.
    fn held_by_any(&self) -> HeldSet {
        self.held.iter().fold(0, |set, held| set | 1 << held.bits())
    }

    /// Finds out which steps the other half refuses. A call of `step_half` for each value in `held` and step.
    fn meet<T: Paired<Half = H>>(
        &mut self,
        system: &T,
        events: &[T::Event],
        held: HeldSet,
    ) -> Result<(), Refusal> {
        for step in &mut self.steps {
            let (half, event) = (
                self.halves[step.from as usize],
                events[usize::from(step.label)],
            );
            let mut when: HeldSet = 0;
            for other in Held::all().filter(|other| held >> other.bits() & 1 != 0) {
                if let Some(to) = system.step_half(half, other, event) {
                    if to != self.halves[step.to as usize] {
                        return Err(Refusal::Steered(step.label));
                    }
                    when |= 1 << other.bits();
                }
            }
            let known = self.sets.iter().position(|&set| set == when);
            let set = known.unwrap_or(self.sets.len());
            if known.is_none() {
                self.sets.push(when);
            }
            step.set = u16::try_from(set).expect("there are 2^16 sets");
        }
        Ok(())
    }

    /// Makes sure that no step waits for the other half to hold something: an event that a half cannot take beside a
    /// half that holds nothing, it cannot take beside any other either. A call of `step_half` for each value in `held`
    /// that holds something, each half, and each event that the half cannot take.
    fn waits_for_nothing<T: Paired<Half = H>>(
        &self,
        system: &T,
        own: &[(Label, T::Event)],
        held: HeldSet,
    ) -> Result<(), Refusal> {
        for (number, &half) in self.halves.iter().enumerate() {
            let mut steps = self.leaving(number).iter().peekable();
            for &(label, event) in own {
                if steps.next_if(|step| step.label == label).is_some() {
                    continue;
                }
                let mut something = Held::all()
                    .filter(|&other| other != Held::NOTHING && held >> other.bits() & 1 != 0);
                if something.any(|other| system.step_half(half, other, event).is_some()) {
                    return Err(Refusal::Meets(label));
                }
            }
        }
        Ok(())
    }

    /// The steps that leave a half.
    pub(crate) fn leaving(&self, half: usize) -> &[Step] {
        &self.steps[self.offsets[half] as usize..self.offsets[half + 1] as usize]
    }

    /// Whether the other half may hold this while the step happens.
    pub(crate) fn allows(&self, step: &Step, held: Held) -> bool {
        self.sets[usize::from(step.set)] >> held.bits() & 1 != 0
    }
}

/// Both sides of a system, each on its own thread if there are two. Time: a call of `step_half` for each half and
/// event beside each of up to sixteen values that the other side holds. Memory: some 100 bytes a half.
pub(crate) fn sides<T: Paired>(
    system: &T,
    events: &[T::Event],
) -> Result<[Side<T::Half>; 2], Refusal> {
    let initial = system.split(system.initial());
    let own = [0, 1].map(|part: usize| {
        let labelled = events
            .iter()
            .enumerate()
            .map(|(label, &event)| (label as Label, event));
        labelled
            .filter(|&(_, event)| usize::from(system.class(event).client) == part)
            .collect::<Vec<_>>()
    });
    let alone = |part: usize| {
        Walk::new(system, initial[part], &own[part]).map(|walk| walk.numbered(system))
    };
    let (a, b) = rayon::join(|| alone(0), || alone(1));
    let (mut a, mut b) = (a?, b?);
    let held = [a.held_by_any(), b.held_by_any()];
    let meet = |side: &mut Side<T::Half>, part: usize| {
        side.meet(system, events, held[1 - part])?;
        side.waits_for_nothing(system, &own[part], held[1 - part])
    };
    let met = rayon::join(|| meet(&mut a, 0), || meet(&mut b, 1));
    met.0?;
    met.1?;
    Ok([a, b])
}
