//! A segment.

use std::path::Path;

use super::super::flag_file::SegmentKeys;
use super::super::tree::{Content, Tree, Wrong};
use super::read_text;
use crate::model::Segment;

/// Some ten million keys.
const MAX_BYTES: u64 = 512 << 20;

/// `keys` in the file itself, or one per line in a `file` beside it.
pub(super) fn read(value: &Tree<'_>, beside: Option<&Path>) -> Result<Segment, Wrong> {
    let keys = read_keys(value)?;
    let segment = match (keys.keys(), keys.file()) {
        (Some(keys), _) => Segment::of(keys),
        (None, file) => {
            let path = beside.unwrap_or_else(|| Path::new("")).join(file.unwrap_or_default());
            let text = read_text(&path, MAX_BYTES).map_err(|error| at_file(value).wrong(error.in_one_line()))?;
            Segment::of(text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')))
        }
    };
    Ok(match keys.path() {
        Some(path) => segment.by(path),
        None => segment,
    })
}

/// What is written, without a look into the `file`.
pub(super) fn read_keys(value: &Tree<'_>) -> Result<SegmentKeys, Wrong> {
    let Content::Table(table) = &value.content else {
        return Err(value.unexpected("a table with `keys` or `file`"));
    };
    table.only(&["by", "file", "keys"])?;
    let keys = match (table.get("keys"), table.get("file")) {
        (Some(keys), None) => {
            SegmentKeys::listed(keys.list("keys")?.iter().map(key).collect::<Result<Vec<String>, _>>()?)
        }
        (None, Some(file)) => SegmentKeys::in_file(file.text()?),
        _ => return Err(value.wrong("expected either `keys` or `file`")),
    };
    Ok(match table.text("by")? {
        Some(path) => keys.by(path),
        None => keys,
    })
}

/// Where the name of the file stands.
fn at_file<'a, 'b>(value: &'a Tree<'b>) -> &'a Tree<'b> {
    match &value.content {
        Content::Table(table) => table.get("file").unwrap_or(value),
        _ => value,
    }
}

fn key(key: &Tree<'_>) -> Result<String, Wrong> {
    match &key.content {
        Content::Text(text) => Ok(text.to_string()),
        Content::Integer(digits, 10) => Ok(digits.to_string()),
        _ => Err(key.unexpected("text or a whole number")),
    }
}
