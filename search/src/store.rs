//! The store of states: each once, with the number under which it was found.
//!
//! The keys lie one after the other, in as few bytes as their form says. An open-addressing index of four bytes a
//! slot has their numbers; the bits of a slot that the number leaves free are bits of the key's hash, so that another
//! key is rarely looked at. Slots are looked at eight at a time, and with few branches where several keys are looked for
//! ([`Store::find`]): first the slots of all, then the keys of all, so that one does not wait for another's memory.

use crate::key::Key;
use crate::memory::Memory;

/// Keys by number, and numbers by key.
pub(crate) struct Store<K: Key> {
    /// How keys are written.
    form: K::Form,
    /// The keys, and what is left of the last one, which is written whole.
    keys: Vec<u8>,
    len: usize,
    /// The index: in each slot 0, or a number plus 1 and bits of the hash.
    slots: Memory,
    /// The number of slots is two to this power, of which three quarters are taken at most.
    power: u32,
}

/// Slots of an empty store, as a power of two.
const FEW: u32 = 10;
/// Slots that are looked at together.
const GROUP: usize = 8;
/// Keys that are put into a new index together.
const TOGETHER: usize = 256;

/// The answer of [`Store::find`] for a key that may be new.
pub(crate) const NOT_FOUND: u32 = u32::MAX;

/// A group of slots.
struct Group([u32; GROUP]);

impl Group {
    /// The number of the slot that has this mark; some number if several have it, and [`NOT_FOUND`] if none has. The
    /// marks of slots are outside of `numbers`.
    #[inline(always)]
    fn marked(&self, mark: u32, numbers: u32) -> u32 {
        let mut all = 0;
        for slot in self.0 {
            all |= if slot & !numbers == mark {
                slot & numbers
            } else {
                0
            };
        }
        all.wrapping_sub(1)
    }

    /// How many of its slots are taken: the first ones.
    #[inline(always)]
    fn taken(&self) -> usize {
        let mut taken = 0;
        for slot in self.0 {
            taken += u32::from(slot != 0);
        }
        taken as usize
    }
}

impl<K: Key> Store<K> {
    /// Keys that can be kept.
    pub(crate) const MOST: usize = 3 << 30;

    /// Nothing, for keys of this form.
    pub(crate) fn new(form: K::Form) -> Self {
        Self {
            form,
            keys: Vec::new(),
            len: 0,
            slots: Memory::zeroed(1 << FEW),
            power: FEW,
        }
    }

    /// How many keys there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The key of a number below [`Store::len`].
    #[inline(always)]
    pub(crate) fn get(&self, number: usize) -> K {
        K::read(&self.keys[number * K::stride(self.form)..], self.form)
    }

    /// The first slot of the group at which the search for a hash begins.
    #[inline(always)]
    fn home(&self, hash: u64) -> usize {
        (hash >> (64 - self.power)) as usize & !(GROUP - 1)
    }

    /// The bits of a slot that have the number plus 1.
    #[inline(always)]
    fn numbers(&self) -> u32 {
        ((1u64 << self.power) - 1) as u32
    }

    /// The bits of a hash that stand in a slot beside the number.
    #[inline(always)]
    fn mark(&self, hash: u64) -> u32 {
        hash as u32 & !self.numbers()
    }

    #[inline(always)]
    fn group(&self, home: usize) -> Group {
        Group(self.slots.row(home))
    }

    /// The first slot of the next group.
    #[inline(always)]
    fn next(&self, slot: usize) -> usize {
        (slot + GROUP) & ((1 << self.power) - 1)
    }

    /// Looks for keys: the number of each that is there, [`NOT_FOUND`] for one that is not, and, rarely, for one that
    /// is. The hashes of all are left in `hashes`.
    pub(crate) fn find(&self, keys: &[K], hashes: &mut Vec<u64>, found: &mut Vec<u32>) {
        hashes.clear();
        found.clear();
        hashes.extend(keys.iter().map(|key| key.spread()));
        let Some(last) = self.len.checked_sub(1) else {
            found.resize(keys.len(), NOT_FOUND);
            return;
        };
        // Nothing depends on what is read here, so that the memory answers for many slots at a time.
        found.extend(hashes.iter().map(|&hash| self.slots.get(self.home(hash))));
        let numbers = self.numbers();
        for (found, &hash) in found.iter_mut().zip(&*hashes) {
            let (mark, mut home) = (self.mark(hash), self.home(hash));
            let mut group = self.group(home);
            *found = group.marked(mark, numbers);
            while (*found == NOT_FOUND) & (group.taken() == GROUP) {
                home = self.next(home);
                group = self.group(home);
                *found = group.marked(mark, numbers);
            }
        }
        for (found, key) in found.iter_mut().zip(keys) {
            // Where none has the mark, or several have it, this is some number, whose key is not this one.
            let number = (*found as usize).min(last);
            let same = self.get(number) == *key;
            *found = if same { number as u32 } else { NOT_FOUND };
        }
    }

    /// The number of a key with its hash; a key that is not there yet gets the next one. There is room for it
    /// ([`Store::reserve`]).
    pub(crate) fn intern(&mut self, key: K, hash: u64) -> u32 {
        let (numbers, mark) = (self.numbers(), self.mark(hash));
        let mut home = self.home(hash);
        let free = loop {
            let group = self.group(home);
            let number = group.marked(mark, numbers);
            if number != NOT_FOUND {
                if (number as usize) < self.len && self.get(number as usize) == key {
                    return number;
                }
                // Another key has the mark, or several have it.
                for slot in group.0.into_iter().filter(|slot| slot & !numbers == mark) {
                    let number = (slot & numbers).wrapping_sub(1);
                    if number != NOT_FOUND && self.get(number as usize) == key {
                        return number;
                    }
                }
            }
            match group.taken() {
                GROUP => home = self.next(home),
                taken => break home + taken,
            }
        };
        let number = self.len as u32;
        self.slots.set(free, mark | (number + 1));
        self.keys.truncate(self.len * K::stride(self.form));
        key.write(self.form, &mut self.keys);
        self.len += 1;
        number
    }

    /// The number of a key, which may be new.
    #[inline(always)]
    pub(crate) fn number(&mut self, key: K) -> u32 {
        self.reserve(1);
        self.intern(key, key.spread())
    }

    /// Writes every key in another form, whose stride is not smaller.
    pub(crate) fn rewrite(&mut self, form: K::Form) {
        let before = std::mem::replace(&mut self.form, form);
        let (old, new) = (K::stride(before), K::stride(form));
        assert!(old <= new, "keys grow only");
        if before == form {
            return;
        }
        let mut bytes = Vec::new();
        let whole = self.keys.len() - self.len.saturating_sub(1) * old;
        self.keys
            .resize(self.len.saturating_sub(1) * new + whole, 0);
        // From the last to the first, so that none is written over one that is still to be read.
        for number in (0..self.len).rev() {
            bytes.clear();
            K::read(&self.keys[number * old..], before).write(form, &mut bytes);
            self.keys[number * new..][..new].copy_from_slice(&bytes[..new]);
        }
    }

    /// Makes room for so many keys more.
    ///
    /// # Panics
    /// If they are more than [`Store::MOST`] then.
    #[inline(always)]
    pub(crate) fn reserve(&mut self, more: usize) {
        let len = self.len + more;
        assert!(len <= Self::MOST, "more than {} states", Self::MOST);
        if len * 4 > 3 << self.power {
            self.index((len * 4).div_ceil(3).next_power_of_two().ilog2());
        }
    }

    /// A new index of two to the power of `power` slots.
    #[cold]
    fn index(&mut self, power: u32) {
        self.slots = Memory::default(); // the old one goes before the new one comes
        self.slots = Memory::zeroed(1 << power);
        self.power = power;
        let mut hashes = Vec::with_capacity(TOGETHER);
        for first in (0..self.len).step_by(TOGETHER) {
            let numbers = first..self.len.min(first + TOGETHER);
            hashes.clear();
            hashes.extend(numbers.clone().map(|number| self.get(number).spread()));
            let read = hashes
                .iter()
                .fold(0, |all, &hash| all ^ self.slots.get(self.home(hash)));
            std::hint::black_box(read); // so that the slots are at hand when they are written
            for (number, &hash) in numbers.zip(&hashes) {
                let mut home = self.home(hash);
                let free = loop {
                    match self.group(home).taken() {
                        GROUP => home = self.next(home),
                        taken => break home + taken,
                    }
                };
                self.slots.set(free, self.mark(hash) | (number as u32 + 1));
            }
        }
    }

    /// The keys without the index: no key is looked for any more.
    pub(crate) fn without_index(mut self) -> Self {
        self.slots = Memory::default();
        self.keys.shrink_to_fit();
        self
    }
}

#[cfg(test)]
mod tests;
