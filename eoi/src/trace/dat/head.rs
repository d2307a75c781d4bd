//! The part before the trace data: byte order, formats, symbols, and where each CPU's pages are.
//!
//! trace-cmd.dat.v6(5) is one sequence ([`super::version_6`]); trace-cmd.dat.v7(5) is sections ([`super::version_7`]). The
//! [`super::parts`] are the same.

use anyhow::{Result, bail};

use super::bytes::{Bytes, Order, Whole};
use super::parts::{Buffer, Head, Region, page_size};
use super::{version_6, version_7};
use crate::terminal::shown;

/// The first bytes of every trace.dat.
pub const MAGIC: &[u8; 10] = b"\x17\x08\x44tracing";

/// Reads the head of a file.
///
/// # Errors
/// The byte and what was expected there.
pub fn read(whole: Whole<'_>) -> Result<Head> {
    let mut bytes = Bytes::of_file(whole, Order::Little, 0);
    bytes.expect(MAGIC, "the mark of a trace.dat")?;
    let version = bytes.string("the format's version")?;
    let order = match bytes.array("the byte order")? {
        [0] => Order::Little,
        [1] => Order::Big,
        [other] => bail!(
            "before {} the byte order is {other}; 0 and 1 are known: the file is damaged",
            bytes.place()
        ),
    };
    bytes.set_order(order);
    let [_user_space_long] = bytes.array("the size of a long")?;
    let page_size = page_size(bytes.u32("the page size")?, &bytes)?;
    let mut head = match version.as_str() {
        "6" => version_6::read(whole, &mut bytes, page_size)?,
        "7" => version_7::read(whole, &mut bytes)?,
        _ => bail!(
            "it has version \"{}\" of trace-cmd's format, and 6 and 7 can be read; give the text of `trace-cmd report`",
            shown(&version)
        ),
    };
    head.buffers.sort_by_key(|buffer| !buffer.name.is_empty()); // stable: the top one first
    check(&head.buffers, whole.length)?;
    Ok(head)
}

/// No region behind the end, none twice: what is read is never more than the file.
fn check(buffers: &[Buffer], length: u64) -> Result<()> {
    let mut total = 0u64;
    for region in buffers.iter().flat_map(|buffer| &buffer.regions) {
        let Region { cpu, at, size } = *region;
        if at.checked_add(size).is_none_or(|end| end > length) {
            bail!(
                "CPU {cpu}'s data is {size} bytes from byte {at} on, and the file ends at byte {length}: it is cut; copy \
                 it again"
            );
        }
        total += size; // each is below the file's length, and there are less than 2^32
        if total > length {
            bail!(
                "the CPUs' data is {total} bytes and more in a file of {length} bytes: it is damaged"
            );
        }
    }
    let mut clocks = buffers
        .iter()
        .filter(|buffer| !buffer.regions.is_empty())
        .map(|buffer| &buffer.clock);
    if let Some(first) = clocks.next()
        && let Some(other) = clocks.find(|&clock| clock != first)
    {
        bail!(
            "its instances have different clocks, {first} and {other}, and no common order; record with one (-C)"
        );
    }
    Ok(())
}
