//! Views and triggers: made, dropped, replaced.

use super::constraints::light;
use super::objects;
use super::one::{COMPATIBLE, phase, sql};
use super::quote::quoted;
use super::refused;
use crate::name::ObjectName;
use crate::phase::{Phase, PhaseKind};
use crate::planner::Task;
use crate::refusal::Refusal;
use crate::schema::{Object, ObjectKind, Schema, Trigger, View};
use crate::step::Step;

/// The definition of a view or a trigger of the schema.
fn definition<'a>(task: &Task<'a>, kind: ObjectKind, name: &ObjectName) -> Option<&'a str> {
    match kind {
        ObjectKind::View => task.schema.views().iter().find(|view| view.name().matches(name)).map(View::definition),
        ObjectKind::Trigger => {
            task.schema.triggers().iter().find(|trigger| trigger.name().matches(name)).map(Trigger::definition)
        }
        _ => None,
    }
}

fn keyword(task: &Task<'_>, kind: ObjectKind) -> Result<&'static str, Refusal> {
    match kind {
        ObjectKind::View => Ok("VIEW"),
        ObjectKind::Trigger => Ok("TRIGGER"),
        other => Err(refused::of_kind(task, other)),
    }
}

pub(super) fn create(task: &Task<'_>, object: &Object) -> Result<Vec<Phase>, Refusal> {
    let keyword = keyword(task, object.kind())?;
    if definition(task, object.kind(), object.name()).is_some() {
        return Err(Refusal::ObjectExists { kind: object.kind().to_string(), name: object.name().to_string() });
    }
    let step = light(
        task,
        "create",
        object.definition().to_owned(),
        format!("DROP {keyword} {}", quoted(object.name().name())),
    );
    Ok(vec![phase(task, PhaseKind::Expand, COMPATIBLE, vec![step])])
}

pub(super) fn replace(task: &Task<'_>, object: &Object) -> Result<Vec<Phase>, Refusal> {
    let keyword = keyword(task, object.kind())?;
    let old = definition(task, object.kind(), object.name()).ok_or_else(|| unknown(object.kind(), object.name()))?;
    if old == object.definition() {
        return Err(task.nothing_to_do());
    }
    let drop = format!("DROP {keyword} {}", quoted(object.name().name()));
    let step = sql(
        task,
        "replace",
        task.words.clone(),
        vec![drop.clone(), object.definition().to_owned()],
        vec![drop, old.to_owned()],
    );
    let mut phases = task.switches("works with the old and the new", "");
    let instructions = "Whoever fails with the new definition is helped at once by rolling this phase back.";
    phases.push(phase(task, PhaseKind::Contract, instructions, vec![step]));
    Ok(phases)
}

/// Views and triggers that are replaced together: the step, and the schema as it is then. Triggers on the views stay.
pub(super) fn replace_together(task: &Task<'_>, new: &[Object]) -> Result<(Step, Schema), Refusal> {
    let (mut drops, mut old_ones, mut new_ones) = (Vec::new(), Vec::new(), Vec::new());
    let mut after = task.schema.clone();
    for object in new {
        let (kind, name) = (object.kind(), object.name());
        let keyword = keyword(task, kind)?;
        let old = definition(task, kind, name).ok_or_else(|| unknown(kind, name))?;
        drops.push(format!("DROP {keyword} {}", quoted(name.name())));
        old_ones.push(old.to_owned());
        new_ones.push(object.definition().to_owned());
        after = match (kind, Trigger::parse(object.definition())) {
            (ObjectKind::Trigger, Some(trigger)) => after.with_trigger(trigger),
            (ObjectKind::Trigger, None) => {
                return Err(refused::not_possible(task, "it is not understood what the trigger is"));
            }
            _ => after.with_view(View::new(name.clone(), object.definition())),
        };
    }
    // They go with their views, whoever replaces those.
    let is_new =
        |kind: ObjectKind, name: &ObjectName| new.iter().any(|own| own.kind() == kind && own.name().matches(name));
    let hang_on =
        task.schema.triggers().iter().filter(|trigger| {
            is_new(ObjectKind::View, trigger.table()) && !is_new(ObjectKind::Trigger, trigger.name())
        });
    let again: Vec<String> = hang_on.map(|trigger| trigger.definition().to_owned()).collect();
    // A trigger on a view goes before the view does, and comes after it.
    drops.sort_by_key(|drop| !drop.starts_with("DROP TRIGGER"));
    let order = |ones: Vec<String>| {
        let is_trigger = |sql: &String| Trigger::parse(sql).is_some();
        let (triggers, views): (Vec<String>, Vec<String>) = ones.into_iter().partition(is_trigger);
        drops.iter().cloned().chain(views).chain(triggers).chain(again.clone()).collect::<Vec<String>>()
    };
    let step = sql(task, "replace", "what names it no longer does".to_owned(), order(new_ones), order(old_ones));
    Ok((step, after))
}

pub(super) fn drop(task: &Task<'_>, kind: ObjectKind, name: &ObjectName) -> Result<Vec<Phase>, Refusal> {
    let keyword = keyword(task, kind)?;
    let old = definition(task, kind, name).ok_or_else(|| unknown(kind, name))?;
    let needed = if kind == ObjectKind::View { objects::using(task, name.name(), None) } else { Vec::new() };
    if !needed.is_empty() {
        return Err(Refusal::InUse { name: name.to_string(), dependents: needed });
    }
    let step = light(task, "drop", format!("DROP {keyword} {}", quoted(name.name())), old.to_owned());
    let mut phases = task.switches("stops using", "");
    phases.push(phase(task, PhaseKind::Contract, "Whoever still used it fails now.", vec![step]));
    Ok(phases)
}

fn unknown(kind: ObjectKind, name: &ObjectName) -> Refusal {
    Refusal::UnknownObject { kind: kind.to_string(), name: name.to_string(), nearest: Vec::new() }
}
