//! From a place inside a text in a file to the place in the file.

use std::cell::OnceCell;
use std::ops::Range;

use crate::expression::Place;

/// The offset in `file` of the byte at `inner` of a string of TOML or JSON, whose quotes and all stand at `span`.
pub(super) fn offset_in_file(file: &str, span: Range<usize>, inner: usize) -> usize {
    let Some(raw) = file.get(span.clone()) else { return span.start };
    let (skip, escapes) = match raw {
        _ if raw.starts_with("'''") => (3 + newline(&raw[3..]), false),
        _ if raw.starts_with("\"\"\"") => (3 + newline(&raw[3..]), true),
        _ => (1, raw.starts_with('"')),
    };
    let body = &raw[skip.min(raw.len())..];
    let offset = if escapes { raw_offset(body, inner) } else { inner.min(body.len()) };
    span.start + skip + offset
}

/// Where the lines of a file begin and how many characters come before each part of it, found when the first place is
/// asked for: a file may have many errors, also all on one line.
pub(super) struct Lines<'a> {
    text: &'a str,
    index: OnceCell<Index>,
}

struct Index {
    starts: Vec<usize>,
    /// The number of characters before each part of so many bytes.
    characters: Vec<usize>,
}

const PART: usize = 1_024;

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, index: OnceCell::new() }
    }

    /// Line and column of an offset.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        let index = self.index.get_or_init(|| Index::of(self.text));
        let offset = offset.min(self.text.len());
        let line = index.starts.partition_point(|start| *start <= offset);
        let before = |at| index.characters_before(self.text, at);
        (line, before(offset) - before(index.starts[line - 1]) + 1)
    }
}

impl Index {
    fn of(text: &str) -> Self {
        let behind = text.match_indices('\n').map(|(newline, _)| newline + 1);
        let starts = std::iter::once(0).chain(behind).collect();
        let mut characters = vec![0];
        for part in text.as_bytes().chunks(PART) {
            characters.push(characters[characters.len() - 1] + begun(part));
        }
        Self { starts, characters }
    }

    /// Of a place within a character, those before it.
    fn characters_before(&self, text: &str, mut at: usize) -> usize {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        self.characters[at / PART] + begun(&text.as_bytes()[at / PART * PART..at])
    }
}

/// How many characters begin in these bytes of UTF-8.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// Line and column of an offset.
pub(super) fn place(file: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(file.len());
    while !file.is_char_boundary(offset) {
        offset -= 1;
    }
    let Place { line, column } = Place::of(file, offset);
    (line, column)
}

/// A line break right behind three quotes does not belong to the text.
fn newline(body: &str) -> usize {
    if body.starts_with("\r\n") { 2 } else { usize::from(body.starts_with('\n')) }
}

/// Where the byte at `inner` of the unescaped text begins in the escaped one.
fn raw_offset(body: &str, inner: usize) -> usize {
    let mut unescaped = 0;
    let mut chars = body.char_indices();
    while let Some((offset, c)) = chars.next() {
        if unescaped >= inner {
            return offset;
        }
        if c != '\\' {
            unescaped += c.len_utf8();
            continue;
        }
        match chars.next().map(|(_, escape)| escape) {
            Some(escape @ ('u' | 'U' | 'x')) => {
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let code =
                    body.get(offset + 2..offset + 2 + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
                unescaped += match code {
                    // JSON writes what is beyond 16 bits as two of these, which are four bytes together.
                    Some(0xD800..=0xDBFF) => 0,
                    Some(0xDC00..=0xDFFF) => 4,
                    code => code.and_then(char::from_u32).map_or(1, char::len_utf8),
                };
                chars.by_ref().take(digits).for_each(drop);
            }
            // A backslash at the end of a line swallows the spaces that follow.
            Some('\n' | '\r' | ' ' | '\t') => {
                while chars.clone().next().is_some_and(|(_, c)| c.is_whitespace()) {
                    let _space = chars.next();
                }
            }
            _ => unescaped += 1,
        }
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_find_every_place_that_counting_finds() {
        let text = "a\néé = 1\n".repeat(400) + &"ü".repeat(3_000) + "\n\nend";
        let lines = Lines::of(&text);
        for offset in 0..=text.len() + 1 {
            assert_eq!(lines.place(offset), place(&text, offset), "{offset}");
        }
    }

    #[test]
    fn places_inside_strings_of_every_kind_are_found() {
        for (file, inner) in [
            ("x = 'ab!'", 2),
            ("x = \"ab!\"", 2),
            ("x = \"\\\"\\u00e9!\"", 3),
            ("x = \"\\ud83d\\ude00\\/!\"", 5),
            ("x = '''\nab!'''", 2),
            ("x = \"\"\"\na\\\n   b!\"\"\"", 2),
        ] {
            assert_eq!(offset_in_file(file, 4..file.len(), inner), file.find('!').unwrap(), "{file}");
        }
    }
}
