//! A text of flags as a tree whose every part knows where it stands, whatever the text was written in.

#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
mod scan;
#[cfg(feature = "json")]
mod scanner;
mod text;
mod toml;

use std::borrow::Cow;
use std::ops::Range;

use crate::handle::nearest;

#[cfg(feature = "json")]
pub(super) use self::json::parse as parse_json;
#[cfg(feature = "json")]
pub(super) use self::scan::{FLAG_DEPTH, scan as scan_json};
#[cfg(feature = "json")]
pub(super) use self::scanner::Scanner;
use self::text::Text;
#[cfg(feature = "json")]
pub(super) use self::text::Written;
pub(super) use self::toml::parse as parse_toml;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    pub(super) at: Range<usize>,
    pub(super) content: Content<'a>,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    Bool(bool),
    /// Its digits, and how many there are of them.
    Integer(Cow<'a, str>, u32),
    Float(Cow<'a, str>),
    Text(Text<'a>),
    /// Only TOML has dates.
    Date(String),
    /// Only JSON has nulls.
    #[cfg(feature = "json")]
    Null,
    List(Vec<Tree<'a>>),
    Table(Table<'a>),
}

/// Values by name, in the order of the names: what is written as a table has no order.
#[derive(Debug, Default)]
pub(super) struct Table<'a> {
    entries: Vec<(Key<'a>, Tree<'a>)>,
}

/// A name and where it stands.
#[derive(Debug)]
pub(super) struct Key<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) at: usize,
}

/// What is wrong, and where in the text.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) message: String,
}

impl<'a> Tree<'a> {
    pub(super) fn wrong(&self, message: impl Into<String>) -> Wrong {
        Wrong { at: self.at.start, message: message.into() }
    }

    /// What it is, for errors.
    pub(super) fn kind(&self) -> &'static str {
        match &self.content {
            Content::Text(_) => "text",
            Content::Integer(..) | Content::Float(_) => "a number",
            Content::Bool(_) => "true or false",
            #[cfg(feature = "json")]
            Content::Null => "null",
            Content::Date(_) => "a date",
            Content::List(_) => "a list",
            Content::Table(_) => "a table",
        }
    }

    /// `expected` what, found another kind.
    pub(super) fn unexpected(&self, expected: &str) -> Wrong {
        self.wrong(format!("expected {expected}, found {}", self.kind()))
    }

    pub(super) fn text(&self) -> Result<&str, Wrong> {
        match &self.content {
            Content::Text(text) => Ok(text),
            _ => Err(self.unexpected("text in quotes")),
        }
    }

    /// What stands in the file, if it is a text that can be told apart by that.
    pub(super) fn written(&self) -> Option<&'a str> {
        match &self.content {
            Content::Text(text) => text.written(),
            _ => None,
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, Wrong> {
        match self.content {
            Content::Bool(value) => Ok(value),
            _ => Err(self.unexpected("true or false")),
        }
    }

    /// The items, if it is a list of `what`.
    pub(super) fn list(&self, what: &str) -> Result<&[Tree<'a>], Wrong> {
        match &self.content {
            Content::List(items) => Ok(items),
            _ => Err(self.unexpected(&format!("a list of {what}"))),
        }
    }

    /// The entries, if it is a table of `what`.
    pub(super) fn table(&self, what: &str) -> Result<&Table<'a>, Wrong> {
        match &self.content {
            Content::Table(table) => Ok(table),
            _ => Err(self.unexpected(&format!("a table of {what}"))),
        }
    }
}

impl<'a> Table<'a> {
    /// A table of these entries; the key that is there twice, if one is.
    pub(super) fn of(mut entries: Vec<(Key<'a>, Tree<'a>)>) -> Result<Self, Key<'a>> {
        // As programs write it: then no name is there twice either.
        if entries.is_sorted_by(|(one, _), (other, _)| one.name < other.name) {
            return Ok(Self { entries });
        }
        entries.sort_by(|(one, _), (other, _)| (&one.name, one.at).cmp(&(&other.name, other.at)));
        let twice =
            entries.windows(2).position(|pair| matches!(pair, [(one, _), (other, _)] if one.name == other.name));
        match twice {
            Some(first) => Err(entries.swap_remove(first + 1).0),
            None => Ok(Self { entries }),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Tree<'a>> {
        // Tables that are asked for keys by their names have a handful of them.
        self.entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value)
    }

    pub(super) fn entries(&self) -> &[(Key<'a>, Tree<'a>)] {
        &self.entries
    }

    /// Refuses keys other than these.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Wrong> {
        match self.entries.iter().find(|(key, _)| !known.contains(&key.name.as_ref())) {
            Some((key, _)) => Err(key.unknown(known)),
            None => Ok(()),
        }
    }

    /// What stands behind each of these keys, which are in the order of their names as the entries are. Passes over those
    /// `besides`, and refuses others.
    pub(super) fn fields<const KEYS: usize>(
        &self,
        known: &[&str; KEYS],
        besides: &[&str],
    ) -> Result<[Option<&Tree<'a>>; KEYS], Wrong> {
        let mut fields = [None; KEYS];
        let mut next = 0;
        for (key, value) in &self.entries {
            if let Some(more) = known[next..].iter().position(|known| key.name == *known) {
                fields[next + more] = Some(value);
                next += more + 1;
            } else if !besides.contains(&key.name.as_ref()) {
                return Err(key.unknown(&[besides, known].concat()));
            }
        }
        Ok(fields)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Wrong> {
        self.get(name).map(Tree::text).transpose()
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Wrong> {
        self.get(name).map(Tree::boolean).transpose()
    }

    /// The texts of a list; none where there is no list.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, Wrong> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        value.list("texts")?.iter().map(Tree::text).collect()
    }
}

impl Key<'_> {
    fn unknown(&self, known: &[&str]) -> Wrong {
        let Self { name, at } = self;
        let message = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("unknown key `{name}`, did you mean `{meant}`?"),
            None => format!("unknown key `{name}`, expected one of `{}`", known.join("`, `")),
        };
        Wrong { at: *at, message }
    }
}

impl Wrong {
    /// Says what it is about.
    pub(super) fn about(self, what: &str) -> Self {
        Self { at: self.at, message: format!("{what}: {}", self.message) }
    }
}
