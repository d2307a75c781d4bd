//! One page of a ring buffer, as `trace_pipe_raw` gives it (kernel/trace/ring_buffer.c, Linux 6.12).
//!
//! A page begins with a time stamp (`u64`) and how much of it is committed (a `long` of the kernel, with two flags).
//! Each event opens with a word: 5 bits of type or length, 27 bits of time since the event before.

use std::ops::Range;

use super::bytes::Order;

/// `RB_MISSED_EVENTS`: events before this page were overwritten.
const MISSED: u64 = 1 << 31;
/// `RB_MISSED_STORED`: how many stands behind the last event.
const MISSED_STORED: u64 = 1 << 30;
/// The rest of `commit`; more than the largest page, `RB_WRITE_MASK` + 1 (`ring_buffer_subbuf_order_set`).
const COMMITTED: u64 = (1 << 27) - 1;
/// `TS_SHIFT`: bits of time in an event's word.
const TIME_BITS: u32 = 27;
/// `TS_MSB`: an absolute time stamp has 59 bits; the others are those of the time so far.
const ABSOLUTE_LACKS: u64 = 0xf8 << 56;

const PADDING: u32 = 29;
const TIME_EXTEND: u32 = 30;
const TIME_STAMP: u32 = 31;

/// How the recorded machine lays out its words.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The byte order.
    pub order: Order,
    /// Bytes of the kernel's `long`: 4 or 8.
    pub long: usize,
}

/// Events that were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// How many, where the kernel said it.
    pub events: Option<u64>,
}

/// A place in a page that is not what the kernel writes.
#[derive(Debug, PartialEq, Eq)]
pub struct Damage {
    /// The byte in the page.
    pub at: usize,
    /// The reason why it is damage.
    pub what: &'static str,
}

/// Where the reading of a page stands.
#[derive(Clone, Debug)]
pub struct Cursor {
    layout: Layout,
    at: usize,
    end: usize,
    time: u64,
    /// Events that were lost right before this page.
    pub missed: Option<Missed>,
}

impl Cursor {
    /// At the first event of a page.
    ///
    /// # Errors
    /// The page says that it has more than it can have.
    pub fn new(page: &[u8], layout: Layout) -> Result<Cursor, Damage> {
        let start = 8 + layout.long;
        let short = Damage {
            at: 0,
            what: "a page's head was expected, and the data ends",
        };
        let (Some(time), Some(commit)) = (layout.order.u64(page, 0), page.get(8..start)) else {
            return Err(short);
        };
        let commit = layout.order.number(commit);
        let end = start + (commit & COMMITTED) as usize;
        if end > page.len() {
            return Err(Damage {
                at: 8,
                what: "the page says that it holds more than its size",
            });
        }
        // Behind the last event, if there is room.
        let stored = || {
            page.get(end..end + layout.long)
                .map(|bytes| layout.order.number(bytes))
        };
        let events = (commit & MISSED_STORED != 0).then(stored).flatten();
        let unknown = if layout.long == 4 {
            u64::from(u32::MAX)
        } else {
            u64::MAX
        }; // -1 stands for "unknown"
        let events = events.filter(|&events| events != unknown && events != 0);
        let missed = (commit & MISSED != 0).then_some(Missed { events });
        Ok(Cursor {
            layout,
            at: start,
            end,
            time,
            missed,
        })
    }

    /// The time that has been reached: of the event that [`Cursor::next`] gave last, in the clock's units.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.time
    }

    /// The next event's bytes in the page; padding and time stamps are passed over.
    ///
    /// # Errors
    /// An event that does not fit.
    pub fn next(&mut self, page: &[u8]) -> Result<Option<Range<usize>>, Damage> {
        while self.at < self.end {
            let (at, order) = (self.at, self.layout.order);
            let damage = |what| Damage { at, what };
            let word = |at: usize| {
                order
                    .u32(&page[..self.end], at)
                    .ok_or(damage("a word of an event reaches behind the page's end"))
            };
            let head = word(at)?;
            let (kind, delta) = match order {
                Order::Little => (head & 31, u64::from(head >> 5)),
                Order::Big => (head >> TIME_BITS, u64::from(head & ((1 << TIME_BITS) - 1))),
            };
            let (start, length) = match kind {
                PADDING if delta == 0 => {
                    self.at = self.end; // rb_null_event: nothing follows in this page
                    return Ok(None);
                }
                PADDING | 0 => (
                    at + 8,
                    word(at + 4)?
                        .checked_sub(4)
                        .ok_or(damage("an event of less than no bytes"))?,
                ),
                TIME_EXTEND | TIME_STAMP => (at + 8, 0),
                _ => (at + 4, 4 * kind),
            };
            let high = if matches!(kind, TIME_EXTEND | TIME_STAMP) {
                u64::from(word(at + 4)?)
            } else {
                0
            };
            let end = start + (length as usize).next_multiple_of(4);
            if end > self.end {
                return Err(damage("an event reaches behind the page's end"));
            }
            self.at = end;
            self.pass(kind, high << TIME_BITS | delta);
            if kind < PADDING {
                return Ok(Some(start..start + length as usize));
            }
        }
        Ok(None)
    }

    /// Counts time like `rb_read_data_buffer`: a discarded event's time counts, but for the 1 that `rb_event_discard` sets.
    fn pass(&mut self, kind: u32, time: u64) {
        match kind {
            PADDING if time == 1 => {}
            TIME_STAMP => self.time = absolute(time, self.time),
            _ => self.time = self.time.wrapping_add(time),
        }
    }
}

/// `rb_fix_abs_ts`.
fn absolute(stamp: u64, before: u64) -> u64 {
    if before & ABSOLUTE_LACKS == 0 {
        return stamp;
    }
    let stamp = stamp | before & ABSOLUTE_LACKS;
    if stamp < before {
        stamp.wrapping_add(1 << 59)
    } else {
        stamp
    }
}
