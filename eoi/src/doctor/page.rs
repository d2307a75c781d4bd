//! The page of a rule: the Markdown file beside the rules that explains its findings.

/// The headings of a page, in their order.
pub const HEADINGS: [&str; 5] = [
    "Meaning",
    "Why it matters",
    "How to see it by hand",
    "Remedy",
    "Reference",
];

/// The page of one rule.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    text: &'static str,
}

impl Page {
    /// The page with this text: `# NAME: ABOUT`, then a section `## HEADING` for each of [`HEADINGS`].
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self { text }
    }

    /// The rule's name and what it finds, in a few words.
    #[must_use]
    pub fn title(&self) -> (&'static str, &'static str) {
        let line = self.text.lines().next().unwrap_or_default();
        line.trim_start_matches("# ")
            .split_once(": ")
            .unwrap_or((line, ""))
    }

    /// Each heading with its text.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let sections = self.text.split("\n## ").skip(1);
        sections
            .map(|section| section.split_once('\n').unwrap_or((section, "")))
            .map(|(head, text)| (head, text.trim_matches('\n')))
    }

    /// The entries of the section "Reference", in one line.
    #[must_use]
    pub fn reference(&self) -> String {
        let list = self
            .sections()
            .find(|(heading, _)| *heading == "Reference")
            .map_or("", |(_, text)| text);
        let entries: Vec<String> = list
            .split("\n- ")
            .map(|entry| entry.trim_start_matches("- ").replace('\n', " "))
            .collect();
        entries
            .iter()
            .map(|entry| entry.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
            .join("; ")
    }
}
