//! Counts how a consumer uses a column, from what its database driver tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::evidence::{Evidence, Finding};
use crate::name::{ColumnRef, is_reserved, same_name};
use crate::time::{Timestamp, Window};

/// Counts how a consumer uses one column, over windows of time.
///
/// Clone it freely: clones count together. Each connection gets a [`ConnectionUse`], which the driver's hook calls.
///
/// # What makes the counts honest
/// Drivers tell when a statement is *prepared*, not when it runs, and prepared statements are cached. So a use stays in
/// force for as long as the connection that prepared it has its [`ConnectionUse`]: every later window counts it again,
/// although nothing was prepared. It ends when the connection is closed, or when its hook is replaced by that of a
/// fresh [`connection`](Self::connection) *and the cached statements are gone or are prepared again*. SQLite does
/// the latter by itself: setting an authorizer makes every cached statement be prepared anew when it runs next.
///
/// An insert's columns are not told by SQLite's authorizer; [`inserted`](ConnectionUse::inserted) counts them apart and a
/// [`Gate`](crate::Gate) then asks for a rehearsal of the statements as well.
///
/// ```
/// use migration_planner::{ColumnRef, ColumnUse, Timestamp};
///
/// let start = Timestamp::from_unix_millis(0);
/// let usage = ColumnUse::of(ColumnRef::new("users", "legacy_name"), start);
/// let connection = usage.connection();
/// connection.read("users", "legacy_name", None); // called by the driver's hook
///
/// let evidence = usage.evidence("application", "web-1", Timestamp::from_unix_millis(1_000));
/// assert!(evidence.is_contrary());
/// ```
#[derive(Debug, Clone)]
pub struct ColumnUse {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    object: ColumnRef,
    window_start: AtomicU64,
    reads: AtomicU64,
    writes: AtomicU64,
    inserts: AtomicU64,
    live: AtomicU64,
    /// Connections of this window, also those that have been closed in it.
    seen: AtomicU64,
    reading: Standing,
    writing: Standing,
    inserting: Standing,
}

/// Connections that have a use prepared, which may run again without anybody being told.
#[derive(Debug, Default)]
struct Standing {
    now: AtomicU64,
    /// Those that were closed in this window: until then, the use was in force.
    ended: AtomicU64,
}

impl Standing {
    fn begin(&self) {
        self.now.fetch_add(1, Ordering::SeqCst);
    }

    /// In this order, and counted in the other one, so that no window misses it: at worst it is told in one too many.
    fn end(&self) {
        self.ended.fetch_add(1, Ordering::SeqCst);
        self.now.fetch_sub(1, Ordering::SeqCst);
    }

    /// How many were in force at some time of the window that ends.
    fn end_window(&self) -> u64 {
        let now = self.now.load(Ordering::SeqCst);
        now + self.ended.swap(0, Ordering::SeqCst)
    }
}

impl ColumnUse {
    /// Starts counting uses of `object` at the instant `from`.
    pub fn of(object: ColumnRef, from: Timestamp) -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            shared: Arc::new(Shared {
                object,
                window_start: AtomicU64::new(from.as_unix_millis()),
                reads: zero(),
                writes: zero(),
                inserts: zero(),
                live: zero(),
                seen: zero(),
                reading: Standing::default(),
                writing: Standing::default(),
                inserting: Standing::default(),
            }),
        }
    }

    /// What the hook of one connection calls. Dropping it says that the connection, and what it had prepared, is gone.
    pub fn connection(&self) -> ConnectionUse {
        self.shared.live.fetch_add(1, Ordering::SeqCst);
        self.shared.seen.fetch_add(1, Ordering::SeqCst);
        ConnectionUse {
            shared: Arc::clone(&self.shared),
            reads: AtomicBool::new(false),
            writes: AtomicBool::new(false),
            inserts: AtomicBool::new(false),
        }
    }

    /// Ends the window at `now` and returns what was seen in it; the next window starts there.
    ///
    /// `author` names the process, so that the gate can join its windows: use one that stays the same for as long as
    /// this value lives, and another one after a restart is fine, since a restart is a gap.
    pub fn evidence(&self, consumer: impl Into<String>, author: impl Into<String>, now: Timestamp) -> Evidence {
        let shared = &*self.shared;
        // Counts first: what is seen after `now` was read may at worst be told one window too early, never not at all.
        let counted =
            |window: &AtomicU64, standing: &Standing| window.swap(0, Ordering::SeqCst).max(standing.end_window());
        let reads = counted(&shared.reads, &shared.reading);
        let writes = counted(&shared.writes, &shared.writing);
        let inserts = counted(&shared.inserts, &shared.inserting);
        let connections = shared.seen.swap(shared.live.load(Ordering::SeqCst), Ordering::SeqCst);
        let from = Timestamp::from_unix_millis(shared.window_start.swap(now.as_unix_millis(), Ordering::SeqCst));
        let window = Window::new(from, now).unwrap_or(Window::instant(now));
        let finding = Finding::usage(connections, reads, writes, inserts);
        Evidence::new(consumer, shared.object.clone(), finding, window, author)
    }
}

/// What one connection tells of its uses. See [`ColumnUse`].
///
/// Each call costs a comparison of names and, if they are the column's, two atomic additions.
///
/// ```
/// use migration_planner::{ColumnRef, ColumnUse, Timestamp};
///
/// let usage = ColumnUse::of(ColumnRef::new("users", "name"), Timestamp::from_unix_millis(0));
/// let connection = usage.connection();
/// connection.updated("users", "name", Some("_cutover_sync_old_users_name")); // a plan's own trigger: not counted
/// assert!(!usage.evidence("application", "web-1", Timestamp::from_unix_millis(1)).is_contrary());
/// ```
#[derive(Debug)]
pub struct ConnectionUse {
    shared: Arc<Shared>,
    reads: AtomicBool,
    writes: AtomicBool,
    inserts: AtomicBool,
}

impl ConnectionUse {
    /// A statement reads `column` of `table`. `within` is the trigger or view that does so, if it is not the statement
    /// itself: what a plan's own triggers do is not the consumer's use.
    pub fn read(&self, table: &str, column: &str, within: Option<&str>) {
        if self.is_meant(table, column, within) {
            note(&self.shared.reads, &self.reads, &self.shared.reading);
        }
    }

    /// A statement sets `column` of `table`.
    pub fn updated(&self, table: &str, column: &str, within: Option<&str>) {
        if self.is_meant(table, column, within) {
            note(&self.shared.writes, &self.writes, &self.shared.writing);
        }
    }

    /// A statement inserts into `table`, nobody knows into which columns.
    pub fn inserted(&self, table: &str, within: Option<&str>) {
        if self.is_meant(table, self.shared.object.column(), within) {
            note(&self.shared.inserts, &self.inserts, &self.shared.inserting);
        }
    }

    fn is_meant(&self, table: &str, column: &str, within: Option<&str>) -> bool {
        let object = &self.shared.object;
        same_name(object.column(), column)
            && same_name(object.table().name(), table)
            && !within.is_some_and(is_reserved)
    }
}

impl Drop for ConnectionUse {
    fn drop(&mut self) {
        let end = |mark: &AtomicBool, standing: &Standing| {
            if mark.load(Ordering::SeqCst) {
                standing.end();
            }
        };
        end(&self.reads, &self.shared.reading);
        end(&self.writes, &self.shared.writing);
        end(&self.inserts, &self.shared.inserting);
        self.shared.live.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Counts a use in the window, and marks the connection as one that has it prepared.
fn note(window: &AtomicU64, mark: &AtomicBool, standing: &Standing) {
    window.fetch_add(1, Ordering::SeqCst);
    if !mark.swap(true, Ordering::SeqCst) {
        standing.begin();
    }
}
