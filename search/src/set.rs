//! A set of states, a bit each.

/// The set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set(Vec<u64>);

impl Set {
    /// The empty set of `states` states.
    pub(crate) fn none(states: usize) -> Self {
        Self(vec![0; states.div_ceil(64)])
    }

    /// All of `states` states.
    pub(crate) fn all(states: usize) -> Self {
        let mut set = Self(vec![u64::MAX; states.div_ceil(64)]);
        if let Some(last) = set.0.last_mut().filter(|_| states % 64 > 0) {
            *last = (1 << (states % 64)) - 1;
        }
        set
    }

    #[inline(always)]
    pub(crate) fn has(&self, state: u32) -> bool {
        self.0[state as usize / 64] >> (state % 64) & 1 != 0
    }

    #[inline(always)]
    pub(crate) fn insert(&mut self, state: u32) {
        self.0[state as usize / 64] |= 1 << (state % 64);
    }

    #[inline(always)]
    pub(crate) fn remove(&mut self, state: u32) {
        self.0[state as usize / 64] &= !(1 << (state % 64));
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The members in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.0.iter().enumerate().flat_map(|(word, &bits)| Members {
            first: word as u32 * 64,
            bits,
        })
    }

    /// For each word, how many members there are before it.
    pub(crate) fn counts(&self) -> Vec<u32> {
        let mut before = 0;
        let count = |word: &u64| {
            before += word.count_ones();
            before - word.count_ones()
        };
        self.0.iter().map(count).collect()
    }

    /// How many members of its word are before this state.
    #[inline(always)]
    pub(crate) fn below(&self, state: u32) -> u32 {
        (self.0[state as usize / 64] & ((1 << (state % 64)) - 1)).count_ones()
    }

    /// Takes members out, from the last to the first: those of which `goes` holds, given the set without those that have
    /// gone. Returns how many.
    pub(crate) fn sweep(&mut self, goes: impl Fn(&Self, u32) -> bool) -> usize {
        let mut gone = 0;
        for word in (0..self.0.len()).rev() {
            let members = Members {
                first: word as u32 * 64,
                bits: self.0[word],
            };
            for member in members.rev() {
                if goes(self, member) {
                    self.0[word] &= !(1 << (member % 64));
                    gone += 1;
                }
            }
        }
        gone
    }
}

/// The members of a word.
struct Members {
    first: u32,
    bits: u64,
}

impl Iterator for Members {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let member = (self.bits != 0).then(|| self.first + self.bits.trailing_zeros())?;
        self.bits &= self.bits - 1;
        Some(member)
    }
}

impl DoubleEndedIterator for Members {
    fn next_back(&mut self) -> Option<u32> {
        let bit = (self.bits != 0).then(|| 63 - self.bits.leading_zeros())?;
        self.bits &= !(1 << bit);
        Some(self.first + bit)
    }
}
