//! What a change is about.

use super::Change;
use crate::name::{ColumnRef, ObjectName};
use crate::subject::Subject;

impl Change {
    /// What consumers have to stop using, or get used to, before the change can be completed.
    pub fn object(&self) -> Subject {
        let column = |table: &ObjectName, column: &str| Subject::from(ColumnRef::new(table, column));
        match self {
            Self::AddColumn { table, column: added, .. } | Self::ReplaceColumn { table, column: added, .. } => {
                column(table, added.name())
            }
            Self::DropColumn { table, column: name, .. }
            | Self::RenameColumn { table, column: name, .. }
            | Self::SplitColumn { table, column: name, .. }
            | Self::MakeJunction { table, column: name, .. }
            | Self::ChangeType { table, column: name, .. }
            | Self::SetDefault { table, column: name, .. }
            | Self::SetNotNull { table, column: name, .. }
            | Self::DropNotNull { table, column: name }
            | Self::SetIdentity { table, column: name, .. }
            | Self::DropExpression { table, column: name }
            | Self::SetColumn { table, column: name, .. }
            | Self::CommentOnColumn { table, column: name, .. } => column(table, name),
            Self::MoveColumns { table, columns, .. } | Self::SplitTable { table, columns, .. } => {
                match columns.as_slice() {
                    [only] => column(table, only),
                    _ => Subject::whole(table),
                }
            }
            Self::CreateTable { table } | Self::ReplaceTable { table } => Subject::whole(table.name()),
            Self::DropTable { table }
            | Self::RenameTable { table, .. }
            | Self::MergeTables { table, .. }
            | Self::MoveTable { table, .. }
            | Self::RebuildTable { table, .. }
            | Self::PartitionTable { table, .. }
            | Self::AttachPartition { table, .. }
            | Self::SetTableOption { table, .. }
            | Self::SetReplicaIdentity { table, .. }
            | Self::SetRowSecurity { table, .. }
            | Self::CommentOnTable { table, .. }
            | Self::MergeColumns { table, .. }
            | Self::AddConstraint { table, .. }
            | Self::ValidateConstraint { table, .. }
            | Self::DropConstraint { table, .. }
            | Self::RenameConstraint { table, .. }
            | Self::ReplaceConstraint { table, .. }
            | Self::CreateIndex { table, .. }
            | Self::Analyze { table }
            | Self::Publish { table, .. }
            | Self::Unpublish { table, .. }
            | Self::Fill { table, .. }
            | Self::DeleteRows { table, .. } => Subject::whole(table),
            Self::DetachPartition { partition, .. } => Subject::whole(partition),
            Self::UpdateExtension { name, .. } => Subject::whole(name.as_str()),
            Self::Grant { on, .. } | Self::Revoke { on, .. } => Subject::whole(on.as_str()),
            Self::AddDomainCheck { domain: name, .. }
            | Self::DropIndex { index: name }
            | Self::ReplaceIndex { index: name, .. }
            | Self::RenameIndex { index: name, .. }
            | Self::Reindex { index: name }
            | Self::RefreshView { view: name }
            | Self::AddEnumValue { name, .. }
            | Self::RenameEnumValue { name, .. }
            | Self::Drop { name, .. }
            | Self::Rename { name, .. } => Subject::whole(name),
            Self::Create { object } | Self::Replace { object } => Subject::whole(object.name()),
            Self::Sql { .. } => Subject::whole("the database"),
        }
    }
}
