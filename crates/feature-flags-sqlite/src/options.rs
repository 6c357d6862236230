//! How a store is opened.

use std::fmt;
use std::time::Duration;

use feature_flags::{Clock, SystemClock};

/// How a store is opened.
///
/// ```
/// use std::time::Duration;
/// use feature_flags::Flag;
/// use feature_flags_sqlite::{Author, Options, SqliteStore, StoreError};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.db");
/// let options = Options::new().busy_timeout(Duration::from_secs(1)).look_every(Duration::from_millis(50));
/// let store = SqliteStore::open_with(&path, options)?;
/// store.put(&Flag::new("a"), &Author::unknown())?;
///
/// // A dashboard, say, which must not change anything.
/// let looking = SqliteStore::open_with(&path, Options::new().read_only())?;
/// assert!(matches!(looking.remove("a", &Author::unknown()), Err(StoreError::ReadOnly)));
/// # Ok(()) }
/// ```
pub struct Options {
    pub(crate) busy_timeout: Duration,
    pub(crate) look_every: Duration,
    pub(crate) read_only: bool,
    pub(crate) clock: Box<dyn Clock>,
}

impl Options {
    /// Five seconds for locks, five looks a second, the machine's clock; the store is made if it is not there.
    pub fn new() -> Self {
        Self {
            busy_timeout: Duration::from_secs(5),
            look_every: Duration::from_millis(200),
            read_only: false,
            clock: Box::new(SystemClock),
        }
    }

    /// How long a change waits for other processes that are changing something.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// How often readers look for changes of other processes: a look takes some microseconds and reads no table. At most a
    /// thousand times a second.
    #[must_use]
    pub fn look_every(mut self, pause: Duration) -> Self {
        self.look_every = pause.max(Duration::from_millis(1));
        self
    }

    /// Opens a store that is there, and changes nothing.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Takes the times of changes from `clock` instead of the machine's.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use feature_flags::{Clock, Flag};
    /// use feature_flags_sqlite::{Author, Options, SqliteStore};
    ///
    /// struct Fixed(SystemTime);
    ///
    /// impl Clock for Fixed {
    ///     fn now(&self) -> SystemTime {
    ///         self.0
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    /// let store = SqliteStore::open_with(&path, Options::new().clock(Fixed(then)))?;
    /// store.put(&Flag::new("a"), &Author::new("ada"))?;
    /// assert_eq!(store.history(None, 1)?[0].at(), then);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { busy_timeout, look_every, read_only, clock: _ } = self;
        f.debug_struct("Options")
            .field("busy_timeout", busy_timeout)
            .field("look_every", look_every)
            .field("read_only", read_only)
            .finish_non_exhaustive()
    }
}
