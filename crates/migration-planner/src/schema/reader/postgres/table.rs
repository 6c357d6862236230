//! Tables.

use std::collections::{BTreeMap, BTreeSet};

use super::index::IndexDraft;
use super::key::{Body, Key};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Read};
use crate::schema::{Column, Grant, Table};
use crate::sql::ident;

#[derive(Debug, Clone)]
pub(super) struct TableDraft {
    pub(super) name: ObjectName,
    pub(super) columns: Vec<Column>,
    pub(super) keys: Vec<Key>,
    pub(super) indexes: Vec<IndexDraft>,
    pub(super) comment: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) unlogged: bool,
    pub(super) options: BTreeMap<String, String>,
    pub(super) tablespace: Option<String>,
    pub(super) replica_identity: Option<String>,
    pub(super) row_security: bool,
    pub(super) forced_row_security: bool,
    pub(super) partition_key: Option<String>,
    /// By who has them and whether they may be granted on.
    pub(super) grants: BTreeMap<(String, bool), BTreeSet<String>>,
}

impl TableDraft {
    pub(super) fn new(name: ObjectName) -> Self {
        Self {
            name,
            columns: Vec::new(),
            keys: Vec::new(),
            indexes: Vec::new(),
            comment: None,
            owner: None,
            unlogged: false,
            options: BTreeMap::new(),
            tablespace: None,
            replica_identity: None,
            row_security: false,
            forced_row_security: false,
            partition_key: None,
            grants: BTreeMap::new(),
        }
    }

    pub(super) fn has_index(&self, name: &str) -> bool {
        self.indexes.iter().any(|index| index.name == name)
            || self.keys.iter().any(|key| key.name == name && key.body.is_indexed())
    }

    /// The column of that name, or a fault at `place`.
    pub(super) fn column(&mut self, place: &Cursor<'_>, name: &str) -> Read<&mut Column> {
        let Some(at) = self.columns.iter().position(|column| column.name() == name) else {
            let known = self.columns.iter().map(|own| format!("{}.{}", self.name, own.name()));
            return Err(Fault::unknown(place, "column", format!("{}.{name}", self.name), known));
        };
        Ok(&mut self.columns[at])
    }

    pub(super) fn alter(&mut self, place: &Cursor<'_>, name: &str, change: impl FnOnce(Column) -> Column) -> Read<()> {
        let column = self.column(place, name)?;
        *column = change(column.clone());
        Ok(())
    }

    /// The constraint of that name, or a fault at `place`.
    pub(super) fn key(&mut self, place: &Cursor<'_>, name: &str) -> Read<&mut Key> {
        match self.keys.iter().position(|key| key.name == name) {
            Some(at) => Ok(&mut self.keys[at]),
            None => Err(Fault::unknown(place, "constraint", name, self.keys.iter().map(|key| key.name.as_str()))),
        }
    }

    pub(super) fn primary_key(&self) -> Option<&[String]> {
        self.keys.iter().find_map(|key| match &key.body {
            Body::Primary { columns, .. } => Some(columns.as_slice()),
            _ => None,
        })
    }

    pub(super) fn finish(&self) -> Table {
        let mut table = Table::new(&self.name);
        table = self.columns.iter().cloned().fold(table, Table::with_column);
        let rank = |key: &Key| match key.body {
            Body::Primary { .. } => 0,
            Body::Unique { .. } => 1,
            Body::Exclude(_) => 2,
            Body::Check { .. } => 3,
            Body::Foreign { .. } => 4,
        };
        let mut keys: Vec<&Key> = self.keys.iter().collect();
        keys.sort_by(|one, other| (rank(one), &one.name).cmp(&(rank(other), &other.name)));
        table = keys.into_iter().map(Key::finish).fold(table, Table::with_constraint);
        let mut indexes: Vec<&IndexDraft> = self.indexes.iter().collect();
        indexes.sort_by_key(|index| &index.name);
        table = indexes.into_iter().map(|index| index.finish(&self.name)).fold(table, Table::with_index);
        table = self.options.iter().fold(table, |table, (name, value)| table.option(name, value));
        for ((role, grantable), privileges) in &self.grants {
            let privileges: Vec<&str> = privileges.iter().map(String::as_str).collect();
            let grant = Grant::new(privileges.join(", "), role);
            table = table.with_grant(if *grantable { grant.grantable() } else { grant });
        }
        if let Some(text) = &self.comment {
            table = table.comment(text);
        }
        if let Some(role) = &self.owner {
            table = table.owned_by(role);
        }
        if let Some(space) = &self.tablespace {
            table = table.in_tablespace(space);
        }
        if let Some(identity) = &self.replica_identity {
            table = table.replica_identity(identity);
        }
        if let Some(key) = &self.partition_key {
            table = table.partitioned_by(key);
        }
        if self.unlogged {
            table = table.unlogged();
        }
        if self.row_security {
            table = table.row_security(self.forced_row_security);
        }
        table
    }
}

/// A table's name with its schema, `public` too.
pub(super) fn with_schema(name: &ObjectName) -> String {
    format!("{}.{}", ident(name.schema().unwrap_or("public")), ident(name.name()))
}
