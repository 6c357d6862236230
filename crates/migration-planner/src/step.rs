//! The smallest unit a runner does, and how it is undone.

mod impact;
mod timeouts;
mod undo;
mod work;

pub use impact::{HeldLock, Impact, LockMode};
pub use timeouts::{Retry, Timeouts};
pub use undo::{Probe, Repair, Undo};
pub use work::{Key, Work};

use serde::{Deserialize, Serialize};

/// One step of a phase: work, how to tell that it is done, and how to undo it.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// let step = plan.phases().last().and_then(|phase| phase.steps().last()).expect("the drop");
/// assert_eq!((step.id(), step.title()), ("drop-column", "drop `users.name`"));
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    id: String,
    title: String,
    work: Work,
    transaction: TransactionMode,
    done_when: Probe,
    undo: Undo,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repair: Option<Repair>,
    timeouts: Timeouts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry: Option<Retry>,
    impact: Impact,
}

impl Step {
    pub(crate) fn new(id: &str, title: String, work: Work, done_when: Probe, undo: Undo) -> Self {
        let transaction = match work {
            Work::Sql { .. } | Work::Verify { .. } | Work::WatchWrites { .. } | Work::Rebuild { .. } => {
                TransactionMode::Single
            }
            Work::Backfill { .. } | Work::Copy { .. } | Work::Delete { .. } => TransactionMode::PerBatch,
        };
        let (timeouts, impact) = (Timeouts::default(), Impact::default());
        Self {
            id: id.to_owned(),
            title,
            work,
            transaction,
            done_when,
            undo,
            repair: None,
            timeouts,
            retry: None,
            impact,
        }
    }

    pub(crate) fn with_impact(mut self, impact: Impact) -> Self {
        self.impact = impact;
        self
    }

    /// The statements cannot run in a transaction.
    pub(crate) fn outside(mut self) -> Self {
        self.transaction = TransactionMode::Outside;
        self
    }

    /// Undoing a later step may have undone this one.
    pub(crate) fn undone_leniently(mut self) -> Self {
        if let Undo::Sql { statements } = &mut self.undo {
            for statement in statements {
                *statement = statement.replacen("DROP CONSTRAINT ", "DROP CONSTRAINT IF EXISTS ", 1);
            }
        }
        self
    }

    /// The step with its id told from those of the same work on other objects.
    pub(crate) fn called_for(mut self, object: &str) -> Self {
        self.id = format!("{}-on-{object}", self.id);
        self
    }

    pub(crate) fn undone_by(mut self, undo: Undo) -> Self {
        self.undo = undo;
        self
    }

    pub(crate) fn repaired_by(mut self, repair: Repair) -> Self {
        self.repair = Some(repair);
        self
    }

    pub(crate) fn patient(mut self, timeouts: Timeouts, retry: Retry) -> Self {
        self.timeouts = timeouts;
        self.retry = Some(retry);
        self
    }

    /// Names the step within its plan; stable, used by the journal.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it does, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The work itself.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// How the work goes into transactions.
    pub fn transaction(&self) -> TransactionMode {
        self.transaction
    }

    /// What holds in the catalog once the work is done: lets a runner see that somebody has done it already.
    pub fn done_when(&self) -> &Probe {
        &self.done_when
    }

    /// How the work is undone.
    pub fn undo(&self) -> &Undo {
        &self.undo
    }

    /// What has to be cleared away before another attempt, if one was cut off half way.
    pub fn repair(&self) -> Option<&Repair> {
        self.repair.as_ref()
    }

    /// How often it is tried again where it did not get its lock in time; `None` for the runner's default.
    pub fn retry(&self) -> Option<Retry> {
        self.retry
    }

    /// How long to wait.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// What it does to the live service.
    pub fn impact(&self) -> &Impact {
        &self.impact
    }
}

/// How the work of a step goes into transactions.
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::create_index("users", Index::new("by_age", ["age"])))?;
/// let step = &plan.phases()[0].steps()[0];
/// assert_eq!(step.transaction(), migration_planner::TransactionMode::Outside); // CREATE INDEX CONCURRENTLY
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransactionMode {
    /// All statements and the journal in one transaction.
    Single,
    /// One transaction per batch, with its cursor.
    PerBatch,
    /// No transaction: each statement by itself, since the server refuses it within one (`CREATE INDEX CONCURRENTLY`). The
    /// journal says before that it begins and after that it is done; in between, the step's probe tells.
    Outside,
}
