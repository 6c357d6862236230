//! The store itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use feature_flags::{Clock, Revision};
use parking_lot::{Condvar, Mutex, MutexGuard};
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::options::Options;
use crate::query;
use crate::schema;

/// Flags in a SQLite database, with their history.
///
/// It is a [`Source`](feature_flags::Source) to serve flags from, and an [`EditableSource`](feature_flags::EditableSource) for
/// tools that know nothing else; what its own methods change, the history knows who changed it and why. Share it in an `Arc`.
///
/// ```
/// use feature_flags::{Flag, Rule};
/// use feature_flags_sqlite::{Author, SqliteStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.db");
/// let store = SqliteStore::open(&path)?;
/// let ada = Author::new("ada");
/// store.put(&Flag::new("new-search").rule(Rule::new().rollout("1% by id".parse()?)), &ada)?;
/// store.put(&Flag::new("new-search").rule(Rule::new().rollout("10% by id".parse()?)), &ada.because("no errors"))?;
///
/// let last = &store.history(Some("new-search"), 1)?[0];
/// assert_eq!(last.differences()[0].to_string(), r#"rules[0].rollout: "1% by id" -> "10% by id""#);
/// # Ok(()) }
/// ```
pub struct SqliteStore {
    path: PathBuf,
    pub(crate) clock: Box<dyn Clock>,
    look_every: Duration,
    read_only: bool,
    writer: Mutex<Connection>,
    /// Apart from the writer, since SQLite tells a connection of the changes of others only.
    reader: Mutex<Reader>,
    /// How many changes were made through this store.
    made: Mutex<u64>,
    changed: Condvar,
}

pub(crate) struct Reader {
    pub(crate) connection: Connection,
    /// What SQLite said last, and the newest revision then.
    looked: Option<(i64, Revision)>,
}

impl SqliteStore {
    /// Opens the store in the database at `path`, and makes it if it is not there.
    ///
    /// # Errors
    /// If the file cannot be opened or is no database, or the store is of a newer version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, Options::new())
    }

    /// Opens the store as `options` say.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); where it is for reading only, also if there is no store.
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        let Options { busy_timeout, look_every, read_only, clock } = options;
        let connect = |flags: OpenFlags| {
            let unopenable =
                |source: rusqlite::Error| StoreError::Unopenable { path: path.clone(), source: source.into() };
            let connection = Connection::open_with_flags(&path, flags).map_err(unopenable)?;
            connection.busy_timeout(busy_timeout)?;
            // Every acknowledged change survives a loss of power too.
            connection.pragma_update(None, "synchronous", "FULL")?;
            Ok::<_, StoreError>(connection)
        };
        let reading = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let writing =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut writer = connect(if read_only { reading } else { writing })?;
        schema::prepare(&mut writer, read_only, busy_timeout)?;
        let reader = Reader { connection: connect(reading)?, looked: None };
        Ok(Self {
            path,
            clock,
            look_every,
            read_only,
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
            made: Mutex::new(0),
            changed: Condvar::new(),
        })
    }

    /// The database.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The revision of the newest change, by whatever process; 0 if there never was one.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn revision(&self) -> Result<Revision, StoreError> {
        let mut reader = self.reader();
        let Reader { connection, looked } = &mut *reader;
        // Changes with every commit of another connection, the writer's included, and costs a look at shared memory.
        let version = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        match looked {
            Some((seen, revision)) if *seen == version => Ok(*revision),
            _ => {
                let revision = query::revision(connection)?;
                *looked = Some((version, revision));
                Ok(revision)
            }
        }
    }

    /// Waits until there is something newer than `since`, or until `deadline`; the newest revision then.
    pub(crate) fn wait(&self, since: Revision, deadline: Option<Instant>) -> Result<Revision, StoreError> {
        loop {
            let made = *self.made.lock();
            let revision = self.revision()?;
            let left = deadline.map_or(self.look_every, |deadline| deadline.saturating_duration_since(Instant::now()));
            if revision != since || left.is_zero() {
                return Ok(revision);
            }
            // Changes through this store wake at once; those of other processes are looked for.
            let mut now_made = self.made.lock();
            if *now_made == made {
                self.changed.wait_for(&mut now_made, left.min(self.look_every));
            }
        }
    }

    /// Lets the database grow to so many pages of 4 KiB and no further, so that a mistaken import cannot fill a disk; it is
    /// for this handle only, and changes that would need more fail with [`StoreError::Full`].
    ///
    /// ```
    /// use feature_flags::Segment;
    /// use feature_flags_sqlite::{Author, SqliteStore, StoreError};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// store.limit_pages(1_000)?;
    /// let keys = (0..1_000_000).map(|key| key.to_string());
    /// let error = store.put_segment("everybody", &Segment::of(keys), &Author::new("ada")).unwrap_err();
    /// assert!(matches!(error, StoreError::Full { .. }), "8 MB of hashes do not fit into 4 MB, and nothing changed");
    /// assert_eq!(store.contents()?.segments().count(), 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub fn limit_pages(&self, pages: i64) -> Result<(), StoreError> {
        let writer = self.writer()?;
        Ok(writer.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
    }

    pub(crate) fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock()
    }

    pub(crate) fn writer(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        if self.read_only { Err(StoreError::ReadOnly) } else { Ok(self.writer.lock()) }
    }

    /// Something was changed and committed.
    pub(crate) fn tell(&self) {
        *self.made.lock() += 1;
        self.changed.notify_all();
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}
