//! Workflow commands of GitHub Actions, which put each finding beside its line in a pull request.

use std::fmt::Write;

use super::LintReport;
use crate::lint::Severity;

impl LintReport {
    /// As workflow commands of GitHub Actions, one line each.
    pub fn to_github(&self) -> String {
        let mut out = String::new();
        for lint in &self.lints {
            let command = match lint.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Advice => "notice",
            };
            let mut text = lint.message.clone();
            for phase in &lint.instead {
                text.push_str("\n- ");
                text.push_str(phase);
            }
            // Writing to a string does not fail.
            let _ = writeln!(
                out,
                "::{command} file={},line={},col={},title={}::{}",
                property(&lint.path),
                lint.line,
                lint.column,
                property(lint.hazard.name()),
                data(&text)
            );
        }
        out
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
