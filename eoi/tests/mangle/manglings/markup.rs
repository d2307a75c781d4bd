//! A forum's mark-up and a web page's.

use super::{Which, each_line, end, highlighted, lines, text};

pub fn bb_code(bytes: &[u8], _: Which) -> Vec<u8> {
    text(bytes, |text| {
        format!("[code]{0}{text}[/code]{0}", end(text))
    })
}

pub fn bb_bold(bytes: &[u8], which: Which) -> Vec<u8> {
    lines(bytes, |_, line| highlighted(line, which, "[b]", "[/b]"))
}

pub fn bb_colour(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |_, line| format!("[color=#ff0000]{line}[/color]"))
}

/// A forum's editor: a mark for each line, spaces for a tab.
pub fn bb_font(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |_, line| {
        format!(
            "[FONT=arial][SIZE=2]{}[/SIZE][/FONT]",
            line.replace('\t', "    ")
        )
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

pub fn html_entities(bytes: &[u8], _: Which) -> Vec<u8> {
    text(bytes, escape)
}

/// The page of a list's archive.
pub fn html_pre(bytes: &[u8], _: Which) -> Vec<u8> {
    text(bytes, |text| {
        format!(
            "<pre class=\"body\">{0}{1}</pre>{0}",
            end(text),
            escape(text)
        )
    })
}

/// A page with its words in colours.
pub fn html_span(bytes: &[u8], which: Which) -> Vec<u8> {
    text(bytes, |text| {
        let marked =
            |line: &str| highlighted(&escape(line), which, "<span class=\"hit\">", "</span>");
        let body = each_line(text, |_, line| {
            format!("<span class=\"line\">{}</span>", marked(line))
        });
        format!("<pre><code>{body}</code></pre>{}", end(text))
    })
}

/// A forum's page: white space that must not collapse is written out, each line ends in a mark.
pub fn html_br(bytes: &[u8], _: Which) -> Vec<u8> {
    text(bytes, |text| {
        let body = each_line(text, |_, line| {
            let line = escape(line).replace('\t', "    ").replace("  ", " &nbsp;");
            let line = line
                .strip_prefix(' ')
                .map_or(line.clone(), |rest| format!("&nbsp;{rest}"));
            format!("{line}<br />")
        });
        format!("<div class=\"content\">{body}</div>{}", end(text))
    })
}
