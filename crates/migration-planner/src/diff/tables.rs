//! What is different about tables.

use std::collections::BTreeMap;

use super::Found;
use super::inheritance::{self, Pair};
use super::keys::{constraints, indexes, references_to_lost_keys};
use super::numbering;
use super::order::Stage;
use super::partitions;
use crate::change::Change;
use crate::name::ObjectName;
use crate::schema::{Column, ColumnSetting, Constraint, Generated, Grant, Schema, Table};
use crate::server::ServerKind;
use crate::sql::{ident, postgres_name};

/// Compares all tables.
pub(super) fn compare(server: ServerKind, from: &Schema, to: &Schema, found: &mut Found) {
    for table in to.tables() {
        match find(server, from, table.name()) {
            Some(own) if server == ServerKind::Sqlite => of_sqlite(own, table, found),
            Some(own) => of_postgres(Pair { from: own, to: table, before: from, after: to }, found),
            None => create(server, table, from, to, found),
        }
    }
    for gone in from.tables().iter().filter(|table| find(server, to, table.name()).is_none()) {
        // A partition goes with what it is a part of, unless that stays.
        let with_parent = gone.parent().is_some_and(|(parent, _)| find(server, to, parent).is_none());
        // A view that gets its name cannot be made before.
        let is_replaced = to.objects().iter().any(|object| object.kind().is_relation() && object.name() == gone.name());
        if !with_parent {
            let stage = if is_replaced { Stage::MakeRoom } else { Stage::DropTables };
            found.loss(stage, Change::drop_table(gone.name()));
        }
    }
    if server == ServerKind::Postgres {
        references_to_lost_keys(from, to, found);
    }
}

/// A table by its name: PostgreSQL knows names that differ in case alone, SQLite does not.
pub(super) fn find<'a>(server: ServerKind, schema: &'a Schema, name: &ObjectName) -> Option<&'a Table> {
    match server {
        ServerKind::Postgres => schema.tables().iter().find(|table| table.name() == name),
        ServerKind::Sqlite => schema.table(name),
    }
}

/// A new table. A reference to a table that is there may need a key that is not yet, and two new tables may refer to each other:
/// such references are added later.
fn create(server: ServerKind, table: &Table, from: &Schema, to: &Schema, found: &mut Found) {
    let is_later = |constraint: &&Constraint| {
        server == ServerKind::Postgres
            && matches!(constraint, Constraint::ForeignKey { references, .. }
                if references != table.name() && (find(server, from, references).is_some() || refers_back(to, references, table)))
    };
    let (later, now): (Vec<&Constraint>, Vec<&Constraint>) = table.constraints().iter().partition(is_later);
    let now = now.into_iter().cloned().collect();
    found.change(Stage::CreateTables, Change::create_table(table.clone().remade(None, Some(now), None)));
    for constraint in later {
        found.change(Stage::AddReferences, Change::add_constraint(table.name(), constraint.clone()));
    }
}

/// Whether the table that is referred to refers back, however far around.
fn refers_back(schema: &Schema, start: &ObjectName, to: &Table) -> bool {
    let mut seen = Vec::new();
    let mut next = vec![start.clone()];
    while let Some(name) = next.pop() {
        if name == *to.name() {
            return true;
        }
        if seen.contains(&name) {
            continue;
        }
        for constraint in schema.table(&name).map(Table::constraints).unwrap_or_default() {
            if let Constraint::ForeignKey { references, .. } = constraint {
                next.push(references.clone());
            }
        }
        seen.push(name);
    }
    false
}

/// SQLite has no more of a table than columns, keys and indexes; whether it is strict, and the order of its columns, need a new one.
fn of_sqlite(from: &Table, to: &Table, found: &mut Found) {
    constraints(from, to, found);
    indexes(from, to, found);
    columns(Pair { from, to, before: &Schema::new(), after: &Schema::new() }, found);
    let order = |table: &Table, other: &Table| -> Vec<String> {
        let shared = table.columns().iter().filter(|column| exact(other, column.name()).is_some());
        shared.map(|column| column.name().to_owned()).collect()
    };
    let kind = |table: &Table| (table.is_strict(), table.is_without_rowid());
    if kind(from) != kind(to) || order(from, to) != order(to, from) {
        found.change(Stage::Describe, Change::rebuild_table(from.name(), to.clone()));
    }
}

fn of_postgres(pair: Pair<'_>, found: &mut Found) {
    let (from, to) = (pair.from, pair.to);
    inheritance::parents(pair, found);
    partitions::compare(pair, found);
    constraints(from, to, found);
    indexes(from, to, found);
    columns(pair, found);
    described(from, to, found);
    let order = |table: &Table, other: &Table| -> Vec<String> {
        let shared = table.columns().iter().filter(|column| exact(other, column.name()).is_some());
        shared.map(|column| column.name().to_owned()).collect()
    };
    let mut appended = to.columns().iter().skip_while(|column| exact(from, column.name()).is_some());
    let in_between = appended.any(|column| exact(from, column.name()).is_some());
    if order(from, to) != order(to, from) || in_between {
        found.cannot(format!("table {}", to.name()), "the columns are in another order");
    }
}

fn columns(pair: Pair<'_>, found: &mut Found) {
    let (from, to) = (pair.from, pair.to);
    // A partition's columns change with those of what it is a part of.
    if same_parent(from, to) {
        return;
    }
    for column in to.columns() {
        match exact(from, column.name()) {
            Some(own) => {
                one_column(from, own, column, found);
                inheritance::declared(pair, column.name(), found);
            }
            None if pair.parent_has(column.name()) => {}
            None => found.change(Stage::ChangeColumns, Change::add_column(to.name(), column.clone())),
        }
    }
    for gone in from.columns().iter().filter(|column| exact(to, column.name()).is_none()) {
        if !pair.is_taken(gone.name()) {
            drop_column(pair, gone, found);
        }
    }
}

/// Whether both are partitions of one table, whatever their bounds.
fn same_parent(from: &Table, to: &Table) -> bool {
    let parent = |table: &Table| table.parent().map(|(parent, _)| parent.clone());
    to.parent().is_some() && parent(from) == parent(to)
}

pub(super) fn exact<'a>(table: &'a Table, column: &str) -> Option<&'a Column> {
    table.columns().iter().find(|known| known.name() == column)
}

fn drop_column(pair: Pair<'_>, column: &Column, found: &mut Found) {
    let drop = Change::drop_column(pair.from.name(), column.name());
    let drop = if pair.is_kept_below(column.name()) { drop.kept_by_children() } else { drop };
    // What is computed from the rest is not lost.
    if column.generation().is_some() {
        found.change(Stage::DropColumns, drop);
    } else {
        found.loss(Stage::DropColumns, drop);
    }
}

/// The type of a column, with its collation where the other one has another.
fn collated(column: &Column, other: &Column) -> String {
    let is_text = ["text", "char"].iter().any(|text| column.data_type().contains(text));
    match column.collation_name() {
        same if same == other.collation_name() => column.data_type().to_owned(),
        Some(collation) => format!("{} COLLATE {}", column.data_type(), ident(collation)),
        // Where none is said, a plan keeps the one that there is.
        None if is_text => format!("{} COLLATE \"default\"", column.data_type()),
        None => column.data_type().to_owned(),
    }
}

fn one_column(table: &Table, from: &Column, to: &Column, found: &mut Found) {
    let (owner, name) = (table.name(), from.name());
    let mut change = |change: Change| found.change(Stage::ChangeColumns, change);
    match (from.generation().map(Generated::expression), to.generation().map(Generated::expression)) {
        (None, None) => {}
        (Some(_), None) => change(Change::drop_expression(owner, name)),
        (before, Some(after)) if before == Some(after) => {}
        // Nobody can write to it, so nothing is lost when it is computed anew.
        (Some(_), Some(_)) => {
            change(Change::drop_column(owner, name));
            change(Change::add_column(owner, to.clone()));
            return;
        }
        // What others wrote to it is lost, and so it is told as a loss, and comes last.
        (None, Some(_)) => {
            found.loss(Stage::DropColumns, Change::replace_column(owner, to.clone()));
            return;
        }
    }
    let (before, after) = (collated(from, to), collated(to, from));
    let retyped = before != after;
    if retyped && from.default() != to.default() && from.default().is_some() {
        // The old default may not be a value of the new type.
        change(Change::set_default(owner, name, None));
    }
    if retyped {
        change(Change::change_type(owner, name, after));
    }
    // An identity is never NULL.
    let required = !from.is_not_null() && to.is_not_null();
    if required && to.identity_kind().is_some() {
        change(Change::set_not_null(owner, name));
    }
    if from.identity_kind() != to.identity_kind() {
        change(Change::set_identity(owner, name, to.identity_kind()));
    } else if to.identity_kind().is_some() && from.sequence_options_text() != to.sequence_options_text() {
        change(numbering::change(table, from, to));
    }
    let default_gone = retyped && from.default() != to.default() && to.default().is_none();
    if from.default() != to.default() && !default_gone && from.generation().is_some() == to.generation().is_some() {
        change(Change::set_default(owner, name, to.default()));
    }
    match (from.is_not_null(), to.is_not_null()) {
        (false, true) if to.identity_kind().is_none() => change(Change::set_not_null(owner, name)),
        (true, false) => change(Change::drop_not_null(owner, name)),
        _ => {}
    }
    for setting in [ColumnSetting::Statistics, ColumnSetting::Storage, ColumnSetting::Compression] {
        let (before, after) = (from.setting_value(setting), to.setting_value(setting));
        let none = match setting {
            ColumnSetting::Statistics => "-1",
            ColumnSetting::Storage | ColumnSetting::Compression => "DEFAULT",
        };
        if before != after {
            change(Change::set_column(owner, name, setting, after.unwrap_or(none)));
        }
    }
    if from.comment_text() != to.comment_text() {
        change(Change::comment_on_column(owner, name, to.comment_text()));
    }
    if from.collation_name() != to.collation_name() {
        found.cannot(format!("column {owner}.{name}"), "it sorts by another collation");
    }
}

fn described(from: &Table, to: &Table, found: &mut Found) {
    let mut change = |change: Change| found.change(Stage::Describe, change);
    let (owner, name) = (to.name(), postgres_name(to.name()));
    if from.comment_text() != to.comment_text() {
        change(Change::comment_on_table(owner, to.comment_text()));
    }
    if from.replica_identity_clause() != to.replica_identity_clause() {
        change(Change::set_replica_identity(owner, to.replica_identity_clause()));
    }
    let security = |table: &Table| (table.has_row_security(), table.forces_row_security());
    if security(from) != security(to) {
        change(Change::set_row_security(owner, to.has_row_security(), to.forces_row_security()));
    }
    let none = BTreeMap::new();
    let (before, after) = if from.options() == to.options() { (&none, &none) } else { (from.options(), to.options()) };
    for (option, value) in after.iter().filter(|(option, value)| before.get(*option) != Some(*value)) {
        change(Change::set_table_option(owner, option.as_str(), Some(value)));
    }
    for option in before.keys().filter(|option| !after.contains_key(*option)) {
        change(Change::set_table_option(owner, option.as_str(), None));
    }
    for grant in from.grants().iter().filter(|grant| !to.grants().contains(grant)) {
        change(Change::revoke(grant.privileges(), name.as_str(), role(grant)));
    }
    for grant in to.grants().iter().filter(|grant| !from.grants().contains(grant)) {
        if grant.is_grantable() {
            let granted = format!("{} ON {name} TO {} WITH GRANT OPTION", grant.privileges(), role(grant));
            let undo = format!("REVOKE {} ON {name} FROM {}", grant.privileges(), role(grant));
            change(Change::sql([format!("GRANT {granted}")], Some(&[&undo])));
        } else {
            change(Change::grant(grant.privileges(), name.as_str(), role(grant)));
        }
    }
    let alter = |word: &str| format!("ALTER TABLE {name} {word}");
    if let (Some(before), Some(after)) = (from.owner(), to.owner())
        && before != after
    {
        let undo = alter(&format!("OWNER TO {}", ident(before)));
        change(Change::sql([alter(&format!("OWNER TO {}", ident(after)))], Some(&[&undo])));
    }
    if from.is_unlogged() != to.is_unlogged() {
        let words = |unlogged: bool| if unlogged { "SET UNLOGGED" } else { "SET LOGGED" };
        change(Change::sql([alter(words(to.is_unlogged()))], Some(&[&alter(words(from.is_unlogged()))])));
    }
    if from.tablespace() != to.tablespace() {
        let words = |space: Option<&str>| format!("SET TABLESPACE {}", ident(space.unwrap_or("pg_default")));
        change(Change::sql([alter(&words(to.tablespace()))], Some(&[&alter(&words(from.tablespace()))])));
    }
}

fn role(grant: &Grant) -> String {
    grant.role().to_owned()
}
