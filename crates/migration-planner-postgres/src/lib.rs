//! Runs plans of [`migration_planner`] on PostgreSQL, looks at its schema, and measures what statements do to it.
//!
//! - [`introspect`] looks at a database and returns what a planner needs.
//! - [`Runner`] brings a plan about, phase by phase. All it knows is in the database itself: it can be killed at any instant and
//!   resumes from there.
//! - [`CatalogSnapshot`] is the whole catalog as text: what "restores the catalog exactly" is measured with.
//! - [`Measure`] runs statements, or a whole plan, on a copy of a database and shows the locks they really take, beside those that
//!   [`PostgresCatalog`](migration_planner::PostgresCatalog) predicts.
//!
//! ```
//! use migration_planner::{Change, ColumnRef, Evidence, Finding, Planner, Window};
//! use migration_planner_postgres::{Advance, Clock, Runner, SystemClock, introspect};
//!
//! # let Some(database) = postgres_for_tests::database() else { return Ok(()) };
//! # let url = database.url();
//! # postgres::Client::connect(&url, postgres::NoTls)?
//! #     .batch_execute("CREATE TABLE users (id bigint PRIMARY KEY, name text, legacy_name text)")?;
//! let found = introspect(&url)?;
//! let plan = Planner::new(&found.schema, found.server).plan(&Change::drop_column("users", "legacy_name"))?;
//! let mut runner = Runner::open(&url)?;
//! runner.begin(&plan)?;
//! assert!(matches!(runner.advance()?, Advance::Held { .. })); // nothing is known of the application yet
//!
//! for consumer in ["application", "etl", "reporting"] {
//!     let said = Finding::attestation("searched all of it");
//!     let now = Window::instant(SystemClock.now());
//!     runner.record(&Evidence::new(consumer, ColumnRef::new("users", "legacy_name"), said, now, "ada"))?;
//! }
//! while runner.advance()? != Advance::Finished {}
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Servers from PostgreSQL 15 on are supported; it is tested on 15. Sessions call themselves `cutover-` and a number
//! (`application_name`), use no prepared statements and set nothing for longer than a transaction, but for statements that the
//! server refuses in one, which have a session of their own.
//!
//! # What it is not
//! Not a migration tool for changes that are safe in one go, and no replacement for one. It has no command line: that is the crate
//! `cutover`.
//!
//! # Encryption
//! Addresses say whether connections are encrypted as those of PostgreSQL's own programs do: `sslmode` is `disable`, `prefer` (where
//! nothing is said: encrypted if both sides can, and nothing is asked of the server), `require`, `verify-ca` (the server has a
//! certificate of somebody in the file `sslrootcert`) or `verify-full` (and it is for the host's name); `sslrootcert=system` trusts
//! whom the operating system trusts, and `sslcert` and `sslkey` are one's own certificate. It takes the feature `tls`: without it,
//! `prefer` is not encrypted, and what asks for more is refused ([`DatabaseError::CannotEncrypt`]) before anything is sent.
//!
//! # Features
//! `tls` encrypts connections, by rustls; `metrics` records durations and row counts through the facade of that name, see
//! `describe_metrics`; `tracing` tells of steps,
//! phases, batches, waiting and drift.

mod batches;
mod blockers;
mod companion;
mod connection;
mod encryption;
mod error;
mod inspector;
mod introspect;
mod lease;
mod measure;
mod name;
mod options;
mod outside;
mod pause;
mod probe;
mod redact;
mod run_error;
mod runner;
mod scratch;
mod session;
mod shape;
mod snapshot;
mod store;
mod telemetry;
#[cfg(feature = "tls")]
mod tls;
mod turn;

pub use error::DatabaseError;
pub use inspector::Inspector;
pub use introspect::{Introspection, introspect};
pub use measure::{Measure, Measurement, Observed, PlanMeasurement, StepMeasurement};
/// The words of all runners: they are those of [`migration_planner::run`].
pub use migration_planner::run::{
    Advance, Blocker, Clock, DryRun, DryStep, Event, JournalEntry, OnDrift, Pause, PhaseState, PhaseStatus, Progress,
    Status, SystemClock,
};
pub use options::RunnerOptions;
pub use run_error::RunError;
pub use runner::Runner;
pub use scratch::Scratch;
pub use snapshot::CatalogSnapshot;
#[cfg(feature = "metrics")]
pub use telemetry::describe_metrics;
