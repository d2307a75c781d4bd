//! The lines of the console: a number, a checksum and a payload, among whatever else comes out of a machine.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use crate::message::Message;

/// The first word of every line.
const MARK: &str = "eoi-lab ";

/// CRC-16/CCITT-FALSE: polynomial 0x1021, begins with 0xffff, nothing is reflected.
#[must_use]
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x1021
            }
        })
    })
}

/// One line of the console, without its newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    number: u64,
    payload: String,
}

impl Line {
    /// The line of this number with this message.
    #[must_use]
    pub fn new(number: u64, message: &Message) -> Self {
        Self {
            number,
            payload: message.to_string(),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, payload } = self;
        write!(
            f,
            "{MARK}{number} {:04x} {payload}",
            crc(payload.as_bytes())
        )
    }
}

/// A line of a console, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The next line of the protocol.
    Message(Message),
    /// A line of the protocol that is broken, or is not the next one, or holds no message. The text says why.
    Broken(String),
    /// Another line, from the firmware or the kernel.
    Other,
}

/// Reads a console line by line.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    next: u64,
}

impl Reader {
    /// Reads one line, without its newline. Text before the mark on the line is somebody else's.
    pub fn read(&mut self, line: &str) -> Said {
        let Some(at) = line.find(MARK) else {
            return Said::Other;
        };
        let mut words = line[at + MARK.len()..].splitn(3, ' ');
        let (Some(number), Some(sum), Some(payload)) = (words.next(), words.next(), words.next())
        else {
            return Said::Broken("it is cut".to_string());
        };
        if sum != format!("{:04x}", crc(payload.as_bytes())) {
            return Said::Broken("its checksum is wrong".to_string());
        }
        if number != self.next.to_string() {
            return Said::Broken(format!(
                "it is line {}, not {}",
                number.escape_debug(),
                self.next
            ));
        }
        self.next += 1;
        match payload.parse() {
            Ok(message) => Said::Message(message),
            Err(error) => Said::Broken(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0x29b1 is the check value over "123456789" in the catalogue of parametrised CRC algorithms.
    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc(b"123456789"), 0x29b1);
        assert_eq!(crc(b""), 0xffff);
    }

    #[test]
    fn a_broken_line_is_not_taken_for_a_whole_one() {
        let mut reader = Reader::default();
        let line = |number: u64, message: &Message| Line::new(number, message).to_string();
        let begin = Message::Begin("x".parse().expect("a word"));
        assert_eq!(reader.read(&line(0, &begin)), Said::Message(begin));
        assert_eq!(
            reader.read("eoi-lab 1 0000 end x ok"),
            Said::Broken("its checksum is wrong".into())
        );
        assert_eq!(
            reader.read(&line(3, &Message::Bye)),
            Said::Broken("it is line 3, not 1".into())
        );
        assert_eq!(reader.read("eoi-lab 1"), Said::Broken("it is cut".into()));
        assert_eq!(reader.read("[    0.0] Linux version"), Said::Other);
        let strange = format!("eoi-lab 1 {:04x} abracadabra", crc(b"abracadabra"));
        assert_eq!(
            reader.read(&strange),
            Said::Broken("'abracadabra' begins no message".into())
        );
        assert_eq!(
            reader.read(&format!("\r{}", line(2, &Message::Bye))),
            Said::Message(Message::Bye)
        );
    }
}
