//! Changes.

use feature_flags::{Flag, Revision, Segment};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use crate::author::Author;
use crate::error::StoreError;
use crate::query::{self, number};
use crate::schema;
use crate::segment;
use crate::store::SqliteStore;
use crate::time::to_ms;

impl SqliteStore {
    /// Puts a flag, in place of one of the same name. One that is there already just so is no change.
    ///
    /// # Errors
    /// If the flag is wrong in itself, or the change could not be made: then nothing changed.
    pub fn put(&self, flag: &Flag, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| changing.put(flag, None))
    }

    /// Puts a flag if nobody changed it since `seen`: its own revision ([`flag`](Self::flag)) or that of all contents.
    ///
    /// ```
    /// use feature_flags::{Flag, Revision};
    /// use feature_flags_sqlite::{Author, SqliteStore, StoreError};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// let (ada, grace) = (Author::new("ada"), Author::new("grace"));
    /// store.put(&Flag::new("a").enabled(true), &ada)?;
    /// let (flag, seen) = store.flag("a")?.ok_or("it is there")?;
    /// store.put(&Flag::new("a").enabled(false), &grace)?;
    /// let error = store.put_if(&flag.owner("ada"), seen, &ada).unwrap_err();
    /// assert!(matches!(error, StoreError::Conflict { found, .. } if found == Revision::new(2)));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody did, and those of [`put`](Self::put).
    pub fn put_if(&self, flag: &Flag, seen: Revision, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| {
            changing.expect(flag.name(), seen)?;
            changing.put(flag, None)
        })
    }

    /// Removes a flag; its history stays. One that is not there is no change.
    ///
    /// # Errors
    /// If the change could not be made: then nothing changed.
    pub fn remove(&self, flag: &str, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| changing.remove(flag, None))
    }

    /// Removes a flag if nobody changed it since `seen`.
    ///
    /// ```
    /// use feature_flags::Flag;
    /// use feature_flags_sqlite::{Author, SqliteStore, StoreError};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// let (ada, grace) = (Author::new("ada"), Author::new("grace"));
    /// let seen = store.put(&Flag::new("a").enabled(true), &ada)?;
    /// store.put(&Flag::new("a").enabled(false), &grace)?;
    /// assert!(matches!(store.remove_if("a", seen, &ada), Err(StoreError::Conflict { .. })));
    /// assert!(store.flag("a")?.is_some(), "what grace changed is not lost");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody did, and those of [`remove`](Self::remove).
    pub fn remove_if(&self, flag: &str, seen: Revision, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| {
            changing.expect(flag, seen)?;
            changing.remove(flag, None)
        })
    }

    /// Puts a segment, in place of one of the same name. Each version is kept, at 8 bytes per key.
    ///
    /// ```
    /// use feature_flags::Segment;
    /// use feature_flags_sqlite::{Author, SqliteStore};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// store.put_segment("beta", &Segment::of(["17", "42"]), &Author::new("ada"))?;
    /// assert!(store.contents()?.segments().all(|(name, segment)| name == "beta" && segment.contains("17")));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the change could not be made: then nothing changed.
    pub fn put_segment(&self, name: &str, segment: &Segment, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| changing.segment(name, Some(&Version::of(segment)), None))
    }

    /// Removes a segment: rules that name it apply to nobody. One that is not there is no change.
    ///
    /// ```
    /// use feature_flags::Segment;
    /// use feature_flags_sqlite::{Author, SqliteStore};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// let ada = Author::new("ada");
    /// store.put_segment("beta", &Segment::of(["17", "42"]), &ada)?;
    /// store.remove_segment("beta", &ada.because("the beta is over"))?;
    /// assert_eq!(store.contents()?.segments().count(), 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the change could not be made: then nothing changed.
    pub fn remove_segment(&self, name: &str, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| changing.segment(name, None, None))
    }

    /// Changes something, all or nothing.
    pub(crate) fn change<T>(
        &self,
        author: &Author,
        change: impl FnOnce(&mut Changing<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer()?;
        // The lock is taken at once: two that read first and then both want to write could only fail.
        let transaction = Transaction::new(&mut writer, TransactionBehavior::Immediate)?;
        schema::check_format(&transaction)?;
        let revision = query::revision(&transaction)?;
        let last = format!("SELECT max(at_ms) FROM {}", schema::changes(&transaction)?);
        let last = transaction.query_row(&last, [], |row| row.get::<_, Option<i64>>(0))?;
        // A clock that was set back must not reorder the history.
        let at_ms = to_ms(self.clock.now()).max(last.unwrap_or_default());
        let mut changing = Changing { transaction, revision, at_ms, author, sections_changed: false };
        let outcome = change(&mut changing)?;
        changing.check_holdouts()?;
        let Changing { transaction, revision, .. } = changing;
        transaction.execute("UPDATE flag_store SET revision = ?1 WHERE revision <> ?1", [number(revision)])?;
        transaction.commit()?;
        self.tell();
        Ok(outcome)
    }
}

/// Changes that are made together.
pub(crate) struct Changing<'a> {
    pub(crate) transaction: Transaction<'a>,
    /// Of the last change.
    pub(crate) revision: Revision,
    at_ms: i64,
    author: &'a Author,
    /// Whether layers or holdouts are among them.
    pub(crate) sections_changed: bool,
}

/// A segment as it is kept.
#[derive(PartialEq)]
pub(crate) struct Version {
    path: Option<String>,
    hashes: Vec<u8>,
}

impl Version {
    pub(crate) fn of(segment: &Segment) -> Self {
        Self { path: segment.path().map(str::to_owned), hashes: segment::to_bytes(segment) }
    }

    /// What the history says of it: who is in it would be too much.
    fn described(&self) -> String {
        let mut described = serde_json::Map::new();
        if let Some(path) = &self.path {
            described.insert("by".to_owned(), path.as_str().into());
        }
        described.insert("keys".to_owned(), (self.hashes.len() / 8).into());
        serde_json::Value::Object(described).to_string()
    }
}

impl Changing<'_> {
    /// Fails if the flag was changed since `seen`.
    fn expect(&self, flag: &str, seen: Revision) -> Result<(), StoreError> {
        match query::state(&self.transaction, flag)? {
            Some((found, _)) if found > seen => {
                Err(StoreError::Conflict { flag: flag.to_owned(), expected: seen, found })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn put(&mut self, flag: &Flag, undoes: Option<Revision>) -> Result<Revision, StoreError> {
        let body = flag.to_json();
        // What cannot be read back must not get in.
        let _right = query::parse(flag.name(), &body)?;
        self.state(flag.name(), Some(&body), undoes)
    }

    pub(crate) fn remove(&mut self, flag: &str, undoes: Option<Revision>) -> Result<Revision, StoreError> {
        self.state(flag, None, undoes)
    }

    fn state(&mut self, flag: &str, body: Option<&str>, undoes: Option<Revision>) -> Result<Revision, StoreError> {
        let before = query::state(&self.transaction, flag)?.and_then(|(_, body)| body);
        if before.as_deref() == body {
            return Ok(self.revision);
        }
        let revision = self.note("flag", flag, before.as_deref(), body, undoes)?;
        let put = "INSERT INTO flag_states (name, revision, body) VALUES (?1, ?2, ?3)
            ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, body = excluded.body";
        self.transaction.execute(put, params![flag, number(revision), body])?;
        Ok(revision)
    }

    pub(crate) fn segment(
        &mut self,
        name: &str,
        version: Option<&Version>,
        undoes: Option<Revision>,
    ) -> Result<Revision, StoreError> {
        let before = self.segment_before(name, None)?;
        if before.as_ref() == version {
            return Ok(self.revision);
        }
        let described = |version: Option<&Version>| version.map(Version::described);
        let (was, is) = (described(before.as_ref()), described(version));
        let revision = self.note("segment", name, was.as_deref(), is.as_deref(), undoes)?;
        let (path, hashes) = version.map(|version| (&version.path, &version.hashes)).unzip();
        self.transaction.execute(
            "INSERT INTO flag_segments (revision, name, path, hashes) VALUES (?1, ?2, ?3, ?4)",
            params![number(revision), name, path, hashes],
        )?;
        Ok(revision)
    }

    /// A segment as it was before a change, or as it is.
    pub(crate) fn segment_before(&self, name: &str, before: Option<Revision>) -> Result<Option<Version>, StoreError> {
        let newest = "SELECT path, hashes FROM flag_segments WHERE name = ?1 AND revision < ?2
            ORDER BY revision DESC LIMIT 1";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?));
        let before = before.map_or(i64::MAX, number);
        let found = self.transaction.query_row(newest, params![name, before], read).optional()?;
        Ok(found.and_then(|(path, hashes)| Some(Version { path, hashes: hashes? })))
    }

    /// Adds to the history.
    pub(crate) fn note(
        &mut self,
        kind: &str,
        name: &str,
        before: Option<&str>,
        after: Option<&str>,
        undoes: Option<Revision>,
    ) -> Result<Revision, StoreError> {
        let revision = self.revision.next();
        let table = if matches!(kind, "layer" | "holdout") { "flag_section_changes" } else { "flag_changes" };
        let insert = format!(
            "INSERT INTO {table} (revision, at_ms, who, why, kind, name, before, after, undoes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        );
        let (who, why) = (self.author.name(), self.author.reason());
        let row = params![number(revision), self.at_ms, who, why, kind, name, before, after, undoes.map(number)];
        self.transaction.execute(&insert, row)?;
        self.revision = revision;
        Ok(revision)
    }
}
