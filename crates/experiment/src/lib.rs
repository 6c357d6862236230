//! Run old and new code side by side on live traffic, and say which is right and which is faster.
//!
//! A **control** is the code in production; **candidates** are to replace it. All of them run on the same call, in
//! random
//! order. The caller always gets the control's own value, error or panic. What was observed goes into a [`Report`],
//! which answers two
//! questions: do the results match, and how long does each take?
//!
//! ```
//! use experiment::experiment;
//! # struct Db;
//! # fn old_query(_: &Db) -> Vec<&'static str> { vec!["Ann", "Bob"] }
//! # fn new_query(_: &Db) -> Vec<&'static str> { vec!["Ann", "Bob"] }
//! # fn fancy_query(_: &Db) -> Vec<&'static str> { vec!["Ann"] }
//! # let db = Db;
//!
//! let users = experiment("users-query")
//!     .control(|| old_query(&db))
//!     .candidate("new", || new_query(&db))
//!     .candidate("fancy", || fancy_query(&db))
//!     .run();                                                  // always the control's value
//! # assert_eq!(users.len(), 2);
//!
//! println!("{}", experiment("users-query").report());
//! ```
//!
//! [`experiment()`] uses one process-wide default lab. Libraries, tests and larger applications own a [`Lab`] instead
//! and pass it
//! around; `lab.experiment("users-query")` is the same from there on.
//!
//! # Ways to run
//! - [`Run::run`] runs all behaviours on the caller's thread, one after the other: the call takes as long as all of
//!   them together.
//! - [`Run::run_in_background`] gives the caller its value as soon as the control has returned; candidates follow on a
//!   bounded [`Pool`].
//! - [`Run::run_concurrently`] starts candidates at the same moment as the control, and gives the caller its value as soon
//!   as that has returned.
//! - [`Experiment::control_async`] does all of it with futures, on whatever runtime the caller has.
//!
//! # What it is careful about
//! - **The caller.** Panics of candidates, comparators, rules, descriptions, hooks, clocks, gates, publishers and
//!   executors never reach it; the
//!   control's panic is passed on unchanged. A candidate that does harm is no longer run ([`BreakerPolicy`]), and what
//!   candidates may
//!   cost has [`Limits`], a [`Rate`] and a switch.
//! - **Honesty.** The report accounts for every run, says what its numbers are about, and its verdict holds however
//!   often somebody looks
//!   ([`Report::verdicts`]). What is undecided is called so.
//! - **User data.** Results are compared and dropped. They are stored only in the words that a call site gives with
//!   [`Run::describe_with`] or [`Run::explain_with`].
//! - **Memory and time.** Inline, nothing is allocated per call in steady state. A candidate takes at most 64 KB, its
//!   cohorts, samples and
//!   differences included (more only where a [`Threshold`] counts more than a hundred events), and the background a queue of fixed
//!   length, or tasks up to a fixed number, whatever the traffic. What calls cost is in `benches/experiment.rs`.
//!
//! # What it is not
//! It is not a place for writes: every behaviour really runs, so candidates must only read, or write where nobody
//! looks. It is no
//! benchmark: behaviours share the machine with everything else. It cannot stop code that never returns: it reports it,
//! and stops starting more
//! of it. With `panic = "abort"` no panic can be contained; each lab says so once ([`Operation::Contain`]).
//!
//! # Extension points
//! [`Sampler`] (who takes part), [`Publisher`] (where results go), [`Comparator`] (what is the same), [`Clock`] (what time it is), [`Executor`] (who
//! runs candidates in the
//! background). Publishers are checked by [`testing::publisher_conformance`].
//!
//! # Features
//! - `metrics`: [`MetricsPublisher`], for the facade of that name.
//! - `json`: reports and runs as lines of JSON in rotating files ([`JsonLines`]) or any writer ([`ReportWriter`]), and
//!   those of several processes as one ([`ReportLog`]); inputs of mismatches kept for a test ([`replay`]); turns `serde` on.
//! - `regex`: regular expressions in the rules of differences; turns `serde` on.
//! - `tracing`: [`TracingPublisher`], for the facade of that name.
//! - `serde`: reports, outcomes and samples can be stored; [`Run::diff`] counts where results differ, path by path.

#![allow(clippy::type_complexity, reason = "a call is its type: that is what saves the boxes")]

mod around;
mod asynchronous;
mod background;
mod breaker;
mod candidates;
mod chance;
mod clock;
mod cohorts;
mod comparing;
mod comparison;
mod concurrent;
mod context;
mod default_lab;
mod definition;
mod description;
#[cfg(feature = "serde")]
pub mod diff;
mod dropped;
mod executor;
mod experiment;
mod failure;
mod hopper;
mod how;
mod inline;
#[cfg(feature = "json")]
mod json_lines;
mod key;
mod lab;
mod latency;
mod limits;
#[cfg(feature = "json")]
mod lines;
mod listed;
mod mismatch;
mod name;
mod observation;
mod order;
mod outcome;
mod pool;
mod prepared;
mod progress;
mod promotion;
mod publisher;
mod rate;
mod recorder;
#[cfg(feature = "json")]
mod replay;
mod report;
#[cfg(feature = "json")]
mod report_log;
#[cfg(feature = "json")]
mod report_writer;
mod room;
mod run;
mod sampler;
mod samples;
mod seen;
mod settling;
mod shadow;
mod slot;
mod standing;
mod surrounding;
mod sync;
mod table;
mod tallies;
mod task;
pub mod testing;
mod watch;
mod who;

pub use breaker::{BreakerPolicy, Threshold, ThresholdError};
pub use clock::Clock;
pub use cohorts::CohortError;
pub use comparison::{Comparator, Equality};
pub use context::ContextValue;
pub use default_lab::{InstallError, default_lab, experiment, install_default_lab};
pub use description::Sample;
pub use executor::{Executor, Job};
pub use experiment::Experiment;
pub use failure::{InternalFailure, Operation};
#[cfg(feature = "json")]
pub use json_lines::{JsonLines, JsonLinesError, JsonLinesOptions};
pub use key::Key;
pub use lab::Lab;
pub use latency::LatencyBucket;
pub use limits::Limits;
pub use listed::CandidateList;
pub use mismatch::{Mismatch, Reaction};
pub use name::NameError;
pub use observation::{CandidateResult, Observation, RunResult};
pub use order::Order;
pub use outcome::{HeldBack, Outcome, Reason};
pub use pool::Pool;
pub use promotion::PromoteError;
#[cfg(feature = "tracing")]
pub use publisher::TracingPublisher;
pub use publisher::{KeptResult, MemoryPublisher, NoPublisher, PublishError, Publisher, QueuedPublisher};
#[cfg(feature = "metrics")]
pub use publisher::{MetricsPublisher, describe_metrics};
pub use rate::{Rate, RateError};
#[cfg(feature = "json")]
pub use replay::{Differing, Place, Replayed, replay};
pub use report::{
    BehaviorReport, CandidateInCohort, CandidateReport, CandidateVerdict, Claims, CohortReport, CohortVerdict,
    LatencyReport, MatchFinding, MergeError, Report, WeightedRate, html_page,
};
#[cfg(feature = "serde")]
pub use report::{PathVerdict, PathsFinding, PathsVerdict};
#[cfg(feature = "json")]
pub use report_log::{BadLine, LineFault, ReadError, ReportLog};
#[cfg(feature = "json")]
pub use report_writer::ReportWriter;
pub use run::Run;
pub use sampler::{Call, Sampler, Sampling};
pub use settling::Unsettled;
pub use task::Task;

/// The version of this crate, as in its manifest: for pages that say what made a report.
///
/// ```
/// assert_eq!(experiment::VERSION.split('.').count(), 3);
/// ```
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
