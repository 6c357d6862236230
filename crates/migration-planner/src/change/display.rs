//! Changes in words.

use std::fmt;

use super::Change;

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateTable { table } => write!(f, "create table {}", table.name()),
            Self::DropTable { table } => write!(f, "drop table {table}"),
            Self::ReplaceTable { table } => write!(f, "replace table {}", table.name()),
            Self::RenameTable { table, to } => write!(f, "rename table {table} to {to}"),
            Self::MoveTable { table, schema } => write!(f, "move table {table} to schema {schema}"),
            Self::RebuildTable { table, .. } => write!(f, "rebuild table {table}"),
            Self::PartitionTable { table, key, .. } => write!(f, "partition table {table} by {key}"),
            Self::AttachPartition { table, partition, .. } => write!(f, "attach partition {partition} to {table}"),
            Self::DetachPartition { table, partition, .. } => write!(f, "detach partition {partition} from {table}"),
            Self::SetTableOption { table, option, value: Some(value) } => {
                write!(f, "set {option} of {table} to {value}")
            }
            Self::SetTableOption { table, option, value: None } => write!(f, "reset {option} of {table}"),
            Self::SetReplicaIdentity { table, identity } => write!(f, "set replica identity of {table} to {identity}"),
            Self::SetRowSecurity { table, enabled: true, .. } => write!(f, "enable row security of {table}"),
            Self::SetRowSecurity { table, .. } => write!(f, "disable row security of {table}"),
            Self::CommentOnTable { table, .. } => write!(f, "comment on table {table}"),
            Self::Grant { on, privileges, role } => write!(f, "grant {privileges} on {on} to {role}"),
            Self::Revoke { on, privileges, role } => write!(f, "revoke {privileges} on {on} from {role}"),
            Self::AddColumn { table, column, .. } => write!(f, "add column {table}.{}", column.name()),
            Self::DropColumn { table, column, .. } => write!(f, "drop column {table}.{column}"),
            Self::ReplaceColumn { table, column, .. } => write!(f, "replace column {table}.{}", column.name()),
            Self::RenameColumn { table, column, to } => write!(f, "rename column {table}.{column} to {to}"),
            Self::SplitColumn { table, column, into, .. } => {
                let names: Vec<&str> = into.iter().map(|derived| derived.column().name()).collect();
                write!(f, "split column {table}.{column} into {}", names.join(", "))
            }
            Self::MergeColumns { table, columns, into, .. } => {
                write!(f, "merge columns {} of {table} into {}", columns.join(", "), into.column().name())
            }
            Self::ChangeType { table, column, data_type, .. } => {
                write!(f, "change type of {table}.{column} to {data_type}")
            }
            Self::SetDefault { table, column, default: Some(default) } => {
                write!(f, "set default of {table}.{column} to {default}")
            }
            Self::SetDefault { table, column, default: None } => write!(f, "drop default of {table}.{column}"),
            Self::SetNotNull { table, column, .. } => write!(f, "set {table}.{column} not null"),
            Self::DropNotNull { table, column } => write!(f, "let {table}.{column} be null"),
            Self::SetIdentity { table, column, identity: Some(_) } => write!(f, "make {table}.{column} an identity"),
            Self::SetIdentity { table, column, identity: None } => write!(f, "drop identity of {table}.{column}"),
            Self::DropExpression { table, column } => write!(f, "drop expression of {table}.{column}"),
            Self::SetColumn { table, column, setting, value } => {
                write!(f, "set {} of {table}.{column} to {value}", setting.keyword().to_lowercase())
            }
            Self::CommentOnColumn { table, column, .. } => write!(f, "comment on column {table}.{column}"),
            Self::AddConstraint { table, constraint, more, .. } => {
                let names: Vec<String> =
                    std::iter::once(&**constraint).chain(more).map(|own| own.name_on(table.name())).collect();
                write!(f, "add constraint {} to {table}", names.join(", "))
            }
            Self::MoveColumns { table, columns, to, .. } => {
                write!(f, "move columns {} of {table} to {to}", columns.join(", "))
            }
            Self::SplitTable { table, columns, into, .. } => {
                write!(f, "split columns {} of {table} into {}", columns.join(", "), into.name())
            }
            Self::MergeTables { table, into, .. } => write!(f, "merge table {table} into {into}"),
            Self::MakeJunction { table, column, into, .. } => {
                write!(f, "make junction {} of {table}.{column}", into.name())
            }
            Self::ValidateConstraint { table, name } => write!(f, "validate constraint {name} of {table}"),
            Self::DropConstraint { table, name } => write!(f, "drop constraint {name} of {table}"),
            Self::RenameConstraint { table, name, to } => write!(f, "rename constraint {name} of {table} to {to}"),
            Self::ReplaceConstraint { table, name, .. } => write!(f, "replace constraint {name} of {table}"),
            Self::AddDomainCheck { domain, name, .. } => write!(f, "add check {name} to domain {domain}"),
            Self::CreateIndex { table, index } => write!(f, "create index {} on {table}", index.name()),
            Self::DropIndex { index } => write!(f, "drop index {index}"),
            Self::ReplaceIndex { index, .. } => write!(f, "replace index {index}"),
            Self::RenameIndex { index, to } => write!(f, "rename index {index} to {to}"),
            Self::Reindex { index } => write!(f, "reindex {index}"),
            Self::Analyze { table } => write!(f, "analyze {table}"),
            Self::Create { object } => write!(f, "create {} {}", object.kind(), object.name()),
            Self::Replace { object } => write!(f, "replace {} {}", object.kind(), object.name()),
            Self::Drop { kind, name, .. } => write!(f, "drop {kind} {name}"),
            Self::Rename { kind, name, to } => write!(f, "rename {kind} {name} to {to}"),
            Self::RefreshView { view } => write!(f, "refresh materialized view {view}"),
            Self::AddEnumValue { name, value, .. } => write!(f, "add value {value} to type {name}"),
            Self::RenameEnumValue { name, value, to } => write!(f, "rename value {value} of type {name} to {to}"),
            Self::UpdateExtension { name, to } => write!(f, "update extension {name} to {to}"),
            Self::Publish { publication, table, .. } => write!(f, "add {table} to publication {publication}"),
            Self::Unpublish { publication, table } => write!(f, "take {table} out of publication {publication}"),
            Self::Fill { table, set, .. } => write!(f, "fill {table}: {set}"),
            Self::DeleteRows { table, when } => write!(f, "delete rows of {table} where {when}"),
            Self::Sql { statements, .. } => write!(f, "run {}", statements.join("; ")),
        }
    }
}
