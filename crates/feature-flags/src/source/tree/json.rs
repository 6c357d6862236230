//! JSON into a tree, with care.
//!
//! Its parser keeps the places of nothing, but hands out the pieces of text that values are: so each object and list is
//! taken apart by itself, and where a piece begins in the text is where it stands. That looks through every level once
//! more, so that it is left to texts that the scanner does not take: it knows what is wrong with them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Content, Key, Table, Tree, Wrong};

/// Deeper texts are refused: every level is looked through once more.
pub(super) const MAX_DEPTH: usize = 100;

/// The text behind the mark that some editors put before it, as TOML has it too.
pub(super) fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The value that the text is.
pub(in super::super) fn parse(text: &str) -> Result<Tree<'_>, Wrong> {
    let behind = without_byte_order_mark(text);
    let whole: &RawValue = read(behind, text.len() - behind.len())?;
    Json { text }.tree(whole.get(), MAX_DEPTH)
}

struct Json<'a> {
    text: &'a str,
}

impl<'a> Json<'a> {
    /// The tree of a piece of the text, at most `depth` deep.
    fn tree(&self, piece: &'a str, depth: usize) -> Result<Tree<'a>, Wrong> {
        let start = self.offset(piece);
        if depth == 0 {
            return Err(Wrong { at: start, message: format!("at most {MAX_DEPTH} levels are read") });
        }
        let content = match piece.as_bytes() {
            [b'{', ..] => Content::Table(self.table(piece, start, depth)?),
            [b'[', ..] => {
                let items: Vec<&RawValue> = read(piece, start)?;
                let items = items.into_iter().map(|item| self.tree(item.get(), depth - 1));
                Content::List(items.collect::<Result<_, _>>()?)
            }
            [b'"', ..] => Content::Text(string(piece, start)?.into()),
            b"true" => Content::Bool(true),
            b"false" => Content::Bool(false),
            b"null" => Content::Null,
            _ if piece.contains(['.', 'e', 'E']) => Content::Float(piece.into()),
            _ => Content::Integer(piece.into(), 10),
        };
        Ok(Tree { at: start..start + piece.len(), content })
    }

    fn table(&self, piece: &'a str, start: usize, depth: usize) -> Result<Table<'a>, Wrong> {
        let Members(members) = read(piece, start)?;
        let entries = members.into_iter().map(|(name, value)| {
            let at = self.offset(name.get());
            Ok((Key { name: string(name.get(), at)?, at }, self.tree(value.get(), depth - 1)?))
        });
        let entries = entries.collect::<Result<_, Wrong>>()?;
        Table::of(entries).map_err(|Key { name, at }| Wrong { at, message: format!("`{name}` is there twice") })
    }

    /// Where a piece of the text begins.
    fn offset(&self, piece: &str) -> usize {
        piece.as_ptr().addr() - self.text.as_ptr().addr()
    }
}

fn string(piece: &str, start: usize) -> Result<Cow<'_, str>, Wrong> {
    match piece.get(1..piece.len() - 1) {
        Some(inner) if !inner.contains('\\') => Ok(inner.into()),
        _ => read::<String>(piece, start).map(Cow::Owned),
    }
}

fn read<'a, T: Deserialize<'a>>(piece: &'a str, start: usize) -> Result<T, Wrong> {
    serde_json::from_str(piece).map_err(|error| wrong(piece, &error, start))
}

/// What the parser says of a piece that begins at `start`. It counts columns in bytes.
fn wrong(piece: &str, error: &serde_json::Error, start: usize) -> Wrong {
    let line = piece.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    Wrong { at: start + line + error.column().saturating_sub(1), message: message.to_owned() }
}

/// The members of an object in their order, those of the same name too.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(&'de RawValue, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Object).map(Self)
    }
}
