//! Looks at PostgreSQL databases, and measures what statements do to them, for [`migration_planner`].
//!
//! - [`introspect`] looks at a database and returns what a planner needs.
//! - [`CatalogSnapshot`] is the whole catalog as text: what "restores the catalog exactly" is measured with.
//! - [`Measure`] runs statements on a copy of a database and shows the locks they really take, beside those that
//!   [`PostgresCatalog`](migration_planner::PostgresCatalog) predicts.
//!
//! ```
//! use migration_planner_postgres::{CatalogSnapshot, introspect};
//!
//! # let Some(database) = postgres_for_tests::database() else { return Ok(()) };
//! # let url = database.url();
//! let found = introspect(&url)?;
//! println!("{} with {} tables", found.server, found.schema.tables().len());
//! println!("{}", CatalogSnapshot::of(&url)?);
//! # Ok::<(), migration_planner_postgres::DatabaseError>(())
//! ```
//!
//! Servers from PostgreSQL 15 on are supported; it is tested on 15. Sessions call themselves `cutover-` and a number
//! (`application_name`), use no prepared statements and set nothing for longer than a transaction.
//!
//! # What it is not
//! It does not run plans. Connections are not encrypted: reach a server over its socket, on the same machine, or through a tunnel.

mod batches;
mod blockers;
mod clock;
mod companion;
mod connection;
mod error;
mod introspect;
mod journal;
mod lease;
mod measure;
mod name;
mod options;
mod outside;
mod pause;
mod probe;
mod progress;
mod redact;
mod run_error;
mod runner;
mod session;
mod shape;
mod snapshot;
mod store;
mod telemetry;
mod turn;

pub use blockers::Blocker;
pub use clock::{Clock, SystemClock};
pub use error::DatabaseError;
pub use introspect::{Introspection, introspect};
pub use journal::{Event, JournalEntry};
pub use measure::{Measure, Measurement, Observed, PlanMeasurement, StepMeasurement};
pub use options::{OnDrift, RunnerOptions};
pub use pause::Pause;
pub use progress::Progress;
pub use run_error::RunError;
pub use runner::{Advance, DryRun, DryStep, PhaseState, PhaseStatus, Runner, Status};
pub use snapshot::CatalogSnapshot;
#[cfg(feature = "metrics")]
pub use telemetry::describe_metrics;
