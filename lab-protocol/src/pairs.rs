//! The `KEY=VALUE` words of a line, each of which must be asked for.

use alloc::vec::Vec;

use crate::error::{Error, refuse};

/// The words of a line that nobody has taken yet.
pub(crate) struct Pairs<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Pairs<'a> {
    /// Reads words; each has to be `KEY=VALUE`, with a key that no other one has.
    pub fn new(words: impl Iterator<Item = &'a str>) -> Result<Self, Error> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for word in words {
            let Some(pair) = word.split_once('=') else {
                return refuse!("'{}' is not KEY=VALUE", word.escape_debug());
            };
            pairs.push(pair);
        }
        let mut keys: Vec<&str> = pairs.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        match keys.windows(2).find(|two| two[0] == two[1]) {
            Some(two) => refuse!("'{}=' is there twice", two[0].escape_debug()),
            None => Ok(Self(pairs)),
        }
    }

    /// Takes the value of a key that may be missing.
    pub fn find(&mut self, key: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|(name, _)| *name == key)?;
        Some(self.0.remove(at).1)
    }

    /// Takes the value of a key.
    pub fn take(&mut self, key: &str) -> Result<&'a str, Error> {
        match self.find(key) {
            Some(value) => Ok(value),
            None => refuse!("there is no {key}="),
        }
    }

    /// Refuses what nobody has taken.
    pub fn end(self) -> Result<(), Error> {
        match self.0.first() {
            Some((key, value)) => refuse!(
                "'{}={}' is not understood here",
                key.escape_debug(),
                value.escape_debug()
            ),
            None => Ok(()),
        }
    }
}
