//! Mark-up of web pages and forums: HTML and its entities, BBCode, Jira, Markdown.
//!
//! lspci prints `<TAbort-`, `[0207]` and `[40]`, so that only names that are mark-up's count.

use super::grammar::Grammar;

/// Elements of HTML that end a line where they begin or end.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "thead",
    "title",
    "tr",
    "ul",
    "xmp",
];
/// Elements of HTML within a line.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "big", "button", "code", "del", "em", "font", "i", "img", "input", "ins",
    "kbd", "label", "link", "mark", "meta", "nobr", "nowiki", "o:p", "q", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "td", "th", "tt", "u", "var", "wbr",
];
/// Tags of forums.
const FORUM: &[&str] = &[
    "*",
    "align",
    "attach",
    "b",
    "center",
    "code",
    "color",
    "colour",
    "email",
    "font",
    "hide",
    "highlight",
    "hr",
    "html",
    "i",
    "icode",
    "img",
    "indent",
    "inlinecode",
    "left",
    "li",
    "list",
    "mono",
    "noparse",
    "ol",
    "php",
    "plain",
    "pre",
    "quote",
    "right",
    "s",
    "shell",
    "size",
    "spoiler",
    "strike",
    "sub",
    "sup",
    "table",
    "td",
    "th",
    "tr",
    "tt",
    "u",
    "ul",
    "url",
];
/// Tags of Jira and Confluence.
const WIKI: &[&str] = &["code", "color", "noformat", "panel", "quote"];
/// Bytes of one tag at most.
const LONGEST: usize = 2048;
/// Names of characters.
const ENTITIES: &[(&str, &str)] = &[
    ("amp", "&"),
    ("apos", "'"),
    ("bull", "*"),
    ("emsp", " "),
    ("ensp", " "),
    ("gt", ">"),
    ("hyphen", "-"),
    ("lt", "<"),
    ("mdash", "-"),
    ("minus", "-"),
    ("nbsp", " "),
    ("ndash", "-"),
    ("newline", "\n"),
    ("quot", "\""),
    ("shy", ""),
    ("tab", "\t"),
    ("thinsp", " "),
    ("vert", "|"),
    ("zwnj", ""),
];

/// Takes mark-up out.
#[must_use]
pub fn undo(text: &str, _: &Grammar) -> Option<(String, String)> {
    if !text.contains(['<', '[', '{', '&', '`', '\\', '*']) {
        return None;
    }
    let mut clean = String::with_capacity(text.len());
    let mut seen = [false; 4];
    let mut rest = text;
    let sizes = text.contains("[/size]") || text.contains("[/SIZE]"); // else [size=16] is lspci's
    while let Some(at) = rest.find(['<', '[', '{', '&', '`', '\\', '*']) {
        clean += &rest[..at];
        rest = &rest[at..];
        let found = match rest.as_bytes()[0] {
            b'<' => html(rest).map(|found| (0, found)),
            b'&' => entity(rest).map(|(text, after)| (0, (text, after))),
            b'[' => forum(rest)
                .filter(|_| sizes || !rest.starts_with("[size="))
                .map(|found| (1, found)),
            b'{' => wiki(rest).map(|found| (2, found)),
            _ => markdown(rest).map(|found| (3, found)),
        };
        let Some((kind, (with, after))) = found else {
            clean.push_str(&rest[..1]);
            rest = &rest[1..];
            continue;
        };
        seen[kind] = true;
        let ends = clean.is_empty()
            || clean.ends_with('\n')
            || after.trim_start_matches(' ').starts_with('\n');
        clean += if with == "\n" && ends { "" } else { &with };
        rest = after;
    }
    clean += rest;
    let names = [
        "in HTML",
        "in BBCode",
        "in the mark-up of a wiki",
        "in Markdown",
    ];
    let names: Vec<&str> = names
        .iter()
        .zip(seen)
        .filter(|(_, seen)| *seen)
        .map(|(name, _)| *name)
        .collect();
    (clean != text).then(|| (clean, names.join(", ")))
}

/// The name of a tag in lower case, from its text without the brackets: `/font`, `br /`, `size=5`.
fn name(tag: &str) -> String {
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let end = tag
        .find(|c: char| c.is_whitespace() || matches!(c, '=' | '/' | ':'))
        .unwrap_or(tag.len());
    let end = if tag.starts_with("o:p") { 3 } else { end };
    tag[..end].to_ascii_lowercase()
}

/// The inside of what begins with a bracket, and what follows the bracket that closes it.
fn inside(text: &str, close: char) -> Option<(&str, &str)> {
    let most = text
        .char_indices()
        .map(|(at, _)| at)
        .take_while(|&at| at <= LONGEST)
        .last()?;
    let end = text[..most + text[most..].chars().next().map_or(0, char::len_utf8)].find(close)?;
    Some((&text[1..end], &text[end + close.len_utf8()..]))
}

fn html(text: &str) -> Option<(String, &str)> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return comment
            .find("-->")
            .map(|end| (String::new(), &comment[end + 3..]));
    }
    for (open, close) in [("<style", "</style>"), ("<script", "</script>")] {
        if text
            .get(..open.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(open))
        {
            return text
                .find(close)
                .map(|end| (String::new(), &text[end + close.len()..]));
        }
    }
    let (tag, after) = inside(text, '>')?;
    let name = name(tag);
    if tag.starts_with("!DOCTYPE") || tag.starts_with("?xml") {
        return Some((String::new(), after));
    }
    // <access denied> is lspci's, and <a href=...> is not.
    let bare =
        tag.trim_start_matches('/').len() == name.len() || tag.ends_with('/') || tag.contains('=');
    if BLOCKS.contains(&name.as_str()) && bare {
        return Some(("\n".to_string(), after));
    }
    let cell = if tag.starts_with('/') && matches!(name.as_str(), "td" | "th") {
        " "
    } else {
        ""
    };
    (INLINE.contains(&name.as_str()) && bare).then(|| (cell.to_string(), after))
}

fn entity(text: &str) -> Option<(String, &str)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let (name, after) = (&text[1..end], &text[end + 1..]);
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some((char::from_u32(code)?.to_string(), after));
    }
    let lower = name.to_ascii_lowercase();
    let (_, with) = ENTITIES.iter().find(|(entity, _)| *entity == lower)?;
    Some(((*with).to_string(), after))
}

fn forum(text: &str) -> Option<(String, &str)> {
    let (tag, after) = inside(text, ']')?;
    let name = name(tag);
    let bare = tag.trim_start_matches('/').len() == name.len() || tag.contains('=');
    (FORUM.contains(&name.as_str()) && bare).then(|| (String::new(), after))
}

fn wiki(text: &str) -> Option<(String, &str)> {
    let (tag, after) = inside(text, '}')?;
    WIKI.contains(&name(tag).as_str())
        .then(|| (String::new(), after))
}

/// Backticks, `**`, and a backslash before punctuation. Other backslashes and stars stay.
fn markdown(text: &str) -> Option<(String, &str)> {
    if text.starts_with('`') {
        return Some((String::new(), text.trim_start_matches('`')));
    }
    if let Some(after) = text.strip_prefix("**") {
        return Some((String::new(), after));
    }
    let escaped = text.strip_prefix('\\')?;
    let c = escaped
        .chars()
        .next()
        .filter(|c| "_*[]<>-#()|~+!.{}`".contains(*c))?;
    Some((c.to_string(), &escaped[1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_up_goes_and_what_lspci_prints_stays() {
        let clean = |text: &str| undo(text, &Grammar::NONE).map(|(text, _)| text);
        let rows = [
            ("<pre>a<br>b<br/>\nc</pre>", "a\nb\nc\n"),
            (
                "<span style=\"x\">Interrupt</span>: pin&nbsp;A",
                "Interrupt: pin A",
            ),
            ("<p>a</p><p>b</p>\n", "a\nb\n"),
            (
                "&gt; &lt;TAbort- &#62;SERR- &#x3c;PERR-",
                "> <TAbort- >SERR- <PERR-",
            ),
            (
                "[FONT=arial]a [15b3:1003][/FONT]\n[code]b[/CODE]",
                "a [15b3:1003]\nb",
            ),
            ("[size=5][b]x[/b][/size]", "x"),
            ("{noformat}a{noformat}\n{code:java}b{code}", "a\nb"),
            (
                "```\nsnd\\_hda\\_intel\n```\n**a** `b`",
                "\nsnd_hda_intel\n\na b",
            ),
            ("<td>a</td><td>b</td>", "a b "),
        ];
        for (text, expected) in rows {
            assert_eq!(clean(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            ">TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-",
            "Capabilities: <access denied>",
            "[0207]: x [40] [virtual] [disabled] [15b3:1003]",
            "Region 0: Memory at f7c00000 (64-bit, prefetchable) [size=256K]",
            "Latency: 0 <4us, AT&T <ignored> <?> a*b \\x",
        ] {
            assert_eq!(clean(text), None, "{text}");
        }
    }
}
