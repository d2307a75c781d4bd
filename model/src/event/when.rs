//! The part of an event's guard that a few lookups can answer: who has to be there, which fields
//! have to have which values, and which of the shared things have to be free.

use eoi_intx::Mode;

use crate::busy::Busy;
use crate::event::info::{EventInfo, Kind};
use crate::packed;
use crate::state::Half;
use crate::system::System;
use crate::vmm;

/// Neighbouring fields of a half, eight bits of one word at most. Either all of them are a
/// function's, or all are its line's.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    /// Its lowest bit.
    pub offset: u32,
    /// Its number of bits.
    pub width: u32,
    /// It is in the half of the function's line.
    pub of_the_line: bool,
}

impl Window {
    /// The number that a half has in the window.
    #[inline(always)]
    pub(crate) const fn value(self, half: Half) -> usize {
        (half.0 >> self.offset) as usize & ((1 << self.width) - 1)
    }

    /// The half that has this number in the window, and 0 everywhere else.
    pub(crate) const fn half(self, value: usize) -> Half {
        Half((value as u128) << self.offset)
    }

    const fn takes(self, field: &packed::Field, of_the_line: bool) -> bool {
        let end = field.offset + field.width;
        let in_word = self.offset / 64 == field.offset / 64;
        self.of_the_line == of_the_line && in_word && end - self.offset <= 8
    }
}

/// The windows, and by field the number of its window.
const CUT: (
    [Window; Half::FIELDS.len()],
    usize,
    [u8; Half::FIELDS.len()],
) = {
    let none = Window {
        offset: 0,
        width: 0,
        of_the_line: false,
    };
    let (mut windows, mut count) = ([none; Half::FIELDS.len()], 0);
    let (mut of, mut index) = ([0; Half::FIELDS.len()], 0);
    while index < Half::FIELDS.len() {
        let field = &Half::FIELDS[index];
        let of_the_line = packed::place(Half::OF_THE_LINE, field.name).is_some();
        if count == 0 || !windows[count - 1].takes(field, of_the_line) {
            windows[count] = Window {
                offset: field.offset,
                width: 0,
                of_the_line,
            };
            count += 1;
        }
        windows[count - 1].width += field.width;
        of[index] = count as u8 - 1;
        index += 1;
    }
    (windows, count, of)
};

/// Every window, the lowest first.
pub(crate) const WINDOWS: [Window; CUT.1] = *CUT.0.first_chunk().unwrap();

/// A condition on the fields of one window.
#[derive(Clone, Copy)]
pub(crate) struct When {
    /// The place of the window in [`WINDOWS`].
    pub window: u8,
    /// The window is in the half of the function's line.
    pub of_the_line: bool,
    /// The bits of the window.
    mask: u128,
    holds: fn(&System, Half) -> bool,
}

impl When {
    const fn new(field: &str, holds: fn(&System, Half) -> bool) -> Self {
        let Some(field) = packed::place(Half::NAMES, field) else {
            panic!("no such field")
        };
        let window = WINDOWS[CUT.2[field] as usize];
        Self {
            window: CUT.2[field],
            of_the_line: window.of_the_line,
            mask: window.half((1 << window.width) - 1).0,
            holds,
        }
    }

    /// Whether it holds for a half. It sees the fields of its window and 0 in the others, so that
    /// it can depend on nothing else.
    #[inline]
    pub(crate) fn holds(&self, system: &System, half: Half) -> bool {
        (self.holds)(system, Half(half.0 & self.mask))
    }
}

/// Shared things that are not free for an event: a set of four bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken(u8);

impl Taken {
    /// Every CPU of the host is in interrupt context.
    pub(crate) const CPUS: Self = Self(1);
    /// The CPU that the line is routed to is in interrupt context.
    pub(crate) const TARGET: Self = Self(2);
    /// The VMM's thread is at work for the other function.
    pub(crate) const VMM: Self = Self(4);
    /// The other function's interrupt routine is on the vCPU.
    pub(crate) const VCPU: Self = Self(8);
    /// The number of sets.
    pub(crate) const COUNT: usize = 16;

    /// The set of this number, which is below [`Taken::COUNT`].
    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The set as a number below [`Taken::COUNT`].
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// Both sets have a thing.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The things that are not free for a function with this half and the half of its line, while
    /// the other function holds this.
    #[inline(always)]
    pub(crate) fn of(system: &System, own: Half, line: Half, other: Busy) -> Self {
        let cpus = u8::from(own.in_flow_handler()) + other.cpus();
        let target = line.target();
        let taken = [
            cpus >= system.cpus,
            Busy::of(own).has_cpu(target) || other.has_cpu(target),
            other.has_vmm(),
            other.has_vcpu(),
        ];
        let bits = taken.into_iter().enumerate();
        Self(bits.fold(0, |bits, (place, taken)| bits | u8::from(taken) << place))
    }
}

/// The first part of an event's guard. The rest is in its step.
#[derive(Clone, Copy)]
pub(crate) struct Guard {
    only: fn(&System) -> bool,
    /// The first `conditions` of these; the others are not looked at.
    when: [When; Self::MOST],
    conditions: usize,
    needs: Taken,
}

impl Guard {
    /// Conditions that an event can have.
    const MOST: usize = 8;

    /// The part that follows from the kind of participant that acts.
    pub(super) const fn of(kind: Kind) -> Self {
        let needs = if kind.needs_no_thread() {
            Taken(0)
        } else {
            Taken::CPUS
        };
        let guard = Self {
            only: if matches!(kind, Kind::Guest) {
                System::has_guest
            } else {
                |_| true
            },
            when: [When::new("causes", |_, _| true); Self::MOST],
            conditions: 0,
            needs,
        };
        if matches!(kind, Kind::Guest) {
            // The vCPU of a guest that is stopped does nothing.
            guard.and("vmm_mode", |_, half| {
                !matches!(half.vmm_mode(), Mode::Stopped)
            })
        } else {
            guard
        }
    }

    const fn and(mut self, field: &str, holds: fn(&System, Half) -> bool) -> Self {
        self.when[self.conditions] = When::new(field, holds);
        self.conditions += 1;
        self
    }

    /// Whether such a system has the event at all.
    pub(crate) fn exists(&self, system: &System) -> bool {
        (self.only)(system)
    }

    /// Its conditions.
    #[inline]
    pub(crate) fn conditions(&self) -> &[When] {
        &self.when[..self.conditions]
    }

    /// The things that have to be free.
    pub(crate) const fn needs(&self) -> Taken {
        self.needs
    }
}

/// How an entry of the table says what it waits for.
impl EventInfo {
    /// Only such a system has the event.
    pub(super) const fn only(mut self, only: fn(&System) -> bool) -> Self {
        self.guard.only = only;
        self
    }

    /// The window of this field has to be so.
    pub(super) const fn when(mut self, field: &str, holds: fn(&System, Half) -> bool) -> Self {
        self.guard = self.guard.and(field, holds);
        self
    }

    /// The CPU that the line is routed to has to be out of interrupt context.
    pub(super) const fn on_target(mut self) -> Self {
        self.guard.needs = self.guard.needs.with(Taken::TARGET);
        self
    }

    /// No interrupt routine may be on the vCPU. The function's own phase says so of its own.
    pub(super) const fn on_vcpu(mut self) -> Self {
        self.guard.needs = self.guard.needs.with(Taken::VCPU);
        self
    }

    /// The guest's access must not wait for the VMM to answer an earlier one.
    pub(super) const fn running(self) -> Self {
        self.when("todo", |_, half| !vmm::answers_the_guest(half))
    }

    /// The VMM's machine is told, if its controller shows it the pin, and has to be free for it.
    pub(super) const fn told(self) -> Self {
        self.when("todo", |it, half| !it.hears_pin() || half.todo() == 0)
            .when("resignal", |it, half| !it.hears_pin() || !half.resignal())
    }

    /// The VMM's next action has to be this one, with no ioctl half done.
    pub(super) const fn doing(self, next: fn(&System, Half) -> bool) -> Self {
        self.only(System::has_guest)
            .when("todo", next)
            .when("resignal", |_, half| !half.resignal())
    }

    /// The VMM's lock has to be free ([`crate::vmm::idle`]).
    pub(super) const fn by_vmm(mut self) -> Self {
        self.guard.needs = self.guard.needs.with(Taken::VMM);
        self.when("todo", |_, half| half.todo() == 0)
            .when("resignal", |_, half| !half.resignal())
    }
}
