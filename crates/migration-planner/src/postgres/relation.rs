//! The relations of a database: tables, indexes, views and sequences, and what a table consists of.

use super::types::Type;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Relation {
    Table(Table),
    Index(Index),
    View { reads: Vec<String>, names: Vec<String>, materialized: bool },
    Sequence { owner: Option<(String, String)> },
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(super) constraints: Vec<Constraint>,
    pub(super) partition_of: Option<Partition>,
    pub(super) inherits: Vec<String>,
    pub(super) partitioned: bool,
    /// How, as it stands after `PARTITION BY`.
    pub(super) partition_key: String,
    pub(super) unlogged: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(super) parent: String,
    pub(super) is_default: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) data_type: Type,
    pub(crate) not_null: bool,
    pub(crate) has_default: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) table: String,
    /// The columns it orders by, where they are columns.
    pub(super) columns: Vec<String>,
    /// Every name in its definition.
    pub(super) names: Vec<String>,
    /// Whether it consists of columns alone, so that it can be kept where a column's type changes in name only.
    pub(super) is_plain: bool,
    /// The index of the partitioned table that it belongs to.
    pub(super) parent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Constraint {
    pub(crate) name: String,
    pub(crate) kind: ConstraintKind,
    pub(super) validated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    Check {
        names: Vec<String>,
        not_null: Option<String>,
        /// The expression; empty where a column in it has got another name since.
        body: String,
    },
    /// Unique, primary key or exclusion: kept by the index of the same name.
    Keyed { columns: Vec<String>, primary: bool },
    Foreign {
        columns: Vec<String>,
        references: String,
        /// Empty for the primary key.
        referenced: Vec<String>,
    },
}

impl Constraint {
    /// Whether it is a foreign key that needs this key of a table.
    pub(super) fn refers_to_key(&self, table: &str, key: &ConstraintKind) -> bool {
        let (ConstraintKind::Foreign { references, referenced, .. }, ConstraintKind::Keyed { columns, primary }) =
            (&self.kind, key)
        else {
            return false;
        };
        let same = referenced.len() == columns.len() && referenced.iter().all(|name| columns.contains(name));
        references == table && if referenced.is_empty() { *primary } else { same }
    }
}

impl Table {
    /// Whether all rows are known to satisfy the same reference already.
    pub(super) fn proves_reference(&self, kind: &ConstraintKind) -> bool {
        self.constraints.iter().any(|constraint| constraint.validated && constraint.kind == *kind)
    }

    /// The checks that all rows are known to satisfy.
    pub(super) fn checks(&self) -> impl Iterator<Item = &str> {
        self.constraints.iter().filter(|constraint| constraint.validated).filter_map(|constraint| {
            match &constraint.kind {
                ConstraintKind::Check { body, .. } => Some(body.as_str()),
                _ => None,
            }
        })
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(crate) fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == name)
    }

    /// Whether a validated check says that a column is not null, so that the server need not look.
    pub(super) fn proves_not_null(&self, column: &str) -> bool {
        self.constraints.iter().any(|constraint| {
            constraint.validated
                && matches!(&constraint.kind, ConstraintKind::Check { not_null: Some(of), .. } if of == column)
        })
    }
}
