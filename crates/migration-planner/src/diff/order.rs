//! The order in which changes can be made.

use super::Loss;
use crate::change::Change;
use crate::name::ObjectName;
use crate::schema::{ObjectKind, Schema, Table};
use crate::sql::tokens::mentions;

/// When a change is made: what is used comes before what uses it, and goes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Rename,
    DropUsers,
    DropReferences,
    DropKeys,
    MakeRoom,
    CreateBases,
    CreateTables,
    ChangeColumns,
    AddKeys,
    AddReferences,
    CreateUsers,
    Describe,
    DropColumns,
    DropTables,
    DropBases,
}

/// A change and when it is made.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) stage: Stage,
    pub(super) change: Change,
    pub(super) loss: Loss,
}

/// In order of stages; within one, what mentions another comes after it where things are made, and before it where they go.
pub(super) fn sorted(changes: Vec<Ordered>, from: &Schema, to: &Schema) -> Vec<(Change, Loss)> {
    let mut stages: std::collections::BTreeMap<Stage, Vec<Ordered>> = std::collections::BTreeMap::new();
    for change in changes {
        stages.entry(change.stage).or_default().push(change);
    }
    let mut sorted = Vec::new();
    for (stage, of_stage) in stages {
        let made = match stage {
            Stage::CreateBases | Stage::CreateTables | Stage::CreateUsers => by_mention(of_stage, to),
            Stage::DropUsers | Stage::MakeRoom | Stage::DropTables | Stage::DropBases => {
                let mut dropped = by_mention(of_stage, from);
                dropped.reverse();
                dropped
            }
            // A column that a table has from another goes there first; what is left of it is the table's own then.
            Stage::DropColumns => {
                let mut dropped = of_stage;
                dropped.sort_by_key(|ordered| depth(ordered.change.object().object(), from));
                dropped
            }
            _ => of_stage,
        };
        sorted.extend(made.into_iter().map(|ordered| (ordered.change, ordered.loss)));
    }
    sorted
}

/// How many tables are above a table, of those that it inherits from.
fn depth(table: &ObjectName, schema: &Schema) -> usize {
    let parent = |name: &ObjectName| {
        let table = schema.tables().iter().find(|table| table.name() == name)?;
        table.parents().first().cloned()
    };
    // One that the server has is no circle, one that somebody wrote may be.
    std::iter::successors(parent(table), parent).take(schema.tables().len()).count()
}

/// What others mention first; where some mention each other, as they came.
fn by_mention(changes: Vec<Ordered>, schema: &Schema) -> Vec<Ordered> {
    let names: Vec<Option<String>> = changes.iter().map(|ordered| name_of(&ordered.change)).collect();
    let texts: Vec<String> = changes.iter().map(|ordered| text_of(&ordered.change, schema)).collect();
    let uses = |user: usize, used: usize| {
        user != used && names[used].as_deref().is_some_and(|name| mentions(&texts[user], name))
    };
    let count = changes.len();
    let mut left: Vec<usize> = (0..count).collect();
    let mut order = Vec::with_capacity(count);
    while !left.is_empty() {
        let free = left.iter().position(|user| !left.iter().any(|used| uses(*user, *used)));
        order.push(left.remove(free.unwrap_or(0)));
    }
    let mut changes: Vec<Option<Ordered>> = changes.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| changes[at].take()).collect()
}

fn name_of(change: &Change) -> Option<String> {
    match change {
        Change::CreateTable { table } => Some(table.name().name().to_owned()),
        Change::DropTable { table } => Some(table.name().to_owned()),
        Change::Create { object } | Change::Replace { object } => Some(object.name().name().to_owned()),
        Change::Drop { name, .. } => Some(name.name().to_owned()),
        _ => None,
    }
}

/// All that is said of the thing a change is about.
fn text_of(change: &Change, schema: &Schema) -> String {
    match change {
        Change::CreateTable { table } => of_table(table),
        Change::DropTable { table } => schema.table(table).map(of_table).unwrap_or_default(),
        Change::Create { object } | Change::Replace { object } => {
            let on = object.table().map(|table| table.name().to_owned()).unwrap_or_default();
            format!("{on} {}", object.definition())
        }
        Change::Drop { kind, name, .. } => {
            let objects = schema.objects_named(*kind, name);
            let words = objects.map(|object| {
                let on = object.table().map(|table| table.name().to_owned()).unwrap_or_default();
                format!("{on} {}", object.definition())
            });
            words.collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

pub(super) fn of_table(table: &Table) -> String {
    let columns = table.columns().iter().map(|column| {
        let generated = column.generation().map(crate::schema::Generated::expression);
        [Some(column.data_type()), column.default(), generated].into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    let constraints = table.constraints().iter().map(|constraint| {
        let references = match constraint {
            crate::schema::Constraint::ForeignKey { references, .. } => references.name(),
            crate::schema::Constraint::Check { expression, .. } => expression,
            _ => "",
        };
        format!("{references} {}", constraint.detail().definition().unwrap_or_default())
    });
    let indexes = table
        .indexes()
        .iter()
        .map(|index| format!("{} {}", index.parts().join(" "), index.definition().unwrap_or_default()));
    let parents = table.parent().map(|(parent, _)| parent).into_iter().chain(table.parents());
    let parents = parents.map(|parent| parent.name().to_owned());
    columns.chain(constraints).chain(indexes).chain(parents).collect::<Vec<_>>().join(" ")
}

/// Whether things of a kind are what tables are made of, so that they come first and go last.
pub(super) fn is_base(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Schema
            | ObjectKind::Extension
            | ObjectKind::Collation
            | ObjectKind::Type
            | ObjectKind::Domain
            | ObjectKind::Sequence
    )
}
