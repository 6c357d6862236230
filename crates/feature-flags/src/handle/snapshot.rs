//! What is served at one moment.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use xxhash_rust::xxh3::xxh3_64;

use crate::compile::Table;
use crate::source::Problem;

/// All flags as they are at one moment; never changed, only replaced.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(super) id: SnapshotId,
    pub(super) table: Table,
    pub(super) problems: Vec<Problem>,
    pub(super) calls: AtomicU64,
}

impl Snapshot {
    #[inline]
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// A number that no other evaluation by this snapshot gets. Threads share it, so only rules that are about calls
    /// ask for it.
    pub(crate) fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn id(&self) -> SnapshotId {
        self.id
    }

    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// Which flags are served: a number that grows with every change in this process, and what they were made of.
///
/// Two processes that serve the same file have the same content, whatever their numbers.
///
/// ```
/// use feature_flags::{Flag, Flags};
///
/// let flags = Flags::builder().flag(Flag::new("a")).build();
/// let before = flags.status().snapshot();
/// flags.group("staff", |_: &String| true);
/// assert!(flags.status().snapshot().number() > before.number());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SnapshotId {
    pub(super) number: u64,
    pub(super) content: ContentId,
}

impl SnapshotId {
    /// Grows by one with each change in this process, from 1.
    pub fn number(self) -> u64 {
        self.number
    }

    /// What the flags were made of.
    pub fn content(self) -> ContentId {
        self.content
    }
}

/// `3 (content 7c33fa9be4b39c61)`.
impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (content {})", self.number, self.content)
    }
}

/// The hash of a file's text: the same text has the same id, everywhere and always.
///
/// ```
/// use feature_flags::ContentId;
///
/// assert_eq!(ContentId::of("format = 1"), ContentId::of("format = 1"));
/// assert_ne!(ContentId::of("format = 1"), ContentId::of("format = 1\n"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentId(u64);

impl ContentId {
    /// The id of a text: XXH3 of 64 bits over its bytes.
    pub fn of(text: &str) -> Self {
        Self(xxh3_64(text.as_bytes()))
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for ContentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
