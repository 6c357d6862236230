//! What was seen of a consumer and an object, by whom and when.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::subject::Subject;
use crate::time::{Timestamp, Window};

/// A record that speaks for or against a consumer still using an object.
///
/// ```
/// use migration_planner::{ColumnRef, Evidence, Finding, Timestamp, Window};
///
/// let now = Timestamp::from_unix_millis(1_000_000);
/// let said = Evidence::new(
///     "reporting",
///     ColumnRef::new("users", "legacy_name"),
///     Finding::attestation("the names report was retired"),
///     Window::instant(now),
///     "ada@example.org",
/// );
/// assert!(!said.is_contrary());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    consumer: String,
    object: Subject,
    finding: Finding,
    observed: Window,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
    author: String,
}

impl Evidence {
    /// What `author`, a person or a process, found out about `consumer` and `object` during `observed`.
    pub fn new(
        consumer: impl Into<String>,
        object: impl Into<Subject>,
        finding: Finding,
        observed: Window,
        author: impl Into<String>,
    ) -> Self {
        Self {
            consumer: consumer.into(),
            object: object.into(),
            finding,
            observed,
            expires: None,
            author: author.into(),
        }
    }

    /// Says from when on the record no longer counts; without, the gate's own bound on freshness decides alone.
    #[must_use]
    pub fn expires(mut self, at: Timestamp) -> Self {
        self.expires = Some(at);
        self
    }

    /// The consumer it is about.
    pub fn consumer(&self) -> &str {
        &self.consumer
    }

    /// The object it is about.
    pub fn object(&self) -> &Subject {
        &self.object
    }

    /// What was found.
    pub fn finding(&self) -> &Finding {
        &self.finding
    }

    /// When it was observed.
    pub fn observed(&self) -> Window {
        self.observed
    }

    /// From when on it no longer counts.
    pub fn expiry(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Who says so.
    pub fn author(&self) -> &str {
        &self.author
    }

    /// Whether it shows that the object is still used.
    pub fn is_contrary(&self) -> bool {
        match &self.finding {
            Finding::Usage { reads, writes, .. } => *reads > 0 || *writes > 0,
            Finding::Rehearsal { failing, .. } => !failing.is_empty(),
            Finding::CodeScan { mentions, .. } => *mentions > 0,
            Finding::Attestation { .. } => false,
        }
    }
}

/// What was found.
///
/// ```
/// use migration_planner::Finding;
///
/// let seen = Finding::usage(4, 12, 0, 3);
/// assert_eq!(seen.to_string(), "12 reads and 0 writes on 4 connections (3 inserts with columns unseen)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Finding {
    /// A probe counted how the object was used while the consumer was at work.
    #[non_exhaustive]
    Usage {
        /// Connections that were watched; with none, nothing was seen and nothing is proved.
        connections: u64,
        /// Times a statement read the object.
        reads: u64,
        /// Times a statement wrote it.
        writes: u64,
        /// Inserts into the table whose columns the probe could not see.
        inserts: u64,
    },
    /// The consumer's statements were prepared against the schema as it will be.
    #[non_exhaustive]
    Rehearsal {
        /// How many statements.
        statements: u64,
        /// Those that would fail, with the reason.
        failing: Vec<String>,
    },
    /// The consumer's code was searched for the object's name.
    #[non_exhaustive]
    CodeScan {
        /// Files searched.
        files: u64,
        /// Places found.
        mentions: u64,
    },
    /// Somebody answers for it.
    #[non_exhaustive]
    Attestation {
        /// Why they can.
        reason: String,
    },
}

impl Finding {
    /// Counts of a usage probe. [`ColumnUse`](crate::ColumnUse) makes these.
    pub fn usage(connections: u64, reads: u64, writes: u64, inserts: u64) -> Self {
        Self::Usage { connections, reads, writes, inserts }
    }

    /// `statements` prepared against the future schema; `failing` holds those that would fail, with the reason.
    pub fn rehearsal(statements: u64, failing: Vec<String>) -> Self {
        Self::Rehearsal { statements, failing }
    }

    /// `mentions` places found in `files` files.
    pub fn code_scan(files: u64, mentions: u64) -> Self {
        Self::CodeScan { files, mentions }
    }

    /// Somebody answers for it, for this reason.
    pub fn attestation(reason: impl Into<String>) -> Self {
        Self::Attestation { reason: reason.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { connections, reads, writes, inserts } => write!(
                f,
                "{reads} reads and {writes} writes on {connections} connections ({inserts} inserts with columns unseen)"
            ),
            Self::Rehearsal { statements, failing } => {
                write!(f, "{} of {statements} statements would fail", failing.len())
            }
            Self::CodeScan { files, mentions } => write!(f, "{mentions} mentions in {files} files"),
            Self::Attestation { reason } => write!(f, "attested: {reason}"),
        }
    }
}
