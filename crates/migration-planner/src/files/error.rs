//! Why a plan cannot be written as files.

use crate::lint::Layout;
use crate::server::ServerKind;

/// Why a plan cannot be written as files of a migration tool. Nothing has been written.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "integer"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::create_index("users", migration_planner::Index::new("users_by_age", ["age"])))?;
/// use migration_planner::{FileWriter, Layout};
///
/// let error = FileWriter::new(Layout::Refinery).write(&plan).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "refinery runs every file in a transaction, and step `build-users_by_age` cannot be in one: run it with `cutover advance`, or by hand"
/// );
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilesError {
    /// The tool runs every file in a transaction, and the server refuses the step in one.
    #[error(
        "{layout} runs every file in a transaction, and step `{step}` cannot be in one: run it with `cutover advance`, or by hand"
    )]
    #[non_exhaustive]
    NeedsNoTransaction {
        /// The tool.
        layout: Layout,
        /// The step.
        step: String,
    },
    /// The step works in many short transactions, which files of this tool cannot ask for on this server.
    #[error(
        "step `{step}` works in short transactions, which files of {layout} cannot do on {server}: run it with `cutover advance`, \
         or ask for one statement over all rows"
    )]
    #[non_exhaustive]
    NeedsBatches {
        /// The tool.
        layout: Layout,
        /// The server.
        server: ServerKind,
        /// The step.
        step: String,
    },
    /// The step makes a table anew, in a transaction in which references must not be enforced; no file can ask its tool for that.
    #[error(
        "step `{step}` makes a table anew while references are not enforced, which a file cannot ask for: run it with `cutover advance`"
    )]
    #[non_exhaustive]
    NeedsNoEnforcement {
        /// The step.
        step: String,
    },
    /// The plan has no such phase.
    #[error("the plan has no phase `{phase}`; it has {}", known.join(", "))]
    #[non_exhaustive]
    UnknownPhase {
        /// What was asked for.
        phase: String,
        /// The phases that there are.
        known: Vec<String>,
    },
    /// The tool would not run the files after those that are there: say a later version.
    #[error("{layout} would run {file} before {existing}, which is there already: start at a later version")]
    #[non_exhaustive]
    TooEarly {
        /// The tool.
        layout: Layout,
        /// The first file that would come too early.
        file: String,
        /// The last one that is there.
        existing: String,
    },
    /// There is no version after the last one.
    #[error("there is no version after {version} with as many digits")]
    #[non_exhaustive]
    NoVersionLeft {
        /// The last version.
        version: u64,
    },
}
