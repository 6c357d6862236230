//! Why a runner did not do what it was asked to.

use std::error::Error;

use super::blocker::Blocker;
use crate::hash::Fingerprint;
use crate::name::ObjectName;
use crate::plan::PlanFileError;
use crate::refusal::Refusal;
use crate::server::Server;
use crate::time::Timestamp;

/// Why a runner did not do what it was asked to; `D` is what can go wrong with its database.
///
/// Whatever it says, the database is either as it was before the call, or at a point from which the call can be repeated: what
/// runs in a transaction was rolled back, and what cannot is in the journal as begun, and is mended and finished, or undone,
/// by the next call.
///
/// ```
/// use migration_planner::run::RunError;
///
/// let error: RunError<std::io::Error> = RunError::past_return("drop-column");
/// assert_eq!(error.to_string(), "step `drop-column` cannot be undone: the point of no return has been passed");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError<D: Error + 'static> {
    /// The database itself failed.
    #[error(transparent)]
    Database(#[from] D),
    /// No plan was begun in this database.
    #[error("no plan was begun in this database")]
    NoPlan,
    /// Another plan is under way: finish it or roll it back first.
    #[error("plan {} is under way in this database", hash.short())]
    #[non_exhaustive]
    PlanUnderWay {
        /// The plan that is under way.
        hash: Fingerprint,
    },
    /// The plan was made for another kind of server, or for a later version than this one.
    #[error("the plan was made for {planned}, this is {found}")]
    #[non_exhaustive]
    OtherServer {
        /// What it was made for.
        planned: Box<Server>,
        /// What is here.
        found: Box<Server>,
    },
    /// The plan was made for another database, or for an older shape of this one: plan again.
    #[error("the plan was made for another shape of `{table}`: it is another database, or it has changed since")]
    #[non_exhaustive]
    OtherDatabase {
        /// The table that differs.
        table: ObjectName,
    },
    /// Somebody changed a table of the plan since the runner left it. Nothing was done; the runner's options say what can be.
    #[error("the database has changed under the plan: {}", differences.join("; "))]
    #[non_exhaustive]
    Drifted {
        /// What differs: `- ` before what there was, `+ ` before what there is.
        differences: Vec<String>,
    },
    /// Somebody changed a table of the plan, and this step makes that table anew by statements that know nothing of it, forward or
    /// back: what was changed would be gone. Nothing was done. Take the change back and make it again after the plan, or let the
    /// plan be made anew ([`OnDrift::Replan`](super::OnDrift::Replan)) before the step.
    #[error("step `{step}` makes a table anew and would take away what somebody changed: {}", differences.join("; "))]
    #[non_exhaustive]
    WouldLose {
        /// The step.
        step: String,
        /// What was changed: `- ` before what there was, `+ ` before what there is.
        differences: Vec<String>,
    },
    /// The database changed in a way that a step of the plan can no longer be done. Nothing was done.
    #[error("step `{step}` would fail in the database as it is now")]
    #[non_exhaustive]
    WouldFail {
        /// The step.
        step: String,
        /// What the rehearsal on an empty copy of the schema said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Rolling the plan back would not restore this object to the letter, so the plan is not begun.
    #[error("rolling back would leave `{object}` different from what it is")]
    #[non_exhaustive]
    NotRestorable {
        /// The table, index, view or trigger.
        object: String,
    },
    /// The change cannot be planned anew for the database as it is. What the old plan had done was undone.
    #[error("the change cannot be planned for the database as it is now")]
    #[non_exhaustive]
    CannotReplan {
        /// Why not.
        #[source]
        source: Box<Refusal>,
    },
    /// A statement of the plan begins or ends a transaction, which is the runner's to do. Nothing was done.
    #[error("step `{step}` has a statement that begins or ends a transaction")]
    #[non_exhaustive]
    EndsTransaction {
        /// The step.
        step: String,
    },
    /// The server refused a statement of a step. It was rolled back, or cleared away as far as it was done.
    #[error("step `{step}` failed")]
    #[non_exhaustive]
    StepFailed {
        /// The step.
        step: String,
        /// What the server said.
        #[source]
        source: D,
    },
    /// Others held what a step has to lock, at every attempt. Nothing was changed; try again later, or see to those who hold it.
    #[error("step `{step}` did not get its lock in {attempts} attempts{}", list(blockers))]
    #[non_exhaustive]
    Blocked {
        /// The step.
        step: String,
        /// How often it was tried.
        attempts: u32,
        /// Who held it when they were seen last; empty where nobody was seen.
        blockers: Vec<Blocker>,
    },
    /// The stored plan cannot be used.
    #[error("the plan in the database cannot be used")]
    #[non_exhaustive]
    StoredPlan {
        /// What is wrong with it: changed by hand, or from another version.
        #[source]
        source: PlanFileError,
    },
    /// The runner's own tables are not as this version writes them.
    #[error("the journal in the database cannot be read: {reason}")]
    #[non_exhaustive]
    Journal {
        /// What is wrong.
        reason: String,
    },
    /// Another runner is at work. It is safe to try again once its lease has ended.
    #[error("another runner ({owner}) is at work until {until}")]
    #[non_exhaustive]
    AnotherRunner {
        /// Who holds the lease.
        owner: String,
        /// When the lease ends by the clock that it is judged by, unless it is renewed.
        until: Timestamp,
    },
    /// Another runner took over while this one was held up. What this one had not finished was rolled back.
    #[error("another runner has taken over")]
    Fenced,
    /// The plan is being rolled back: call `roll_back` until it is done.
    #[error("the plan is being rolled back")]
    RollingBack,
    /// Something that was done cannot be undone.
    #[error("step `{step}` cannot be undone: the point of no return has been passed")]
    #[non_exhaustive]
    PastReturn {
        /// The step.
        step: String,
    },
    /// A check found rows that must not exist. Nothing was changed.
    #[error("step `{step}` found {rows} rows that must not be there")]
    #[non_exhaustive]
    CheckFailed {
        /// The step.
        step: String,
        /// How many rows.
        rows: u64,
    },
    /// The plan has work of a kind that this version does not know. Nothing was done.
    #[error("step `{step}` is of a kind that this version does not know")]
    #[non_exhaustive]
    UnknownWork {
        /// The step.
        step: String,
    },
}

fn list(blockers: &[Blocker]) -> String {
    let lines: Vec<String> = blockers.iter().map(ToString::to_string).collect();
    if lines.is_empty() { String::new() } else { format!(", held by {}", lines.join("; ")) }
}

/// For runners. What each says is told where it is declared.
impl<D: Error + 'static> RunError<D> {
    /// A [`PlanUnderWay`](Self::PlanUnderWay).
    pub fn plan_under_way(hash: Fingerprint) -> Self {
        Self::PlanUnderWay { hash }
    }

    /// An [`OtherServer`](Self::OtherServer).
    pub fn other_server(planned: Server, found: Server) -> Self {
        Self::OtherServer { planned: Box::new(planned), found: Box::new(found) }
    }

    /// An [`OtherDatabase`](Self::OtherDatabase).
    pub fn other_database(table: ObjectName) -> Self {
        Self::OtherDatabase { table }
    }

    /// A [`Drifted`](Self::Drifted).
    pub fn drifted(differences: Vec<String>) -> Self {
        Self::Drifted { differences }
    }

    /// A [`WouldLose`](Self::WouldLose).
    pub fn would_lose(step: &str, differences: Vec<String>) -> Self {
        Self::WouldLose { step: step.to_owned(), differences }
    }

    /// A [`WouldFail`](Self::WouldFail).
    pub fn would_fail(step: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::WouldFail { step: step.to_owned(), source: source.into() }
    }

    /// A [`NotRestorable`](Self::NotRestorable).
    pub fn not_restorable(object: impl Into<String>) -> Self {
        Self::NotRestorable { object: object.into() }
    }

    /// A [`CannotReplan`](Self::CannotReplan).
    pub fn cannot_replan(source: Refusal) -> Self {
        Self::CannotReplan { source: Box::new(source) }
    }

    /// An [`EndsTransaction`](Self::EndsTransaction).
    pub fn ends_transaction(step: &str) -> Self {
        Self::EndsTransaction { step: step.to_owned() }
    }

    /// A [`StepFailed`](Self::StepFailed).
    pub fn step_failed(step: &str, source: D) -> Self {
        Self::StepFailed { step: step.to_owned(), source }
    }

    /// A [`Blocked`](Self::Blocked).
    pub fn blocked(step: &str, attempts: u32, blockers: Vec<Blocker>) -> Self {
        Self::Blocked { step: step.to_owned(), attempts, blockers }
    }

    /// A [`StoredPlan`](Self::StoredPlan).
    pub fn stored_plan(source: PlanFileError) -> Self {
        Self::StoredPlan { source }
    }

    /// A [`Journal`](Self::Journal).
    pub fn journal(reason: impl Into<String>) -> Self {
        Self::Journal { reason: reason.into() }
    }

    /// An [`AnotherRunner`](Self::AnotherRunner).
    pub fn another_runner(owner: String, until: Timestamp) -> Self {
        Self::AnotherRunner { owner, until }
    }

    /// A [`PastReturn`](Self::PastReturn).
    pub fn past_return(step: &str) -> Self {
        Self::PastReturn { step: step.to_owned() }
    }

    /// A [`CheckFailed`](Self::CheckFailed).
    pub fn check_failed(step: &str, rows: u64) -> Self {
        Self::CheckFailed { step: step.to_owned(), rows }
    }

    /// An [`UnknownWork`](Self::UnknownWork).
    pub fn unknown_work(step: &str) -> Self {
        Self::UnknownWork { step: step.to_owned() }
    }
}
