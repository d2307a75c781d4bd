//! How many of the mangled texts were undone, refused and answered wrongly, by mangling and by text.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::answer::Verdict;

/// A text, the manglings it went through, and what became of the answer.
pub type Case = (String, Vec<&'static str>, Verdict);

/// Undone, refused, wrong.
#[derive(Clone, Copy, Default)]
struct Count([usize; 3]);

impl Count {
    fn add(&mut self, verdict: &Verdict) {
        let place = match verdict {
            Verdict::Undone => 0,
            Verdict::Refused => 1,
            Verdict::Wrong(_) => 2,
        };
        self.0[place] += 1;
    }

    #[allow(clippy::cast_precision_loss, reason = "some thousands")]
    fn share(self) -> f64 {
        self.0[0] as f64 / self.0.iter().sum::<usize>().max(1) as f64
    }
}

/// Every case of one test.
pub struct Shares(Vec<Case>);

impl Shares {
    /// # Panics
    /// Where there is no case: nothing would be shown.
    pub fn of(cases: Vec<Case>) -> Self {
        assert!(!cases.is_empty(), "nothing was tried");
        Self(cases)
    }

    /// Prints the table, and fails where an answer is wrong, or where fewer than `undone` are undone.
    pub fn settle(&self, undone: f64) {
        let total = self.count(|_| true);
        println!("{}", self.table());
        let wrong: String = self.wrong().iter().map(told).collect();
        assert!(
            wrong.is_empty(),
            "{} of {} answers are wrong:\n{wrong}",
            total.0[2],
            self.0.len()
        );
        assert!(
            total.share() >= undone,
            "{:.1} % are undone, not {:.1} %",
            100.0 * total.share(),
            100.0 * undone
        );
    }

    fn count(&self, of: impl Fn(&Case) -> bool) -> Count {
        let mut count = Count::default();
        self.0
            .iter()
            .filter(|case| of(case))
            .for_each(|case| count.add(&case.2));
        count
    }

    fn table(&self) -> String {
        let mut rows: BTreeMap<(usize, &str), Count> = BTreeMap::new();
        for (text, manglings, verdict) in &self.0 {
            for (place, mangling) in manglings.iter().enumerate() {
                rows.entry((place, mangling)).or_default().add(verdict);
            }
            rows.entry((manglings.len(), text))
                .or_default()
                .add(verdict);
        }
        let mut out = format!(
            "{:32} {:>7} {:>7} {:>7} {:>8}\n",
            "", "undone", "refused", "wrong", "share"
        );
        let mut row = |name: &str, Count([undone, refused, wrong]): Count, share: f64| {
            writeln!(
                out,
                "{name:32} {undone:7} {refused:7} {wrong:7} {:7.1}%",
                100.0 * share
            )
            .expect("a String");
        };
        let ordinal = ["", "then ", "of "];
        for ((place, name), count) in rows {
            let place = if self.0[0].1.len() == place { 2 } else { place };
            row(&format!("{}{name}", ordinal[place]), count, count.share());
        }
        let total = self.count(|_| true);
        row("all", total, total.share());
        out
    }

    /// The wrong answers, by the manglings that lead to them.
    fn wrong(&self) -> BTreeMap<String, Vec<String>> {
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (text, manglings, verdict) in &self.0 {
            if let Verdict::Wrong(why) = verdict {
                rows.entry(manglings.join(" then "))
                    .or_default()
                    .push(format!("{text}: {why}"));
            }
        }
        rows
    }
}

/// A row of manglings, with the number of texts that are answered wrongly and the first of them.
fn told((manglings, cases): (&String, &Vec<String>)) -> String {
    format!("{manglings}, {} times: {}\n", cases.len(), cases[0])
}
