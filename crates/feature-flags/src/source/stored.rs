//! Contents as lines of text, for files that this crate keeps for itself.

use std::fmt::Write;

use super::contents::Contents;
use super::revision::Revision;
use crate::model::{Flag, Holdout, Layer, Segment};

/// One line for each flag, segment, layer, holdout and flag that is wrong.
pub(super) fn write_contents(contents: &Contents, text: &mut String) {
    for flag in contents.flags() {
        let _infallible = writeln!(text, "flag {}", flag.to_json());
    }
    for (name, segment) in contents.segments() {
        let head = serde_json::json!([name, segment.path()]);
        let _infallible = writeln!(text, "segment {head} {}", digits(segment));
    }
    for (name, layer) in contents.layers() {
        let _infallible = writeln!(text, "layer {} {}", serde_json::json!([name]), layer.to_json());
    }
    for (name, holdout) in contents.holdouts() {
        let _infallible = writeln!(text, "holdout {} {}", serde_json::json!([name]), holdout.to_json());
    }
    for (problem, default) in &contents.broken {
        let _infallible = writeln!(text, "broken {}", serde_json::json!([problem.flag(), default, problem.message()]));
    }
}

pub(super) fn read_contents(revision: Revision, mut lines: std::str::Lines<'_>) -> Result<Contents, String> {
    lines.try_fold(Contents::new(revision), |contents, line| {
        let (kind, rest) = line.split_once(' ').ok_or("it has half a line")?;
        match kind {
            "flag" => Ok(contents.with(Flag::from_json(rest).map_err(|error| error.in_one_line())?)),
            "segment" => {
                let (head, hashes) = rest.rsplit_once(' ').ok_or("it has half a line")?;
                let (name, path): (String, Option<String>) = parsed(head)?;
                let segment = Segment::from_hashes(self::hashes(hashes)?);
                Ok(contents.with_segment(name, path.into_iter().fold(segment, Segment::by)))
            }
            "layer" => {
                let (name, json) = named(rest)?;
                Ok(contents.with_layer(name, Layer::from_json(json).map_err(|error| error.in_one_line())?))
            }
            "holdout" => {
                let (name, json) = named(rest)?;
                Ok(contents.with_holdout(name, Holdout::from_json(json).map_err(|error| error.in_one_line())?))
            }
            "broken" => {
                let (flag, default, message): (String, bool, String) = parsed(rest)?;
                Ok(contents.with_broken(&flag, default, message))
            }
            other => Err(format!("it has a line of an unknown kind, `{other}`")),
        }
    })
}

/// A name in a list of one, since a JSON text by itself may hold what separates it from the rest; then the rest.
fn named(rest: &str) -> Result<(String, &str), String> {
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<(String,)>();
    match values.next() {
        Some(Ok((name,))) => Ok((name, rest[values.byte_offset()..].trim_start())),
        _ => Err("it has half a line".to_owned()),
    }
}

fn parsed<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// Sixteen hexadecimal digits for each key.
pub(super) fn digits(segment: &Segment) -> String {
    segment.hashes().iter().fold(String::new(), |mut all, hash| {
        let _infallible = write!(all, "{hash:016x}");
        all
    })
}

/// The inverse of [`digits`].
pub(super) fn hashes(text: &str) -> Result<Vec<u64>, String> {
    let one = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok()?;
        u64::from_str_radix(digits, 16).ok()
    };
    let (hashes, rest) = text.as_bytes().as_chunks::<16>();
    let hashes: Option<Vec<u64>> = hashes.iter().map(|digits| one(digits)).collect();
    hashes.filter(|_| rest.is_empty()).ok_or_else(|| "it has a segment that is cut off".to_owned())
}
