//! For people.

use std::fmt::Write;

use super::LintReport;
use crate::lint::Severity;
use crate::render::line;

/// How much of a statement is shown.
const SHOWN: usize = 100;

impl LintReport {
    /// As text for a terminal: place, hazard, statement, what to do instead; then a count.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for lint in &self.lints {
            let place = format!("{}:{}:{}", lint.path, lint.line, lint.column);
            // Writing to a string does not fail.
            let _ = writeln!(out, "{}: {}[{}]: {}", line(&place), lint.severity, lint.hazard, line(&lint.message));
            if !lint.statement.is_empty() {
                let _ = writeln!(out, "    {}", shortened(&lint.statement));
            }
            for (n, phase) in lint.instead.iter().enumerate() {
                let lead = if n == 0 { "instead:" } else { "        " };
                let number = if lint.instead.len() == 1 { String::new() } else { format!("{}. ", n + 1) };
                let _ = writeln!(out, "    {lead} {number}{}", line(phase));
            }
        }
        let count = |severity| self.lints.iter().filter(|lint| lint.severity == severity).count();
        let _ = write!(
            out,
            "{} statements in {} migrations: {} errors, {} warnings",
            self.statements,
            self.files,
            count(Severity::Error),
            count(Severity::Warning)
        );
        let advice = count(Severity::Advice);
        if advice > 0 {
            let _ = write!(out, ", {advice} pieces of advice");
        }
        let _ = writeln!(out, ", {} suppressed", self.suppressed.len());
        out
    }
}

/// A statement in one line.
fn shortened(statement: &str) -> String {
    let words = line(&statement.split_whitespace().collect::<Vec<_>>().join(" "));
    if words.chars().count() <= SHOWN {
        return words;
    }
    words.chars().take(SHOWN).chain(" ..".chars()).collect()
}
