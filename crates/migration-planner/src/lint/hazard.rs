//! What can be wrong with a migration.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::nearest::nearest;

/// How bad it is.
///
/// ```
/// use migration_planner::{Hazard, Severity};
///
/// assert!(Severity::Advice < Severity::Warning && Severity::Warning < Severity::Error);
/// assert_eq!(Hazard::DropsColumn.severity().to_string(), "error");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// Better done otherwise in new tables; only looked for where asked.
    Advice,
    /// Hurts under some circumstances: a long transaction elsewhere, a large table, an application that relies on it.
    Warning,
    /// Fails, stops a busy service, or breaks the version that is running.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

macro_rules! hazards {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $severity:ident;)*) => {
        /// A kind of thing that is dangerous in a migration. Its name, in lower case with dashes, is what suppressions use.
        ///
        /// ```
        /// use migration_planner::{Hazard, Severity};
        ///
        /// let hazard: Hazard = "rewrites-table".parse()?;
        /// assert_eq!(hazard, Hazard::RewritesTable);
        /// assert_eq!((hazard.name(), hazard.severity()), ("rewrites-table", Severity::Error));
        /// assert!(Hazard::ALL.contains(&hazard));
        /// assert_eq!("rewrites-tabel".parse::<Hazard>().unwrap_err().to_string(), "no hazard is called rewrites-tabel: did you mean rewrites-table?");
        /// # Ok::<(), migration_planner::UnknownHazard>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Hazard {
            $($(#[$doc])* $name,)*
        }

        impl Hazard {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name, as suppressions and reports use it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// How bad it is.
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }
        }
    };
}

hazards! {
    /// The statement is not what the server accepts. Needs the feature `syntax`.
    Syntax = "syntax", Error;
    /// A table is written anew, row by row, under a lock that everybody waits for.
    RewritesTable = "rewrites-table", Error;
    /// Every row of a table is read under a lock that writers, or everybody, wait for.
    ScansUnderLock = "scans-under-lock", Error;
    /// A lock taken earlier in the transaction is held while a later statement takes its time.
    LockHeldDuringWork = "lock-held-during-work", Error;
    /// Nothing limits how long a strong lock is waited for, and while it is waited for, all others queue behind it.
    NoLockTimeout = "no-lock-timeout", Warning;
    /// A statement that refuses to run in a transaction stands in one.
    ConcurrentlyInTransaction = "concurrently-in-transaction", Error;
    /// An update or delete goes through a whole table in one transaction.
    UnboundedWrite = "unbounded-write", Warning;
    /// A column that may be in use goes away.
    DropsColumn = "drops-column", Error;
    /// A table that may be in use goes away.
    DropsTable = "drops-table", Error;
    /// All rows of a table go away.
    Truncates = "truncates", Error;
    /// A view, function, type or schema that may be in use goes away.
    DropsObject = "drops-object", Error;
    /// A column has another name from one moment to the next.
    RenamesColumn = "renames-column", Error;
    /// A table has another name, or schema, from one moment to the next.
    RenamesTable = "renames-table", Error;
    /// A view, function, type, schema or value of an enumeration has another name from one moment to the next.
    RenamesObject = "renames-object", Error;
    /// A column gets another type while versions that know the old one are running.
    ChangesType = "changes-type", Warning;
    /// A new column has to be given a value by writers that do not know it, and existing rows have none.
    AddsRequiredColumn = "adds-required-column", Error;
    /// Versions that are running may still write NULL.
    ForbidsNull = "forbids-null", Warning;
    /// Readers that are running may not expect NULL.
    AllowsNull = "allows-null", Warning;
    /// Writers that are running may rely on the default.
    DropsDefault = "drops-default", Warning;
    /// Writers that are running may rely on the key, with `ON CONFLICT`, as the target of references, or for replication.
    DropsKey = "drops-key", Warning;
    /// A value is added to an enumeration and used in the same transaction, which the server refuses.
    UsesNewEnumValue = "uses-new-enum-value", Error;
    /// What the statement does cannot be told from these files.
    UnknownEffect = "unknown-effect", Warning;
    /// A suppression that is not understood, gives no reason, or suppresses nothing.
    Suppression = "suppression", Warning;
    /// A key of 32 bits or less, which runs out of numbers.
    NarrowKey = "narrow-key", Advice;
    /// A point in time without its time zone.
    TimestampWithoutZone = "timestamp-without-zone", Advice;
    /// Text of fixed width, which is padded.
    PaddedText = "padded-text", Advice;
    /// `json`, which has no equality and no index, instead of `jsonb`.
    TextualJson = "textual-json", Advice;
    /// An index over more than three columns, which every write pays for and few queries use to the end.
    WideIndex = "wide-index", Advice;
    /// An index by hash, which orders nothing and holds no key.
    HashIndex = "hash-index", Advice;
    /// A name of more than 63 bytes, of which the server keeps the first 63.
    LongName = "long-name", Advice;
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no hazard of that name.
///
/// ```
/// use migration_planner::Hazard;
///
/// let unknown = "drops-colum".parse::<Hazard>().unwrap_err();
/// assert_eq!((unknown.name.as_str(), unknown.near.as_slice()), ("drops-colum", ["drops-column".to_owned()].as_slice()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no hazard is called {name}{}", hint(near))]
#[non_exhaustive]
pub struct UnknownHazard {
    /// What was asked for.
    pub name: String,
    /// Names that are like it, the nearest first.
    pub near: Vec<String>,
}

fn hint(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(": did you mean {}?", near.join(" or ")) }
}

impl FromStr for Hazard {
    type Err = UnknownHazard;

    fn from_str(name: &str) -> Result<Self, UnknownHazard> {
        let names = Self::ALL.iter().map(|hazard| hazard.name());
        Self::ALL
            .iter()
            .find(|hazard| hazard.name() == name)
            .copied()
            .ok_or_else(|| UnknownHazard { name: name.to_owned(), near: nearest(name, names) })
    }
}
