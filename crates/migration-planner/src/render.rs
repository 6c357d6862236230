//! Plans for people.

mod markdown;
mod mermaid;
mod text;

use std::fmt::Write as _;

use crate::plan::Plan;
use crate::step::{Undo, Work};

impl Plan {
    /// The plan as Markdown, for a pull request.
    pub fn to_markdown(&self) -> String {
        markdown::render(self)
    }

    /// The plan as a few lines of text, for a terminal.
    pub fn to_text(&self) -> String {
        text::render(self)
    }

    /// The phases and gates as a Mermaid flow chart.
    pub fn to_mermaid(&self) -> String {
        mermaid::render(self)
    }
}

/// A text in one line that a terminal shows as it is: names may hold line breaks, escapes, and what turns the direction of writing round.
pub(crate) fn line(text: &str) -> String {
    let shown = |c: char| match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => ' ',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// The facts every form starts with.
fn facts(plan: &Plan) -> String {
    let mut facts = format!("Plan {} for {}", plan.hash().short(), plan.server());
    for shape in plan.made_for() {
        if let Some(rows) = plan.server().rows(shape.table()) {
            let _ = write!(facts, ", {rows} rows in `{}`", shape.table());
        }
    }
    facts
}

/// What a step runs; batches as one statement over all rows.
pub(crate) fn statements(work: &Work) -> Vec<String> {
    match work {
        Work::Sql { statements } | Work::WatchWrites { statements, .. } | Work::Rebuild { statements, .. } => {
            statements.clone()
        }
        Work::Backfill { table, set, needs, batch_rows, .. } => {
            vec![format!("UPDATE {table} SET {set} WHERE {needs}  -- {batch_rows} rows per transaction, in key order")]
        }
        Work::Copy { table, into, columns, select, needs, batch_rows, .. } => vec![format!(
            "INSERT INTO {into} ({}) SELECT {} FROM {table} WHERE {needs} ON CONFLICT DO NOTHING  -- {batch_rows} rows per \
             transaction, in key order, locked FOR SHARE",
            columns.join(", "),
            select.join(", ")
        )],
        Work::Delete { table, when, batch_rows, .. } => {
            vec![format!("DELETE FROM {table} WHERE {when}  -- {batch_rows} rows per transaction, in key order")]
        }
        Work::Verify { table, never } => vec![format!("SELECT count(*) FROM {table} WHERE {never}  -- must be 0")],
    }
}

/// What undoes a step.
pub(crate) fn undo_statements(undo: &Undo) -> Vec<String> {
    match undo {
        Undo::Sql { statements } | Undo::SqlOutside { statements } | Undo::Rebuild { statements, .. } => {
            statements.clone()
        }
        Undo::Nothing | Undo::Impossible => Vec::new(),
    }
}
