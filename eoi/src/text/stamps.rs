//! Times before a line: the kernel's, the journal's, syslog's, those of `ts` and of containers.

/// `[   12.345678] `, `[Mon Nov 30 07:06:01 2026] `, `<4>`, `Nov 30 07:06:01 host kernel: `, `kern  :warn  : `.
pub(super) fn stamp(text: &str) -> Option<&str> {
    if let Some(body) = text.strip_prefix('[') {
        let end = body.find(']').filter(|&end| end <= 40)?;
        return is_time(&body[..end]).then(|| caller(&body[end + 1..]));
    }
    if let Some(body) = text.strip_prefix('<') {
        let end = body.find('>').filter(|&end| (1..=3).contains(&end))?;
        return body[..end]
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| &body[end + 1..]);
    }
    if let Some(level) = text
        .strip_prefix("kern")
        .or_else(|| text.strip_prefix("user"))
    {
        let rest = level.trim_start().strip_prefix(':')?;
        let end = rest.find(':').filter(|&end| end <= 12)?;
        return Some(&rest[end + 1..]);
    }
    // A time is one of the first three words; a host may follow, and then "kernel:" or "name[12]:".
    let mut words = text.split_whitespace();
    words.by_ref().take(3).find(|word| is_clock(word))?;
    // lspci's keys have a capital.
    let is_tag = |word: &&str| {
        word.find(':') == Some(word.len() - 1)
            && (word.starts_with(|c: char| c.is_ascii_lowercase()) || word.ends_with("]:"))
    };
    let tag = words.take(2).find(is_tag)?;
    let end = tag.as_ptr() as usize - text.as_ptr() as usize + tag.len();
    Some(&text[end..])
}

/// `   12.345678`, `Mon Nov 30 07:06:01 2026`, `2026-11-30 07:06:01`; not `8086:1533`.
fn is_time(text: &str) -> bool {
    let second = |word: &str| {
        word.split_once('.').is_some_and(|(whole, part)| {
            part.len() >= 3
                && format!("{whole}{part}")
                    .bytes()
                    .all(|byte| byte.is_ascii_digit())
        })
    };
    text.split_whitespace()
        .any(|word| second(word) || is_clock(word))
}

/// The text behind who wrote a message, `[    T1]` or `[   C0]`, which kernels with `CONFIG_PRINTK_CALLER` print.
fn caller(text: &str) -> &str {
    let inside = text.strip_prefix('[').and_then(|body| body.split_once(']'));
    let rest = inside.filter(|(who, _)| {
        who.trim_start()
            .strip_prefix(['T', 'C'])
            .is_some_and(|number| number.parse::<u32>().is_ok())
    });
    rest.map_or(text, |(_, rest)| rest)
}

/// `Nov 30 07:06:01 `, `2026-11-30T07:06:01.123Z `, `2026-11-30T07:06:01.123Z stdout F `: a time, and nobody who wrote it.
pub(super) fn clock(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    let time = words.by_ref().take(4).find(|word| is_clock(word))?;
    let first = text.starts_with(|c: char| c.is_ascii_digit())
        || MONTHS_AND_DAYS.iter().any(|name| text.starts_with(name));
    let end = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize + word.len();
    let next: Vec<&str> = words.take(2).collect();
    // A container's log: the stream, and whether the line is whole.
    let last = match next.as_slice() {
        ["stdout" | "stderr", whole @ ("F" | "P")] => whole,
        _ => time,
    };
    first.then(|| &text[end(last)..])
}

const MONTHS_AND_DAYS: [&str; 19] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mon",
    "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
];

/// `07:06:01`, `2026-11-30T07:06:01+0100`; not `0000:01:00.0`.
fn is_clock(word: &str) -> bool {
    let mut parts = word.rsplit('T').next().unwrap_or_default().split(':');
    let two = |part: Option<&str>| {
        part.is_some_and(|part| {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            digits == 2
                && part
                    .as_bytes()
                    .get(2)
                    .copied()
                    .is_none_or(|byte| !byte.is_ascii_hexdigit())
        })
    };
    two(parts.next()) && two(parts.next()) && two(parts.next())
}
