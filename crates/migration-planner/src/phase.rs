//! A part of a plan that is deployed by itself.

mod way_back;

pub use way_back::UndoPiece;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::consumer::{Consumer, ConsumerKind};
use crate::gate::Gate;
use crate::step::Step;

/// A part of a plan that is deployed by itself, with as much time as it takes before the next.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// let first = &plan.phases()[0];
/// assert_eq!(first.deployed_by().to_string(), "application");
/// assert!(first.gate().is_some() && !first.is_point_of_no_return());
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Phase {
    id: String,
    title: String,
    kind: PhaseKind,
    deployed_by: Deployer,
    instructions: String,
    steps: Vec<Step>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gate: Option<Gate>,
    point_of_no_return: bool,
}

impl Phase {
    /// Work on the database.
    pub(crate) fn database(id: &str, title: String, kind: PhaseKind, instructions: String, steps: Vec<Step>) -> Self {
        Self {
            id: id.to_owned(),
            title,
            kind,
            deployed_by: Deployer::Database,
            instructions,
            steps,
            gate: None,
            point_of_no_return: false,
        }
    }

    /// A consumer moves; the gate tells when it has.
    pub(crate) fn switch(consumer: &Consumer, title: String, instructions: String, gate: Gate) -> Self {
        // Whoever is not known cannot be asked to deploy: that phase only waits until nobody is seen any more.
        let kind = if consumer.kind() == ConsumerKind::Unknown { PhaseKind::Gate } else { PhaseKind::Switch };
        Self {
            id: format!("switch-{}", consumer.name()),
            title,
            kind,
            deployed_by: Deployer::Consumer { name: consumer.name().to_owned(), kind: consumer.kind() },
            instructions,
            steps: Vec::new(),
            gate: Some(gate),
            point_of_no_return: false,
        }
    }

    /// What is done in the database when the phase begins.
    pub(crate) fn beginning_with(mut self, steps: Vec<Step>) -> Self {
        self.steps = steps;
        self
    }

    /// The phase with each of its steps replaced.
    pub(crate) fn try_map_steps<E>(mut self, change: impl FnMut(Step) -> Result<Step, E>) -> Result<Self, E> {
        self.steps = self.steps.into_iter().map(change).collect::<Result<_, E>>()?;
        Ok(self)
    }

    /// The phase, and its steps, told by a word from others of the same name.
    pub(crate) fn called_for(mut self, word: &str) -> Self {
        self.id = format!("{word}-{}", self.id);
        self.steps = self.steps.into_iter().map(|step| step.called_for(word)).collect();
        self
    }

    /// Adds a sentence to the instructions.
    pub(crate) fn remarking(mut self, sentence: &str) -> Self {
        self.instructions = format!("{} {sentence}", self.instructions);
        self
    }

    pub(crate) fn beyond_return(mut self) -> Self {
        self.point_of_no_return = true;
        self
    }

    /// Names the phase within its plan; stable, used by the journal.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is about, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What kind of phase it is.
    pub fn kind(&self) -> PhaseKind {
        self.kind
    }

    /// Who deploys it.
    pub fn deployed_by(&self) -> &Deployer {
        &self.deployed_by
    }

    /// What whoever deploys it has to do, in sentences.
    pub fn instructions(&self) -> &str {
        &self.instructions
    }

    /// What a runner does, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps, the last one first. [`way_back`](Self::way_back) says in which pieces they are undone.
    pub fn inverse_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().rev()
    }

    /// What must have been shown before the phase can be left. A phase beyond the point of no return asks for all gates
    /// of the phases before it once more.
    pub fn gate(&self) -> Option<&Gate> {
        self.gate.as_ref()
    }

    /// Whether what this phase does cannot be undone.
    pub fn is_point_of_no_return(&self) -> bool {
        self.point_of_no_return
    }
}

/// What kind of phase it is.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::rename_column("users", "name", "full_name"))?;
/// let kinds: Vec<String> = plan.phases().iter().map(|phase| phase.kind().to_string()).collect();
/// assert_eq!(kinds, ["expand", "backfill", "switch", "switch", "switch", "contract"]);
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PhaseKind {
    /// The database learns the new form beside the old one.
    Expand,
    /// Existing rows are brought up to date.
    Backfill,
    /// A consumer moves to the new form.
    Switch,
    /// Nothing is deployed; something has to be shown.
    Gate,
    /// The old form goes.
    Contract,
    /// What only the plan itself needed goes.
    Cleanup,
}

impl fmt::Display for PhaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expand => "expand",
            Self::Backfill => "backfill",
            Self::Switch => "switch",
            Self::Gate => "gate",
            Self::Contract => "contract",
            Self::Cleanup => "cleanup",
        })
    }
}

/// Who deploys a phase.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// use migration_planner::Deployer;
///
/// assert_eq!(*plan.phases().last().expect("the drop").deployed_by(), Deployer::Database);
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "who", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Deployer {
    /// A runner, against the database.
    Database,
    /// Whoever owns the consumer.
    #[non_exhaustive]
    Consumer {
        /// The consumer's name.
        name: String,
        /// What it is.
        kind: ConsumerKind,
    },
}

impl fmt::Display for Deployer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database => f.write_str("database"),
            Self::Consumer { name, .. } => f.write_str(name),
        }
    }
}
