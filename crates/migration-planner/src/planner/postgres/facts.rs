//! What can be looked up in PostgreSQL's catalog, as boolean SQL.

use crate::name::ObjectName;
use crate::schema::{Object, ObjectKind};
use crate::sql::{literal, postgres_name};
use crate::step::Probe;

/// A boolean expression over the catalog.
pub(super) struct Fact(String);

impl Fact {
    /// A table, a view, an index or a sequence of that name exists.
    pub(super) fn relation(name: &ObjectName) -> Self {
        Self(format!("{} IS NOT NULL", oid(name)))
    }

    pub(super) fn column(table: &ObjectName, column: &str) -> Self {
        Self::attribute(table, column, "true")
    }

    pub(super) fn column_not_null(table: &ObjectName, column: &str) -> Self {
        Self::attribute(table, column, "attnotnull")
    }

    fn attribute(table: &ObjectName, column: &str, what: &str) -> Self {
        Self(format!(
            "EXISTS (SELECT FROM pg_attribute WHERE attrelid = {} AND attname = {} AND NOT attisdropped AND {what})",
            oid(table),
            literal(column)
        ))
    }

    pub(super) fn constraint(table: &ObjectName, name: &str) -> Self {
        Self::constraint_that(table, name, "true")
    }

    pub(super) fn constraint_valid(table: &ObjectName, name: &str) -> Self {
        Self::constraint_that(table, name, "convalidated")
    }

    fn constraint_that(table: &ObjectName, name: &str, what: &str) -> Self {
        Self(format!(
            "EXISTS (SELECT FROM pg_constraint WHERE conrelid = {} AND conname = {} AND {what})",
            oid(table),
            literal(name)
        ))
    }

    /// The index exists and can be used.
    pub(super) fn index_valid(name: &ObjectName) -> Self {
        Self(format!("EXISTS (SELECT FROM pg_index WHERE indexrelid = {} AND indisvalid)", oid(name)))
    }

    /// An attempt to build the index was cut off.
    pub(super) fn index_invalid(name: &ObjectName) -> Self {
        Self(format!("EXISTS (SELECT FROM pg_index WHERE indexrelid = {} AND NOT indisvalid)", oid(name)))
    }

    /// The table is a partition, of whatever.
    pub(super) fn partition(table: &ObjectName) -> Self {
        Self(format!("EXISTS (SELECT FROM pg_class WHERE oid = {} AND relispartition)", oid(table)))
    }

    /// An attempt to detach the partition was cut off.
    pub(super) fn detach_pending(table: &ObjectName) -> Self {
        Self(format!("EXISTS (SELECT FROM pg_inherits WHERE inhrelid = {} AND inhdetachpending)", oid(table)))
    }

    pub(super) fn trigger(table: &ObjectName, name: &str) -> Self {
        Self(format!("EXISTS (SELECT FROM pg_trigger WHERE tgrelid = {} AND tgname = {})", oid(table), literal(name)))
    }

    /// The object exists; `None` for kinds that are not looked up.
    pub(super) fn object(object: &Object) -> Option<Self> {
        let name = literal(object.name().name());
        let row = |catalog: &str, column: &str| Self(format!("EXISTS (SELECT FROM {catalog} WHERE {column} = {name})"));
        let of = |catalog: &str, table: &str, column: &str| {
            let on = object.table().map(oid)?;
            Some(Self(format!("EXISTS (SELECT FROM {catalog} WHERE {table} = {on} AND {column} = {name})")))
        };
        match object.kind() {
            ObjectKind::Schema => Some(row("pg_namespace", "nspname")),
            ObjectKind::Extension => Some(row("pg_extension", "extname")),
            ObjectKind::Publication => Some(row("pg_publication", "pubname")),
            ObjectKind::Type | ObjectKind::Domain => {
                Some(Self(format!("to_regtype({}) IS NOT NULL", literal(&postgres_name(object.name())))))
            }
            ObjectKind::Trigger => of("pg_trigger", "tgrelid", "tgname"),
            ObjectKind::Policy => of("pg_policy", "polrelid", "polname"),
            ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Sequence | ObjectKind::ForeignTable => {
                Some(Self::relation(object.name()))
            }
            _ => None,
        }
    }

    pub(super) fn not(self) -> Self {
        Self(format!("NOT ({})", self.0))
    }

    /// The query that returns it.
    pub(super) fn query(&self) -> String {
        format!("SELECT {}", self.0)
    }

    pub(super) fn probe(&self) -> Probe {
        Probe::Holds { query: self.query() }
    }
}

fn oid(relation: &ObjectName) -> String {
    format!("to_regclass({})", literal(&postgres_name(relation)))
}
