//! Which exposures are recorded, and how.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use crate::clock::{Clock, SystemClock};
use crate::handle::{EvaluationDetails, Listener, Unattended};
use crate::model::FlagValue;

/// Which exposures are recorded, and how: everything but the keys has a default.
///
/// ```
/// use std::time::Duration;
/// use feature_flags::{ExposureOptions, SubjectKeys, Tracked};
///
/// let options = ExposureOptions::new(SubjectKeys::hashed("a secret salt"))
///     .track(Tracked::only(["new-checkout"]))
///     .subject("org.id")
///     .window(Duration::from_hours(24))
///     .remember(1_000_000)
///     .queue(10_000)
///     .shutdown(Duration::ZERO);
/// # drop(options);
/// ```
pub struct ExposureOptions {
    pub(super) keys: SubjectKeys,
    pub(super) tracked: Tracked,
    pub(super) subject: Option<String>,
    pub(super) window: Duration,
    pub(super) seen: usize,
    pub(super) queue: usize,
    pub(super) shutdown: Duration,
    pub(super) clock: Box<dyn Clock>,
    pub(super) listener: Arc<dyn Listener>,
}

impl ExposureOptions {
    /// With subjects written as `keys` says: whether people's ids leave the process as they are is for you to decide.
    pub fn new(keys: SubjectKeys) -> Self {
        Self {
            keys,
            tracked: Tracked::All,
            subject: None,
            window: Duration::from_hours(1),
            seen: 65_536,
            queue: 4_096,
            shutdown: Duration::from_secs(2),
            clock: Box::new(SystemClock),
            listener: Arc::new(Unattended),
        }
    }

    /// Records exposures of these flags; of all of them unless set.
    #[must_use]
    pub fn track(mut self, tracked: Tracked) -> Self {
        self.tracked = tracked;
        self
    }

    /// Takes the attribute at `path` for the subject instead of the context's key: for flags that are rolled out `by` it.
    #[must_use]
    pub fn subject(mut self, path: impl Into<String>) -> Self {
        self.subject = Some(path.into());
        self
    }

    /// Records the same flag, variant and subject once in each window of this length; windows begin at multiples of it
    /// since 1970. An hour unless set, at least a millisecond.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window.max(Duration::from_millis(1));
        self
    }

    /// Remembers so many different exposures per window, at 8 bytes each; 65,536 unless set. Where there are more, some are
    /// recorded more than once. None is left out for that: an exposure is taken for one that was recorded, by mistake, with
    /// a probability below 1 in 10^15.
    #[must_use]
    pub fn remember(mut self, exposures: usize) -> Self {
        self.seen = exposures.max(1);
        self
    }

    /// Holds at most so many exposures until they are taken or delivered; those that come when it is full are dropped and
    /// counted, and are recorded if they come again. 4,096 unless set.
    #[must_use]
    pub fn queue(mut self, exposures: usize) -> Self {
        self.queue = exposures.max(1);
        self
    }

    /// How long the last clone waits, when it is dropped, for the sink to take what is left; 2 seconds unless set. Zero
    /// for applications whose last clone is dropped where nothing may block.
    #[must_use]
    pub fn shutdown(mut self, patience: Duration) -> Self {
        self.shutdown = patience;
        self
    }

    /// Takes the time from `clock` instead of the machine's.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use feature_flags::{Clock, ExposureOptions, Exposures, Flag, Flags, SubjectKeys};
    ///
    /// struct Then;
    ///
    /// impl Clock for Then {
    ///     fn now(&self) -> SystemTime {
    ///         SystemTime::UNIX_EPOCH
    ///     }
    /// }
    ///
    /// let exposures = Exposures::new(ExposureOptions::new(SubjectKeys::plain()).clock(Then));
    /// let flags = Flags::builder().hook(exposures.clone()).flag(Flag::new("new-checkout").enabled(true)).build();
    /// assert!(flags.enabled("new-checkout", &("id", 42)));
    /// assert_eq!(exposures.take(1)[0].at, SystemTime::UNIX_EPOCH);
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Tells `listener` what goes wrong with the sink, instead of the `log` facade.
    ///
    /// ```
    /// use std::error::Error;
    /// use std::sync::{Arc, Mutex};
    /// use std::time::Duration;
    /// use feature_flags::{Event, Exposure, ExposureOptions, ExposureSink, Exposures, Flag, Flags, Listener, SubjectKeys};
    ///
    /// struct Unplugged;
    ///
    /// impl ExposureSink for Unplugged {
    ///     fn deliver(&mut self, _: &[Exposure]) -> Result<(), Box<dyn Error + Send + Sync>> {
    ///         Err("the cable is out".into())
    ///     }
    /// }
    ///
    /// #[derive(Default)]
    /// struct Lines(Mutex<Vec<String>>);
    ///
    /// impl Listener for Lines {
    ///     fn event(&self, event: &Event<'_>) {
    ///         self.0.lock().expect("nobody panics").push(event.to_string());
    ///     }
    /// }
    ///
    /// let lines = Arc::new(Lines::default());
    /// let options = ExposureOptions::new(SubjectKeys::hashed("a secret salt")).listener(lines.clone());
    /// let exposures = Exposures::deliver(options, Unplugged, Duration::from_secs(10))?;
    /// let flags = Flags::builder().hook(exposures.clone()).flag(Flag::new("new-checkout").enabled(true)).build();
    /// assert!(flags.enabled("new-checkout", &("id", 42)));
    /// assert!(!exposures.flush(Duration::from_secs(5)));
    /// assert!(lines.0.lock().expect("nobody panics")[0].contains("the cable is out; 1 are kept"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn listener(mut self, listener: impl Listener) -> Self {
        self.listener = Arc::new(listener);
        self
    }
}

impl fmt::Debug for ExposureOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExposureOptions")
            .field("keys", &self.keys)
            .field("tracked", &self.tracked)
            .field("window", &self.window)
            .field("remember", &self.seen)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// How subjects are written in exposures.
///
/// ```
/// use feature_flags::SubjectKeys;
///
/// assert_ne!(SubjectKeys::hashed("a salt"), SubjectKeys::hashed("another salt"));
/// assert_eq!(format!("{:?}", SubjectKeys::hashed("a salt")), "SubjectKeys(hashed)", "never the salt");
/// assert_eq!(format!("{:?}", SubjectKeys::plain()), "SubjectKeys(plain)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SubjectKeys(pub(super) Form);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Hashed(u64),
}

impl SubjectKeys {
    /// As they are: for keys that are no secret, or sinks that may hold them.
    pub const fn plain() -> Self {
        Self(Form::Plain)
    }

    /// As hashes with this salt; see [`SubjectKey::hashed`](crate::SubjectKey::hashed) for what that is worth.
    pub fn hashed(salt: &str) -> Self {
        Self(Form::Hashed(xxh3_64(salt.as_bytes())))
    }
}

/// Never the salt.
impl fmt::Debug for SubjectKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Form::Plain => "SubjectKeys(plain)",
            Form::Hashed(_) => "SubjectKeys(hashed)",
        })
    }
}

/// Which flags' exposures are recorded.
///
/// ```
/// use feature_flags::Tracked;
///
/// assert_eq!(Tracked::only(["a", "b"]), Tracked::only(["b", "a"]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tracked {
    /// All of them.
    All,
    /// Those that say `meta = { exposures = true }`.
    Marked,
    /// These.
    Only(BTreeSet<String>),
}

impl Tracked {
    /// The flags of these names.
    pub fn only<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::Only(names.into_iter().map(Into::into).collect())
    }

    pub(super) fn has(&self, name: &str, details: &EvaluationDetails<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Marked => {
                let mark = details.flag().and_then(|flag| flag.meta_value()?.get("exposures"));
                mark.and_then(FlagValue::as_bool) == Some(true)
            }
            Self::Only(names) => names.contains(name),
        }
    }
}
