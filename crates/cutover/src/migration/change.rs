//! The changes that can be asked for.

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use migration_planner::{Change, Index};

/// The change.
#[derive(Debug, Subcommand)]
pub(crate) enum Wanted {
    /// Removes a column once nobody uses it.
    DropColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What rows get that are written without it, should it be taken back, as SQL: for a column that rejects NULL and has no default.
        #[arg(long)]
        fill: Option<String>,
    },
    /// Gives a column another name, under which both names work for a while.
    RenameColumn {
        /// The table.
        table: String,
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// Gives a column another type.
    ChangeType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type it gets.
        to: String,
    },
    /// Lets a column reject NULL.
    SetNotNull {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What rows get that have no value, as SQL.
        #[arg(long)]
        fill: Option<String>,
    },
    /// Builds an index; on PostgreSQL, while others read and write.
    CreateIndex {
        /// The table.
        table: String,
        /// The index.
        name: String,
        /// Its columns or expressions.
        #[arg(required = true)]
        parts: Vec<String>,
        /// No two rows may be the same in them.
        #[arg(long)]
        unique: bool,
    },
    /// Any change of the catalogue, as JSON: what a plan's JSON has under `change`.
    Change {
        /// The file.
        file: PathBuf,
    },
}

impl Wanted {
    pub(super) fn change(&self) -> anyhow::Result<Change> {
        Ok(match self {
            Self::DropColumn { table, column, fill } => {
                let change = Change::drop_column(table.as_str(), column.as_str());
                fill.iter().fold(change, |change, fill| change.filled_with(fill.as_str()))
            }
            Self::RenameColumn { table, from, to } => Change::rename_column(table.as_str(), from.as_str(), to.as_str()),
            Self::ChangeType { table, column, to } => Change::change_type(table.as_str(), column.as_str(), to.as_str()),
            Self::SetNotNull { table, column, fill } => {
                let change = Change::set_not_null(table.as_str(), column.as_str());
                fill.iter().fold(change, |change, fill| change.filled_with(fill.as_str()))
            }
            Self::CreateIndex { table, name, parts, unique } => {
                let index = Index::new(name.as_str(), parts.clone());
                Change::create_index(table.as_str(), if *unique { index.unique() } else { index })
            }
            Self::Change { file } => {
                let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
                serde_json::from_str(&text).with_context(|| format!("{}: no change", file.display()))?
            }
        })
    }
}
