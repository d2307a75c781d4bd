//! Numbers, strings and blocks, read within bounds from the file or from an unpacked section.

use std::fs::File;
use std::os::unix::fs::FileExt;

use anyhow::{Context, Result, bail};

/// Bytes of the longest string in a header.
const LONGEST_STRING: u64 = 4096;

/// The byte order of the recorded machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Least significant byte first.
    Little,
    /// Most significant byte first: s390x, ppc64.
    Big,
}

impl Order {
    /// The number in these bytes, 8 at most.
    #[must_use]
    pub fn number(self, bytes: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        match self {
            Order::Little => bytes.iter().rev().fold(0, add),
            Order::Big => bytes.iter().fold(0, add),
        }
    }

    /// The 32-bit number at `at`; `None` behind the end.
    #[must_use]
    pub fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            Order::Little => u32::from_le_bytes(four),
            Order::Big => u32::from_be_bytes(four),
        })
    }

    /// The 64-bit number at `at`; `None` behind the end.
    #[must_use]
    pub fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let eight: [u8; 8] = bytes.get(at..at.checked_add(8)?)?.try_into().ok()?;
        Some(match self {
            Order::Little => u64::from_le_bytes(eight),
            Order::Big => u64::from_be_bytes(eight),
        })
    }
}

/// The file, and how long it was when it was opened.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    file: &'a File,
    /// Bytes.
    pub length: u64,
}

impl<'a> Whole<'a> {
    /// Asks for the length.
    ///
    /// # Errors
    /// It is no regular file, or cannot be asked.
    pub fn new(file: &'a File) -> Result<Whole<'a>> {
        let about = file
            .metadata()
            .context("cannot ask for the file's length")?;
        if !about.is_file() {
            bail!(
                "a trace.dat is read at many places at once: give it as a file, not through a pipe"
            );
        }
        Ok(Whole {
            file,
            length: about.len(),
        })
    }

    /// Fills `into` from byte `at`. Positional reads, no mapping: a file that shrinks is an error here and no signal.
    ///
    /// # Errors
    /// The file ends before, or cannot be read.
    pub fn read(&self, at: u64, into: &mut [u8], what: &str) -> Result<()> {
        let length = into.len() as u64;
        if at.checked_add(length).is_none_or(|end| end > self.length) {
            bail!("{}", cut(at, length, what, self.length));
        }
        self.file
            .read_exact_at(into, at)
            .with_context(|| format!("cannot read {what}, {length} bytes at byte {at}"))
    }
}

fn cut(at: u64, length: u64, what: &str, end: u64) -> String {
    format!(
        "at byte {at} {what} of {length} bytes was expected, and the file ends at byte {end}: it is cut or damaged; \
         copy it again"
    )
}

enum Source<'a> {
    File(Whole<'a>),
    /// The bytes that were unpacked, and the byte of the file that they were unpacked from.
    Unpacked(Vec<u8>, u64),
}

/// A place in the file, or in an unpacked section, that moves as it is read.
pub struct Bytes<'a> {
    source: Source<'a>,
    order: Order,
    at: u64,
}

impl<'a> Bytes<'a> {
    /// The file from byte `at` on.
    #[must_use]
    pub fn of_file(whole: Whole<'a>, order: Order, at: u64) -> Bytes<'a> {
        Bytes {
            source: Source::File(whole),
            order,
            at,
        }
    }

    /// A section that was unpacked from byte `from` of the file.
    #[must_use]
    pub fn of_section(section: Vec<u8>, order: Order, from: u64) -> Bytes<'a> {
        Bytes {
            source: Source::Unpacked(section, from),
            order,
            at: 0,
        }
    }

    /// From here on numbers are in this order.
    pub fn set_order(&mut self, order: Order) {
        self.order = order;
    }

    /// The byte order.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order
    }

    /// Where the next read begins, in the file or in the section.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Where that is, for a message.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.source {
            Source::File(_) => format!("byte {}", self.at),
            Source::Unpacked(_, from) => {
                format!("byte {} of what is packed at byte {from}", self.at)
            }
        }
    }

    fn left(&self) -> u64 {
        match &self.source {
            Source::File(whole) => whole.length.saturating_sub(self.at),
            Source::Unpacked(section, _) => (section.len() as u64).saturating_sub(self.at),
        }
    }

    fn fill(&mut self, into: &mut [u8], what: &str) -> Result<()> {
        match &self.source {
            Source::File(whole) => whole.read(self.at, into, what)?,
            Source::Unpacked(section, from) => {
                let start = usize::try_from(self.at).unwrap_or(usize::MAX);
                let Some(part) = section.get(start..).and_then(|rest| rest.get(..into.len()))
                else {
                    bail!(
                        "at {} {what} of {} bytes was expected, and the section has {} bytes: the file is damaged; copy \
                         it again",
                        format_args!("byte {} of what is packed at byte {from}", self.at),
                        into.len(),
                        section.len()
                    );
                };
                into.copy_from_slice(part);
            }
        }
        self.at += into.len() as u64;
        Ok(())
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// The end comes before.
    pub fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }

    /// A 16-bit number.
    ///
    /// # Errors
    /// The end comes before.
    pub fn u16(&mut self, what: &str) -> Result<u16> {
        let bytes = self.array::<2>(what)?;
        Ok(self.order.number(&bytes) as u16)
    }

    /// A 32-bit number.
    ///
    /// # Errors
    /// The end comes before.
    pub fn u32(&mut self, what: &str) -> Result<u32> {
        let bytes = self.array::<4>(what)?;
        Ok(self.order.number(&bytes) as u32)
    }

    /// A 64-bit number.
    ///
    /// # Errors
    /// The end comes before.
    pub fn u64(&mut self, what: &str) -> Result<u64> {
        let bytes = self.array::<8>(what)?;
        Ok(self.order.number(&bytes))
    }

    /// A block of `length` bytes. Nothing is allocated before it is known that the source has as many.
    ///
    /// # Errors
    /// More than `most`, or the end comes before.
    pub fn block(&mut self, length: u64, most: u64, what: &str) -> Result<Vec<u8>> {
        if length > most {
            bail!(
                "at {} {what} claims {length} bytes, and {most} is the limit: the file is damaged",
                self.place()
            );
        }
        self.has(length, what)?;
        let mut bytes = vec![0; usize::try_from(length)?];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }

    /// Passes over `length` bytes.
    ///
    /// # Errors
    /// The end comes before.
    pub fn skip(&mut self, length: u64, what: &str) -> Result<()> {
        self.has(length, what)?;
        self.at += length;
        Ok(())
    }

    fn has(&self, length: u64, what: &str) -> Result<()> {
        if length > self.left() {
            bail!(
                "at {} {what} of {length} bytes was expected, and {} are left: the file is cut or damaged; copy it again",
                self.place(),
                self.left()
            );
        }
        Ok(())
    }

    /// A string up to its NUL, which is passed over.
    ///
    /// # Errors
    /// No NUL within 4096 bytes or before the end.
    pub fn string(&mut self, what: &str) -> Result<String> {
        let at = self.at;
        let most = self.left().min(LONGEST_STRING);
        let bytes = self.block(most, LONGEST_STRING, what)?;
        let Some(end) = bytes.iter().position(|&byte| byte == 0) else {
            self.at = at;
            bail!(
                "at {} {what} was expected, a string with a NUL at its end: the file is cut or damaged",
                self.place()
            );
        };
        self.at = at + end as u64 + 1;
        Ok(String::from_utf8_lossy(&bytes[..end]).into_owned())
    }

    /// Bytes that must be these.
    ///
    /// # Errors
    /// They are others.
    pub fn expect(&mut self, these: &[u8], what: &str) -> Result<()> {
        let place = self.place();
        let bytes = self.block(these.len() as u64, these.len() as u64, what)?;
        if bytes != these {
            bail!(
                "at {place} {what} was expected: the file is damaged, or of a kind that is not known here"
            );
        }
        Ok(())
    }
}
