//! Suppressions: comments that allow a hazard, with the reason.
//!
//! `-- cutover: allow drops-column because the last reader left in release 41` before a statement, or
//! `-- cutover: allow-file ..` anywhere.

use super::hazard::Hazard;

/// A suppression.
#[derive(Debug, Clone)]
pub(super) struct Allow {
    pub(super) hazards: Vec<Hazard>,
    pub(super) reason: String,
    pub(super) line: usize,
    pub(super) whole_file: bool,
    pub(super) used: bool,
}

/// What is wrong with a comment that looks like a suppression.
pub(super) struct Misunderstood {
    pub(super) line: usize,
    pub(super) why: String,
}

/// Reads the suppressions in what stands between two statements, whose first line is `line`.
pub(super) fn read(gap: &str, line: usize) -> Vec<Result<Allow, Misunderstood>> {
    let comments = gap.lines().enumerate().filter_map(|(at, text)| {
        let text = text.trim().strip_prefix("--")?.trim_start().strip_prefix("cutover:")?;
        Some(one(text.trim(), line + at))
    });
    comments.collect()
}

fn one(text: &str, line: usize) -> Result<Allow, Misunderstood> {
    let wrong = |why: String| Misunderstood { line, why };
    let (whole_file, rest) = if let Some(rest) = text.strip_prefix("allow-file ") {
        (true, rest)
    } else if let Some(rest) = text.strip_prefix("allow ") {
        (false, rest)
    } else {
        let expected = "expected `allow HAZARD because REASON` or `allow-file HAZARD because REASON`";
        return Err(wrong(expected.to_owned()));
    };
    let (names, reason) = rest.split_once(" because ").unwrap_or((rest, ""));
    let hazards = names.split(',').map(|name| name.trim().parse::<Hazard>()).collect::<Result<Vec<_>, _>>();
    let hazards = hazards.map_err(|unknown| wrong(unknown.to_string()))?;
    if reason.trim().is_empty() {
        return Err(wrong("a suppression needs a reason: `because ..`".to_owned()));
    }
    Ok(Allow { hazards, reason: reason.trim().to_owned(), line, whole_file, used: false })
}
