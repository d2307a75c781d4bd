//! Functions by address, from the file's copy of /proc/kallsyms.

/// Bytes of /proc/kallsyms at most. Kernels with everything built in have some 20 MiB.
pub const MOST_BYTES: u64 = 64 << 20;
/// Addresses whose function is remembered: ftrace names few functions, many times each.
const REMEMBERED: usize = 1 << 12;

/// Every function, sorted by address.
pub struct Symbols {
    text: Vec<u8>,
    /// Address, and where in `text` the name begins and how long it is.
    functions: Vec<(u64, u32, u16)>,
    recent: Vec<(u64, u32)>,
}

impl Symbols {
    /// Lines of `address type name [module]`; other lines are passed over.
    #[must_use]
    pub fn new(text: Vec<u8>) -> Symbols {
        let mut functions = Vec::new();
        let mut start = 0;
        for line in text.split(|&byte| byte == b'\n') {
            functions.extend(function(line, start));
            start += line.len() + 1;
        }
        // Stable, and the first of equals stays: the name that the kernel prints for aliases (kernel/kallsyms.c:
        // get_symbol_pos, 6.12).
        functions.sort_by_key(|&(address, ..)| address);
        functions.dedup_by_key(|&mut (address, ..)| address);
        functions.shrink_to_fit();
        Symbols {
            text,
            functions,
            recent: vec![(0, u32::MAX); REMEMBERED],
        }
    }

    /// How many functions are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    /// None is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// The number of the function that this address is in: the last one that does not begin behind it.
    pub fn find(&mut self, address: u64) -> Option<usize> {
        let slot = (address ^ address >> 12) as usize >> 2 & (REMEMBERED - 1);
        let (known, index) = self.recent[slot];
        if known == address && index != u32::MAX {
            return Some(index as usize);
        }
        let index = self
            .functions
            .partition_point(|&(start, ..)| start <= address)
            .checked_sub(1)?;
        self.recent[slot] = (address, u32::try_from(index).ok()?);
        Some(index)
    }

    /// Its name, without what the compiler put behind a dot.
    #[must_use]
    pub fn name(&self, index: usize) -> &str {
        let (_, start, length) = self.functions[index];
        std::str::from_utf8(&self.text[start as usize..][..usize::from(length)]).unwrap_or("?")
    }
}

/// The function in a line that begins at byte `start`.
fn function(line: &[u8], start: usize) -> Option<(u64, u32, u16)> {
    let address = line.iter().position(|&byte| byte == b' ')?;
    let (digits, rest) = line.split_at(address);
    let value = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    let [b' ', kind, b' ', name @ ..] = rest else {
        return None;
    };
    // Zero is what kptr_restrict leaves; absolute symbols are offsets into per-CPU data.
    if value == 0 || !b"tTwW".contains(kind) {
        return None;
    }
    let name = &name[..name_length(name)];
    if name.is_empty() || name.starts_with(b"$") {
        return None; // mapping symbols of arm64 and riscv
    }
    Some((
        value,
        u32::try_from(start + address + 3).ok()?,
        u16::try_from(name.len()).ok()?,
    ))
}

/// Up to a blank, the module's name, or a dot that is not its first byte.
fn name_length(name: &[u8]) -> usize {
    let ends = |(at, byte): (usize, &u8)| byte.is_ascii_whitespace() || (at > 0 && *byte == b'.');
    let end = name.iter().enumerate().position(ends).unwrap_or(name.len());
    if name[..end].is_ascii() { end } else { 0 }
}
