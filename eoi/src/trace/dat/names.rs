//! The names of functions, and which of them are wanted.

use anyhow::{Result, bail};

use super::symbols::Symbols;

/// Whether a function is wanted, if that was asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Not,
    Wanted,
    Unwanted,
}

/// The functions, and which of them are wanted.
pub(super) struct Names {
    pub symbols: Symbols,
    asked: Vec<Asked>,
    /// Addresses without a symbol, as text; used again for the next entry.
    pub function: String,
    pub caller: String,
}

impl Names {
    pub(super) fn new(symbols: Symbols) -> Names {
        Names {
            asked: vec![Asked::Not; symbols.len()],
            symbols,
            function: String::new(),
            caller: String::new(),
        }
    }

    /// The number of the function at this address, if it has a symbol.
    pub(super) fn find(&mut self, address: u64) -> Result<Option<usize>> {
        if self.symbols.is_empty() {
            bail!(
                "functions were recorded, and the file has no symbols for them; record as root, with \
                 /proc/sys/kernel/kptr_restrict at 0 or 1"
            );
        }
        Ok(self.symbols.find(address))
    }

    /// Whether it is wanted.
    pub(super) fn wanted(
        &mut self,
        function: Option<usize>,
        address: u64,
        wanted: &dyn Fn(&str) -> bool,
    ) -> bool {
        let Some(index) = function else {
            return wanted(name(&self.symbols, None, address, &mut self.function));
        };
        let asked = &mut self.asked[index];
        if *asked == Asked::Not {
            *asked = if wanted(self.symbols.name(index)) {
                Asked::Wanted
            } else {
                Asked::Unwanted
            };
        }
        *asked == Asked::Wanted
    }
}

/// The function's name, or its address.
pub(super) fn name<'a>(
    symbols: &'a Symbols,
    function: Option<usize>,
    address: u64,
    spare: &'a mut String,
) -> &'a str {
    match function {
        Some(function) => symbols.name(function),
        None => {
            *spare = format!("{address:#x}");
            spare
        }
    }
}
