//! A `CREATE TABLE` statement taken apart, changed, and put together again.
//!
//! SQLite keeps the statement as its catalog, with much that a schema does not say: what foreign keys do on deletion, `AUTOINCREMENT`,
//! `ON CONFLICT`, names of constraints. What is not changed stays as it was written.

use super::quote::{quoted, quoted_table};
use crate::name::{ObjectName, same_name};
use crate::postgres::cursor::Cursor;
use crate::schema::{Column, Constraint, Generated, Table};
use crate::sql::table_text::{Clause, ClauseKind, ColumnText, TableText, named};

const WITHOUT_ROWID: &str = "WITHOUT ROWID";

/// What stands in a `CREATE TABLE` statement after the table's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    columns: Vec<ColumnText>,
    /// Constraints of the whole table, as they are written.
    constraints: Vec<String>,
    /// `STRICT`, `WITHOUT ROWID`.
    tail: String,
}

impl Definition {
    /// The definition of a table of a schema: as the database keeps it, or made of what the schema says.
    pub(super) fn of(table: &Table) -> Self {
        table.definition().and_then(Self::read).unwrap_or_else(|| Self::made_of(table))
    }

    /// Reads a whole statement; `None` if it is not understood.
    fn read(sql: &str) -> Option<Self> {
        let TableText { columns, constraints, tail } = TableText::read(sql)?;
        Some(Self { columns, constraints, tail })
    }

    fn made_of(table: &Table) -> Self {
        let single = table.columns().iter().find(|column| column.is_primary_key()).map(Column::name);
        let declared = table.constraints().iter().any(|own| matches!(own, Constraint::PrimaryKey { .. }));
        let columns = table.columns().iter().map(|own| {
            let mut text = column_text(own);
            if !declared && single == Some(own.name()) {
                text.clauses.insert(0, Clause { kind: ClauseKind::PrimaryKey, text: "PRIMARY KEY".to_owned() });
            }
            text
        });
        let strict = table.is_strict().then_some("STRICT");
        let tail: Vec<&str> = strict.into_iter().chain(table.is_without_rowid().then_some(WITHOUT_ROWID)).collect();
        Self {
            columns: columns.collect(),
            constraints: table.constraints().iter().map(constraint_text).collect(),
            tail: tail.join(", "),
        }
    }

    /// The statement that makes a table of this name.
    pub(super) fn create(&self, name: &ObjectName) -> String {
        let columns = self.columns.iter().map(ColumnText::render);
        let parts: Vec<String> = columns.chain(self.constraints.iter().cloned()).collect();
        let tail = if self.tail.is_empty() { String::new() } else { format!(" {}", self.tail) };
        format!("CREATE TABLE {} ({}){tail}", quoted_table(name), parts.join(", "))
    }

    /// Names of the columns that hold what is written to them.
    pub(super) fn stored(&self) -> impl Iterator<Item = &str> {
        let is_stored = |column: &&ColumnText| !column.has(ClauseKind::Generated);
        self.columns.iter().filter(is_stored).map(|column| column.name.as_str())
    }

    /// Whether there is a column of that name.
    pub(super) fn columns_named(&self, name: &str) -> bool {
        self.columns.iter().any(|column| same_name(&column.name, name))
    }

    /// Whether rows are numbered by a sequence that is never taken back.
    pub(super) fn is_autoincrement(&self) -> bool {
        let counts = |clause: &Clause| clause.text.to_ascii_lowercase().contains("autoincrement");
        self.columns.iter().flat_map(|column| &column.clauses).any(counts)
    }

    /// The column that stands for the number of the row, if one does.
    pub(super) fn row_number(&self) -> Option<&str> {
        let is_key_of = |own: &String, column: &ColumnText| {
            let mut cursor = named(own).1;
            cursor.eat("primary key")
                && cursor
                    .group()
                    .is_some_and(|key| key.all_names().len() == 1 && key.mentions(&column.name.to_lowercase()))
        };
        let is_it = |column: &&ColumnText| {
            same_name(&column.data_type, "integer")
                && (column.has(ClauseKind::PrimaryKey) || self.constraints.iter().any(|own| is_key_of(own, column)))
        };
        if self.is_without_rowid() { None } else { self.columns.iter().find(is_it).map(|own| own.name.as_str()) }
    }

    /// Whether rows have no number, and are found by their key alone.
    pub(super) fn is_without_rowid(&self) -> bool {
        self.tail.split(',').any(|option| WITHOUT_ROWID.eq_ignore_ascii_case(option.trim()))
    }

    pub(super) fn set_type(&mut self, column: &str, data_type: &str) {
        self.alter(column, |own| data_type.clone_into(&mut own.data_type));
    }

    pub(super) fn set_default(&mut self, column: &str, default: Option<&str>) {
        let text = default.map(default_clause);
        self.alter(column, |own| own.set(ClauseKind::Default, text));
    }

    pub(super) fn set_not_null(&mut self, column: &str, not_null: bool) {
        self.alter(column, |own| {
            own.set(ClauseKind::Null, None);
            own.set(ClauseKind::NotNull, not_null.then(|| "NOT NULL".to_owned()));
        });
    }

    /// The values of a computed column become its own.
    pub(super) fn drop_expression(&mut self, column: &str) {
        self.alter(column, |own| own.set(ClauseKind::Generated, None));
    }

    pub(super) fn add_column(&mut self, column: &Column) {
        self.columns.push(column_text(column));
    }

    /// Adds a column that is the primary key.
    pub(super) fn add_key(&mut self, column: &Column) {
        let mut text = column_text(column);
        text.clauses.insert(0, Clause { kind: ClauseKind::PrimaryKey, text: "PRIMARY KEY".to_owned() });
        self.columns.push(text);
    }

    pub(super) fn drop_column(&mut self, column: &str) {
        self.columns.retain(|own| !same_name(&own.name, column));
    }

    /// Takes away the references of the table that consist of this column alone.
    pub(super) fn drop_references_of(&mut self, column: &str) {
        self.constraints.retain(|own| {
            let mut cursor = named(own).1;
            let columns = if cursor.eat("foreign key") { cursor.group().map(Cursor::items) } else { None };
            !columns
                .is_some_and(|columns| matches!(columns.as_slice(), [only] if only.mentions(&column.to_lowercase())))
        });
    }

    /// The columns in the order of these names, others after them.
    pub(super) fn reorder(&mut self, names: &[&str]) {
        let place =
            |column: &ColumnText| names.iter().position(|name| same_name(name, &column.name)).unwrap_or(names.len());
        self.columns.sort_by_key(place);
    }

    /// Whether columns hold values of their type only.
    pub(super) fn set_strict(&mut self, strict: bool) {
        self.set_option("STRICT", strict);
    }

    /// Whether rows have no number.
    pub(super) fn set_without_rowid(&mut self, without: bool) {
        self.set_option(WITHOUT_ROWID, without);
    }

    fn set_option(&mut self, option: &str, on: bool) {
        let others = self.tail.split(',').map(str::trim);
        let others = others.filter(|other| !other.is_empty() && !other.eq_ignore_ascii_case(option));
        let options: Vec<&str> = on.then_some(option).into_iter().chain(others).collect();
        self.tail = options.join(", ");
    }

    pub(super) fn add_constraint(&mut self, constraint: &Constraint) {
        self.constraints.push(constraint_text(constraint));
    }

    /// Takes the constraint of that name away; `false` if there is none.
    pub(super) fn drop_constraint(&mut self, name: &str) -> bool {
        let is_it = |text: &str| named(text).0.is_some_and(|own| same_name(&own, name));
        let before = self.parts();
        self.constraints.retain(|own| !is_it(own));
        for column in &mut self.columns {
            column.clauses.retain(|clause| !is_it(&clause.text));
        }
        self.parts() < before
    }

    /// Gives the constraint of that name another one; `false` if there is none.
    pub(super) fn rename_constraint(&mut self, name: &str, to: &str) -> bool {
        let mut found = false;
        let clauses = self.columns.iter_mut().flat_map(|column| &mut column.clauses).map(|clause| &mut clause.text);
        for text in self.constraints.iter_mut().chain(clauses) {
            if let (Some(own), rest) = named(text)
                && same_name(&own, name)
            {
                *text = format!("CONSTRAINT {} {}", quoted(to), rest.text());
                found = true;
            }
        }
        found
    }

    /// Takes the primary key away.
    pub(super) fn drop_primary_key(&mut self) {
        self.constraints.retain(|own| !named(own).1.sees("primary key"));
        for column in &mut self.columns {
            column.set(ClauseKind::PrimaryKey, None);
        }
    }

    fn parts(&self) -> usize {
        self.constraints.len() + self.columns.iter().map(|column| column.clauses.len()).sum::<usize>()
    }

    fn alter(&mut self, column: &str, change: impl FnOnce(&mut ColumnText)) {
        if let Some(own) = self.columns.iter_mut().find(|own| same_name(&own.name, column)) {
            change(own);
        }
    }
}

/// A default as it stands in a column's definition: an expression that is no literal needs parentheses.
pub(super) fn default_clause(default: &str) -> String {
    let keyword =
        ["current_timestamp", "current_date", "current_time"].iter().any(|word| default.eq_ignore_ascii_case(word));
    let is_group = default.starts_with('(') && default.ends_with(')');
    if super::quote::is_constant(default) || keyword || is_group {
        format!("DEFAULT {default}")
    } else {
        format!("DEFAULT ({default})")
    }
}

fn column_text(column: &Column) -> ColumnText {
    let clause = |kind, text: String| Clause { kind, text };
    let mut clauses = Vec::new();
    clauses
        .extend(column.collation_name().map(|name| clause(ClauseKind::Collate, format!("COLLATE {}", quoted(name)))));
    clauses.extend(column.is_not_null().then(|| clause(ClauseKind::NotNull, "NOT NULL".to_owned())));
    clauses.extend(column.default().map(|default| clause(ClauseKind::Default, default_clause(default))));
    clauses.extend(column.generation().map(|generated| {
        let stored = if matches!(generated, Generated::Stored { .. }) { "STORED" } else { "VIRTUAL" };
        clause(ClauseKind::Generated, format!("GENERATED ALWAYS AS ({}) {stored}", generated.expression()))
    }));
    ColumnText {
        written: quoted(column.name()),
        name: column.name().to_owned(),
        data_type: column.data_type().to_owned(),
        clauses,
    }
}

/// A constraint as it stands in a table's definition.
pub(super) fn constraint_text(constraint: &Constraint) -> String {
    let list = |columns: &[String]| columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
    let body = constraint.detail().definition().map_or_else(
        || match constraint {
            Constraint::PrimaryKey { columns, .. } => format!("PRIMARY KEY ({})", list(columns)),
            Constraint::Unique { columns, .. } => format!("UNIQUE ({})", list(columns)),
            Constraint::Check { expression, .. } => format!("CHECK ({expression})"),
            Constraint::ForeignKey { columns, references, referenced, .. } => {
                let to = if referenced.is_empty() { String::new() } else { format!(" ({})", list(referenced)) };
                format!("FOREIGN KEY ({}) REFERENCES {}{to}", list(columns), quoted(references.name()))
            }
            Constraint::Exclusion { .. } => String::new(), // refused before
        },
        str::to_owned,
    );
    constraint.detail().name().map_or(body.clone(), |name| format!("CONSTRAINT {} {body}", quoted(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "CREATE TABLE \"users\" (id INTEGER PRIMARY KEY AUTOINCREMENT, [a b] VARCHAR(10) NOT NULL ON CONFLICT IGNORE DEFAULT -1 COLLATE \
                       NOCASE, boss INT REFERENCES users (id) ON DELETE SET NULL NOT DEFERRABLE CONSTRAINT old CHECK (boss <> 3), c AS (boss + 1) STORED, \
                       blob DEFAULT x'00', t TEXT DEFAULT CURRENT_TIMESTAMP NOT NULL, CONSTRAINT one UNIQUE (boss, c), CHECK (id > 0)) STRICT;";

    #[test]
    fn a_definition_that_is_taken_apart_is_the_same_when_put_together() {
        let read = Definition::read(SQL).unwrap();
        let again = read.create(&"users".into());
        assert_eq!(Definition::read(&again), Some(read.clone()));
        assert_eq!(read.stored().collect::<Vec<_>>(), ["id", "a b", "boss", "blob", "t"]);
        assert!(read.is_autoincrement() && read.row_number() == Some("id"));
        for kept in [
            "ON DELETE SET NULL NOT DEFERRABLE",
            "NOT NULL ON CONFLICT IGNORE",
            "PRIMARY KEY AUTOINCREMENT",
            "DEFAULT x'00'",
            ") STRICT",
        ] {
            assert!(again.contains(kept), "{kept} is not in {again}");
        }
    }

    #[test]
    fn one_thing_changes_and_all_else_stays() {
        let mut definition = Definition::read(
            "CREATE TABLE t (a TEXT NOT NULL DEFAULT 'x', b INT CONSTRAINT k UNIQUE, CONSTRAINT s CHECK (a <> ''))",
        )
        .unwrap();
        definition.set_default("A", Some("random()"));
        definition.set_type("b", "TEXT");
        assert!(definition.rename_constraint("k", "key"));
        assert_eq!(
            definition.create(&"t".into()),
            "CREATE TABLE t (a TEXT NOT NULL DEFAULT (random()), b TEXT CONSTRAINT \"key\" UNIQUE, CONSTRAINT s CHECK (a <> ''))"
        );
        definition.set_not_null("a", false);
        definition.set_default("a", None);
        assert!(
            definition.drop_constraint("s") && definition.drop_constraint("key") && !definition.drop_constraint("s")
        );
        definition.add_constraint(&Constraint::primary_key(["b"]));
        assert_eq!(definition.create(&"t".into()), "CREATE TABLE t (a TEXT, b TEXT, PRIMARY KEY (b))");
        definition.drop_primary_key();
        definition.reorder(&["b", "a"]);
        assert_eq!(definition.create(&"t".into()), "CREATE TABLE t (b TEXT, a TEXT)");
    }
}
