//! What the store holds, now and at earlier times.

use std::time::SystemTime;

use feature_flags::{Builder, Change, Clock, Contents, Flag, Flags, LoadError, Revision};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::StoreError;
use crate::history::Subject;
use crate::schema;
use crate::section::Section;
use crate::segment;
use crate::store::SqliteStore;
use crate::time::to_ms;

/// The newest version of each segment up to a revision.
const SEGMENTS: &str = "
    SELECT name, path, hashes FROM flag_segments
    WHERE revision IN (SELECT max(revision) FROM flag_segments WHERE revision <= ?1 GROUP BY name) AND hashes IS NOT NULL";
const FLAGS: &str = "SELECT name, body FROM flag_states WHERE body IS NOT NULL ORDER BY name";
/// The same from the history.
const FLAGS_AS_OF: &str = "
    SELECT name, after FROM flag_changes
    WHERE revision IN (SELECT max(revision) FROM flag_changes WHERE kind = 'flag' AND revision <= ?1 GROUP BY name)
        AND after IS NOT NULL ORDER BY name";

/// Layers and holdouts are in their history alone.
const SECTIONS: &str = "
    SELECT kind, name, after FROM flag_section_changes
    WHERE revision IN (SELECT max(revision) FROM flag_section_changes WHERE revision <= ?1 GROUP BY kind, name)
        AND after IS NOT NULL";

impl SqliteStore {
    /// One flag and the revision of its last change, if there is such a flag.
    ///
    /// # Errors
    /// If the database cannot be read, or the flag's row.
    pub fn flag(&self, name: &str) -> Result<Option<(Flag, Revision)>, StoreError> {
        let reader = self.reader();
        let found = state(&reader.connection, name)?;
        let Some((revision, Some(body))) = found else { return Ok(None) };
        Ok(Some((parse(name, &body)?, revision)))
    }

    /// Everything the store holds.
    ///
    /// # Errors
    /// If the database cannot be read. A row that cannot be is a problem of its flag.
    pub fn contents(&self) -> Result<Contents, StoreError> {
        let mut reader = self.reader();
        everything(&*reader.connection.transaction()?)
    }

    /// Everything the store held when `revision` was its newest change.
    ///
    /// ```
    /// use feature_flags::Flag;
    /// use feature_flags_sqlite::{Author, SqliteStore};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// let first = store.put(&Flag::new("a"), &Author::unknown())?;
    /// store.remove("a", &Author::unknown())?;
    /// assert_eq!(store.contents_as_of(first)?.flags(), [Flag::new("a")]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn contents_as_of(&self, revision: Revision) -> Result<Contents, StoreError> {
        let mut reader = self.reader();
        let transaction = reader.connection.transaction()?;
        let contents = flags(&transaction, FLAGS_AS_OF, [number(revision)], Contents::new(revision))?;
        sections(&transaction, revision, segments(&transaction, revision, contents)?)
    }

    /// Everything the store held at `time`.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use feature_flags::Flag;
    /// use feature_flags_sqlite::{Author, SqliteStore};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// store.put(&Flag::new("a").enabled(true), &Author::unknown())?;
    /// let then = store.history(None, 1)?[0].at();
    /// assert_eq!(store.contents_at(then)?.flags(), [Flag::new("a").enabled(true)]);
    /// assert!(store.contents_at(SystemTime::UNIX_EPOCH)?.flags().is_empty(), "before there was anything");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn contents_at(&self, time: SystemTime) -> Result<Contents, StoreError> {
        let at = |connection: &Connection| {
            let changes = schema::changes(connection)?;
            let newest = format!("SELECT coalesce(max(revision), 0) FROM {changes} WHERE at_ms <= ?1");
            Ok::<_, StoreError>(connection.query_row(&newest, [to_ms(time)], |row| row.get(0)).map(from_number)?)
        };
        let revision = at(&self.reader().connection)?;
        self.contents_as_of(revision)
    }

    /// The flags as they were at `time`, and answer as they did: shares that grow, and rules that ask for `now`, have that
    /// time. What `builder` has, such as groups, is as it is now.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use feature_flags::{Flag, Flags};
    /// use feature_flags_sqlite::{Author, SqliteStore};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// store.put(&Flag::new("a").enabled(true), &Author::unknown())?;
    /// let then = store.history(None, 1)?[0].at();
    /// store.put(&Flag::new("a").enabled(false), &Author::unknown())?;
    /// assert!(store.flags_at(then, Flags::builder())?.status().flags() == 1);
    /// assert!(store.flags_at(SystemTime::UNIX_EPOCH, Flags::builder())?.status().flags() == 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn flags_at(&self, time: SystemTime, builder: Builder) -> Result<Flags, StoreError> {
        let contents = self.contents_at(time)?;
        Ok(builder.clock(Then(time)).contents(&self.path().display().to_string(), contents))
    }

    /// The last change of each flag since then; `None` if that does not tell all, since something else changed too or a row
    /// cannot be read.
    pub(crate) fn changed_since(&self, since: Revision) -> Result<Option<Vec<Change>>, StoreError> {
        let mut reader = self.reader();
        let transaction = reader.connection.transaction()?;
        let segments = "SELECT 1 FROM flag_segments WHERE revision > ?1 LIMIT 1";
        if transaction.query_row(segments, [number(since)], |_| Ok(())).optional()?.is_some() {
            return Ok(None);
        }
        let sections = "SELECT 1 FROM flag_section_changes WHERE revision > ?1 LIMIT 1";
        if schema::has_sections(&transaction)?
            && transaction.query_row(sections, [number(since)], |_| Ok(())).optional()?.is_some()
        {
            return Ok(None);
        }
        let mut statement = transaction.prepare("SELECT name, revision, body FROM flag_states WHERE revision > ?1")?;
        let mut rows = statement.query([number(since)])?;
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, revision, body): (String, i64, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let revision = from_number(revision);
            match body.map(|body| parse(&name, &body)) {
                None => changes.push(Change::removed(revision, name)),
                Some(Ok(flag)) => changes.push(Change::put(revision, flag)),
                Some(Err(_)) => return Ok(None),
            }
        }
        Ok(Some(changes))
    }
}

/// A clock that stands still.
struct Then(SystemTime);

impl Clock for Then {
    fn now(&self) -> SystemTime {
        self.0
    }
}

/// All there is, within a transaction.
pub(crate) fn everything(connection: &Connection) -> Result<Contents, StoreError> {
    let revision = revision(connection)?;
    let contents = flags(connection, FLAGS, [], Contents::new(revision))?;
    sections(connection, revision, segments(connection, revision, contents)?)
}

/// The layers and holdouts where `revision` is that of the last change, which may not be committed yet.
pub(crate) fn only_sections(connection: &Connection, revision: Revision) -> Result<Contents, StoreError> {
    sections(connection, revision, Contents::new(revision))
}

/// The newest revision.
pub(crate) fn revision(connection: &Connection) -> Result<Revision, StoreError> {
    Ok(from_number(connection.query_row("SELECT revision FROM flag_store", [], |row| row.get(0))?))
}

/// The last change of a flag, and what it is since; `None` if there never was such a flag.
pub(crate) fn state(connection: &Connection, name: &str) -> Result<Option<(Revision, Option<String>)>, StoreError> {
    let read = |row: &Row<'_>| Ok((from_number(row.get(0)?), row.get(1)?));
    let found = connection.query_row("SELECT revision, body FROM flag_states WHERE name = ?1", params![name], read);
    Ok(found.optional()?)
}

/// A flag as it is kept.
pub(crate) fn parse(name: &str, body: &str) -> Result<Flag, StoreError> {
    let wrong = |message| StoreError::WrongFlag { flag: name.to_owned(), message };
    let flag = Flag::from_json(body).map_err(|error: LoadError| wrong(error.in_one_line()))?;
    if flag.name() == name { Ok(flag) } else { Err(wrong(format!("its row holds a flag called `{}`", flag.name()))) }
}

pub(crate) fn number(revision: Revision) -> i64 {
    i64::try_from(revision.number()).unwrap_or(i64::MAX)
}

pub(crate) fn from_number(number: i64) -> Revision {
    Revision::new(u64::try_from(number).unwrap_or_default())
}

fn flags(
    connection: &Connection,
    query: &str,
    parameters: impl rusqlite::Params,
    mut contents: Contents,
) -> Result<Contents, StoreError> {
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        let (name, body): (String, String) = (row.get(0)?, row.get(1)?);
        contents = match parse(&name, &body) {
            Ok(flag) => contents.with(flag),
            Err(StoreError::WrongFlag { message, .. }) => contents.with_broken(&name, false, message),
            Err(error) => return Err(error),
        };
    }
    Ok(contents)
}

fn segments(connection: &Connection, at: Revision, mut contents: Contents) -> Result<Contents, StoreError> {
    let mut statement = connection.prepare(SEGMENTS)?;
    let mut rows = statement.query([number(at)])?;
    while let Some(row) = rows.next()? {
        let (name, path, hashes): (String, Option<String>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        contents = contents.with_segment(name, segment::from_bytes(path, &hashes));
    }
    Ok(contents)
}

/// One that cannot be read is an error of the store, as it is one of a file: flags without it would take in others.
fn sections(connection: &Connection, at: Revision, mut contents: Contents) -> Result<Contents, StoreError> {
    if !schema::has_sections(connection)? {
        return Ok(contents);
    }
    let mut statement = connection.prepare(SECTIONS)?;
    let mut rows = statement.query([number(at)])?;
    while let Some(row) = rows.next()? {
        let (kind, name, body): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        contents = match Section::parse(Subject::of(&kind, name.clone()), &body)? {
            Section::Layer(layer) => contents.with_layer(name, layer),
            Section::Holdout(holdout) => contents.with_holdout(name, holdout),
        };
    }
    Ok(contents)
}
