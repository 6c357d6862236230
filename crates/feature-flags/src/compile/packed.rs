//! Literals in 24 bytes, short texts in place.

use super::words::{half, word};
use crate::context::Timestamp;
use crate::expression::{Literal, Network, Pattern, Version};

/// Texts up to this length, in bytes, need no second cache line.
const IN_PLACE: usize = 22;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Packed {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Short {
        length: u8,
        bytes: [u8; IN_PLACE],
    },
    Long {
        start: u32,
        length: u32,
    },
    Version {
        start: u32,
        length: u32,
    },
    Time(Timestamp),
    Network(Network),
    /// The number of a regular expression.
    Pattern(u32),
}

const _: () = assert!(size_of::<Packed>() == 24, "literals are laid out for the cache");

impl Packed {
    /// Packs a text, adding it to `arena` if it is long.
    pub(crate) fn text(text: &str, arena: &mut String) -> Self {
        Self::short(text.as_bytes()).unwrap_or_else(|| Self::long(text, arena))
    }

    /// Packs the bytes of a text; `None` if it is long.
    pub(crate) fn short(text: &[u8]) -> Option<Self> {
        let length = u8::try_from(text.len()).ok()?;
        let mut bytes = [0; IN_PLACE];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self::Short { length, bytes })
    }

    /// Whether both are short and the same: by comparing memory of one size.
    #[inline]
    pub(crate) fn is_short(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Short { length, bytes }, Self::Short { length: other_length, bytes: other_bytes }) => {
                length == other_length && bytes == other_bytes
            }
            _ => false,
        }
    }

    fn long(text: &str, arena: &mut String) -> Self {
        let (start, length) = append(text, arena);
        Self::Long { start, length }
    }

    /// Packs a literal; `folded` texts are kept without regard to case.
    pub(crate) fn literal(literal: &Literal, folded: bool, arena: &mut String, patterns: &mut Vec<Pattern>) -> Self {
        match literal {
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Integer(value) => Self::Integer(*value),
            Literal::Float(value) => Self::Float(*value),
            Literal::Text(text) if folded => Self::text(&crate::evaluate::folded(text).collect::<String>(), arena),
            Literal::Text(text) => Self::text(text, arena),
            Literal::Version(text) => {
                let (start, length) = append(text, arena);
                Self::Version { start, length }
            }
            Literal::Time(time) => Self::Time(*time),
            Literal::Network(network) => Self::Network(*network),
            Literal::Pattern(pattern) => {
                patterns.push(pattern.clone());
                Self::Pattern(u32::try_from(patterns.len() - 1).expect("files are limited to far fewer patterns"))
            }
        }
    }

    /// The text, if it is one; `arena` is the one it was packed with.
    #[inline]
    pub(crate) fn as_bytes<'a>(&'a self, arena: &'a str) -> Option<&'a [u8]> {
        match self {
            Self::Short { length, bytes } => bytes.get(..usize::from(*length)),
            Self::Long { start, length } => arena.as_bytes().get(range(*start, *length)),
            _ => None,
        }
    }

    /// Whether it is this text. Short texts, which most are, are told apart without a call.
    #[inline]
    pub(crate) fn is_text(&self, text: &str, arena: &str) -> bool {
        match self {
            Self::Short { length, bytes } => {
                let length = usize::from(*length);
                length == text.len() && same(bytes, text.as_bytes(), length)
            }
            other => other.as_bytes(arena) == Some(text.as_bytes()),
        }
    }

    pub(crate) fn as_str<'a>(&'a self, arena: &'a str) -> Option<&'a str> {
        std::str::from_utf8(self.as_bytes(arena)?).ok()
    }

    pub(crate) fn as_version<'a>(&self, arena: &'a str) -> Option<Version<'a>> {
        let Self::Version { start, length } = self else { return None };
        Version::parse(arena.get(range(*start, *length))?)
    }
}

/// Whether the first `length` bytes of both are the same, by words that overlap where the length is none of their
/// multiples.
#[inline]
fn same(one: &[u8; IN_PLACE], other: &[u8], length: usize) -> bool {
    match length {
        8.. => {
            let last = length - 8;
            let middle = last.min(8);
            word(one, 0) == word(other, 0)
                && word(one, middle) == word(other, middle)
                && word(one, last) == word(other, last)
        }
        4.. => half(one, 0) == half(other, 0) && half(one, length - 4) == half(other, length - 4),
        0 => true,
        // The first, the middle and the last are all there are.
        _ => {
            one.first() == other.first()
                && one.get(length / 2) == other.get(length / 2)
                && one.get(length - 1) == other.get(length - 1)
        }
    }
}

fn append(text: &str, arena: &mut String) -> (u32, u32) {
    let start = u32::try_from(arena.len()).expect("files are limited to far less than 4 GiB");
    arena.push_str(text);
    (start, u32::try_from(text.len()).expect("files are limited to far less than 4 GiB"))
}

fn range(start: u32, length: u32) -> std::ops::Range<usize> {
    let start = start as usize;
    start..start + length as usize
}
