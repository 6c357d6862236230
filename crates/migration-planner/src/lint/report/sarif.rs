//! SARIF 2.1.0 (OASIS), which code scanning services read.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Lint, LintReport};
use crate::lint::{Hazard, Severity};

impl LintReport {
    /// As SARIF 2.1.0, with suppressed findings marked as such and their reason as justification.
    pub fn to_sarif(&self) -> String {
        let rules: Vec<Value> = Hazard::ALL
            .iter()
            .map(|hazard| json!({ "id": hazard.name(), "defaultConfiguration": { "level": level(hazard.severity()) } }))
            .collect();
        let found = self.lints.iter().map(result);
        let allowed = self.suppressed.iter().map(|of| {
            let mut result = result(&of.lint);
            result["suppressions"] = json!([{ "kind": "inSource", "justification": of.reason }]);
            result
        });
        let results: Vec<Value> = found.chain(allowed).collect();
        let log = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": { "name": "cutover", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        });
        format!("{log:#}")
    }
}

fn result(lint: &Lint) -> Value {
    let text = if lint.instead.is_empty() {
        lint.message.clone()
    } else {
        format!("{}\nInstead: {}", lint.message, lint.instead.join("; "))
    };
    let mut region = json!({ "startLine": lint.line, "startColumn": lint.column });
    if !lint.statement.is_empty() {
        region["snippet"] = json!({ "text": lint.statement });
    }
    json!({
        "ruleId": lint.hazard.name(),
        "ruleIndex": Hazard::ALL.iter().position(|hazard| *hazard == lint.hazard),
        "level": level(lint.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&lint.path) }, "region": region } }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

/// A path as a relative URI reference: everything but what RFC 3986 leaves unreserved, and `/`, is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => {
                let _ = write!(out, "%{other:02X}"); // writing to a string does not fail
            }
        }
    }
    out
}
