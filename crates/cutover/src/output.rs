//! What a verb prints.

use std::io::{self, Write};

use serde::Serialize;

/// Prints `text` and an end of line, once; a reader that has gone away is no failure.
pub(crate) fn text(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Prints a line beside what was asked for, on standard error.
#[expect(clippy::print_stderr, reason = "this is a command line")]
pub(crate) fn remark(line: &str) {
    eprintln!("cutover: {line}");
}

/// Prints why a verb failed and what caused it, in one line on standard error.
pub(crate) fn error(error: &anyhow::Error) {
    remark(&format!("{error:#}"));
}

/// Prints `value` as JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    text(&serde_json::to_string_pretty(value)?)
}
