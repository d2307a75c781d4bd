//! How well a text fits lspci's output: lines that are whole, and lines of nobody's within a function.

use super::function::is_of_latency;
use super::lines::{Place, header, hex_row, knows, place};
use crate::text::Fit;

/// Counts the lines of functions that are whole, those that are not, and lines of nobody's that follow one at once, up
/// to the capabilities, below which lspci writes much that is not looked at.
#[must_use]
pub fn fit(text: &str) -> Fit {
    let (mut fit, mut reached) = (Fit::default(), None);
    for body in text.lines().map(str::trim) {
        let before = reached.filter(|reached| *reached < Place::Capability);
        let whole = if header(body).is_some() {
            reached = Some(Place::Before);
            Some(true)
        } else if let Some((_, row)) = hex_row(body) {
            Some(row.len() == 16)
        } else if let Some(place) = place(body) {
            // A register stands once in a function.
            let again =
                reached == Some(place) && (Place::Control..=Place::Interrupt).contains(&place);
            reached = reached.max(Some(place));
            Some(!again && is_whole(place, body))
        } else if body.is_empty() {
            // A line that was joined leaves an empty one.
            None
        } else if knows(body) {
            // A first line that was broken behind its class.
            reached = Some(Place::Before);
            Some(false)
        } else {
            before.map(|_| false)
        };
        fit.whole += usize::from(whole == Some(true));
        fit.broken += usize::from(whole == Some(false));
    }
    fit
}

/// Whether a line has everything that lspci prints in it.
fn is_whole(place: Place, line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let value = line.split_once(':').map_or("", |(_, value)| value.trim());
    match place {
        Place::Control | Place::Status => words[1..]
            .iter()
            .all(|word| word.ends_with(['+', '-']) || word.starts_with("DEVSEL")),
        Place::Latency => words.iter().all(|word| is_of_latency(word)),
        Place::Interrupt => {
            matches!(words.as_slice(), ["Interrupt:", "pin", _, "routed", "to", "IRQ", irq] if irq.parse::<i64>().is_ok())
        }
        Place::Flags => !value.is_empty() && !value.ends_with(','),
        Place::Driver => !value.is_empty() && !value.ends_with(',') && is_driver(line, value),
        Place::After if line.starts_with("IOMMU group:") => value.parse::<u32>().is_ok(),
        Place::Before | Place::After | Place::Capability => true,
    }
}

/// Words of a driver's name at most: `SAA716x Hybrid`.
const WORDS: usize = 3;

fn is_driver(line: &str, value: &str) -> bool {
    !line.starts_with("Kernel driver in use:") || value.split_whitespace().count() <= WORDS
}
