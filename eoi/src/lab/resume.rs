//! Going on with a run: what of kept results can stand for cells that are to be run.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::case::Case;
use super::cell::Cell;
use super::predict::{Host, predict};
use super::results::{Done, Results};
use super::row::{ConductSummary, Failure, Row, cell_of};

impl Results {
    /// Of these kept results, what can stand for cells that are to be run, by the cell's name; and the cells that are left.
    ///
    /// # Errors
    /// They come from another program, other packages or another emulator, or from another patch, kernel or base.
    pub fn take_over(
        &self,
        kept: Option<Self>,
        cells: &[Cell],
    ) -> Result<(BTreeMap<String, Done>, Vec<Cell>)> {
        let mut old = BTreeMap::new();
        if let Some(kept) = kept.filter(|_| !cells.is_empty()) {
            self.goes_on_with(&kept)?;
            for cell in cells {
                let done = kept.done(&cell.name());
                if done.agrees() && stands(cell, &done.rows) {
                    old.insert(cell.name(), done);
                }
            }
        }
        let left = cells
            .iter()
            .filter(|cell| !old.contains_key(&cell.name()))
            .cloned()
            .collect();
        Ok((old, left))
    }

    fn goes_on_with(&self, kept: &Self) -> Result<()> {
        if self.eoi != kept.eoi {
            bail!("the results to go on with come from another eoi: run without --resume");
        }
        if (&kept.lock, &kept.qemu) != (&self.lock, &self.qemu) {
            bail!(
                "the results to go on with come from other packages: their lock or emulator is not this one"
            );
        }
        if self.brought != kept.brought {
            bail!(
                "the results to go on with come from another patch, kernel, program or base: run without --resume"
            );
        }
        Ok(())
    }

    /// The results of a cell.
    fn done(&self, cell: &str) -> Done {
        let failures = |all: &[Failure]| {
            all.iter()
                .filter(|failure| failure.cell == cell)
                .cloned()
                .collect()
        };
        Done {
            rows: self
                .rows
                .iter()
                .filter(|row| cell_of(row) == cell)
                .cloned()
                .collect(),
            failures: failures(&self.failures),
            first: failures(&self.first),
        }
    }
}

/// Whether these rows are those of the cell's cases, and the model still says what it said.
fn stands(cell: &Cell, rows: &[Row]) -> bool {
    let Ok(host) = cell.host() else { return false };
    let stands = |case: &Case| {
        rows.iter()
            .any(|row| is_row_of(row, cell, case) && is_said(row, &host, case))
    };
    rows.len() == cell.cases.len() && cell.cases.iter().all(stands)
}

fn is_row_of(row: &Row, cell: &Cell, case: &Case) -> bool {
    row.names() == case.into() && row.chip == cell.machine.prints && row.fixed == cell.fixed()
}

fn is_said(row: &Row, host: &Host, case: &Case) -> bool {
    let Ok(predicted) = predict(host, case) else {
        return false;
    };
    let same = if row.predicted.host_irqs.is_none() {
        row.predicted.verdict == predicted.verdict // what is not traced is not counted
    } else {
        row.predicted == ConductSummary::traced(&predicted)
    };
    row.model == host.chip.name && same
}
