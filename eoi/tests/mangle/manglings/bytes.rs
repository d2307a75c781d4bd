//! How the text's characters become bytes: encodings, quoted-printable, line ends.

use super::{Which, text};

/// The encoding of a text, as an editor tells it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
    Latin1,
}

impl Encoding {
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16Little,
            [0xfe, 0xff, ..] => Self::Utf16Big,
            _ if std::str::from_utf8(bytes).is_ok() => Self::Utf8,
            _ => Self::Latin1,
        }
    }

    /// The text; the mark of UTF-16 is no part of it.
    pub fn decode(self, bytes: &[u8]) -> String {
        let units = |unit: fn([u8; 2]) -> u16| {
            let units: Vec<u16> = bytes[2..]
                .chunks_exact(2)
                .map(|two| unit([two[0], two[1]]))
                .collect();
            String::from_utf16(&units).expect("UTF-16")
        };
        match self {
            Self::Utf8 => String::from_utf8(bytes.to_vec()).expect("UTF-8"),
            Self::Utf16Little => units(u16::from_le_bytes),
            Self::Utf16Big => units(u16::from_be_bytes),
            Self::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        }
    }

    /// The bytes; ISO-8859-1 has `?` for what it lacks.
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf16Little => [0xfeff]
                .into_iter()
                .chain(text.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect(),
            Self::Utf16Big => [0xfeff]
                .into_iter()
                .chain(text.encode_utf16())
                .flat_map(u16::to_be_bytes)
                .collect(),
            Self::Latin1 => text
                .chars()
                .map(|c| u8::try_from(c).unwrap_or(b'?'))
                .collect(),
        }
    }
}

fn decoded(bytes: &[u8]) -> String {
    Encoding::of(bytes).decode(bytes)
}

/// The mark that Windows' editors put before a text in UTF-8.
pub fn byte_order_mark(bytes: &[u8], _: Which) -> Vec<u8> {
    let text = decoded(bytes);
    format!("\u{feff}{}", text.trim_start_matches('\u{feff}')).into_bytes()
}

pub fn utf16_little(bytes: &[u8], _: Which) -> Vec<u8> {
    Encoding::Utf16Little.encode(decoded(bytes).trim_start_matches('\u{feff}'))
}

pub fn utf16_big(bytes: &[u8], _: Which) -> Vec<u8> {
    Encoding::Utf16Big.encode(decoded(bytes).trim_start_matches('\u{feff}'))
}

/// A mail in ISO-8859-1: white space that must not collapse has no-break spaces in it.
pub fn latin1_no_break(bytes: &[u8], _: Which) -> Vec<u8> {
    let text = decoded(bytes).replace('\u{feff}', "").replace('\t', "    ");
    let text = super::each_line(&text, |_, line| {
        let kept = line.replace("  ", "\u{a0} ");
        kept.strip_prefix(' ')
            .map_or(kept.clone(), |rest| format!("\u{a0}{rest}"))
    });
    Encoding::Latin1.encode(&text)
}

pub fn crlf(bytes: &[u8], _: Which) -> Vec<u8> {
    text(bytes, |text| {
        text.replace("\r\n", "\n").replace('\n', "\r\n")
    })
}

/// The way of Python's quopri: a tab stays, unless it ends the line.
pub fn quoted_printable_python(bytes: &[u8], _: Which) -> Vec<u8> {
    quoted_printable(bytes, false)
}

/// The way of a mail program that writes each tab as `=09`.
pub fn quoted_printable_mail(bytes: &[u8], _: Which) -> Vec<u8> {
    quoted_printable(bytes, true)
}

/// RFC 2045, 6.7: 76 columns at most, with the `=` of a soft line break.
fn quoted_printable(bytes: &[u8], tabs: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for whole in bytes.split_inclusive(|byte| *byte == b'\n') {
        let ends = [&b"\r\n"[..], b"\n"]
            .into_iter()
            .find(|end| whole.ends_with(end))
            .unwrap_or_default();
        let line = &whole[..whole.len() - ends.len()];
        let mut column = 0;
        for (at, byte) in line.iter().enumerate() {
            let last = at + 1 == line.len();
            let plain = match byte {
                b' ' => !last,
                b'\t' => !last && !tabs,
                b'=' => false,
                _ => byte.is_ascii_graphic(),
            };
            let written = if plain {
                vec![*byte]
            } else {
                format!("={byte:02X}").into_bytes()
            };
            let room = if last { 76 } else { 75 };
            if column + written.len() > room {
                out.extend(b"=\n");
                column = 0;
            }
            column += written.len();
            out.extend(written);
        }
        out.extend(ends);
    }
    out
}
