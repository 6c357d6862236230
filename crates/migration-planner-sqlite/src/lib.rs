//! Runs plans of [`migration_planner`] on SQLite, and looks at its schema and usage.
//!
//! - [`introspect`] looks at a database and returns what a planner needs.
//! - [`Runner`] brings a plan about, phase by phase. All it knows is in the database itself: it can be killed at any
//!   instant and resumes from there.
//! - [`rehearse`] tries a consumer's statements against the schema as a plan will leave it.
//!
//! See [`Runner`] for a whole change in 20 lines.
//!
//! # Evidence from the application
//! SQLite's authorizer tells which columns a statement uses. Three lines of the application's own `rusqlite` (feature
//! `hooks`) feed that to a [`ColumnUse`](migration_planner::ColumnUse), so no type of a driver's version is in anybody's
//! signature:
//!
//! ```
//! use migration_planner::{ColumnRef, ColumnUse};
//! use migration_planner_sqlite::{Clock, SystemClock};
//! use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
//!
//! let usage = ColumnUse::of(ColumnRef::new("users", "legacy_name"), SystemClock.now());
//! let mut connection = rusqlite::Connection::open_in_memory()?;
//!
//! let probe = usage.connection();
//! connection.authorizer(Some(move |context: AuthContext<'_>| {
//!     match context.action {
//!         AuthAction::Read { table_name, column_name } => probe.read(table_name, column_name, context.accessor),
//!         AuthAction::Update { table_name, column_name } => probe.updated(table_name, column_name, context.accessor),
//!         AuthAction::Insert { table_name } => probe.inserted(table_name, context.accessor),
//!         _ => {}
//!     }
//!     Authorization::Allow
//! }))?;
//!
//! connection.execute_batch("CREATE TABLE users (name TEXT, legacy_name TEXT)")?;
//! connection.prepare("SELECT legacy_name FROM users")?;
//! // Every minute, say: `runner.record(&usage.evidence("application", "web-1", SystemClock.now()))`
//! assert!(usage.evidence("application", "web-1", SystemClock.now()).is_contrary());
//! # Ok::<(), rusqlite::Error>(())
//! ```
//!
//! **Cached statements.** The authorizer is asked when a statement is *prepared*, and a cached one is prepared once. That
//! does not open a gate too early: a use stays in force for as long as the connection's hook lives, so a connection that
//! has ever prepared such a statement speaks against the gate in every window. To let it forget, give the connection a
//! fresh hook (the lines above, once more; say when the pool hands it out and the old one is older than a window).
//! Setting an authorizer makes SQLite prepare every cached statement anew before it runs next, so a statement that
//! is still in use is seen by the fresh hook, and one that is not no longer counts.
//!
//! **Inserts.** The authorizer tells the table of an insert and not its columns. Where the application inserts into the
//! table, the gate therefore asks for a second kind of evidence: [`rehearse`] its statements. And from the first phase of a
//! removal on, triggers in the database count every update of the column and every insert that gives it another value than
//! its default, by whomever: that closes the gates of all consumers, since triggers do not see who it was.
//!
//! **Several processes.** Each records under a name of its own. The gate opens when one of them was quiet for long
//! enough and none of them saw a use since; make sure that all of them record.
//!
//! # What it is not
//! Not a migration tool for changes that are safe in one go, and no replacement for one. It has no command line: that is
//! the crate `cutover`.
//!
//! # Features
//! - `metrics` records durations and row counts through the facade of that name; see `describe_metrics`.
//! - `tracing` tells through the facade of that name of steps, phases, batches and drift.

mod backfill;
mod connection;
mod error;
mod introspect;
mod lease;
mod letters;
mod options;
mod pause;
mod probe;
mod rehearsal;
mod runner;
mod shape;
mod store;
mod telemetry;
mod watch;

pub use error::{DatabaseError, RunError};
pub use introspect::{Introspection, introspect};
/// The words of all runners: they are those of [`migration_planner::run`].
pub use migration_planner::run::{
    Advance, Clock, DryRun, DryStep, Event, JournalEntry, OnDrift, Pause, PhaseState, PhaseStatus, Progress, Status,
    SystemClock,
};
pub use options::RunnerOptions;
pub use rehearsal::rehearse;
pub use runner::Runner;
#[cfg(feature = "metrics")]
pub use telemetry::describe_metrics;
