//! What hangs on a table, a line for each part, for people.

use super::{Constraint, Schema, Table};
use crate::name::ObjectName;
use crate::sql::table_text::{TableText, named};

impl Schema {
    /// What a table is, a line for each of its parts: columns, constraints and options as they are written, indexes, its triggers, and
    /// the views and triggers that mention it. Empty if there is nothing of that name.
    ///
    /// It is what the [fingerprint](Self::fingerprint) of a table of SQLite is of, so that the lines of two states tell what makes
    /// their fingerprints differ; a comment or another way to set lines in `CREATE TABLE` is none.
    ///
    /// ```
    /// use migration_planner::{Column, Schema, Table};
    ///
    /// let users = Table::new("users")
    ///     .with_column(Column::new("id", "INTEGER").primary_key())
    ///     .completed_from("CREATE TABLE users (id INTEGER PRIMARY KEY /* by hand */, CONSTRAINT sane CHECK (id > 0)) STRICT");
    /// let schema = Schema::new().with_table(users);
    /// assert_eq!(
    ///     schema.outline(&"users".into()),
    ///     ["users.id: INTEGER PRIMARY KEY", "users constraint sane: CHECK (id > 0)", "users: STRICT"],
    /// );
    /// ```
    pub fn outline(&self, table: &ObjectName) -> Vec<String> {
        let mut lines = self.table(table).map(outline_of).unwrap_or_default();
        let hangs_on = self.triggers().iter().filter(|own| own.table().matches(table) || own.mentions(table.name()));
        lines
            .extend(hangs_on.map(|own| format!("{} trigger {}: {}", own.table(), own.name(), own.definition().trim())));
        let views = self.views().iter().filter(|own| own.name().matches(table) || own.mentions(table.name()));
        lines.extend(views.map(|own| format!("view {}: {}", own.name(), own.definition().trim())));
        lines
    }
}

fn outline_of(table: &Table) -> Vec<String> {
    let mut lines = table
        .definition()
        .and_then(TableText::read)
        .map_or_else(|| as_the_schema_says(table), |text| as_written(table.name(), &text));
    for index in table.indexes() {
        let parts = || format!("({})", index.parts().join(", "));
        let how = index.definition().map_or_else(parts, |definition| definition.trim().to_owned());
        lines.push(format!("{} index {}: {how}", table.name(), index.name()));
    }
    lines
}

fn as_written(table: &ObjectName, text: &TableText) -> Vec<String> {
    let mut lines = Vec::new();
    for column in &text.columns {
        let clauses = column.clauses.iter().map(|clause| clause.text.as_str());
        let words: Vec<&str> =
            std::iter::once(column.data_type.as_str()).chain(clauses).filter(|word| !word.is_empty()).collect();
        lines.push(format!("{table}.{}: {}", column.name, words.join(" ")));
    }
    for constraint in &text.constraints {
        let (name, body) = named(constraint);
        let called = name.map(|name| format!(" {name}")).unwrap_or_default();
        lines.push(format!("{table} constraint{called}: {}", body.text()));
    }
    lines.extend((!text.tail.is_empty()).then(|| format!("{table}: {}", text.tail)));
    lines
}

fn as_the_schema_says(table: &Table) -> Vec<String> {
    let name = table.name();
    let mut lines = Vec::new();
    for column in table.columns() {
        let key = if column.is_primary_key() { " primary key" } else { "" };
        let null = if column.is_not_null() { " not null" } else { "" };
        let default = column.default().map(|default| format!(" default {default}")).unwrap_or_default();
        lines.push(format!("{name}.{}: {}{key}{null}{default}", column.name(), column.data_type()));
    }
    for constraint in table.constraints() {
        lines.push(format!("{name} constraint {}: {}", constraint.name_on(name.name()), body(constraint)));
    }
    let options = [(table.is_strict(), "STRICT"), (table.is_without_rowid(), "WITHOUT ROWID")];
    let options: Vec<&str> = options.into_iter().filter(|(is, _)| *is).map(|(_, option)| option).collect();
    lines.extend((!options.is_empty()).then(|| format!("{name}: {}", options.join(", "))));
    lines
}

fn body(constraint: &Constraint) -> String {
    if let Some(definition) = constraint.detail().definition() {
        return definition.to_owned();
    }
    match constraint {
        Constraint::PrimaryKey { columns, .. } => format!("PRIMARY KEY ({})", columns.join(", ")),
        Constraint::Unique { columns, .. } => format!("UNIQUE ({})", columns.join(", ")),
        Constraint::Check { expression, .. } => format!("CHECK ({expression})"),
        Constraint::ForeignKey { columns, references, referenced, .. } => {
            format!("FOREIGN KEY ({}) REFERENCES {references} ({})", columns.join(", "), referenced.join(", "))
        }
        Constraint::Exclusion { .. } => "EXCLUDE".to_owned(),
    }
}
