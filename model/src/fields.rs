//! A state as named fields with named values, so that whoever shows one need not know its bits.

use core::fmt;

use eoi_intx::Actions;

use crate::bits;
use crate::packed::{Field, Kind, Word};
use crate::state::{Half, State};
use crate::system::System;

/// One field of a state, with its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// The field's name.
    pub name: &'static str,
    /// The contents of the field, in a sentence.
    pub about: &'static str,
    /// Its value.
    pub value: Value,
}

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// Off or on.
    Flag(bool),
    /// A number.
    Number(u8),
    /// One of a closed set.
    Word(Word),
    /// A set of bits, and the names of all bits that it could have.
    Bits(u8, &'static [Word]),
    /// The actions that the VMM still has to do, in order.
    Actions(Actions),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Flag(one), Self::Flag(two)) => one == two,
            (Self::Number(one), Self::Number(two)) | (Self::Bits(one, _), Self::Bits(two, _)) => {
                one == two
            }
            (Self::Word(one), Self::Word(two)) => one.name == two.name,
            (Self::Actions(one), Self::Actions(two)) => one == two,
            _ => false,
        }
    }
}

/// Flags as `no` and `yes`, numbers as digits, a word as its name; of sets and lists the names of
/// their members, and `none` where there is none.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Flag(on) => f.write_str(if on { "yes" } else { "no" }),
            Self::Number(number) => write!(f, "{number}"),
            Self::Word(word) => f.write_str(word.name),
            Self::Bits(set, names) => list(f, bits::set_in(set, names), |f, word| {
                f.write_str(word.name)
            }),
            Self::Actions(actions) => list(f, actions, |f, action| write!(f, "{action:?}")),
        }
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    members: impl Iterator<Item = T>,
    show: impl Fn(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    let mut members = members.peekable();
    if members.peek().is_none() {
        return f.write_str("none");
    }
    while let Some(member) = members.next() {
        show(f, member)?;
        if members.peek().is_some() {
            f.write_str(" ")?;
        }
    }
    Ok(())
}

impl System {
    /// Every field that a state keeps for this function, in the order of their declaration. The
    /// fields of a line are kept for the first function on it.
    pub fn fields(&self, state: State, function: usize) -> impl Iterator<Item = Shown> + use<'_> {
        let half = state.halves()[function];
        Half::FIELDS
            .iter()
            .map(move |field| self.shown(field, half.0))
    }

    /// The fields of [`System::fields`] that differ between two states: each before and after.
    pub fn changes(
        &self,
        before: State,
        after: State,
        function: usize,
    ) -> impl Iterator<Item = (Shown, Shown)> + use<'_> {
        let both = self
            .fields(before, function)
            .zip(self.fields(after, function));
        both.filter(|(before, after)| before.value != after.value)
    }

    fn shown(&self, field: &'static Field, packed: u128) -> Shown {
        let number = field.value(packed);
        let value = match (field.name, field.kind) {
            ("causes" | "snapshot", _) => Value::Bits(number, bits::CAUSES),
            ("pin", _) => Value::Bits(number, self.chip.bits),
            ("drv", _) => Value::Bits(number, self.chip.drv_bits),
            ("guest_pin", _) => Value::Bits(number, self.guest.chip.bits),
            ("todo", _) => Value::Actions(Actions::from_bits(number).unwrap_or_default()),
            (_, Kind::Flag) => Value::Flag(number != 0),
            (_, Kind::Number) => Value::Number(number),
            (_, Kind::Words(words)) => words
                .get(usize::from(number))
                .map_or(Value::Number(number), |&w| Value::Word(w)),
        };
        Shown {
            name: field.name,
            about: field.about,
            value,
        }
    }
}
