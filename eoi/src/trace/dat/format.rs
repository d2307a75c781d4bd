//! The meaning of an event's bytes: its `format` file (Documentation/trace/events.rst, "Event formats").

use std::fmt::Write;

use anyhow::{Context, Result, bail};

use super::bytes::Order;
use crate::terminal::shown;

/// Fields of one event at most; real ones have some 60.
const MOST_FIELDS: usize = 1024;

/// How a field's bytes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unsigned,
    Signed,
    /// A pointer: hexadecimal.
    Address,
    /// Characters in place, up to a NUL.
    Text,
    /// 16 bits of length and 16 of offset of a string; for `__rel_loc`, from behind the field.
    TextAt {
        relative: bool,
    },
    /// Anything else: bytes in hexadecimal.
    Bytes,
    /// Where other bytes are, as `TextAt`.
    BytesAt {
        relative: bool,
    },
}

/// A field of an event.
#[derive(Clone, Debug)]
pub struct Field {
    name: String,
    offset: usize,
    size: usize,
    kind: Kind,
}

impl Field {
    /// The field's value as an unsigned number; `None` where the entry ends before.
    #[must_use]
    pub fn number(&self, entry: &[u8], order: Order) -> Option<u64> {
        let bytes = entry.get(self.offset..self.offset.checked_add(self.size.min(8))?)?;
        Some(match bytes.len() {
            8 => order.u64(bytes, 0)?,
            4 => u64::from(order.u32(bytes, 0)?),
            _ => order.number(bytes),
        })
    }

    fn signed(&self, entry: &[u8], order: Order) -> Option<i64> {
        let unused = 64 - 8 * u32::try_from(self.size.clamp(1, 8)).ok()?;
        Some((self.number(entry, order)? << unused).cast_signed() >> unused)
    }

    /// Where the dynamic part is: `data_loc` of include/trace/stages/stage1_struct_define.h.
    fn at<'a>(&self, entry: &'a [u8], order: Order, relative: bool) -> Option<&'a [u8]> {
        let packed = order.u32(entry, self.offset)?;
        let (offset, length) = ((packed & 0xffff) as usize, (packed >> 16) as usize);
        let base = if relative { self.offset + 4 } else { 0 };
        entry.get(base + offset..)?.get(..length)
    }

    /// Writes the value; what lies outside of the entry is written as `?`.
    fn show(&self, entry: &[u8], order: Order, into: &mut String) {
        let shown = self.try_show(entry, order, into);
        if shown.is_none() {
            into.push('?');
        }
    }

    fn try_show(&self, entry: &[u8], order: Order, into: &mut String) -> Option<()> {
        match self.kind {
            Kind::Unsigned => write!(into, "{}", self.number(entry, order)?).ok(),
            Kind::Signed => write!(into, "{}", self.signed(entry, order)?).ok(),
            Kind::Address => write!(into, "{:#x}", self.number(entry, order)?).ok(),
            Kind::Text => text(entry.get(self.offset..)?.get(..self.size)?, into),
            Kind::TextAt { relative } => text(self.at(entry, order, relative)?, into),
            Kind::Bytes => hex(entry.get(self.offset..)?.get(..self.size)?, into),
            Kind::BytesAt { relative } => hex(self.at(entry, order, relative)?, into),
        }
    }
}

/// The characters before the NUL; what is no character of a line becomes U+FFFD.
fn text(bytes: &[u8], into: &mut String) -> Option<()> {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    let clean = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    into.extend(String::from_utf8_lossy(&bytes[..end]).chars().map(clean));
    Some(())
}

fn hex(bytes: &[u8], into: &mut String) -> Option<()> {
    bytes
        .iter()
        .try_for_each(|byte| write!(into, "{byte:02x}"))
        .ok()
}

/// One type of event.
#[derive(Clone, Debug)]
pub struct Format {
    /// Its name, without the system's.
    pub name: String,
    /// The number in `common_type` of its entries.
    pub id: u16,
    fields: Vec<Field>,
}

impl Format {
    /// Reads a `format` file.
    ///
    /// # Errors
    /// It has no name or no number, or a field that cannot be understood.
    pub fn parse(bytes: &[u8]) -> Result<Format> {
        let text = String::from_utf8_lossy(bytes);
        let (mut name, mut id, mut fields) = (None, None, Vec::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("name: ") {
                name.get_or_insert(rest.trim());
            } else if let Some(rest) = line.strip_prefix("ID: ") {
                id.get_or_insert(rest.trim());
            } else if let Some(rest) = line.trim_start().strip_prefix("field:") {
                fields.push(field(rest).with_context(|| {
                    format!("the field \"{}\" of an event's format", brief(rest))
                })?);
            } else if line.starts_with("print fmt:") {
                break;
            }
            if fields.len() > MOST_FIELDS {
                bail!("an event's format has more than {MOST_FIELDS} fields");
            }
        }
        let (Some(name), Some(id)) = (name, id) else {
            bail!(
                "an event's format without name: or ID: \"{}\"",
                brief(&text)
            );
        };
        let id = id.parse().with_context(|| {
            format!(
                "the number \"{}\" of the event \"{}\"",
                brief(id),
                brief(name)
            )
        })?;
        Ok(Format {
            name: name.to_owned(),
            id,
            fields,
        })
    }

    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// `name=value` for each field but the common ones; the two irq events as their own formats print them.
    pub fn show(&self, entry: &[u8], order: Order, into: &mut String) {
        let own = self
            .fields
            .iter()
            .filter(|field| !field.name.starts_with("common_"));
        for (index, field) in own.enumerate() {
            if index > 0 {
                into.push(' ');
            }
            into.push_str(&field.name);
            into.push('=');
            if self.name == "irq_handler_exit" && field.name == "ret" {
                // include/trace/events/irq.h: anything but IRQ_NONE is handled
                into.push_str(match field.number(entry, order) {
                    Some(0) => "unhandled",
                    Some(_) => "handled",
                    None => "?",
                });
            } else {
                field.show(entry, order, into);
            }
        }
    }
}

fn brief(text: &str) -> String {
    shown(&text.chars().take(60).collect::<String>()).to_string()
}

/// `TYPE NAME; offset:O; size:S; signed:B;`, with tabs between
fn field(line: &str) -> Result<Field> {
    let mut parts = line.split(';').map(str::trim);
    let declared = parts.next().unwrap_or_default();
    let (mut offset, mut size, mut signed) = (None, None, false);
    for part in parts {
        match part.split_once(':') {
            Some(("offset", value)) => {
                offset = Some(value.trim().parse::<u32>().context("its offset")?);
            }
            Some(("size", value)) => size = Some(value.trim().parse::<u32>().context("its size")?),
            Some(("signed", value)) => signed = value.trim() == "1",
            _ => {}
        }
    }
    let (Some(offset), Some(size)) = (offset, size) else {
        bail!("it has no offset: or no size:")
    };
    let plain = declared.split('[').next().unwrap_or_default().trim_end();
    let is_array = declared.contains('[');
    // `char comm[16]` has its brackets behind the name, `__data_loc char[] name` before it.
    let name = match declared.rsplit_once(']') {
        Some((_, name)) if !name.trim().is_empty() => name.trim(),
        _ => plain.rsplit([' ', '*', '\t']).next().unwrap_or_default(),
    };
    let kind = kind(declared, is_array, size, signed);
    Ok(Field {
        name: name.to_owned(),
        offset: offset as usize,
        size: size as usize,
        kind,
    })
}

fn kind(declared: &str, is_array: bool, size: u32, signed: bool) -> Kind {
    let relative = declared.starts_with("__rel_loc");
    let is_text = declared
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == "char")
        && !declared.contains("unsigned char");
    match (is_array, size) {
        _ if relative || declared.starts_with("__data_loc") => {
            if is_text {
                Kind::TextAt { relative }
            } else {
                Kind::BytesAt { relative }
            }
        }
        (true, _) if is_text => Kind::Text,
        (false, 4 | 8) if declared.contains('*') => Kind::Address,
        (false, 1 | 2 | 4 | 8) if signed => Kind::Signed,
        (false, 1 | 2 | 4 | 8) => Kind::Unsigned,
        _ => Kind::Bytes,
    }
}

/// Offset and size of the field `name`, in `header_page`.
#[must_use]
pub fn place(bytes: &[u8], name: &str) -> Option<(usize, usize)> {
    let text = String::from_utf8_lossy(bytes);
    let mut fields = text
        .lines()
        .filter_map(|line| field(line.trim_start().strip_prefix("field:")?).ok());
    fields
        .find(|field| field.name == name)
        .map(|field| (field.offset, field.size))
}
