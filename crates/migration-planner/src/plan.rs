//! A sequence of phases that brings about one change.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::change::Change;
use crate::consumer::Consumer;
use crate::gate::Gate;
use crate::hash::{Fingerprint, to_value};
use crate::name::ObjectName;
use crate::phase::Phase;
use crate::server::Server;

/// The version of the JSON form that this crate writes.
const FORMAT: u64 = 1;

#[cfg(test)]
mod tests;

/// A sequence of separately deployable phases that brings about one change.
///
/// Made by a [`Planner`](crate::Planner), or read back from its JSON form. A plan cannot be edited: its
/// [`hash`](Self::hash) stands for all of its content.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// use migration_planner::Plan;
///
/// let copy = Plan::from_json(&plan.to_json()).expect("nobody changed it");
/// assert_eq!(copy.hash(), plan.hash());
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    content: Content,
    hash: Fingerprint,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    pub(crate) change: Change,
    pub(crate) server: Server,
    pub(crate) made_for: Vec<Shape>,
    pub(crate) consumers: Vec<Consumer>,
    pub(crate) phases: Vec<Phase>,
}

/// The shape of a table that a plan was made for.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// assert_eq!(Some(plan.made_for()[0].fingerprint()), schema.fingerprint(&"users".into()).as_ref());
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Shape {
    pub(crate) table: ObjectName,
    pub(crate) fingerprint: Fingerprint,
}

impl Shape {
    /// The table.
    pub fn table(&self) -> &ObjectName {
        &self.table
    }

    /// What [`Schema::fingerprint`](crate::Schema::fingerprint) said of it.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

impl Plan {
    /// The JSON Schema (draft 2020-12) of what [`to_json`](Self::to_json) writes, for tools that read plans without this crate.
    ///
    /// ```
    /// use migration_planner::Plan;
    ///
    /// assert!(Plan::JSON_SCHEMA.contains("https://json-schema.org/draft/2020-12/schema"));
    /// ```
    pub const JSON_SCHEMA: &str = include_str!("../plan.schema.json");

    pub(crate) fn new(content: Content) -> Self {
        let hash = Fingerprint::of(&content);
        Self { content, hash }
    }

    /// The change it brings about.
    pub fn change(&self) -> &Change {
        &self.content.change
    }

    /// The server it was made for.
    pub fn server(&self) -> &Server {
        &self.content.server
    }

    /// The tables it changes, as they were when it was made.
    pub fn made_for(&self) -> &[Shape] {
        &self.content.made_for
    }

    /// Who has to move.
    pub fn consumers(&self) -> &[Consumer] {
        &self.content.consumers
    }

    /// The phases, in order.
    pub fn phases(&self) -> &[Phase] {
        &self.content.phases
    }

    /// The gates of all phases before the one at `index`.
    pub fn gates_before(&self, index: usize) -> impl Iterator<Item = &Gate> {
        self.content.phases.iter().take(index).filter_map(Phase::gate)
    }

    /// The hash of the whole content.
    pub fn hash(&self) -> &Fingerprint {
        &self.hash
    }

    /// Writes the plan as JSON, with its format version and its hash.
    ///
    /// The form is stable: a later version of this crate reads what an earlier one wrote.
    pub fn to_json(&self) -> String {
        let file = serde_json::json!({
            "format": FORMAT,
            "hash": self.hash,
            "plan": to_value(&self.content),
        });
        format!("{file:#}\n")
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// [`PlanFileError`] if the text is no plan, comes from a later version, or was changed by hand.
    pub fn from_json(text: &str) -> Result<Self, PlanFileError> {
        let file: Value = serde_json::from_str(text).map_err(PlanFileError::malformed)?;
        match file.get("format").and_then(Value::as_u64) {
            Some(FORMAT) => {}
            Some(found) => return Err(PlanFileError::Format { found, known: FORMAT }),
            None => return Err(PlanFileError::NotAPlan),
        }
        let stated = file.get("hash").and_then(Value::as_str).ok_or(PlanFileError::NotAPlan)?;
        let content = file.get("plan").ok_or(PlanFileError::NotAPlan)?;
        let hash = Fingerprint::of_json(content);
        if hash.as_str() != stated {
            return Err(PlanFileError::HashMismatch { stated: stated.to_owned(), actual: hash });
        }
        let content = Content::deserialize(content).map_err(PlanFileError::malformed)?;
        Ok(Self { content, hash })
    }
}

/// Why a text is not a plan that can be used.
///
/// ```
/// use migration_planner::{Plan, PlanFileError};
///
/// assert!(matches!(Plan::from_json("{}"), Err(PlanFileError::NotAPlan)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanFileError {
    /// The text is not JSON, or not of the shape a plan has. The source says where.
    #[error("the plan cannot be read")]
    #[non_exhaustive]
    Malformed {
        /// What was wrong, and at which line and column.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The text is JSON, and something else than a plan.
    #[error("the file is not a plan: `format`, `hash` or `plan` is missing")]
    NotAPlan,
    /// A later version wrote it: use that one, or make the plan anew.
    #[error("the plan has format {found}, this version knows {known}")]
    #[non_exhaustive]
    Format {
        /// The format it says it has.
        found: u64,
        /// The format this version reads.
        known: u64,
    },
    /// The content is not what was written: make the plan anew instead of editing it.
    #[error("the plan was changed by hand: its content has hash {actual}, it says {stated}")]
    #[non_exhaustive]
    HashMismatch {
        /// The hash the file states.
        stated: String,
        /// The hash of what is in it.
        actual: Fingerprint,
    },
}

impl PlanFileError {
    fn malformed(source: serde_json::Error) -> Self {
        Self::Malformed { source: Box::new(source) }
    }
}
