//! Everything that programs and people do to a text between the terminal and a report, as the programs do it.

mod bytes;
mod colours;
mod marks;
mod markup;
mod space;
mod tools;

/// Which of a host's two texts a mangling is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Lspci,
    Interrupts,
}

/// One way in which a text gets out of shape.
pub struct Mangling {
    /// The name in the table of shares.
    pub name: &'static str,
    /// Words of which a refusal must use one, unless it names the line.
    pub marks: &'static [&'static str],
    /// The mangled text.
    pub apply: fn(&[u8], Which) -> Vec<u8>,
}

const fn mangling(
    name: &'static str,
    marks: &'static [&'static str],
    apply: fn(&[u8], Which) -> Vec<u8>,
) -> Mangling {
    Mangling { name, marks, apply }
}

const QUOTE: &[&str] = &["quote", "'>'"];
const PRINTABLE: &[&str] = &["quoted-printable"];
const COLOUR: &[&str] = &["colour", "escape"];
const BBCODE: &[&str] = &["BBCode", "mark-up"];
const HTML: &[&str] = &["HTML", "entities", "mark-up"];
const LIST: &[&str] = &["list", "bullet", "mark"];
const COMMENT: &[&str] = &["comment", "mark"];
const NUMBER: &[&str] = &["number", "cat -n", "grep -n"];
const DIFF: &[&str] = &["diff"];
const TIME: &[&str] = &["journal", "dmesg", "time"];
const COMPOSE: &[&str] = &["beginning"];
const GROUP: &[&str] = &["IOMMU"];
const ENCODING: &[&str] = &[
    "UTF-16",
    "BOM",
    "byte order mark",
    "encoding",
    "ISO-8859-1",
    "no-break",
];
const SPACE: &[&str] = &["space", "column", "CRLF"];
const WRAP: &[&str] = &["wrap"];

/// Every mangling.
pub static ALL: &[Mangling] = &[
    mangling("quote-1", QUOTE, marks::quote::<1>),
    mangling("quote-2", QUOTE, marks::quote::<2>),
    mangling("quote-3", QUOTE, marks::quote::<3>),
    mangling("qp-python", PRINTABLE, bytes::quoted_printable_python),
    mangling("qp-mail", PRINTABLE, bytes::quoted_printable_mail),
    mangling("ansi-grep", COLOUR, colours::grep),
    mangling("ansi-ls", COLOUR, colours::ls),
    mangling("ansi-bare", COLOUR, colours::grep_without_escape),
    mangling("bb-code", BBCODE, markup::bb_code),
    mangling("bb-bold", BBCODE, markup::bb_bold),
    mangling("bb-colour", BBCODE, markup::bb_colour),
    mangling("bb-font", BBCODE, markup::bb_font),
    mangling("html-pre", HTML, markup::html_pre),
    mangling("html-span", HTML, markup::html_span),
    mangling("html-br", HTML, markup::html_br),
    mangling("html-entities", HTML, markup::html_entities),
    mangling("list-dash", LIST, marks::dash),
    mangling("list-star", LIST, marks::star),
    mangling("list-number", LIST, marks::number),
    mangling("comment-hash", COMMENT, marks::hash),
    mangling("comment-slash", COMMENT, marks::slashes),
    mangling("cat-n", NUMBER, tools::cat_n),
    mangling("grep-n", NUMBER, tools::grep_n),
    mangling("grep-nH", NUMBER, tools::grep_n_with_name),
    mangling("grep-n-A", NUMBER, tools::grep_n_context),
    mangling("grep-n-colour", NUMBER, colours::grep_n),
    mangling("diff-plus", DIFF, tools::diff_added),
    mangling("diff-minus", DIFF, tools::diff_removed),
    mangling("diff-mixed", DIFF, tools::diff_changed),
    mangling("journal", TIME, tools::journal),
    mangling("journal-iso", TIME, tools::journal_iso),
    mangling("dmesg", TIME, tools::dmesg),
    mangling("dmesg-T", TIME, tools::dmesg_time),
    mangling("ts", TIME, tools::ts),
    mangling("compose", COMPOSE, tools::compose),
    mangling("group", GROUP, marks::group),
    mangling("bom", ENCODING, bytes::byte_order_mark),
    mangling("utf-16le", ENCODING, bytes::utf16_little),
    mangling("utf-16be", ENCODING, bytes::utf16_big),
    mangling("latin1-nbsp", ENCODING, bytes::latin1_no_break),
    mangling("crlf", SPACE, bytes::crlf),
    mangling("collapse", SPACE, space::collapse),
    mangling("collapse-all", SPACE, space::collapse_all),
    mangling("wrap-72", WRAP, space::wrap::<72>),
    mangling("wrap-80", WRAP, space::wrap::<80>),
    mangling("flowed", WRAP, space::flowed),
];

/// A text tool at work: it decodes the bytes, changes the text and writes it in the encoding that it came in.
fn text(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let encoding = bytes::Encoding::of(bytes);
    encoding.encode(&change(&encoding.decode(bytes)))
}

/// The same for a tool that works line by line: the lines' number from 0, the line without its end, which is kept.
fn lines(bytes: &[u8], change: impl Fn(usize, &str) -> String) -> Vec<u8> {
    text(bytes, |text| each_line(text, &change))
}

fn each_line(text: &str, change: impl Fn(usize, &str) -> String) -> String {
    let mut out = String::new();
    for (number, whole) in text.split_inclusive('\n').enumerate() {
        let line = whole.trim_end_matches('\n').trim_end_matches('\r');
        out += &change(number, line);
        out += &whole[line.len()..];
    }
    out
}

/// The line end that the text uses.
fn end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Words of the text that a reader looks for with `grep`, by kind of text.
fn sought(which: Which) -> &'static [&'static str] {
    match which {
        Which::Lspci => &["Interrupt", "Kernel driver in use", "DisINTx"],
        Which::Interrupts => &["fasteoi", "Level", "ehci_hcd", "vfio-intx"],
    }
}

/// The text with every word that is sought put between two marks.
fn highlighted(line: &str, which: Which, before: &str, after: &str) -> String {
    let mut out = line.to_string();
    for word in sought(which) {
        out = out.replace(word, &format!("{before}{word}{after}"));
    }
    out
}
