//! A segment.

use std::path::Path;

use super::super::tree::{Content, Tree, Wrong};
use super::read_text;
use crate::model::Segment;

/// Some ten million keys.
const MAX_BYTES: u64 = 512 << 20;

/// `keys` in the file itself, or one per line in a `file` beside it.
pub(super) fn read(value: &Tree<'_>, beside: Option<&Path>) -> Result<Segment, Wrong> {
    let Content::Table(table) = &value.content else {
        return Err(value.unexpected("a table with `keys` or `file`"));
    };
    table.only(&["by", "file", "keys"])?;
    let segment = match (table.get("keys"), table.get("file")) {
        (Some(keys), None) => Segment::of(keys.list("keys")?.iter().map(key).collect::<Result<Vec<_>, _>>()?),
        (None, Some(file)) => {
            let path = beside.unwrap_or_else(|| Path::new("")).join(file.text()?);
            let text = read_text(&path, MAX_BYTES).map_err(|error| file.wrong(error.in_one_line()))?;
            Segment::of(text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')))
        }
        _ => return Err(value.wrong("expected either `keys` or `file`")),
    };
    Ok(match table.text("by")? {
        Some(path) => segment.by(path),
        None => segment,
    })
}

fn key(key: &Tree<'_>) -> Result<String, Wrong> {
    match &key.content {
        Content::Text(text) => Ok(text.to_string()),
        Content::Integer(digits, 10) => Ok(digits.to_string()),
        _ => Err(key.unexpected("text or a whole number")),
    }
}
