//! Why a runner did not do what it was asked to.

use migration_planner::{Fingerprint, ObjectName, PlanFileError, Refusal, Server, Timestamp};

use crate::blockers::Blocker;
use crate::error::{DatabaseError, Said};

/// Why a runner did not do what it was asked to.
///
/// Whatever it says, the database is either as it was before the call, or at a point from which the call can be repeated: what
/// runs in a transaction was rolled back, and what cannot is in the journal as begun, and is mended and finished, or undone,
/// by the next call.
///
/// ```no_run
/// use migration_planner_postgres::{RunError, Runner};
///
/// let mut runner = Runner::open("postgresql://localhost/app")?;
/// assert!(matches!(runner.status(), Err(RunError::NoPlan)));
/// # Ok::<(), migration_planner_postgres::DatabaseError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The database itself failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
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
    /// Somebody changed a table of the plan since the runner left it. Nothing was done; see [`OnDrift`](crate::OnDrift) for what
    /// can be.
    #[error("the database has changed under the plan: {}", differences.join("; "))]
    #[non_exhaustive]
    Drifted {
        /// What differs: `- ` before what there was, `+ ` before what there is.
        differences: Vec<String>,
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
        source: DatabaseError,
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
        /// When the lease ends by the server's clock, unless it is renewed.
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

impl RunError {
    pub(crate) fn refused(what: impl Into<String>) -> impl FnOnce(postgres::Error) -> Self {
        let what = what.into();
        move |error| Self::Database(DatabaseError::of(what, &error))
    }

    /// What became of a statement of a step. What says by itself what to do stays what it is.
    pub(crate) fn of_step(step: &str) -> impl FnOnce(postgres::Error) -> Self {
        move |error| match DatabaseError::of(format!("step `{step}`"), &error) {
            source @ DatabaseError::Refused { .. } => Self::StepFailed { step: step.to_owned(), source },
            other => Self::Database(other),
        }
    }

    pub(crate) fn journal(reason: impl Into<String>) -> Self {
        Self::Journal { reason: reason.into() }
    }

    /// Whether a lock could not be had in time, so that another attempt may do better.
    pub(crate) fn is_locked(&self) -> bool {
        matches!(self, Self::Database(DatabaseError::Locked { .. }))
    }

    /// Whether there is no connection any more.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Database(DatabaseError::ConnectionLost { .. }))
    }
}

impl DatabaseError {
    /// Another runner's transaction has not ended yet.
    pub(crate) fn busy() -> Self {
        let source = Said::new("another runner's transaction has not ended yet");
        Self::Locked { what: "the work on a plan".to_owned(), source: Box::new(source) }
    }
}
