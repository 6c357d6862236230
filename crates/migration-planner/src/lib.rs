//! Split one schema change into separately deployable, gated, reversible phases.
//!
//! "Let's remove a column": first the application stops using it, then the ETL jobs, then the reports, and only then it
//! goes. Each is a phase of its own, deployed by whoever owns it, and the last one waits until it has been *shown* that
//! the others have happened.
//!
//! ```
//! use migration_planner::{Change, Column, Planner, Schema, Server, Table};
//!
//! let schema = Schema::new().with_table(
//!     Table::new("users")
//!         .with_column(Column::new("id", "INTEGER").primary_key())
//!         .with_column(Column::new("legacy_name", "TEXT")),
//! );
//! let server = Server::sqlite(3, 54, 1).with_rows("users", 100_000);
//!
//! let plan = Planner::new(&schema, server).plan(&Change::drop_column("users", "legacy_name"))?;
//! println!("{}", plan.to_markdown());
//! # Ok::<(), migration_planner::Refusal>(())
//! ```
//!
//! # The pieces
//! - [`Schema`] and [`Server`] say what is there. Build them by hand, or let an adapter look:
//!   `migration-planner-sqlite` has `introspect`.
//! - [`Change`] says what shall be different, [`Planner`] makes a [`Plan`] of it or a [`Refusal`] with the reason.
//! - A [`Plan`] is a list of [`Phase`]s, each with [`Step`]s and how they are undone. It has a content hash and a
//!   [stable JSON form](Plan::to_json), and can be [read](Plan::to_markdown) [by](Plan::to_text) [people](Plan::to_mermaid).
//! - A [`Gate`] judges [`Evidence`]: open, closed with reasons, or unknown, which is never taken for open.
//! - [`ColumnUse`] makes evidence out of what a database driver tells of the statements that pass through it.
//! - [`run`] holds what all runners have in common: journal, status, progress, errors. A runner for another server starts there.
//!
//! # What it is not
//! It does no I/O, reads no clock by itself and knows no database driver: `migration-planner-sqlite` and
//! `migration-planner-postgres` run plans. It does not guess:
//! a change that cannot be done safely is refused, and a rename is only ever planned if asked for by name.

mod change;
mod consumer;
mod diff;
mod evidence;
mod files;
mod gate;
mod hash;
mod lint;
mod name;
mod nearest;
mod phase;
mod plan;
mod planner;
mod policy;
mod postgres;
mod refusal;
mod render;
pub mod run;
mod schema;
mod server;
mod sql;
mod step;
mod subject;
mod time;
mod usage;

pub use change::{Change, Derived};
pub use consumer::{Consumer, ConsumerKind};
pub use diff::{DiffError, Inexpressible, SchemaDiff, SchemaDiffer};
pub use evidence::{Evidence, Finding};
pub use files::{FileWriter, FilesError, MigrationFile};
pub use gate::{Gate, GateReason, GateState};
pub use hash::Fingerprint;
pub use lint::{Hazard, Layout, LayoutError, Lint, LintReport, Linter, Migration, Severity, Suppressed, UnknownHazard};
pub use name::{ColumnRef, ObjectName, RESERVED_PREFIX};
pub use phase::{Deployer, Phase, PhaseKind, UndoPiece};
pub use plan::{Plan, PlanFileError, Shape};
pub use planner::Planner;
pub use policy::Policy;
pub use postgres::{Effect, PostgresCatalog};
pub use refusal::{Dependent, Refusal};
pub use schema::{
    Column, ColumnSetting, Constraint, Detail, Generated, Grant, Identity, Index, Object, ObjectKind, Schema, Table,
    Trigger, TriggerEvent, View,
};
#[cfg(feature = "syntax")]
pub use schema::{Omitted, SchemaError, SchemaReader};
pub use server::{Server, ServerKind, ServerVersion};
#[cfg(feature = "syntax")]
pub use sql::SyntaxError;
pub use sql::{Dialect, ScriptPart};
pub use step::{HeldLock, Impact, Key, LockMode, Probe, Repair, Retry, Step, Timeouts, TransactionMode, Undo, Work};
pub use subject::Subject;
pub use time::{Timestamp, Window};
pub use usage::{ColumnUse, ConnectionUse};
