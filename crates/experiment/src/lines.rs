//! The format of lines of JSON, and reading them one by one however long they are.

use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, Read};

use serde::{Deserialize, Serialize};

/// The number of the format that is written. Readers refuse lines of a later one.
pub(crate) const FORMAT: u32 = 1;

/// One line as it is written: its format, its source, and what it is about.
#[derive(Serialize)]
pub(crate) struct Line<'a, B> {
    format: u32,
    /// Whose it is: of a report which lab's, of all else which writer's. Each process, each time it starts, has others.
    source: &'a str,
    #[serde(flatten)]
    body: Body<B>,
}

/// What a line is about.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body<B> {
    /// What is known about an experiment.
    Report(B),
    /// What one run found out.
    Run(B),
    /// What a run that found something was given.
    Input(B),
}

impl<'a, B> Line<'a, B> {
    pub(crate) fn new(source: &'a str, body: Body<B>) -> Self {
        Self { format: FORMAT, source, body }
    }
}

/// What is looked at first: what else is in a line may look different in a later format.
#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) format: u32,
}

/// An identity that no other lab or writer has.
pub(crate) fn new_source() -> String {
    // Two sets of the keys that the standard library draws for its hash maps: 128 bits.
    let draw = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", draw(), draw())
}

/// Longer lines are not read: the report of an experiment takes some hundred kilobytes.
pub(crate) const LONGEST_LINE: usize = 16 << 20;

/// The lines of a file, one after the other.
pub(crate) struct Lines<R> {
    reader: R,
    bytes: Vec<u8>,
    /// How many lines were read.
    pub(crate) number: u64,
}

/// One line of a file, without the spaces around it.
pub(crate) struct Found<'a> {
    pub(crate) bytes: &'a [u8],
    /// Whether the file ends before the line does.
    pub(crate) is_cut: bool,
    /// Whether it is longer than the longest: only its beginning is here.
    pub(crate) is_too_long: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn of(reader: R) -> Self {
        Self { reader, bytes: Vec::new(), number: 0 }
    }

    /// The next line that is not empty.
    pub(crate) fn next(&mut self) -> io::Result<Option<Found<'_>>> {
        loop {
            self.bytes.clear();
            self.number += 1;
            let longest = LONGEST_LINE as u64 + 1;
            if self.reader.by_ref().take(longest).read_until(b'\n', &mut self.bytes)? == 0 {
                return Ok(None);
            }
            let is_whole = self.bytes.ends_with(b"\n");
            let is_too_long = !is_whole && self.bytes.len() > LONGEST_LINE;
            if is_too_long {
                self.bytes.truncate(64);
                skip_line(&mut self.reader)?;
            }
            if !self.bytes.trim_ascii().is_empty() {
                return Ok(Some(Found {
                    bytes: self.bytes.trim_ascii(),
                    is_cut: !is_whole && !is_too_long,
                    is_too_long,
                }));
            }
        }
    }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let bytes = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let (used, is_done) = match bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (bytes.len(), bytes.is_empty()),
        };
        reader.consume(used);
        if is_done {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_without_being_kept() {
        let mut file = vec![b'x'; LONGEST_LINE + 1];
        file.extend_from_slice(b"yyy\nnext\nlast");
        let mut lines = Lines::of(file.as_slice());
        let long = lines.next().unwrap().unwrap();
        assert!(long.is_too_long && !long.is_cut && long.bytes.len() == 64);
        let next = lines.next().unwrap().unwrap();
        assert!(next.bytes == b"next" && !next.is_cut && !next.is_too_long);
        let last = lines.next().unwrap().unwrap();
        assert!(last.bytes == b"last" && last.is_cut);
        assert_eq!(lines.number, 3);
        assert!(lines.next().unwrap().is_none());
    }

    #[test]
    fn the_longest_line_is_read() {
        let mut file = vec![b'x'; LONGEST_LINE];
        file.push(b'\n');
        let mut lines = Lines::of(file.as_slice());
        let line = lines.next().unwrap().unwrap();
        assert!(line.bytes.len() == LONGEST_LINE && !line.is_too_long && !line.is_cut);
    }
}
