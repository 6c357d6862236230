//! What reads a column and holds it to its type: taken away and brought back while the column changes.
//!
//! The server refuses to change the type of a column that a view, a rule, a policy or a trigger names, and those that are there go on
//! with the column that they were made for, whatever it is called later. So they are dropped and made again, to the letter, in the
//! transaction of the change: nobody sees a moment without them.

use crate::name::{ColumnRef, ObjectName};
use crate::planner::postgres::dependents::{computed_from, held_by_table, names_column, programs_using};
use crate::planner::task::Task;
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Object, ObjectKind, Table};
use crate::sql::tokens::{names_exactly, stands_in_statement};

/// What reads a column, directly or through others.
pub(super) struct Readers<'a> {
    /// Views, each after those that it reads itself.
    views: Vec<&'a Object>,
    /// Triggers and rules of the views, which go with them.
    of_views: Vec<&'a Object>,
    /// Policies, triggers and rules of the table.
    of_table: Vec<&'a Object>,
}

impl<'a> Readers<'a> {
    /// What reads a column of a table; refuses where something that cannot come back needs one of them, or is computed from the column.
    pub(super) fn of(task: &Task<'a>, table: &Table, column: &str) -> Result<Self, Refusal> {
        let objects = task.schema.objects();
        let direct = objects.iter().filter(|object| is_view(object.kind()));
        let direct = direct.filter(|view| names_column(task.schema, view, table.name(), Some(column))).collect();
        let (views, mut needed) = through(task, direct, 0);
        needed.extend(computed_from(table, column));
        if !needed.is_empty() {
            let column = ColumnRef::new(table.name(), column);
            return Err(Refusal::ColumnInUse { column, dependents: needed });
        }
        let of_table = objects
            .iter()
            .filter(|object| !is_view(object.kind()) && can_come_back(object.kind()) && is_on(object, table.name()))
            .filter(|object| {
                !object.name().is_reserved() && names_column(task.schema, object, table.name(), Some(column))
            })
            .collect();
        Ok(Self { of_views: on_any(task, &views), views: in_order(views), of_table })
    }

    /// What reads a view, and what is on it; refuses where something that cannot come back needs one of them.
    pub(super) fn of_view(task: &Task<'a>, view: &'a Object) -> Result<Self, Refusal> {
        let (mut views, needed) = through(task, vec![view], 1);
        if !needed.is_empty() {
            return Err(Refusal::InUse { name: view.name().to_string(), dependents: needed });
        }
        let of_views = on_any(task, &views);
        views.retain(|other| !other.is_same(view));
        Ok(Self { views: in_order(views), of_views, of_table: Vec::new() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.views.is_empty() && self.of_table.is_empty()
    }

    /// The statements, with what reads the column away meanwhile.
    pub(super) fn around(&self, statements: Vec<String>) -> Vec<String> {
        let away = self.of_table.iter().chain(self.views.iter().rev()).map(|object| object.drop_statement());
        let back = self.views.iter().chain(&self.of_views).chain(&self.of_table);
        let back = back.flat_map(|object| {
            std::iter::once(object.definition().to_owned()).chain(object.attached().iter().cloned())
        });
        away.chain(statements).chain(back).collect()
    }
}

/// These views and all that read them, and what keeps one of those from being dropped. The first `skipped` may take long to be filled.
fn through<'a>(task: &Task<'a>, mut views: Vec<&'a Object>, skipped: usize) -> (Vec<&'a Object>, Vec<Dependent>) {
    let named = |object: &Object| Dependent::Object { kind: object.kind(), name: object.name().clone() };
    let mut needed = Vec::new();
    let mut at = 0;
    while at < views.len() {
        let name = views[at].name();
        for other in task.schema.objects().iter().filter(|other| other.name() != name && reads(other, name)) {
            if !is_view(other.kind()) {
                needed.push(named(other));
            } else if !views.iter().any(|known| known.is_same(other)) {
                views.push(other);
            }
        }
        at += 1;
    }
    // The first ones may be what the change is about; readers of the others would wait while they are filled.
    needed.extend(views.iter().skip(skipped).filter(|view| takes_long(task, view)).map(|view| named(view)));
    needed.dedup();
    (views, needed)
}

/// Whether a view keeps the rows of a large table, which it may read through other views.
fn takes_long(task: &Task<'_>, view: &Object) -> bool {
    if view.kind() != ObjectKind::MaterializedView {
        return false;
    }
    let is_large = |table: &Table| task.rows(table).is_none_or(|rows| rows > task.policy.small_table);
    let mut read = vec![view];
    let mut at = 0;
    while at < read.len() {
        let names = |name: &ObjectName| names_exactly(read[at].definition(), name.name());
        if task.schema.tables().iter().any(|table| names(table.name()) && is_large(table)) {
            return true;
        }
        let views = task.schema.objects().iter().filter(|other| is_view(other.kind()) && names(other.name()));
        let more: Vec<&Object> = views.filter(|other| !read.iter().any(|known| known.is_same(other))).collect();
        read.extend(more);
        at += 1;
    }
    false
}

/// The triggers and rules that are on one of these views.
fn on_any<'a>(task: &Task<'a>, views: &[&Object]) -> Vec<&'a Object> {
    task.schema.objects().iter().filter(|object| views.iter().any(|view| is_on(object, view.name()))).collect()
}

fn is_on(object: &Object, relation: &ObjectName) -> bool {
    object.table().is_some_and(|on| on == relation)
}

/// Refuses if anything else needs the column that a second one cannot take over from it.
pub(super) fn refuse_others(task: &Task<'_>, table: &Table, column: &str) -> Result<(), Refusal> {
    let mut needed = programs_using(task.schema, table.name(), Some(column));
    needed.retain(|dependent| !matches!(dependent, Dependent::Object { kind, .. } if can_come_back(*kind)));
    needed.extend(held_by_table(table, column));
    let column = ColumnRef::new(table.name(), column);
    if needed.is_empty() { Ok(()) } else { Err(Refusal::ColumnInUse { column, dependents: needed }) }
}

/// What loses nothing by being made again.
fn can_come_back(kind: ObjectKind) -> bool {
    is_view(kind) || matches!(kind, ObjectKind::Rule | ObjectKind::Policy | ObjectKind::Trigger)
}

fn is_view(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::View | ObjectKind::MaterializedView)
}

/// Whether dropping the view called `name` is refused as long as this is there. What stands in the body of a function is not looked at
/// by the server, and what is on the view goes with it.
fn reads(object: &Object, name: &ObjectName) -> bool {
    object.table().is_none_or(|on| on != name) && stands_in_statement(object.definition(), name.name())
}

/// Each after those that it reads; those that read each other, which cannot be, as they came.
fn in_order(mut views: Vec<&Object>) -> Vec<&Object> {
    let mut ordered = Vec::with_capacity(views.len());
    while !views.is_empty() {
        let is_free =
            |view: &&Object| !views.iter().any(|other| other.name() != view.name() && reads(view, other.name()));
        let next = views.iter().position(is_free).unwrap_or(0);
        ordered.push(views.remove(next));
    }
    ordered
}
