//! Renames that somebody named.

use super::order::Stage;
use super::{DiffError, Found, SchemaDiffer, objects, tables};
use crate::change::Change;
use crate::name::{ObjectName, same_name};
use crate::schema::{Column, Constraint, Index, Object, ObjectKind, Schema, Table};
use crate::server::ServerKind;
use crate::sql::literal;

/// A name that is to be taken for another one.
#[derive(Debug, Clone)]
pub(super) enum Rename {
    Table { table: ObjectName, to: String },
    Column { table: ObjectName, column: String, to: String },
    Index { index: ObjectName, to: String },
    Constraint { table: ObjectName, name: String, to: String },
    Object { kind: ObjectKind, name: ObjectName, to: String },
    EnumValue { name: ObjectName, value: String, to: String },
}

impl SchemaDiffer {
    /// Says that the table `table` is the one that is called `to` later.
    #[must_use]
    pub fn rename_table(mut self, table: impl Into<ObjectName>, to: impl Into<String>) -> Self {
        self.renames.push(Rename::Table { table: table.into(), to: to.into() });
        self
    }

    /// Says that `column` of `table`, by the name that the table has later, is the one that is called `to` later.
    #[must_use]
    pub fn rename_column(
        mut self,
        table: impl Into<ObjectName>,
        column: impl Into<String>,
        to: impl Into<String>,
    ) -> Self {
        self.renames.push(Rename::Column { table: table.into(), column: column.into(), to: to.into() });
        self
    }

    /// Says that the index `index` is the one that is called `to` later.
    #[must_use]
    pub fn rename_index(mut self, index: impl Into<ObjectName>, to: impl Into<String>) -> Self {
        self.renames.push(Rename::Index { index: index.into(), to: to.into() });
        self
    }

    /// Says that the constraint `name` of `table`, by the name that the table has later, is the one that is called `to` later.
    #[must_use]
    pub fn rename_constraint(
        mut self,
        table: impl Into<ObjectName>,
        name: impl Into<String>,
        to: impl Into<String>,
    ) -> Self {
        self.renames.push(Rename::Constraint { table: table.into(), name: name.into(), to: to.into() });
        self
    }

    /// Says that the type, sequence, schema or view `name` is the one that is called `to` later.
    #[must_use]
    pub fn rename_object(mut self, kind: ObjectKind, name: impl Into<ObjectName>, to: impl Into<String>) -> Self {
        self.renames.push(Rename::Object { kind, name: name.into(), to: to.into() });
        self
    }
}

impl SchemaDiffer {
    /// Says that the value `value` of an enum, by the name that the type has later, is the one that is called `to` later.
    #[must_use]
    pub fn rename_enum_value(
        mut self,
        name: impl Into<ObjectName>,
        value: impl Into<String>,
        to: impl Into<String>,
    ) -> Self {
        self.renames.push(Rename::EnumValue { name: name.into(), value: value.into(), to: to.into() });
        self
    }
}

/// The schema with the renames made, each of which is a change. Tables come first, since the others name tables as they are later;
/// columns come last, since what is over them is found by the name that it has later.
pub(super) fn apply(
    server: ServerKind,
    renames: &[Rename],
    from: &Schema,
    to: &Schema,
    found: &mut Found,
) -> Result<Schema, DiffError> {
    let turn = |rename: &&Rename| match rename {
        Rename::Table { .. } => 0,
        Rename::Index { .. } | Rename::Constraint { .. } | Rename::Object { .. } => 1,
        Rename::Column { .. } | Rename::EnumValue { .. } => 2,
    };
    let mut renames: Vec<&Rename> = renames.iter().collect();
    renames.sort_by_key(turn);
    renames.into_iter().try_fold(from.clone(), |schema, rename| one(server, rename, schema, to, found))
}

fn one(
    server: ServerKind,
    rename: &Rename,
    schema: Schema,
    wanted: &Schema,
    found: &mut Found,
) -> Result<Schema, DiffError> {
    let has = |schema: &Schema, name: &ObjectName| tables::find(server, schema, name).is_some();
    let has_column = |table: &Table, name: &str| match server {
        ServerKind::Postgres => table.columns().iter().any(|column| column.name() == name),
        ServerKind::Sqlite => table.column(name).is_some(),
    };
    match rename {
        Rename::Table { table, to } => {
            let later = beside(table, to);
            let there = [has(&schema, table), has(&schema, &later), has(wanted, &later)];
            check("table", &table.to_string(), to, there)?;
            found.change(Stage::Rename, Change::rename_table(table, to.as_str()));
            Ok(renamed_table(&schema, table, &later))
        }
        Rename::Column { table, column, to } => {
            let (own, later) = both(&schema, wanted, table, "column", column, to)?;
            let there = [has_column(own, column), has_column(own, to), has_column(later, to)];
            check("column", &format!("{table}.{column}"), to, there)?;
            found.change(Stage::Rename, Change::rename_column(own.name(), column.as_str(), to.as_str()));
            let own_name = own.column(column).map(Column::name).unwrap_or_default().to_owned();
            let changed = with_columns(own, |known| {
                if known.name() == own_name { known.clone().called(to.as_str()) } else { known.clone() }
            });
            // What names the column elsewhere is told by the later schema; the server changes it there with the rename.
            let changed = following(&changed, later, column, to);
            Ok(replaced(schema, &changed))
        }
        Rename::Index { index, to } => {
            let later = beside(index, to);
            let there = [schema.index(index).is_some(), schema.index(&later).is_some(), wanted.index(&later).is_some()];
            check("index", &index.to_string(), to, there)?;
            found.change(Stage::Rename, Change::rename_index(index, to.as_str()));
            let Some((table, own)) = schema.index(index) else { return Ok(schema) };
            let changed = with_indexes(table, |known| {
                if own.name() == known.name() { known.clone().called(to.as_str()) } else { known.clone() }
            });
            Ok(replaced(schema, &changed))
        }
        Rename::Constraint { table, name, to } => {
            let (own, later) = both(&schema, wanted, table, "constraint", name, to)?;
            let there = [own.constraint(name).is_some(), own.constraint(to).is_some(), later.constraint(to).is_some()];
            check("constraint", name, to, there)?;
            found.change(Stage::Rename, Change::rename_constraint(own.name(), name.as_str(), to.as_str()));
            let owner = own.name().name().to_owned();
            let changed = with_constraints(own, |known| {
                if same_name(&known.name_on(&owner), name) { known.clone().named(to.as_str()) } else { known.clone() }
            });
            Ok(replaced(schema, &changed))
        }
        Rename::Object { kind, name, to } => {
            let later = beside(name, to);
            let count = |schema: &Schema, name: &ObjectName| schema.objects_named(*kind, name).count() > 0;
            check(
                "object",
                &name.to_string(),
                to,
                [count(&schema, name), count(&schema, &later), count(wanted, &later)],
            )?;
            found.change(Stage::Rename, Change::rename_object(*kind, name, to.as_str()));
            // The definition names the object, so it is the later one that is taken for the same.
            let Some(own) = schema.objects_named(*kind, name).next().cloned() else { return Ok(schema) };
            let later = wanted.objects_named(*kind, &later).next().cloned();
            let schema = schema.without_object(&own);
            Ok(later.into_iter().fold(schema, Schema::with_object))
        }
        Rename::EnumValue { name, value, to } => {
            let of = |schema: &Schema| schema.objects_named(ObjectKind::Type, name).next().cloned();
            let own = of(&schema);
            let holds = |object: &Option<Object>, value: &String| {
                let found = object.as_ref().and_then(|object| objects::values(object.definition()));
                found.is_some_and(|values| values.contains(value))
            };
            check("value", value, to, [holds(&own, value), holds(&own, to), holds(&of(wanted), to)])?;
            found.change(Stage::Rename, Change::rename_enum_value(name, value.as_str(), to.as_str()));
            let Some(own) = own else { return Ok(schema) };
            let definition = own.definition().replacen(&literal(value), &literal(to), 1);
            let changed = Object::new(ObjectKind::Type, own.name(), definition).with_attached(own.attached().to_vec());
            Ok(schema.without_object(&own).with_object(changed))
        }
    }
}

/// Whether the old name is there, the new one is not, and it is later.
fn check(what: &'static str, from: &str, to: &str, [old, taken, later]: [bool; 3]) -> Result<(), DiffError> {
    let reason = if !old {
        format!("there is no {from} before")
    } else if taken {
        format!("there is a {to} before")
    } else if !later {
        format!("there is no {to} later")
    } else {
        return Ok(());
    };
    Err(DiffError::Rename { what, from: from.to_owned(), to: to.to_owned(), reason })
}

fn both<'a>(
    schema: &'a Schema,
    wanted: &'a Schema,
    table: &ObjectName,
    what: &'static str,
    from: &str,
    to: &str,
) -> Result<(&'a Table, &'a Table), DiffError> {
    match (schema.table(table), wanted.table(table)) {
        (Some(own), Some(later)) => Ok((own, later)),
        _ => Err(DiffError::Rename {
            what,
            from: from.to_owned(),
            to: to.to_owned(),
            reason: format!("there is no table {table} before and later"),
        }),
    }
}

fn beside(name: &ObjectName, to: &str) -> ObjectName {
    match name.schema() {
        Some(schema) => ObjectName::in_schema(schema, to),
        None => to.into(),
    }
}

fn renamed_table(schema: &Schema, table: &ObjectName, later: &ObjectName) -> Schema {
    let tables: Vec<Table> = schema.tables().to_vec();
    // As a reference finds it: there may be another one whose name differs in case alone.
    let is_it = |name: &ObjectName| {
        schema.table(name).is_some_and(|found| schema.table(table).is_some_and(|own| own.name() == found.name()))
    };
    tables.into_iter().fold(schema.clone(), |schema, own| {
        let mut changed = with_constraints(&own, |constraint| match constraint {
            Constraint::ForeignKey { references, .. } if is_it(references) => {
                let mut constraint = constraint.clone();
                if let Constraint::ForeignKey { references, .. } = &mut constraint {
                    *references = later.clone();
                }
                constraint
            }
            other => other.clone(),
        });
        let schema = schema.without_table(own.name());
        if is_it(own.name()) {
            changed = changed.called(later);
        }
        schema.with_table(changed)
    })
}

/// Constraints and indexes over a column that got another name: those of the later table where they are the same but for it.
fn following(table: &Table, later: &Table, column: &str, to: &str) -> Table {
    let owner = table.name().name().to_owned();
    let table = with_constraints(table, |constraint| {
        let same = later.constraint(&constraint.name_on(&owner));
        match same {
            Some(same) if constraint.involves(column) && same.involves(to) => same.clone(),
            _ => constraint.clone(),
        }
    });
    with_indexes(&table, |index| match later.index(index.name().name()) {
        Some(same) if index.involves(column) && same.involves(to) => same.clone(),
        _ => index.clone(),
    })
}

fn replaced(schema: Schema, table: &Table) -> Schema {
    schema.without_table(table.name()).with_table(table.clone())
}

fn with_columns(table: &Table, change: impl Fn(&Column) -> Column) -> Table {
    let columns: Vec<Column> = table.columns().iter().map(change).collect();
    table.clone().remade(Some(columns), None, None)
}

fn with_constraints(table: &Table, change: impl Fn(&Constraint) -> Constraint) -> Table {
    let constraints: Vec<Constraint> = table.constraints().iter().map(change).collect();
    table.clone().remade(None, Some(constraints), None)
}

fn with_indexes(table: &Table, change: impl Fn(&Index) -> Index) -> Table {
    let indexes: Vec<Index> = table.indexes().iter().map(change).collect();
    table.clone().remade(None, None, Some(indexes))
}
