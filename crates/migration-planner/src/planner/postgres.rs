//! Plans for PostgreSQL.

mod across;
mod add_column;
mod add_constraint;
mod data;
mod dependents;
mod derived;
mod domain_column;
mod drop_column;
mod drop_constraint;
mod facts;
mod fill;
mod identity;
mod impact;
mod indexes;
mod key_definition;
mod key_types;
mod names;
mod not_null;
mod numbered_column;
mod objects;
mod partition_indexes;
mod partition_table;
mod partitions;
mod plain;
mod readers;
mod rebuild;
mod redefine;
mod replace_column;
mod replace_key;
mod row_key;
mod statements;
mod tables;
mod trigger;

use super::task::{Task, in_default_schema};
use crate::change::Change;
use crate::name::ObjectName;
use crate::phase::Phase;
use crate::planner::postgres::names::find_column;
use crate::refusal::Refusal;
use crate::schema::ColumnSetting;
use crate::server::{ServerKind, ServerVersion};

/// The first version that plans are made for: a check that was validated spares `SET NOT NULL` the look at every row, and indexes can be
/// rebuilt concurrently.
const FIRST: ServerVersion = ServerVersion::new(12, 0, 0);

/// The phases of a change, each step with what the locks' oracle says of it.
pub(super) fn phases(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    require(task, FIRST, "a plan without long locks")?;
    let phases = match change {
        Change::AddColumn { .. }
        | Change::DropColumn { .. }
        | Change::ReplaceColumn { .. }
        | Change::RenameColumn { .. }
        | Change::SplitColumn { .. }
        | Change::MergeColumns { .. }
        | Change::ChangeType { .. }
        | Change::SetDefault { .. }
        | Change::SetNotNull { .. }
        | Change::DropNotNull { .. }
        | Change::SetIdentity { .. }
        | Change::DropExpression { .. }
        | Change::SetColumn { .. }
        | Change::CommentOnColumn { .. } => of_columns(task, change)?,
        Change::MoveColumns { .. }
        | Change::SplitTable { .. }
        | Change::MergeTables { .. }
        | Change::MakeJunction { .. } => across::phases(task, change)?,
        Change::CreateTable { .. }
        | Change::DropTable { .. }
        | Change::ReplaceTable { .. }
        | Change::RenameTable { .. }
        | Change::MoveTable { .. }
        | Change::RebuildTable { .. }
        | Change::PartitionTable { .. }
        | Change::AttachPartition { .. }
        | Change::DetachPartition { .. }
        | Change::SetTableOption { .. }
        | Change::SetReplicaIdentity { .. }
        | Change::SetRowSecurity { .. }
        | Change::CommentOnTable { .. }
        | Change::Fill { .. }
        | Change::DeleteRows { .. } => of_tables(task, change)?,
        Change::AddConstraint { .. }
        | Change::ValidateConstraint { .. }
        | Change::DropConstraint { .. }
        | Change::RenameConstraint { .. }
        | Change::ReplaceConstraint { .. }
        | Change::CreateIndex { .. }
        | Change::DropIndex { .. }
        | Change::ReplaceIndex { .. }
        | Change::RenameIndex { .. }
        | Change::Reindex { .. } => of_constraints(task, change)?,
        _ => of_objects(task, change)?,
    };
    impact::weighed(task, phases)
}

fn of_columns(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    let table = task.table(change.object().object())?;
    let column = |name: &str| find_column(table, name);
    match change {
        Change::AddColumn { column, constraints, fill, announced, .. } => {
            let add = add_column::Addition { column, constraints, fill: fill.as_deref(), announced: *announced };
            add_column::phases(task, table, &add)
        }
        Change::DropColumn { column: name, fill, replaced, kept_by_children, .. } => {
            let drop = drop_column::Removal {
                column: column(name)?,
                fill: fill.as_deref(),
                replaced,
                kept_by_children: *kept_by_children,
            };
            drop_column::phases(task, table, &drop)
        }
        Change::ReplaceColumn { column: by, fill, .. } => {
            replace_column::phases(task, table, column(by.name())?, by, fill.as_deref())
        }
        Change::RenameColumn { column: name, to, .. } => derived::rename(task, table, column(name)?, to),
        Change::SplitColumn { column: name, into, back, .. } => {
            derived::split(task, table, column(name)?, into, back.as_deref())
        }
        Change::MergeColumns { columns, into, back, .. } => derived::merge(task, table, columns, into, back),
        Change::ChangeType { column: name, data_type, up, down, valid, .. } => {
            let (up, down, valid) = (up.as_deref(), down.as_deref(), valid.as_deref());
            derived::change_type(task, table, column(name)?, &derived::Conversion { data_type, up, down, valid })
        }
        Change::SetDefault { column: name, default, .. } => {
            plain::set_default(task, table, column(name)?, default.as_deref())
        }
        Change::SetNotNull { column: name, fill, .. } => not_null::phases(task, table, column(name)?, fill.as_deref()),
        Change::DropNotNull { column: name, .. } => not_null::drop(task, table, column(name)?),
        Change::SetIdentity { column: name, identity, .. } => identity::set(task, table, column(name)?, *identity),
        Change::DropExpression { column: name, .. } => {
            require(task, ServerVersion::new(13, 0, 0), "to stop computing a column")?;
            identity::drop_expression(task, table, column(name)?)
        }
        Change::SetColumn { column: name, setting, value, .. } => {
            if *setting == ColumnSetting::Compression {
                require(task, ServerVersion::new(14, 0, 0), "the compression of a column")?;
            }
            plain::set_setting(task, table, column(name)?, *setting, value)
        }
        Change::CommentOnColumn { column: name, comment, .. } => {
            Ok(plain::comment_on_column(task, table, column(name)?, comment.as_deref()))
        }
        _ => Err(not_planned(task)),
    }
}

fn of_tables(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    match change {
        Change::CreateTable { table } => tables::create(task, table),
        Change::DropTable { table } => tables::drop(task, task.table(table)?),
        Change::ReplaceTable { table } => tables::replace(task, task.table(table.name())?, table),
        Change::RenameTable { table, to } => {
            let table = task.table(table)?;
            tables::rename(task, table, &statements::beside(table.name(), to))
        }
        Change::MoveTable { table, schema } => {
            let table = task.table(table)?;
            let to = ObjectName::in_schema(schema, table.name().name());
            tables::rename(task, table, &in_default_schema(&to))
        }
        Change::PartitionTable { table, key, first, bounds, rest } => partition_table::phases(
            task,
            task.table(table)?,
            &partition_table::Partitioning { key, first, bounds, rest },
        ),
        Change::RebuildTable { table, to } => rebuild::phases(task, task.table(table)?, to),
        Change::AttachPartition { table, partition, bounds, check } => {
            partitions::attach(task, task.table(table)?, partition, bounds, check)
        }
        Change::DetachPartition { table, partition, check } => {
            partitions::detach(task, task.table(table)?, task.table(partition)?, check)
        }
        Change::SetTableOption { table, option, value } => {
            tables::set_option(task, task.table(table)?, option, value.as_deref())
        }
        Change::SetReplicaIdentity { table, identity } => {
            tables::set_replica_identity(task, task.table(table)?, identity)
        }
        Change::SetRowSecurity { table, enabled, forced } => {
            tables::set_row_security(task, task.table(table)?, *enabled, *forced)
        }
        Change::CommentOnTable { table, comment } => {
            Ok(plain::comment_on_table(task, task.table(table)?, comment.as_deref()))
        }
        Change::Fill { table, set, needs } => Ok(data::fill(task, task.table(table)?, set, needs)),
        Change::DeleteRows { table, when } => Ok(data::delete(task, task.table(table)?, when)),
        _ => Err(not_planned(task)),
    }
}

fn of_constraints(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    match change {
        Change::AddConstraint { table, constraint, surplus, more, index, converting } => {
            let (table, surplus, index) = (task.table(table)?, surplus.as_deref(), index.as_deref());
            let add = add_constraint::Addition { constraint, more, surplus, index };
            if *converting {
                key_types::convert_and_add(task, table, &add)
            } else {
                add_constraint::phases(task, table, &add)
            }
        }
        Change::ValidateConstraint { table, name } => add_constraint::validate_only(task, task.table(table)?, name),
        Change::DropConstraint { table, name } => drop_constraint::phases(task, task.table(table)?, name),
        Change::RenameConstraint { table, name, to } => plain::rename_constraint(task, task.table(table)?, name, to),
        Change::ReplaceConstraint { table, name, by } => drop_constraint::replace(task, task.table(table)?, name, by),
        Change::CreateIndex { table, index } => indexes::create(task, task.table(table)?, index),
        Change::DropIndex { index } => indexes::drop(task, index),
        Change::ReplaceIndex { index, by } => indexes::replace(task, index, by),
        Change::RenameIndex { index, to } => plain::rename_index(task, index, to),
        Change::Reindex { index } => indexes::reindex(task, index),
        _ => Err(not_planned(task)),
    }
}

fn of_objects(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    match change {
        Change::Create { object } => objects::create(task, object),
        Change::Replace { object } => objects::replace(task, object),
        Change::Drop { kind, name, arguments, on } => {
            objects::drop(task, *kind, name, arguments.as_deref(), on.as_ref())
        }
        Change::Rename { kind, name, to } => objects::rename(task, *kind, name, to),
        Change::UpdateExtension { name, to } => objects::update_extension(task, name, to),
        Change::RefreshView { view } => objects::refresh(task, view),
        Change::AddDomainCheck { domain, name, expression } => {
            objects::add_domain_check(task, domain, name, expression)
        }
        Change::Unpublish { publication, table } => objects::unpublish(task, publication, table),
        Change::Analyze { table } | Change::Publish { table, .. } => {
            task.table(table)?;
            if matches!(change, Change::Publish { columns, .. } if !columns.is_empty()) {
                require(task, ServerVersion::new(15, 0, 0), "a publication of some columns")?;
            }
            plain::others(task, change).ok_or_else(|| not_planned(task))
        }
        _ => plain::others(task, change).ok_or_else(|| not_planned(task)),
    }
}

/// Refuses what the server does not know yet.
fn require(task: &Task<'_>, needed: ServerVersion, what: &str) -> Result<(), Refusal> {
    let (kind, found) = (task.server.kind(), task.server.version());
    if found >= needed {
        return Ok(());
    }
    Err(Refusal::ServerTooOld { what: what.to_owned(), kind, needed, found })
}

fn not_planned(task: &Task<'_>) -> Refusal {
    Refusal::ServerNotSupported { change: task.words.clone(), kind: ServerKind::Postgres }
}
