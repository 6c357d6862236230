//! `DROP`, of anything.

use super::Draft;
use super::alter_table::cascades;
use super::drop_part::drop_references;
use super::function::named;
use super::key::{Body, Key};
use super::names::{identifier, object_name};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::ObjectKind;
use crate::schema::reader::fault::{Fault, Outcome, Read};

/// `DROP`, from behind that.
pub(super) fn drop(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let all: [(&str, One); 12] = [
        ("table", table),
        ("index", index),
        ("sequence", sequence),
        ("materialized view", view),
        ("view", view),
        ("function", function),
        ("procedure", function),
        ("type", |draft, place, name, cascade| object(draft, place, ObjectKind::Type, name, cascade)),
        ("domain", |draft, place, name, cascade| object(draft, place, ObjectKind::Domain, name, cascade)),
        ("schema", |draft, place, name, cascade| object(draft, place, ObjectKind::Schema, name, cascade)),
        ("extension", |draft, place, name, cascade| object(draft, place, ObjectKind::Extension, name, cascade)),
        ("publication", |draft, place, name, cascade| object(draft, place, ObjectKind::Publication, name, cascade)),
    ];
    if cursor.eat("trigger") {
        return trigger(draft, cursor);
    }
    if cursor.eat("policy") {
        return policy(draft, cursor);
    }
    let Some((words, one)) = all.into_iter().find(|(words, _)| cursor.eat(words)) else {
        return Err(Fault::database(cursor, "what this drops"));
    };
    cursor.eat("concurrently");
    let may_lack = cursor.eat("if exists");
    let mut names = Vec::new();
    loop {
        let place = cursor.clone();
        if words == "function" || words == "procedure" {
            let mut ahead = cursor.clone();
            if may_lack && named(draft, &mut ahead).is_err() {
                object_name(cursor, "the name of a function")?;
                cursor.group();
            } else {
                // Functions are told apart by what they take.
                let at = named(draft, cursor)?;
                names.push((place, draft.objects[at].name.clone(), Some(at)));
            }
        } else {
            names.push((place, object_name(cursor, "a name")?, None));
        }
        if !cursor.eat_symbol(',') {
            break;
        }
    }
    let cascade = cascades(cursor)?;
    // From the last to the first, so that places of functions stay right.
    for (place, name, at) in names.into_iter().rev() {
        if let Some(at) = at {
            drop_function(draft, &place, at, cascade)?;
        } else if let Err(fault) = one(draft, &place, &name, cascade) {
            let lacks = matches!(fault.kind, crate::schema::reader::fault::FaultKind::Unknown { .. });
            if !(may_lack && lacks) {
                return Err(fault);
            }
        }
    }
    Ok(Outcome::Done)
}

type One = fn(&mut Draft, &Cursor<'_>, &ObjectName, bool) -> Read<()>;

fn table(draft: &mut Draft, place: &Cursor<'_>, name: &ObjectName, cascade: bool) -> Read<()> {
    draft.table(place, name)?;
    if cascade {
        draft.not_in_views(place, name, None)?;
    }
    let own: Vec<Key> = draft.table(place, name)?.keys.drain(..).collect();
    let uses = |key: &Key| matches!(&key.body, Body::Foreign { references, .. } if references == name);
    if let Err(fault) = drop_references(draft, place, &name.to_string(), cascade, uses) {
        draft.table(place, name)?.keys = own;
        return Err(fault);
    }
    let default = |sequence: &super::Sequence| {
        format!("nextval({}::regclass)", crate::sql::literal(&super::create_table::called(&sequence.name)))
    };
    for sequence in draft.sequences.iter().filter(|own| own.owner.as_ref().is_some_and(|(of, _)| of == name)) {
        let used = default(sequence);
        let others = draft.tables.iter().filter(|table| table.name != *name);
        if let Some(other) =
            others.into_iter().find(|table| table.columns.iter().any(|own| own.default() == Some(&used)))
        {
            return Err(Fault::in_use(place, name.to_string(), format!("a default of `{}`", other.name)));
        }
    }
    draft.tables.retain(|table| table.name != *name);
    draft.sequences.retain(|own| own.owner.as_ref().is_none_or(|(of, _)| of != name));
    draft.triggers.retain(|own| own.table != *name);
    draft.objects.retain(|own| own.table() != Some(name));
    for object in &mut draft.objects {
        if let super::object::Body::Publication(tables) = &mut object.body {
            tables.retain(|own| own != name);
        }
    }
    Ok(())
}

fn index(draft: &mut Draft, place: &Cursor<'_>, name: &ObjectName, _cascade: bool) -> Read<()> {
    let is_its = |own: &ObjectName| own.schema() == name.schema();
    for own in draft.tables.iter_mut().filter(|own| is_its(&own.name)) {
        if let Some(at) = own.indexes.iter().position(|index| index.name == name.name()) {
            own.indexes.remove(at);
            return Ok(());
        }
        if own.has_index(name.name()) {
            return Err(Fault::in_use(place, name.to_string(), format!("a constraint of `{}`", own.name)));
        }
    }
    for view in draft.views.iter_mut().filter(|view| is_its(&view.name)) {
        if let Some(at) = view.indexes.iter().position(|index| index.name == name.name()) {
            view.indexes.remove(at);
            return Ok(());
        }
    }
    let known = draft.tables.iter().flat_map(|own| &own.indexes).map(|index| index.name.as_str());
    Err(Fault::unknown(place, "index", name.to_string(), known))
}

fn sequence(draft: &mut Draft, place: &Cursor<'_>, name: &ObjectName, cascade: bool) -> Read<()> {
    let known = draft.sequences.iter().map(|own| own.name.to_string());
    let Some(at) = draft.sequences.iter().position(|own| own.name == *name) else {
        return Err(Fault::unknown(place, "sequence", name.to_string(), known));
    };
    let default = format!("nextval({}::regclass)", crate::sql::literal(&super::create_table::called(name)));
    for table in &mut draft.tables {
        for column in &mut table.columns {
            if column.default() == Some(default.as_str()) {
                if !cascade {
                    let by = format!("the default of `{}.{}`", table.name, column.name());
                    return Err(Fault::in_use(place, name.to_string(), by));
                }
                *column = column.clone().without_default();
            }
        }
    }
    draft.sequences.remove(at);
    Ok(())
}

fn view(draft: &mut Draft, place: &Cursor<'_>, name: &ObjectName, cascade: bool) -> Read<()> {
    let Some(at) = draft.views.iter().position(|own| own.name == *name) else {
        let known = draft.views.iter().map(|own| own.name.to_string());
        return Err(Fault::unknown(place, "view", name.to_string(), known));
    };
    let gone = draft.views.remove(at);
    if let Some(other) = draft.views.iter().find(|other| other.may_use(name.name(), None)) {
        let by = format!("the view `{}`", other.name);
        draft.views.insert(at, gone);
        return Err(if cascade {
            Fault::database(place, format!("whether {by} goes as well"))
        } else {
            Fault::in_use(place, name.to_string(), by)
        });
    }
    draft.triggers.retain(|own| own.table != *name);
    Ok(())
}

/// Functions are dropped by their place, and never by name alone.
fn function(_: &mut Draft, place: &Cursor<'_>, _: &ObjectName, _: bool) -> Read<()> {
    Err(Fault::expected(place, "the name of a function"))
}

fn drop_function(draft: &mut Draft, place: &Cursor<'_>, at: usize, cascade: bool) -> Read<()> {
    let name = draft.objects[at].name.clone();
    if let Some(trigger) = draft.triggers.iter().find(|own| !cascade && own.calls(&name)) {
        return Err(Fault::in_use(
            place,
            name.to_string(),
            format!("the trigger `{}` of `{}`", trigger.name, trigger.table),
        ));
    }
    draft.triggers.retain(|own| !own.calls(&name));
    draft.objects.remove(at);
    Ok(())
}

fn object(draft: &mut Draft, place: &Cursor<'_>, kind: ObjectKind, name: &ObjectName, cascade: bool) -> Read<()> {
    draft.object(place, kind, name)?;
    if cascade {
        return Err(Fault::database(place, "what goes together with it"));
    }
    if matches!(kind, ObjectKind::Type | ObjectKind::Domain) {
        let spelt = super::create_table::called(name);
        let of_type = |data_type: &str| data_type.trim_end_matches("[]") == spelt;
        for table in &draft.tables {
            if let Some(column) = table.columns.iter().find(|own| of_type(own.data_type())) {
                let by = format!("the column `{}.{}`", table.name, column.name());
                return Err(Fault::in_use(place, name.to_string(), by));
            }
        }
    }
    if kind == ObjectKind::Schema
        && let Some(table) = draft.tables.iter().find(|table| table.name.schema() == Some(name.name()))
    {
        return Err(Fault::in_use(place, name.to_string(), format!("the table `{}`", table.name)));
    }
    draft.objects.retain(|own| own.kind != kind || own.name != *name);
    Ok(())
}

fn trigger(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let may_lack = cursor.eat("if exists");
    let place = cursor.clone();
    let name = identifier(cursor, "the name of a trigger")?;
    cursor.eat("on");
    let table = object_name(cursor, "the name of a table")?;
    cascades(cursor)?;
    let before = draft.triggers.len();
    draft.triggers.retain(|own| own.name != name || own.table != table);
    if draft.triggers.len() == before && !may_lack {
        let known = draft.triggers.iter().map(|own| own.name.as_str());
        return Err(Fault::unknown(&place, "trigger", name, known));
    }
    Ok(Outcome::Done)
}

fn policy(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let may_lack = cursor.eat("if exists");
    let place = cursor.clone();
    let name = identifier(cursor, "the name of a policy")?;
    cursor.eat("on");
    let table = object_name(cursor, "the name of a table")?;
    cascades(cursor)?;
    let before = draft.objects.len();
    draft
        .objects
        .retain(|own| own.kind != ObjectKind::Policy || own.name.name() != name || own.table() != Some(&table));
    if draft.objects.len() == before && !may_lack {
        let known = draft.objects.iter().filter(|own| own.kind == ObjectKind::Policy).map(|own| own.name.name());
        return Err(Fault::unknown(&place, "policy", name, known));
    }
    Ok(Outcome::Done)
}
