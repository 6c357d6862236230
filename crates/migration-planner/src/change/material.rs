//! What a change brings along of its author's own: names for what is new, pieces of SQL, and texts.

use super::{Change, Derived};
use crate::schema::{Column, Constraint, Generated, Index, Object, Table};

/// Something that its author wrote into a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Material<'a> {
    /// A name that something new gets.
    Name(&'a str),
    /// A piece of SQL that is put between others: an expression, a type, bounds.
    Sql(&'a str),
    /// A column of an index, or an expression in its place.
    Part(&'a str),
    /// A whole statement.
    Statement(&'a str),
    /// A value of an enumeration, which the server keeps as it keeps names.
    Label(&'a str),
    /// A text that is quoted.
    Text(&'a str),
}

use Material::{Label, Name, Part, Sql, Statement, Text};

impl Change {
    /// All that is put into statements.
    pub(crate) fn materials(&self) -> Vec<Material<'_>> {
        match self {
            Self::CreateTable { table } | Self::ReplaceTable { table } => of_table(table),
            Self::RenameTable { to, .. }
            | Self::MoveTable { schema: to, .. }
            | Self::RenameColumn { to, .. }
            | Self::RenameConstraint { to, .. }
            | Self::RenameIndex { to, .. }
            | Self::Rename { to, .. } => vec![Name(to)],
            Self::RebuildTable { to, .. } => of_table(to),
            Self::PartitionTable { key, first, bounds, rest, .. } => {
                let own = [Sql(key), Name(first.name()), Sql(bounds)].into_iter();
                own.chain(rest.iter().flat_map(|(name, bounds)| [Name(name.name()), Sql(bounds)])).collect()
            }
            Self::AttachPartition { partition, bounds, check, .. } => {
                vec![Name(partition.name()), Sql(bounds), Sql(check)]
            }
            Self::DetachPartition { check, .. } => vec![Sql(check)],
            Self::SetTableOption { option, value, .. } => {
                std::iter::once(Sql(option.as_str())).chain(sql(value.as_deref())).collect()
            }
            Self::SetReplicaIdentity { identity, .. } => vec![Sql(identity)],
            Self::CommentOnTable { comment, .. } | Self::CommentOnColumn { comment, .. } => {
                comment.as_deref().map(Text).into_iter().collect()
            }
            Self::Grant { on, privileges, role } | Self::Revoke { on, privileges, role } => {
                vec![Sql(on), Sql(privileges), Text(role)]
            }
            Self::AddColumn { column, constraints, fill, .. } => {
                let mut all = of_column(column);
                all.extend(constraints.iter().flat_map(of_constraint));
                all.extend(sql(fill.as_deref()));
                all
            }
            Self::ReplaceColumn { column, fill, .. } => {
                of_column(column).into_iter().chain(sql(fill.as_deref())).collect()
            }
            Self::DropColumn { fill, replaced, .. } => {
                sql(fill.as_deref()).chain(replaced.iter().flat_map(of_object)).collect()
            }
            Self::SplitColumn { into, back, .. } => {
                into.iter().flat_map(of_derived).chain(sql(back.as_deref())).collect()
            }
            Self::MergeColumns { into, back, .. } => {
                of_derived(into).into_iter().chain(back.iter().map(|text| Sql(text))).collect()
            }
            Self::ChangeType { data_type, up, down, valid, .. } => std::iter::once(Sql(data_type))
                .chain([up, down, valid].into_iter().flat_map(|text| sql(text.as_deref())))
                .collect(),
            Self::SetDefault { default: text, .. } | Self::SetNotNull { fill: text, .. } => {
                sql(text.as_deref()).collect()
            }
            Self::SetColumn { value, .. } => vec![Sql(value)],
            Self::SplitTable { into, .. } | Self::MakeJunction { into, .. } => of_table(into),
            Self::AddConstraint { constraint, surplus, more, index, .. } => {
                let mut all = of_constraint(constraint);
                all.extend(more.iter().flat_map(of_constraint));
                all.extend(index.iter().flat_map(|index| of_index(index)));
                all.extend(sql(surplus.as_deref()));
                all
            }
            Self::ReplaceConstraint { by, .. } => of_constraint(by),
            Self::AddDomainCheck { name, expression, .. } => vec![Name(name), Sql(expression)],
            Self::CreateIndex { index, .. } | Self::ReplaceIndex { by: index, .. } => of_index(index),
            Self::Create { object } | Self::Replace { object } => of_object(object),
            Self::AddEnumValue { value, .. } => vec![Label(value)],
            Self::RenameEnumValue { to, .. } => vec![Label(to)],
            Self::UpdateExtension { to, .. } => vec![Text(to)],
            Self::Fill { set, needs, .. } => vec![Sql(set), Sql(needs)],
            Self::DeleteRows { when, .. } => vec![Sql(when)],
            Self::Sql { statements, undo } => {
                statements.iter().chain(undo.iter().flatten()).map(|sql| Statement(sql)).collect()
            }
            Self::DropTable { .. }
            | Self::SetRowSecurity { .. }
            | Self::DropNotNull { .. }
            | Self::SetIdentity { .. }
            | Self::DropExpression { .. }
            | Self::MoveColumns { .. }
            | Self::MergeTables { .. }
            | Self::ValidateConstraint { .. }
            | Self::DropConstraint { .. }
            | Self::DropIndex { .. }
            | Self::Reindex { .. }
            | Self::Analyze { .. }
            | Self::Drop { .. }
            | Self::RefreshView { .. }
            | Self::Publish { .. }
            | Self::Unpublish { .. } => Vec::new(),
        }
    }
}

fn sql(text: Option<&str>) -> impl Iterator<Item = Material<'_>> {
    text.map(Sql).into_iter()
}

fn of_table(table: &Table) -> Vec<Material<'_>> {
    let mut all = vec![Name(table.name().name())];
    all.extend(table.columns().iter().flat_map(of_column));
    all.extend(table.constraints().iter().flat_map(of_constraint));
    all.extend(table.indexes().iter().flat_map(of_index));
    all.extend(table.comment_text().map(Text));
    all.extend(table.partition_key().map(Sql));
    all.extend(table.parent().map(|(_, bounds)| Sql(bounds)));
    all.extend(table.options().iter().flat_map(|(name, value)| [Sql(name), Sql(value)]));
    all
}

fn of_column(column: &Column) -> Vec<Material<'_>> {
    let mut all = vec![Name(column.name()), Sql(column.data_type())];
    let expressions =
        [column.default(), column.generation().map(Generated::expression), column.sequence_options_text()];
    all.extend(expressions.into_iter().flatten().map(Sql));
    all.extend(column.comment_text().map(Text));
    all
}

fn of_constraint(constraint: &Constraint) -> Vec<Material<'_>> {
    let detail = constraint.detail();
    let mut all: Vec<Material<'_>> = detail.name().map(Name).into_iter().collect();
    all.extend(detail.definition().map(Sql));
    all.extend(detail.comment().map(Text));
    if let Constraint::Check { expression, .. } = constraint {
        all.push(Sql(expression));
    }
    all
}

fn of_index(index: &Index) -> Vec<Material<'_>> {
    let mut all = vec![Name(index.name().name())];
    all.extend(index.parts().iter().map(|part| Part(part)));
    all.extend([index.predicate(), index.method()].into_iter().flatten().map(Sql));
    all.extend(index.definition().map(Statement));
    all.extend(index.comment_text().map(Text));
    all
}

fn of_object(object: &Object) -> Vec<Material<'_>> {
    let mut all = vec![Name(object.name().name()), Statement(object.definition())];
    all.extend(object.attached().iter().map(|sql| Statement(sql)));
    all
}

fn of_derived(derived: &Derived) -> Vec<Material<'_>> {
    let mut all = of_column(derived.column());
    all.push(Sql(derived.expression()));
    all
}
