//! A store of its own for each test, and a clock that is set by hand.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use feature_flags::{Clock, Flag, Rule};
use feature_flags_sqlite::{Author, Options, SqliteStore};
use tempfile::TempDir;

pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn store(&self) -> SqliteStore {
        SqliteStore::open(self.file("flags.db")).unwrap()
    }

    pub(crate) fn store_with(&self, options: Options) -> SqliteStore {
        SqliteStore::open_with(self.file("flags.db"), options).unwrap()
    }
}

/// Seconds since 1970.
#[derive(Clone, Default)]
pub(crate) struct HandClock(Arc<AtomicU64>);

impl HandClock {
    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) fn ada() -> Author {
    Author::new("ada")
}

pub(crate) fn share(name: &str, share: &str) -> Flag {
    Flag::new(name).rule(Rule::new().rollout(share.parse().unwrap()))
}
