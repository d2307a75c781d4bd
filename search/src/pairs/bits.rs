//! A set of pairs as a matrix of bits, a row for each first member, and what a search does to whole words of it.
//!
//! Rows come in strips of 64, and a strip is written by one thread from matrices that nobody writes meanwhile, so that
//! what comes out does not depend on the number of threads. A strip is kept block by block of 64 rows and 64 columns:
//! a level touches blocks that lie together, and turning the matrix turns single blocks.

use std::ops::Range;

use rayon::prelude::*;

/// Rows in a strip, and columns in a word.
pub(crate) const STRIP: usize = u64::BITS as usize;

/// 64 rows of one word each.
type Block = [u64; STRIP];

/// The words of a row, or of a strip, outside of which everything is 0.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    from: u32,
    to: u32,
}

impl Span {
    fn one(word: usize) -> Self {
        Self {
            from: word as u32,
            to: word as u32 + 1,
        }
    }

    fn is_empty(self) -> bool {
        self.from >= self.to
    }

    fn widen(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
        } else if !other.is_empty() {
            *self = Self {
                from: self.from.min(other.from),
                to: self.to.max(other.to),
            };
        }
    }

    fn range(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }
}

/// The matrix. Rows and columns are filled up to a multiple of 64 with zeros.
#[derive(Clone)]
pub(crate) struct Bits {
    /// Words in a row.
    words: usize,
    blocks: Vec<Block>,
    rows: Vec<Span>,
    strips: Vec<Span>,
}

impl Bits {
    /// The empty set over `rows` times `columns`.
    pub(crate) fn new(rows: usize, columns: usize) -> Self {
        let (strips, words) = (rows.div_ceil(STRIP), columns.div_ceil(STRIP));
        Self {
            words,
            blocks: vec![[0; STRIP]; strips * words],
            rows: vec![Span::default(); strips * STRIP],
            strips: vec![Span::default(); strips],
        }
    }

    /// Whether the pair is in the set.
    pub(crate) fn contains(&self, row: usize, column: usize) -> bool {
        self.blocks[row / STRIP * self.words + column / STRIP][row % STRIP] >> (column % STRIP) & 1
            != 0
    }

    /// Puts a pair into the set.
    pub(crate) fn insert(&mut self, row: usize, column: usize) {
        self.put(row, column / STRIP, 1 << (column % STRIP));
    }

    /// Puts the pairs of a word of a row into the set.
    pub(crate) fn put(&mut self, row: usize, word: usize, bits: u64) {
        self.blocks[row / STRIP * self.words + word][row % STRIP] |= bits;
        self.rows[row].widen(Span::one(word));
        self.strips[row / STRIP].widen(Span::one(word));
    }

    /// How many pairs of a row a filter lets through.
    pub(crate) fn count(&self, row: usize, filter: &[u64]) -> u64 {
        let block = |word: usize| self.blocks[row / STRIP * self.words + word][row % STRIP];
        let words = self.rows[row]
            .range()
            .map(|word| block(word) & filter[word]);
        words.map(|bits| u64::from(bits.count_ones())).sum()
    }

    /// The set of the pairs the other way round.
    pub(crate) fn turned(&self) -> Self {
        let mut turned = Self::new(self.words * STRIP, self.rows.len());
        turned.strips().for_each(|mut strip| strip.turn(self));
        turned
    }

    /// The words that are not 0: row, number of the word in the row, word. In the order of strips, words, rows.
    pub(crate) fn nonzero(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        (0..self.strips.len()).flat_map(|strip| self.nonzero_in(strip))
    }

    /// Like [`Bits::nonzero`], by strip and for several threads.
    pub(crate) fn nonzero_by_strip(
        &self,
    ) -> impl ParallelIterator<Item = impl Iterator<Item = (usize, usize, u64)>> {
        (0..self.strips.len())
            .into_par_iter()
            .map(|strip| self.nonzero_in(strip))
    }

    fn nonzero_in(&self, strip: usize) -> impl Iterator<Item = (usize, usize, u64)> {
        self.strips[strip].range().flat_map(move |word| {
            let block = self.blocks[strip * self.words + word].iter().enumerate();
            block
                .filter(|&(_, &bits)| bits != 0)
                .map(move |(lane, &bits)| (strip * STRIP + lane, word, bits))
        })
    }

    /// Adds all of `other`, which has the same rows and columns.
    pub(crate) fn add(&mut self, other: &Self) {
        self.blocks
            .par_iter_mut()
            .zip(&other.blocks)
            .for_each(|(to, from)| {
                to.iter_mut().zip(from).for_each(|(to, from)| *to |= from);
            });
        let spans = self.rows.iter_mut().chain(&mut self.strips);
        spans
            .zip(other.rows.iter().chain(&other.strips))
            .for_each(|(to, from)| to.widen(*from));
    }

    /// Makes it the set of all that is not in it, the filling included.
    pub(crate) fn invert(&mut self) {
        let all = Span {
            from: 0,
            to: self.words as u32,
        };
        self.blocks
            .par_iter_mut()
            .for_each(|block| block.iter_mut().for_each(|word| *word = !*word));
        self.rows.fill(all);
        self.strips.fill(all);
    }

    /// The strips, to be written by several threads.
    pub(crate) fn strips(&mut self) -> impl IndexedParallelIterator<Item = Strip<'_>> {
        let blocks = self.blocks.par_chunks_mut(self.words);
        let strips = blocks
            .zip(self.rows.par_chunks_mut(STRIP))
            .zip(&mut self.strips);
        strips
            .enumerate()
            .map(|(number, ((blocks, rows), span))| Strip {
                number,
                blocks,
                rows,
                span,
            })
    }
}

/// The columns of a word's bits.
pub(crate) fn columns(word: usize, mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let column = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            word * STRIP + column
        })
    })
}

/// A link between two rows, which holds for the columns that a filter lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    /// The row it leads to.
    pub(crate) to: u32,
    /// The row it comes from.
    pub(crate) from: u32,
    /// The number of the filter.
    pub(crate) filter: u32,
}

/// Links, by the row that they lead to.
pub(crate) struct Links<'a> {
    /// `links[offsets[row]..offsets[row + 1]]` lead to `row`.
    offsets: Vec<u32>,
    links: Vec<Link>,
    filters: &'a [Vec<u64>],
}

impl<'a> Links<'a> {
    /// Puts links in order. A filter is a row of bits.
    pub(crate) fn new(rows: usize, mut links: Vec<Link>, filters: &'a [Vec<u64>]) -> Self {
        links.sort_unstable();
        links.dedup();
        let mut offsets = vec![0; rows.next_multiple_of(STRIP) + 1];
        for link in &links {
            offsets[link.to as usize + 1] += 1;
        }
        for row in 1..offsets.len() {
            offsets[row] += offsets[row - 1];
        }
        Self {
            offsets,
            links,
            filters,
        }
    }

    fn to(&self, row: usize) -> &[Link] {
        &self.links[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }
}

/// 64 rows of a matrix, written by one thread.
pub(crate) struct Strip<'a> {
    number: usize,
    blocks: &'a mut [Block],
    rows: &'a mut [Span],
    span: &'a mut Span,
}

impl Strip<'_> {
    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        if !self.span.is_empty() {
            self.blocks[self.span.range()].fill([0; STRIP]);
            self.rows.fill(Span::default());
            *self.span = Span::default();
        }
    }

    /// Adds to each row the rows of `source` that lead to it: 64 pairs an operation.
    pub(crate) fn pull(&mut self, source: &Bits, links: &Links<'_>) {
        for (lane, row) in self.rows.iter_mut().enumerate() {
            for link in links.to(self.number * STRIP + lane) {
                let words = source.rows[link.from as usize];
                if words.is_empty() {
                    continue;
                }
                row.widen(words);
                let (strip, other) = (link.from as usize / STRIP, link.from as usize % STRIP);
                let blocks = &source.blocks[strip * source.words..][words.range()];
                let filter = &links.filters[link.filter as usize][words.range()];
                for ((to, from), filter) in self.blocks[words.range()]
                    .iter_mut()
                    .zip(blocks)
                    .zip(filter)
                {
                    to[lane] |= from[other] & filter;
                }
            }
            self.span.widen(*row);
        }
    }

    /// Adds what stands in these rows of `source` once it is turned, so that its columns are rows: 64 times 64 pairs in
    /// some 400 operations on words, several of them at a time.
    pub(crate) fn turn(&mut self, source: &Bits) {
        for (word, span) in source.strips.iter().enumerate() {
            if !span.range().contains(&self.number) {
                continue;
            }
            let mut block = source.blocks[word * source.words + self.number];
            if block.iter().all(|&bits| bits == 0) {
                continue;
            }
            transpose(&mut block);
            self.span.widen(Span::one(word));
            for ((to, bits), row) in self.blocks[word]
                .iter_mut()
                .zip(block)
                .zip(self.rows.iter_mut())
            {
                *to |= bits;
                if bits != 0 {
                    row.widen(Span::one(word));
                }
            }
        }
    }

    /// Takes out what `visited` has, puts the rest in there, and counts it.
    pub(crate) fn settle(&mut self, visited: &mut Strip<'_>) -> u64 {
        if self.span.is_empty() {
            return 0;
        }
        let (span, mut count) = (std::mem::take(self.span), 0);
        self.rows.fill(Span::default());
        for word in span.range() {
            let mut any = 0;
            for (new, old) in self.blocks[word].iter_mut().zip(&mut visited.blocks[word]) {
                *new &= !*old;
                *old |= *new;
                any |= *new;
            }
            if any == 0 {
                continue;
            }
            self.span.widen(Span::one(word));
            for ((new, row), seen) in self.blocks[word]
                .iter()
                .zip(self.rows.iter_mut())
                .zip(visited.rows.iter_mut())
            {
                if *new != 0 {
                    count += u64::from(new.count_ones());
                    row.widen(Span::one(word));
                    seen.widen(Span::one(word));
                }
            }
        }
        visited.span.widen(*self.span);
        count
    }
}

/// Bit `j` of word `i` becomes bit `i` of word `j`: halves of the block change places, then quarters, and so on.
fn transpose(block: &mut Block) {
    let (mut width, mut mask) = (STRIP / 2, u64::MAX >> (STRIP / 2));
    while width > 0 {
        for pair in block.chunks_exact_mut(2 * width) {
            let (low, high) = pair.split_at_mut(width);
            for (low, high) in low.iter_mut().zip(high) {
                let swapped = ((*low >> width) ^ *high) & mask;
                *low ^= swapped << width;
                *high ^= swapped;
            }
        }
        width /= 2;
        mask ^= mask << width;
    }
}

#[cfg(test)]
mod tests;
