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

/// Where the lines of a file begin, found when the first place is asked for: a file may have many errors.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: OnceCell<Vec<usize>>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, starts: OnceCell::new() }
    }

    /// Line and column of an offset.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        let starts = self.starts.get_or_init(|| {
            let behind = self.text.match_indices('\n').map(|(newline, _)| newline + 1);
            std::iter::once(0).chain(behind).collect()
        });
        let line = starts.partition_point(|start| *start <= offset.min(self.text.len()));
        let start = starts[line - 1];
        let (_, column) = place(&self.text[start..], offset - start);
        (line, column)
    }
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
