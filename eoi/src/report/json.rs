//! JSON for programs that people can read as well: what fits into a line stands in a line.

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use crate::terminal;

/// Columns of a line that holds more than one value.
const WIDTH: usize = 120;

/// A value as JSON, in lines. No hidden character stands for itself.
///
/// # Errors
/// None that a value of this program can have.
pub fn text(value: &impl Serialize) -> Result<String> {
    let mut text = String::new();
    write(&mut text, &serde_json::to_value(value)?, 0);
    Ok(terminal::json(&text) + "\n")
}

/// Writes a value that begins somewhere in a line; its later lines are `indent` columns in.
fn write(text: &mut String, value: &Value, indent: usize) {
    let line = in_a_line(value);
    let column = text.len() - text.rfind('\n').map_or(0, |at| at + 1);
    match value {
        Value::Array(items) if column + line.len() >= WIDTH => {
            let items = items.iter().map(|item| (String::new(), item));
            lines(text, ['[', ']'], items, indent);
        }
        Value::Object(fields) if column + line.len() >= WIDTH => {
            let fields = fields
                .iter()
                .map(|(name, field)| (format!("{}: ", Value::from(name.as_str())), field));
            lines(text, ['{', '}'], fields, indent);
        }
        _ => *text += &line,
    }
}

fn lines<'a>(
    text: &mut String,
    ends: [char; 2],
    items: impl Iterator<Item = (String, &'a Value)>,
    indent: usize,
) {
    let items: Vec<(String, &Value)> = items.collect();
    let fills = items.iter().all(|(_, value)| is_plain(value));
    text.push(ends[0]);
    let mut column = WIDTH;
    for (index, (name, value)) in items.iter().enumerate() {
        let width = name.len()
            + if fills {
                in_a_line(value).len() + 2
            } else {
                WIDTH
            };
        text.push_str(if index == 0 { "" } else { "," });
        if column + width > WIDTH {
            *text += &format!("\n{:indent$}  ", "");
            column = indent + 2;
        } else {
            text.push(' ');
        }
        *text += name;
        write(text, value, indent + 2);
        column += width;
    }
    *text += &format!("\n{:indent$}{}", "", ends[1]);
}

/// Whether several of these may stand in one line: there is no object in them.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(_) => false,
        _ => true,
    }
}

fn in_a_line(value: &Value) -> String {
    let join = |items: Vec<String>| items.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", join(items.iter().map(in_a_line).collect())),
        Value::Object(fields) if fields.is_empty() => "{}".to_string(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("{}: {}", Value::from(name.as_str()), in_a_line(value))
            };
            format!("{{ {} }}", join(fields.iter().map(field).collect()))
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_reads_back_as_the_same_value() {
        let long = "x".repeat(WIDTH);
        let deep = json!({ "a": [[1, 2.5, null], [true, { "b\"\n": [] }]], "é": {}, "c": long });
        let value = json!([deep, deep, [], {}, "∞\u{1b}", [deep, [[[deep]]]]]);
        let text = text(&value).expect("JSON");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        assert!(
            text.contains("\"a\": [[1, 2.5, null], [true, { \"b\\\"\\n\": [] }]]"),
            "{text}"
        );
    }

    #[test]
    fn a_line_is_no_wider_than_it_may_be_and_fields_keep_their_order() {
        let value = json!({ "b": (0..100).collect::<Vec<_>>(), "a": 1 });
        let text = text(&value).expect("JSON");
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.find("\"b\"") < text.find("\"a\""), "{text}");
    }
}
