//! Objects that are known by the statement that creates them: views, functions, triggers, types, sequences, policies.

use super::facts::Fact;
use super::names::is_taken;
use super::plain::One;
use super::readers::Readers;
use super::redefine;
use crate::name::ObjectName;
use crate::nearest::nearest;
use crate::phase::{Phase, PhaseKind};
use crate::planner::task::Task;
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Object, ObjectKind};
use crate::sql::tokens::{names_exactly, spanned};
use crate::sql::{Dialect, ident, postgres_name};
use crate::step::{Probe, Repair, Step, Undo, Work};

pub(super) fn create(task: &Task<'_>, object: &Object) -> Result<Vec<Phase>, Refusal> {
    if object.name().is_reserved() {
        return Err(Refusal::ReservedName { name: object.name().to_string() });
    }
    let is_taken = object.kind().is_relation() && is_taken(task.schema, object.name());
    if is_taken || task.schema.objects().iter().any(|known| known.is_same(object)) {
        return Err(Refusal::ObjectExists { kind: object.kind().to_string(), name: object.name().to_string() });
    }
    if let Some(table) = object.table() {
        let on_view = task.schema.objects().iter().any(|view| view.kind().is_relation() && view.name() == table);
        if !on_view {
            task.table(table)?;
        }
    }
    let one = One {
        forward: made(object),
        probe: probe(object, true),
        ..One::new("create", String::new(), object.drop_statement())
    };
    Ok(vec![one.phase(task)])
}

/// The statements that make an object as it is, with what hangs on it.
fn made(object: &Object) -> Vec<String> {
    std::iter::once(object.definition().to_owned()).chain(object.attached().iter().cloned()).collect()
}

fn probe(object: &Object, exists: bool) -> Probe {
    match Fact::object(object) {
        Some(fact) if exists => fact.probe(),
        Some(fact) => fact.not().probe(),
        None => Probe::Untold,
    }
}

/// Both definitions are in one transaction, so that there is no moment without the object.
pub(super) fn replace(task: &Task<'_>, object: &Object) -> Result<Vec<Phase>, Refusal> {
    let old = task
        .schema
        .objects()
        .iter()
        .find(|known| known.is_same(object))
        .ok_or_else(|| unknown(task, object.kind(), object.name()))?;
    if old.definition() == object.definition() && old.attached() == object.attached() {
        return Err(task.nothing_to_do());
    }
    if has_content(object.kind()) {
        return Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason: format!("a {} is not replaced whole: what uses it would have to go with it", object.kind()),
        });
    }
    let [forward, back] = swapped(task, old, object)?;
    let instructions = "Whoever fails with the new definition is helped at once by rolling this phase back.";
    let one = One {
        kind: PhaseKind::Contract,
        forward,
        back: Some(back),
        instructions,
        ..One::new("replace", String::new(), String::new())
    };
    let mut phases = task.switches("works with the old and the new", "");
    phases.push(one.phase(task));
    Ok(phases)
}

/// The statements that put one definition in the place of another, and those that put it back: in place where the server can, and
/// else by taking the object away and making it anew, with all that hangs on it.
fn swapped(task: &Task<'_>, old: &Object, new: &Object) -> Result<[Vec<String>; 2], Refusal> {
    redefine::refuse_what_is_kept(task, old)?;
    if let Some(there_and_back) = redefine::in_place(old, new) {
        return Ok(there_and_back.map(|statement| vec![statement]));
    }
    let swap = |out: &Object, into: &Object| std::iter::once(out.drop_statement()).chain(made(into)).collect();
    let [forward, back] = [swap(old, new), swap(new, old)];
    // What reads a view goes with it and comes back with it, as does what hangs on an object.
    if matches!(old.kind(), ObjectKind::View | ObjectKind::MaterializedView) {
        let readers = Readers::of_view(task, old)?;
        return Ok([readers.around(forward), readers.around(back)]);
    }
    // A function whose body is a text finds the new one by its name: both are there in one transaction.
    refuse_dependents_but(task, old, has_text_body)?;
    Ok([forward, back])
}

/// The steps that put definitions in the place of those there are, each in one transaction.
pub(super) fn replace_steps(task: &Task<'_>, objects: &[Object]) -> Result<Vec<Step>, Refusal> {
    let mut steps = Vec::new();
    for object in objects {
        let old = task
            .schema
            .objects()
            .iter()
            .find(|known| known.is_same(object))
            .ok_or_else(|| unknown(task, object.kind(), object.name()))?;
        if has_content(object.kind()) || object.kind() == ObjectKind::MaterializedView {
            return Err(Refusal::NotPossible {
                change: task.words.clone(),
                kind: task.server.kind(),
                reason: format!(
                    "`{}` is a {}, whose readers would wait while it is filled: create another one under a new name, move its \
                     readers, and drop it first",
                    object.name(),
                    object.kind()
                ),
            });
        }
        let [forward, back] = swapped(task, old, object)?;
        steps.push(Step::new(
            &format!("replace-{}", object.name()),
            format!("the {} `{}` gets its new definition", object.kind(), object.name()),
            Work::Sql { statements: forward },
            Probe::Untold,
            Undo::Sql { statements: back },
        ));
    }
    Ok(steps)
}

/// Whether dropping it loses more than its definition, or columns are made of it.
fn has_content(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Schema | ObjectKind::Extension | ObjectKind::Type | ObjectKind::Domain | ObjectKind::Sequence
    )
}

pub(super) fn drop(
    task: &Task<'_>,
    kind: ObjectKind,
    name: &ObjectName,
    arguments: Option<&str>,
    on: Option<&ObjectName>,
) -> Result<Vec<Phase>, Refusal> {
    let of_it = |object: &&Object| {
        arguments.is_none_or(|types| object.arguments() == Some(types))
            && on.is_none_or(|table| object.table().is_some_and(|own| own == table))
    };
    let found: Vec<&Object> = task.schema.objects_named(kind, name).filter(of_it).collect();
    let object = match found.as_slice() {
        [only] => *only,
        [] => return Err(unknown(task, kind, name)),
        _ => {
            return Err(Refusal::NotPossible {
                change: task.words.clone(),
                kind: task.server.kind(),
                reason: "several have that name: say by their arguments or their table which".to_owned(),
            });
        }
    };
    redefine::refuse_what_is_kept(task, object)?;
    refuse_dependents(task, object)?;
    // The value of a sequence is data.
    let loses = kind == ObjectKind::Sequence;
    let one = One {
        kind: PhaseKind::Contract,
        back: Some(made(object)).filter(|_| !loses),
        probe: probe(object, false),
        instructions: "Whoever still used it fails now.",
        ..One::new("drop", object.drop_statement(), String::new())
    };
    let mut phases = task.switches("stops using", "");
    phases.push(one.phase(task));
    Ok(phases)
}

/// Whether the server knows what a program does only once it is called.
fn has_text_body(object: &Object) -> bool {
    let is_program = matches!(object.kind(), ObjectKind::Function | ObjectKind::Procedure);
    let mut words = spanned(object.definition(), Dialect::Postgres);
    is_program && !words.any(|(word, _)| word.is_keyword("atomic") || word.is_keyword("return"))
}

/// What names the object would go with it, or keep it from going.
fn refuse_dependents(task: &Task<'_>, object: &Object) -> Result<(), Refusal> {
    refuse_dependents_but(task, object, |_| false)
}

fn refuse_dependents_but(task: &Task<'_>, object: &Object, is_left: impl Fn(&Object) -> bool) -> Result<(), Refusal> {
    if matches!(
        object.kind(),
        ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule | ObjectKind::Publication | ObjectKind::Statistics
    ) {
        return Ok(());
    }
    let name = object.name().name();
    let programs = task.schema.objects().iter().filter(|other| !other.is_same(object) && other.name() != object.name());
    let mut dependents: Vec<Dependent> = programs
        .filter(|other| names_exactly(other.definition(), name) && !is_left(other))
        .map(|other| Dependent::Object { kind: other.kind(), name: other.name().clone() })
        .collect();
    for table in task.schema.tables() {
        let uses = |text: Option<&str>| text.is_some_and(|text| names_exactly(text, name));
        for column in table.columns() {
            let generated = column.generation().map(crate::schema::Generated::expression);
            let is_type =
                matches!(object.kind(), ObjectKind::Type | ObjectKind::Domain) && uses(Some(column.data_type()));
            // A default names its sequence in a text: 'orders_id_seq'::regclass.
            let sequence =
                object.kind() == ObjectKind::Sequence && column.default().is_some_and(|default| default.contains(name));
            if is_type || sequence || uses(column.default()) || uses(generated) {
                let column = crate::name::ColumnRef::new(table.name(), column.name());
                dependents.push(Dependent::Column { column });
            }
        }
    }
    if dependents.is_empty() {
        return Ok(());
    }
    Err(Refusal::InUse { name: object.name().to_string(), dependents })
}

fn unknown(task: &Task<'_>, kind: ObjectKind, name: &ObjectName) -> Refusal {
    let known = task.schema.objects().iter().filter(|object| object.kind() == kind).map(|object| object.name().name());
    Refusal::UnknownObject { kind: kind.to_string(), name: name.to_string(), nearest: nearest(name.name(), known) }
}

/// A name that statements carry in them cannot have two forms at once.
pub(super) fn rename(task: &Task<'_>, kind: ObjectKind, name: &ObjectName, to: &str) -> Result<Vec<Phase>, Refusal> {
    if task.schema.objects_named(kind, name).next().is_none() {
        return Err(unknown(task, kind, name));
    }
    let new = match name.schema() {
        Some(schema) => ObjectName::in_schema(schema, to),
        None => to.into(),
    };
    let alter = |from: &ObjectName, to: &str| {
        format!("ALTER {} {} RENAME TO {}", kind.keywords(), postgres_name(from), ident(to))
    };
    let one = One {
        kind: PhaseKind::Contract,
        instructions: "Whoever still used the old name fails now, and is helped at once by rolling this phase back.",
        ..One::new("rename", alter(name, to), alter(&new, name.name()))
    };
    let mut phases = task.switches("works with the old and the new name of", "");
    phases.push(one.phase(task));
    Ok(phases)
}

/// While others read it, which needs a unique index; they wait if there is none.
pub(super) fn refresh(task: &Task<'_>, view: &ObjectName) -> Result<Vec<Phase>, Refusal> {
    if task.schema.objects_named(ObjectKind::MaterializedView, view).next().is_none() {
        return Err(unknown(task, ObjectKind::MaterializedView, view));
    }
    let step = Step::new(
        "refresh",
        task.words.clone(),
        Work::Sql { statements: vec![format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {}", postgres_name(view))] },
        Probe::Untold,
        Undo::Nothing,
    );
    let instructions = "Readers go on. Fails, and changes nothing, if the view has no unique index over all its rows.";
    Ok(vec![Phase::database("refresh", task.words.clone(), PhaseKind::Backfill, instructions.to_owned(), vec![step])])
}

/// New values first; then the old ones are read, with the tables that use the domain locked for writing.
pub(super) fn add_domain_check(
    task: &Task<'_>,
    domain: &ObjectName,
    name: &str,
    expression: &str,
) -> Result<Vec<Phase>, Refusal> {
    if task.schema.objects_named(ObjectKind::Domain, domain).next().is_none() {
        return Err(unknown(task, ObjectKind::Domain, domain));
    }
    let (alter, own) = (format!("ALTER DOMAIN {}", postgres_name(domain)), ident(name));
    let add = Step::new(
        "add-check",
        format!("hold new values of `{domain}` to `{name}`"),
        Work::Sql { statements: vec![format!("{alter} ADD CONSTRAINT {own} CHECK ({expression}) NOT VALID")] },
        Probe::Untold,
        Undo::Sql { statements: vec![format!("{alter} DROP CONSTRAINT {own}")] },
    );
    let validate = Step::new(
        "validate-check",
        format!("check the old values of `{domain}` against `{name}`"),
        Work::Sql { statements: vec![format!("{alter} VALIDATE CONSTRAINT {own}")] },
        Probe::Untold,
        Undo::Nothing,
    );
    let instructions = "Fails, and is rolled back, if a value breaks it.".to_owned();
    Ok(vec![Phase::database("expand", task.words.clone(), PhaseKind::Expand, instructions, vec![add, validate])])
}

/// Takes a table out of a publication once no subscriber needs it.
pub(super) fn unpublish(task: &Task<'_>, publication: &str, table: &ObjectName) -> Result<Vec<Phase>, Refusal> {
    let name = ObjectName::from(publication);
    let known = task.schema.objects_named(ObjectKind::Publication, &name).next();
    let known = known.ok_or_else(|| unknown(task, ObjectKind::Publication, &name))?;
    if !names_exactly(known.definition(), table.name()) {
        return Err(unknown(task, ObjectKind::Publication, &name));
    }
    let (alter, table) = (format!("ALTER PUBLICATION {}", ident(publication)), postgres_name(table));
    let one = One {
        kind: PhaseKind::Contract,
        instructions: "Subscribers get no more changes of the table. Rolling back starts them again, without what was missed.",
        ..One::new("unpublish", format!("{alter} DROP TABLE {table}"), format!("{alter} ADD TABLE {table}"))
    };
    let mut phases = task.switches("no longer subscribes to", "");
    phases.push(one.phase(task));
    Ok(phases)
}

/// Another version of an extension.
pub(super) fn update_extension(task: &Task<'_>, name: &str, to: &str) -> Result<Vec<Phase>, Refusal> {
    let whole = ObjectName::from(name);
    if task.schema.objects_named(ObjectKind::Extension, &whole).next().is_none() {
        return Err(unknown(task, ObjectKind::Extension, &whole));
    }
    let query = format!(
        "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = {} AND extversion = {})",
        crate::sql::literal(name),
        crate::sql::literal(to)
    );
    let one = One {
        kind: PhaseKind::Contract,
        back: None,
        probe: Probe::Holds { query },
        instructions: "An extension has no way back to an older version. Try the update on a copy first: it may change functions that \
                       indexes and views use.",
        ..One::new(
            "update",
            format!("ALTER EXTENSION {} UPDATE TO {}", ident(name), crate::sql::literal(to)),
            String::new(),
        )
    };
    let mut phases = task.switches("works with the new version of", "");
    phases.push(one.phase(task));
    Ok(phases)
}

/// What clears a detached partition that was left half way.
pub(super) fn finalize(parent: &ObjectName, partition: &ObjectName) -> Repair {
    let statement =
        format!("ALTER TABLE {} DETACH PARTITION {} FINALIZE", postgres_name(parent), postgres_name(partition));
    Repair::new(Fact::detach_pending(partition).query(), vec![statement])
}
