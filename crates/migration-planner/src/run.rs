//! What every runner has in common, whatever database it runs plans on: where a plan stands, what is told of it, what its gates
//! say, what can go wrong.
//!
//! Nothing here does any input or output. `migration-planner-postgres` and `migration-planner-sqlite` are written against it and
//! give these types to their users; a runner for another server is written against it in the same way. What is left to it is to
//! do the work and to keep what is to be kept:
//!
//! - a journal of [`Event`]s that only grows, each written in the transaction of what it tells. [`Position`] reads it: what is
//!   done, what was begun, what comes next;
//! - the records of [`Evidence`](crate::Evidence). [`Judgement`] says whether they open the gates that have to be open;
//! - [`Phase::way_back`](crate::Phase::way_back), the pieces in which a phase is undone;
//! - [`Progress`], [`Status`] and [`DryRun`] for people, [`RunError`] for what can go wrong.
//!
//! ```
//! use migration_planner::run::{Event, Judgement, Position, Status};
//! use migration_planner::{Change, Column, Evidence, Phase, Plan, Planner, Schema, Server, Table, Timestamp, Undo, UndoPiece};
//!
//! /// A database that exists in words alone: what was run, and the journal.
//! #[derive(Default)]
//! struct Words {
//!     said: Vec<String>,
//!     journal: Vec<Event>,
//! }
//!
//! /// Works on the next phase.
//! fn advance(words: &mut Words, plan: &Plan, evidence: &[Evidence], now: Timestamp) {
//!     let position = Position::of(&words.journal);
//!     let Some(index) = position.next_phase(plan) else { return };
//!     let phase = &plan.phases()[index];
//!     for step in phase.steps().iter().filter(|step| !position.has_step(phase, step.id())) {
//!         words.said.push(step.title().to_owned());
//!         words.journal.push(Event::step_done(phase.id(), step.id(), false));
//!     }
//!     let judgement = Judgement::of(plan, index, evidence, now);
//!     if judgement.is_open() {
//!         words.journal.push(Event::phase_done(phase.id(), judgement.own().cloned()));
//!     }
//! }
//!
//! /// Undoes a phase.
//! fn back(words: &mut Words, phase: &Phase) {
//!     let position = Position::of(&words.journal);
//!     for piece in phase.way_back(|step| position.has_step(phase, step.id())) {
//!         let steps = match piece {
//!             UndoPiece::Together(steps) => steps, // in one transaction
//!             UndoPiece::Outside(step) => vec![step],
//!         };
//!         for step in steps {
//!             if let Undo::Sql { statements, .. } | Undo::SqlOutside { statements, .. } = step.undo() {
//!                 words.said.extend(statements.clone());
//!             }
//!             words.journal.push(Event::step_undone(phase.id(), step.id()));
//!         }
//!     }
//! }
//!
//! let schema = Schema::new().with_table(Table::new("users").with_column(Column::new("id", "bigint").primary_key()));
//! let change = Change::add_column("users", Column::new("city", "text"));
//! let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&change)?;
//! let (mut words, now) = (Words { said: Vec::new(), journal: vec![Event::Adopted] }, Timestamp::from_unix_millis(0));
//!
//! advance(&mut words, &plan, &[], now);
//! let status = Status::of(&plan, &Position::of(&words.journal), &[], now);
//! assert_eq!(status.phases[0].steps_done, 1);
//!
//! back(&mut words, &plan.phases()[0]);
//! assert_eq!(words.said, ["add `users.city`", "ALTER TABLE users DROP COLUMN city"]);
//! assert_eq!(Position::of(&words.journal).next_phase(&plan), Some(0));
//! # Ok::<(), migration_planner::Refusal>(())
//! ```

mod advance;
mod blocker;
mod clock;
mod dry_run;
mod error;
mod event;
mod judgement;
mod on_drift;
mod pause;
mod position;
mod progress;
mod status;

pub use advance::Advance;
pub use blocker::Blocker;
pub use clock::{Clock, SystemClock};
pub use dry_run::{DryRun, DryStep};
pub use error::RunError;
pub use event::{Event, JournalEntry};
pub use judgement::Judgement;
pub use on_drift::OnDrift;
pub use pause::Pause;
pub use position::Position;
pub use progress::{Pace, Progress};
pub use status::{PhaseState, PhaseStatus, Status};
