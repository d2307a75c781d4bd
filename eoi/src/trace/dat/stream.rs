//! One CPU's entries, page by page: one page or one unpacked chunk of pages is in memory.

use std::ops::Range;

use anyhow::{Context, Result, bail};

use super::bytes::Whole;
use super::pack::Packing;
use super::page::{Cursor, Damage, Layout, Missed};
use super::parts::{Buffer, Region};

/// Bytes of an unpacked chunk at most: trace-cmd packs 10 pages at a time (`PAGES_IN_CHUNK`, lib/trace-cmd/trace-output.c
/// 3.3), and a page has 1 MiB at most.
const MOST_CHUNK: u32 = 16 << 20;

/// The bytes that all streams together may still take into memory.
pub struct Budget(pub u64);

impl Budget {
    fn take(&mut self, bytes: usize, given_back: usize) -> Result<()> {
        self.0 += given_back as u64;
        self.0 = self.0.checked_sub(bytes as u64).context(
            "the CPUs' pages need more memory than is given to them: the file is damaged, or has chunks that are far \
             larger than trace-cmd's",
        )?;
        Ok(())
    }
}

/// The next entry of a CPU.
#[derive(Clone, Debug)]
pub struct Next {
    /// When, in the clock's units.
    pub time: u64,
    /// Events that were lost right before it.
    pub missed: Option<Missed>,
    /// Its bytes in what is held; nothing where the recording of this CPU ends with the loss.
    entry: Option<Range<usize>>,
}

/// One CPU's data.
pub struct Stream<'a> {
    whole: Whole<'a>,
    layout: Layout,
    page_size: usize,
    /// The CPU.
    pub cpu: u32,
    packed: bool,
    /// Chunks that are left; unknown before the first.
    chunks: Option<u32>,
    /// Where the next page or chunk begins, and where the data ends.
    at: u64,
    end: u64,
    held: Vec<u8>,
    /// Where what is held was read.
    held_at: u64,
    page: Range<usize>,
    cursor: Option<Cursor>,
    /// The first of what has not been taken yet.
    pub next: Option<Next>,
}

impl<'a> Stream<'a> {
    /// Nothing is read yet: [`Stream::advance`] gives the first entry.
    #[must_use]
    pub fn new(whole: Whole<'a>, layout: Layout, buffer: &Buffer, region: Region) -> Stream<'a> {
        Stream {
            whole,
            layout,
            page_size: buffer.page_size,
            cpu: region.cpu,
            packed: buffer.packed,
            chunks: None,
            at: region.at,
            // In the size of packed data trace-cmd leaves the number of chunks out (tracecmd_compress_copy_from, 3.1.6).
            end: region.at + region.size + if buffer.packed { 4 } else { 0 },
            held: Vec::new(),
            held_at: region.at,
            page: 0..0,
            cursor: None,
            next: None,
        }
    }

    /// The bytes of the next entry.
    #[must_use]
    pub fn entry(&self) -> Option<&[u8]> {
        self.held.get(self.next.as_ref()?.entry.clone()?)
    }

    /// Where the next entry is, for a message.
    #[must_use]
    pub fn place(&self) -> String {
        let at = self
            .next
            .as_ref()
            .and_then(|next| next.entry.as_ref())
            .map_or(self.page.start, |entry| entry.start);
        self.place_of(at)
    }

    fn place_of(&self, at: usize) -> String {
        match self.packed {
            false => format!("byte {} (CPU {})", self.held_at + at as u64, self.cpu),
            true => format!(
                "byte {at} of the chunk at byte {} (CPU {})",
                self.held_at, self.cpu
            ),
        }
    }

    /// Goes to the next entry.
    ///
    /// # Errors
    /// The byte and what was expected there.
    pub fn advance(&mut self, packing: &mut Packing, budget: &mut Budget) -> Result<()> {
        let mut missed = None;
        self.next = None;
        loop {
            if let Some(mut cursor) = self.cursor.take() {
                missed = cursor.missed.take().or(missed);
                let page = &self.held[self.page.clone()];
                let found = cursor.next(page).map_err(|damage| self.damaged(&damage))?;
                let time = cursor.time();
                if let Some(entry) = found {
                    let entry = Some(self.page.start + entry.start..self.page.start + entry.end);
                    self.cursor = Some(cursor);
                    self.next = Some(Next {
                        time,
                        missed,
                        entry,
                    });
                    return Ok(());
                }
                self.next = missed.map(|_| Next {
                    time,
                    missed,
                    entry: None,
                }); // if no page follows
            }
            if !self.next_page(packing, budget)? {
                return Ok(());
            }
        }
    }

    fn damaged(&self, damage: &Damage) -> anyhow::Error {
        anyhow::anyhow!(
            "at {} {}: the file is damaged",
            self.place_of(self.page.start + damage.at),
            damage.what
        )
    }

    fn next_page(&mut self, packing: &mut Packing, budget: &mut Budget) -> Result<bool> {
        if self.page.end >= self.held.len() {
            let more = if self.packed {
                self.next_chunk(packing, budget)?
            } else {
                self.read_page(budget)?
            };
            if !more {
                budget.take(0, self.held.len())?;
                self.held = Vec::new();
                self.page = 0..0;
                return Ok(false);
            }
            self.page = 0..0;
        }
        let start = self.page.end;
        self.page = start..self.held.len().min(start + self.page_size);
        let cursor = Cursor::new(&self.held[self.page.clone()], self.layout);
        self.cursor = Some(cursor.map_err(|damage| self.damaged(&damage))?);
        Ok(true)
    }

    fn read_page(&mut self, budget: &mut Budget) -> Result<bool> {
        let size = usize::try_from(self.end - self.at)
            .unwrap_or(usize::MAX)
            .min(self.page_size);
        if size == 0 {
            return Ok(false);
        }
        budget.take(size, self.held.len())?;
        self.held.resize(size, 0);
        self.whole.read(self.at, &mut self.held, "a page")?;
        self.held_at = self.at;
        self.at += size as u64;
        Ok(true)
    }

    fn number(&mut self, what: &str) -> Result<u32> {
        if self.end - self.at < 4 {
            bail!(
                "at byte {} {what} was expected, and CPU {}'s data ends: the file is damaged",
                self.at,
                self.cpu
            );
        }
        let mut bytes = [0; 4];
        self.whole.read(self.at, &mut bytes, what)?;
        self.at += 4;
        Ok(self.layout.order.number(&bytes) as u32)
    }

    fn next_chunk(&mut self, packing: &mut Packing, budget: &mut Budget) -> Result<bool> {
        let left = match self.chunks {
            Some(left) => left,
            None => self.number("the number of chunks")?,
        };
        let Some(left) = left.checked_sub(1) else {
            return Ok(false);
        };
        self.chunks = Some(left);
        let (size, unpacked) = (
            self.number("a chunk's packed size")?,
            self.number("a chunk's unpacked size")?,
        );
        let most = (self.end - self.at).min(u64::from(2 * MOST_CHUNK)); // what cannot be packed grows a little
        if u64::from(size) > most || unpacked > MOST_CHUNK || unpacked == 0 {
            bail!(
                "before byte {} a chunk has {size} packed and {unpacked} unpacked bytes; up to {most} and {MOST_CHUNK} \
                 were expected: the file is damaged",
                self.at
            );
        }
        budget.take(unpacked as usize, self.held.len())?;
        self.held = Vec::new();
        let mut bytes = vec![0; size as usize];
        self.whole.read(self.at, &mut bytes, "a chunk")?;
        self.held = packing
            .unpack(&bytes, unpacked as usize)
            .with_context(|| format!("the chunk at byte {} (CPU {})", self.at, self.cpu))?;
        self.held_at = self.at;
        self.at += u64::from(size);
        Ok(true)
    }
}
