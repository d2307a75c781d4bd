//! Quoted-printable, the transfer encoding of mails (RFC 2045, 6.7): `=09` for a tab, `=3D` for `=`, and `=` at the end of
//! a line that goes on in the next.

use super::decode;
use super::grammar::Grammar;

/// Decodes a text that is quoted-printable for certain: `=` as `=3D`, a tab or a space as `=09` or `=20` where white space
/// would be lost, a character beyond ASCII, or a line that ends with `=`. An `=00` alone proves nothing, since lspci
/// prints `primary=00`.
#[must_use]
pub fn undo(text: &str, _: &Grammar) -> Option<(String, String)> {
    let (mut sure, mut plain) = (0_usize, 0_usize);
    for (at, _) in text.match_indices('=') {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let begins = before.is_empty()
            || before.ends_with('\n')
            || before.ends_with("=09")
            || before.ends_with("=20");
        let ends =
            |rest: Option<&str>| rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('\n'));
        let tab = begins && after.starts_with("09");
        let blank = after.starts_with("20") && (begins || ends(after.get(2..)));
        if after.starts_with("3D") || soft(after).is_some() || beyond(after) || tab || blank {
            sure += 1;
        } else if hex(after).is_none() {
            plain += 1;
        }
    }
    if sure == 0 || sure < plain {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let after = &rest[at + 1..];
        rest = if let Some(next) = soft(after) {
            next
        } else if let Some(byte) = hex(after) {
            bytes.push(byte);
            &after[2..]
        } else {
            bytes.push(b'=');
            after
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    let (clean, _) = decode::decode(&bytes);
    (clean != text).then(|| (clean, "quoted-printable".to_string()))
}

/// Two digits as the encoding writes them, in upper case.
fn hex(text: &str) -> Option<u8> {
    let digits = text.get(..2)?;
    let upper = digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    upper.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

/// A character of two bytes in UTF-8: `C2=A0`.
fn beyond(text: &str) -> bool {
    let second = text.get(2..3) == Some("=");
    second
        && hex(text).is_some_and(|byte| byte >= 0xc2)
        && text.get(3..).and_then(hex).is_some_and(|byte| byte >= 0x80)
}

/// The text after a line end that does not count.
fn soft(text: &str) -> Option<&str> {
    let end = text.trim_start_matches([' ', '\t']);
    end.strip_prefix("\r\n").or_else(|| end.strip_prefix('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_for_certain_is_decoded_and_nothing_else() {
        let clean = |text: &str| undo(text, &Grammar::NONE).map(|(text, _)| text);
        let status = "=09Status: DEVSEL=3Dmedium >TAb=\nort-\n=09=09x=20\n=C2=A0y";
        assert_eq!(
            clean(status).as_deref(),
            Some("\tStatus: DEVSEL=medium >TAbort-\n\t\tx \n\u{a0}y")
        );
        for text in [
            "Bus: primary=00, secondary=09, subordinate=20, sec-latency=0",
            "DEVSEL=medium",
            "=",
            "a=3d",
            "",
        ] {
            assert_eq!(clean(text), None, "{text}");
        }
    }
}
