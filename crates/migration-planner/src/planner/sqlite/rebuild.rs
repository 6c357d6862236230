//! A table made anew by the procedure that SQLite documents for every change that `ALTER TABLE` has no form for
//! (<https://sqlite.org/lang_altertable.html#otheralter>), in one transaction: the new table, the rows, the name, and what hangs on
//! it. Readers go on by the old table until it commits; other writers wait.

use super::definition::Definition;
use super::quote::{quoted, quoted_table};
use crate::name::{ObjectName, RESERVED_PREFIX, same_name};
use crate::planner::Task;
use crate::schema::{Column, Index, Table, Trigger, View};
use crate::sql::tokens::mentions;
use crate::step::{Impact, LockMode, Probe, Step, Undo, Work};

/// A table that is to be another one.
pub(super) struct Rebuild<'a> {
    task: &'a Task<'a>,
    table: &'a Table,
    before: Definition,
    after: Definition,
    /// For columns whose value is not the one they had: the expression over the old row, and the one over the new row.
    values: Vec<(String, String, Option<String>)>,
}

impl<'a> Rebuild<'a> {
    /// The table with its definition changed.
    pub(super) fn of(task: &'a Task<'a>, table: &'a Table, change: impl FnOnce(&mut Definition)) -> Self {
        let before = Definition::of(table);
        let mut after = before.clone();
        change(&mut after);
        Self { task, table, before, after, values: Vec::new() }
    }

    /// A column gets its value by an expression over the old row, and back by one over the new row, if there is one.
    pub(super) fn with_value(mut self, column: &str, up: &str, down: Option<&str>) -> Self {
        self.values.push((column.to_owned(), up.to_owned(), down.map(str::to_owned)));
        self
    }

    /// A new column gets its value by an expression over the old row; on the way back there is nothing to give it to.
    pub(super) fn with_new(self, column: &Column, value: &str) -> Self {
        if column.generation().is_some() { self } else { self.with_value(column.name(), value, None) }
    }

    /// The table as it is once this column was added to it.
    pub(super) fn starting_with(mut self, column: &Column) -> Self {
        self.before.add_column(column);
        self
    }

    /// The step, which is undone by the same procedure.
    pub(super) fn step(&self, id: &str, title: String) -> Step {
        let undo = Undo::Rebuild {
            table: self.table.name().clone(),
            statements: self.statements(&self.after, &self.before, |(column, _, down)| {
                (column.clone(), down.clone().unwrap_or_else(|| quoted(column)))
            }),
        };
        let statements = self.statements(&self.before, &self.after, |(column, up, _)| (column.clone(), up.clone()));
        let impact = Impact::locking(self.table.name(), LockMode::DatabaseWrite).rewriting(self.task.rows(self.table));
        Step::new(id, title, Work::Rebuild { table: self.table.name().clone(), statements }, Probe::Untold, undo)
            .with_impact(impact)
    }

    fn statements(
        &self,
        from: &Definition,
        to: &Definition,
        value: impl Fn(&(String, String, Option<String>)) -> (String, String),
    ) -> Vec<String> {
        let name = self.table.name();
        let new = ObjectName::from(format!("{RESERVED_PREFIX}new_{}", name.name()));
        let (own, made) = (quoted_table(name), quoted_table(&new));
        let mut statements: Vec<String> =
            self.views().iter().rev().map(|view| format!("DROP VIEW {}", quoted(view.name().name()))).collect();
        statements
            .extend(self.triggers().map(|trigger| format!("DROP TRIGGER IF EXISTS {}", quoted(trigger.name().name()))));
        statements.push(to.create(&new));
        let values: Vec<(String, String)> = self.values.iter().map(value).collect();
        let is_there =
            |column: &&str| from.columns_named(column) || values.iter().any(|(own, _)| same_name(own, column));
        let columns: Vec<&str> = to.stored().filter(is_there).collect();
        let source = |column: &&str| {
            values
                .iter()
                .find(|(own, _)| same_name(own, column))
                .map_or_else(|| quoted(column), |(_, value)| value.clone())
        };
        let (mut into, mut select): (Vec<String>, Vec<String>) =
            (columns.iter().map(|column| quoted(column)).collect(), columns.iter().map(source).collect());
        if let Some((number, source)) = row_number(from, to) {
            into.insert(0, number.to_owned());
            select.insert(0, source);
        }
        statements.push(format!("INSERT INTO {made} ({}) SELECT {} FROM {own}", into.join(", "), select.join(", ")));
        if from.is_autoincrement() && to.is_autoincrement() {
            let text = |name: &ObjectName| format!("'{}'", name.name().replace('\'', "''"));
            statements.push(format!("DELETE FROM sqlite_sequence WHERE name = {}", text(&new)));
            statements.push(format!(
                "INSERT INTO sqlite_sequence (name, seq) SELECT {}, seq FROM sqlite_sequence WHERE name = {}",
                text(&new),
                text(name)
            ));
        }
        statements.push(format!("DROP TABLE {own}"));
        statements.push(format!("ALTER TABLE {made} RENAME TO {own}"));
        statements.extend(self.table.indexes().iter().map(|index| create_index(self.table, index)));
        statements.extend(self.triggers().map(|trigger| trigger.definition().to_owned()));
        statements.extend(self.views().iter().map(|view| view.definition().to_owned()));
        // Triggers on views went with them.
        let on_views = self.task.schema.triggers().iter().filter(|trigger| {
            self.views().iter().any(|view| view.name().matches(trigger.table()))
                && !self.triggers().any(|own| own.name() == trigger.name())
        });
        statements.extend(on_views.map(|trigger| trigger.definition().to_owned()));
        statements
    }

    /// Views that read the table, and those that read these, in order.
    fn views(&self) -> Vec<&'a View> {
        let mut found: Vec<&'a View> = Vec::new();
        for view in self.task.schema.views() {
            let reads = |name: &str| mentions(view.definition(), name);
            if reads(self.table.name().name()) || found.iter().any(|other| reads(other.name().name())) {
                found.push(view);
            }
        }
        found
    }

    /// Triggers of the table, and of others that name it.
    fn triggers(&self) -> impl Iterator<Item = &'a Trigger> {
        let table = self.table.name();
        let views = self.views();
        self.task.schema.triggers().iter().filter(move |trigger| {
            let on_view = views.iter().any(|view| view.name().matches(trigger.table()));
            !on_view
                && (trigger.table().matches(table)
                    || trigger.mentions(table.name())
                    || views.iter().any(|view| trigger.mentions(view.name().name())))
        })
    }
}

/// The hidden number of a row and where it comes from: it stays what it was, where it is hidden in both, and is what stood in its column
/// where that goes.
fn row_number(from: &Definition, to: &Definition) -> Option<(&'static str, String)> {
    if from.is_without_rowid() || to.is_without_rowid() || to.row_number().is_some() {
        return None;
    }
    let hidden = hidden_number(|name| from.columns_named(name) || to.columns_named(name))?;
    match from.row_number() {
        None => Some((hidden, hidden.to_owned())),
        Some(column) if !to.columns_named(column) => Some((hidden, quoted(column))),
        Some(_) => None,
    }
}

/// The name of the hidden number of a row: the first of three that no column has.
pub(super) fn hidden_number(is_taken: impl Fn(&str) -> bool) -> Option<&'static str> {
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| !is_taken(name))
}

/// A table as it is once columns have been dropped from it, and what hung on them.
pub(super) fn without(table: &Table, columns: &[&str]) -> Table {
    let mut definition = Definition::of(table);
    for column in columns {
        definition.drop_column(column);
    }
    let involves = |index: &&Index| !columns.iter().any(|column| index.involves(column));
    let indexes = table.indexes().iter().filter(involves).cloned().collect();
    let less = columns.iter().fold(table.clone(), |table, column| table.without_column(column));
    let constraints = table.constraints().to_vec();
    less.with_parts(constraints, indexes).defined_as(definition.create(table.name()))
}

/// The statement that makes an index, as it was written or of what the schema says.
pub(super) fn create_index(table: &Table, index: &Index) -> String {
    if let Some(sql) = index.definition() {
        return sql.to_owned();
    }
    let unique = if index.is_unique() { "UNIQUE " } else { "" };
    let part = |part: &String| if table.column(part).is_some() { quoted(part) } else { part.clone() };
    let parts: Vec<String> = index.parts().iter().map(part).collect();
    let condition = index.predicate().map(|predicate| format!(" WHERE {predicate}")).unwrap_or_default();
    format!(
        "CREATE {unique}INDEX {} ON {} ({}){condition}",
        quoted(index.name().name()),
        quoted_table(table.name()),
        parts.join(", ")
    )
}
