//! What was changed, by whom, when and why.

use std::fmt;
use std::time::SystemTime;

use feature_flags::Revision;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::author::Author;
use crate::diff::{self, Difference};
use crate::error::StoreError;
use crate::query::{from_number, number};
use crate::schema;
use crate::store::SqliteStore;
use crate::time::from_ms;

/// What a change was about.
///
/// ```
/// use feature_flags_sqlite::Subject;
///
/// assert_eq!(Subject::Segment("beta".to_owned()).to_string(), "segment beta");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// The flag of this name.
    Flag(String),
    /// The segment of this name.
    Segment(String),
    /// The layer of this name.
    Layer(String),
    /// The holdout of this name.
    Holdout(String),
}

impl Subject {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Flag(name) | Self::Segment(name) | Self::Layer(name) | Self::Holdout(name) => name,
        }
    }

    /// The word for it, in the database too.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Segment(_) => "segment",
            Self::Layer(_) => "layer",
            Self::Holdout(_) => "holdout",
        }
    }

    pub(crate) fn of(kind: &str, name: String) -> Self {
        match kind {
            "segment" => Self::Segment(name),
            "layer" => Self::Layer(name),
            "holdout" => Self::Holdout(name),
            _ => Self::Flag(name),
        }
    }
}

/// `new-search`, or `segment beta`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            other => write!(f, "{} {}", other.kind(), other.name()),
        }
    }
}

/// One change. `Display` gives it in one line; `Serialize` with all there is to it.
///
/// ```
/// use feature_flags::Flag;
/// use feature_flags_sqlite::{Author, SqliteStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.db");
/// let store = SqliteStore::open(&path)?;
/// store.put(&Flag::new("a").enabled(true), &Author::new("ada").because("it is ready"))?;
/// let entry = &store.history(None, 10)?[0];
/// assert_eq!(entry.author().name(), Some("ada"));
/// assert!(entry.to_string().ends_with(", ada: put a (it is ready)"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    revision: Revision,
    at: SystemTime,
    at_text: String,
    author: Author,
    subject: Subject,
    before: Option<String>,
    after: Option<String>,
    undoes: Option<Revision>,
}

impl HistoryEntry {
    /// Its number.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// When it was made, to the millisecond; never before the change that came before it.
    pub fn at(&self) -> SystemTime {
        self.at
    }

    /// Who made it, and why.
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// What was changed.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What it was before, as JSON; `None` if it was not there. Of segments, only how many keys there are.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// What it was then, as JSON; `None` if it was removed.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The change that this one undid, if it did.
    pub fn undoes(&self) -> Option<Revision> {
        self.undoes
    }

    /// What is different, part by part; none for what was put anew or removed.
    pub fn differences(&self) -> Vec<Difference> {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => diff::differences(before, after),
            _ => Vec::new(),
        }
    }

    fn verb(&self) -> &'static str {
        match (&self.before, &self.after, self.undoes) {
            (.., Some(_)) => "undo",
            (_, None, None) => "remove",
            (None, ..) => "put",
            (Some(_), ..) => "change",
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let name: String = row.get("name")?;
        let kind: String = row.get("kind")?;
        let (who, why): (Option<String>, Option<String>) = (row.get("who")?, row.get("why")?);
        let author = who.map_or_else(Author::unknown, Author::new);
        let undoes: Option<i64> = row.get("undoes")?;
        Ok(Self {
            revision: from_number(row.get("revision")?),
            at: from_ms(row.get("at_ms")?),
            at_text: row.get::<_, Option<String>>("at_text")?.unwrap_or_default(),
            author: match why {
                Some(why) => author.because(why),
                None => author,
            },
            subject: Subject::of(&kind, name),
            before: row.get("before")?,
            after: row.get("after")?,
            undoes: undoes.map(from_number),
        })
    }
}

/// `7, 2026-12-01T08:00:00Z, ada: change new-search, rules[0].rollout: "1% by id" -> "10% by id" (no errors)`.
impl fmt::Display for HistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { revision, at_text, author, subject, undoes, .. } = self;
        write!(f, "{revision}, {at_text}, {}: {}", author.name().unwrap_or("somebody"), self.verb())?;
        if let Some(undone) = undoes {
            write!(f, " {undone} of")?;
        }
        write!(f, " {subject}")?;
        self.differences().iter().try_for_each(|difference| write!(f, ", {difference}"))?;
        author.reason().map_or(Ok(()), |reason| write!(f, " ({reason})"))
    }
}

impl Serialize for HistoryEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parsed = |text: &Option<String>| -> Option<serde_json::Value> {
            text.as_ref().map(|text| serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()))
        };
        let mut entry = serializer.serialize_struct("HistoryEntry", 10)?;
        entry.serialize_field("revision", &self.revision.number())?;
        entry.serialize_field("at", &self.at_text)?;
        entry.serialize_field("who", &self.author.name())?;
        entry.serialize_field("why", &self.author.reason())?;
        entry.serialize_field(self.subject.kind(), self.subject.name())?;
        entry.serialize_field("verb", self.verb())?;
        entry.serialize_field("undoes", &self.undoes.map(Revision::number))?;
        entry.serialize_field("differences", &self.differences())?;
        entry.serialize_field("before", &parsed(&self.before))?;
        entry.serialize_field("after", &parsed(&self.after))?;
        entry.end()
    }
}

/// A query for entries of the history.
fn entries(connection: &Connection) -> Result<String, StoreError> {
    let changes = schema::changes(connection)?;
    Ok(format!("SELECT *, strftime('%Y-%m-%dT%H:%M:%SZ', at_ms / 1000, 'unixepoch') AS at_text FROM {changes}"))
}

impl SqliteStore {
    /// The newest changes first, at most `limit`: all of them, or those of what is called `name`: a flag,
    /// a segment, a layer or a holdout.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn history(&self, name: Option<&str>, limit: usize) -> Result<Vec<HistoryEntry>, StoreError> {
        let mut reader = self.reader();
        let transaction = reader.connection.transaction()?;
        let entries = entries(&transaction)?;
        let newest = format!("{entries} WHERE ?1 IS NULL OR name = ?1 ORDER BY revision DESC LIMIT ?2");
        let mut statement = transaction.prepare(&newest)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let entries = statement.query_map(params![name, limit], HistoryEntry::read)?;
        Ok(entries.collect::<Result<_, _>>()?)
    }
}

/// One change.
pub(crate) fn entry(connection: &Connection, revision: Revision) -> Result<HistoryEntry, StoreError> {
    let one = format!("{} WHERE revision = ?1", entries(connection)?);
    let found = connection.query_row(&one, [number(revision)], HistoryEntry::read).optional()?;
    found.ok_or(StoreError::NoSuchChange { revision })
}

/// The changes of the same subject after one, oldest first.
pub(crate) fn later(connection: &Connection, entry: &HistoryEntry) -> Result<Vec<HistoryEntry>, StoreError> {
    let entries = entries(connection)?;
    let later = format!("{entries} WHERE name = ?1 AND kind = ?2 AND revision > ?3 ORDER BY revision");
    let mut statement = connection.prepare(&later)?;
    let row = params![entry.subject.name(), entry.subject.kind(), number(entry.revision)];
    let entries = statement.query_map(row, HistoryEntry::read)?;
    Ok(entries.collect::<Result<_, _>>()?)
}
