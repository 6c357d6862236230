//! The keys of a segment as they are written.

use std::fmt;

/// A segment as a file has it: with its keys, or the name of the file that has them.
///
/// A [`Segment`](crate::Segment) is what is made of it to be served, and keeps hashes of the keys only.
///
/// ```
/// use feature_flags::SegmentKeys;
///
/// let beta = SegmentKeys::listed(["ada", "grace"]).by("user.name");
/// assert_eq!((beta.keys().map(<[String]>::len), beta.path()), (Some(2), Some("user.name")));
/// assert_eq!(SegmentKeys::in_file("members.txt").file(), Some("members.txt"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SegmentKeys {
    by: Option<String>,
    place: Place,
}

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Listed(Vec<String>),
    File(String),
}

impl SegmentKeys {
    /// These keys, in their order; numbers are written as digits.
    pub fn listed<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self { by: None, place: Place::Listed(keys.into_iter().map(Into::into).collect()) }
    }

    /// The keys in the file at `path`, one per line; a relative path starts where the file of flags is.
    pub fn in_file(path: impl Into<String>) -> Self {
        Self { by: None, place: Place::File(path.into()) }
    }

    /// Looks the attribute at `path` up instead of the context's key.
    #[must_use]
    pub fn by(mut self, path: impl Into<String>) -> Self {
        self.by = Some(path.into());
        self
    }

    /// The path that is looked up, if it is not the key.
    pub fn path(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// The keys, unless they are in a file of their own.
    pub fn keys(&self) -> Option<&[String]> {
        match &self.place {
            Place::Listed(keys) => Some(keys),
            Place::File(_) => None,
        }
    }

    /// The file that has the keys, as it is written.
    pub fn file(&self) -> Option<&str> {
        match &self.place {
            Place::Listed(_) => None,
            Place::File(path) => Some(path),
        }
    }
}

/// Only how many: who is in it has no place in logs.
impl fmt::Debug for SegmentKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SegmentKeys");
        shown.field("by", &self.by);
        match &self.place {
            Place::Listed(keys) => shown.field("keys", &keys.len()),
            Place::File(path) => shown.field("file", path),
        };
        shown.finish_non_exhaustive()
    }
}
