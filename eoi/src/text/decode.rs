//! Bytes to characters: a byte order mark, UTF-16, UTF-8, and bytes that are none of these.

/// The text, and the encoding where it is not plain UTF-8. A byte that is no UTF-8 is taken as a character of ISO-8859-1,
/// so that no byte is lost; nothing is an error.
#[must_use]
pub fn decode(bytes: &[u8]) -> (String, Option<String>) {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (
            utf8(rest).0,
            Some("begun with a byte order mark".to_string()),
        ),
        [0xff, 0xfe, rest @ ..] => (
            utf16(rest, u16::from_le_bytes),
            Some("in UTF-16".to_string()),
        ),
        [0xfe, 0xff, rest @ ..] => (
            utf16(rest, u16::from_be_bytes),
            Some("in UTF-16".to_string()),
        ),
        _ if zeros(bytes, 1) => (
            utf16(bytes, u16::from_le_bytes),
            Some("in UTF-16".to_string()),
        ),
        _ if zeros(bytes, 0) => (
            utf16(bytes, u16::from_be_bytes),
            Some("in UTF-16".to_string()),
        ),
        _ => utf8(bytes),
    }
}

/// Most bytes at even (0) or odd (1) places are 0, and few of the others.
fn zeros(bytes: &[u8], odd: usize) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let count = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    head.len() >= 16 && count(odd) * 10 >= head.len() / 2 * 8 && count(1 - odd) * 20 < head.len()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn utf8(bytes: &[u8]) -> (String, Option<String>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_string(), None);
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().map(|&byte| char::from(byte)));
    }
    (text, Some("in ISO-8859-1".to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let units = |unit: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
            let text = if mark {
                "\u{feff}01:00.0 é\n"
            } else {
                "01:00.0 Ethernet é\n"
            };
            text.encode_utf16().flat_map(unit).collect()
        };
        for bytes in [units(u16::to_le_bytes, true), units(u16::to_be_bytes, true)] {
            assert_eq!(
                decode(&bytes),
                ("01:00.0 é\n".to_string(), Some("in UTF-16".to_string()))
            );
        }
        for bytes in [
            units(u16::to_le_bytes, false),
            units(u16::to_be_bytes, false),
        ] {
            assert_eq!(decode(&bytes).0, "01:00.0 Ethernet é\n");
        }
        assert_eq!(decode(b"\xef\xbb\xbfx").0, "x");
        assert_eq!(decode("é".as_bytes()), ("é".to_string(), None));
        let (text, encoding) = decode(b"\xa0\xa0pin \xe9");
        assert_eq!(
            (text.as_str(), encoding.as_deref()),
            ("\u{a0}\u{a0}pin é", Some("in ISO-8859-1"))
        );
        assert_eq!(decode(b"a\x00b").0, "a\0b", "no UTF-16");
    }
}
