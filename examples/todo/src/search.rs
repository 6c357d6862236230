//! The call site of the change: which query answers, and the experiment that compares all three.

use std::sync::atomic::{AtomicU64, Ordering};

use experiment::Lab;
use feature_flags::Flags;

use crate::store::{Store, StoreError, UsersQuery};
use crate::user::{Found, NameStart, User};

/// The flag that moves users from the old query to the new one.
pub const NEW_QUERY: &str = "new-users-query";

/// The flag that compares the queries on the requests that the old one answers.
pub const COMPARE: &str = "compare-users-queries";

/// Finds users, by the query that the flags say.
#[derive(Debug)]
pub struct Search {
    flags: Flags,
    lab: Lab,
    old_path: AtomicU64,
}

impl Search {
    /// Searches by the rules in `flags`; experiments report to `lab`.
    pub fn new(flags: Flags, lab: Lab) -> Self {
        Self { flags, lab, old_path: AtomicU64::new(0) }
    }

    /// The first `limit` users whose name starts with `start`, for `caller`, and the query that found them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be read.
    pub fn users(
        &self,
        store: &Store,
        caller: &User,
        start: &NameStart,
        limit: u32,
    ) -> Result<(UsersQuery, Vec<Found>), StoreError> {
        store.searching(|db| {
            if self.flags.enabled(NEW_QUERY, caller) {
                return Ok((UsersQuery::New, db.starting_with(UsersQuery::New, start, limit)?));
            }
            self.old_path.fetch_add(1, Ordering::Relaxed);
            let found = if self.flags.enabled(COMPARE, caller) {
                self.lab
                    .experiment("users-query")
                    .control(|| db.starting_with(UsersQuery::Old, start, limit))
                    .candidate("new", || db.starting_with(UsersQuery::New, start, limit))
                    .candidate("fancy", || db.starting_with(UsersQuery::Fancy, start, limit))
                    .compare_with(same)
                    .explain_with(|old, other| difference(start.as_str(), old, other))
                    .run()?
            } else {
                db.starting_with(UsersQuery::Old, start, limit)?
            };
            Ok((UsersQuery::Old, found))
        })?
    }

    /// How many searches the old query has answered.
    pub fn old_path_hits(&self) -> u64 {
        self.old_path.load(Ordering::Relaxed)
    }

    /// The flags it searches by.
    pub fn flags(&self) -> &Flags {
        &self.flags
    }

    /// Where its experiments report.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }
}

type Answer = Result<Vec<Found>, StoreError>;

/// Two answers are the same if the same users were found in the same order; errors are never the same as anything.
fn same(old: &Answer, other: &Answer) -> bool {
    matches!((old, other), (Ok(old), Ok(other)) if old == other)
}

/// Where two answers part, in words. Names of users stay out of it: it is kept for people to read.
fn difference(start: &str, old: &Answer, other: &Answer) -> String {
    let (old, other) = match (old, other) {
        (Ok(old), Ok(other)) => (old, other),
        (Err(error), _) | (_, Err(error)) => return format!("searching for {start:?}: {error}"),
    };
    let place = old.iter().zip(other).take_while(|(old, other)| old == other).count();
    let at = |found: &[Found]| match found.get(place) {
        None => "nobody".to_owned(),
        Some(Found { id, name }) if name.is_empty() => format!("user {id}, whose name is empty"),
        Some(Found { id, .. }) => format!("user {id}"),
    };
    format!("searching for {start:?}: place {} holds {} and should hold {}", place + 1, at(other), at(old))
}
