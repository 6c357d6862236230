//! `COMMENT ON`.

use super::function::{named, text_or_null};
use super::names::{identifier, object_name};
use super::sequence::column_of;
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::ObjectKind;
use crate::schema::reader::fault::{Fault, Outcome, Read};

/// `COMMENT ON`, from behind that.
pub(super) fn comment(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let is = |cursor: &mut Cursor<'_>| -> Read<Option<String>> {
        if !cursor.eat("is") {
            return Err(Fault::expected(cursor, "IS"));
        }
        let text = text_or_null(cursor)?;
        end(cursor).map(|()| text)
    };
    if cursor.eat("table") {
        let place = cursor.clone();
        let name = object_name(cursor, "the name of a table")?;
        draft.table(&place, &name)?.comment = is(cursor)?;
    } else if cursor.eat("column") {
        let place = cursor.clone();
        let (table, column) = column_of(cursor)?;
        let text = is(cursor)?;
        if draft.views.iter().any(|view| view.name == table) {
            return Outcome::omitted("the comment of a view's column");
        }
        draft.table(&place, &table)?.alter(&place, &column, |own| own.commented(text))?;
    } else if cursor.eat("constraint") {
        let place = cursor.clone();
        let name = identifier(cursor, "the name of a constraint")?;
        cursor.eat("on");
        if cursor.sees("domain") {
            return Outcome::omitted("the comment of a domain's constraint");
        }
        let on = cursor.clone();
        let table = object_name(cursor, "the name of a table")?;
        draft.table(&on, &table)?.key(&place, &name)?.comment = is(cursor)?;
    } else if cursor.eat("index") {
        return of_index(draft, cursor);
    } else if cursor.eat("trigger") {
        let place = cursor.clone();
        let name = identifier(cursor, "the name of a trigger")?;
        cursor.eat("on");
        let table = object_name(cursor, "the name of a table")?;
        let known: Vec<String> = draft.triggers.iter().map(|own| own.name.clone()).collect();
        let own = draft.triggers.iter_mut().find(|own| own.name == name && own.table == table);
        own.ok_or_else(|| Fault::unknown(&place, "trigger", name, known))?.comment = is(cursor)?;
    } else if cursor.eat("sequence") {
        let place = cursor.clone();
        let name = object_name(cursor, "the name of a sequence")?;
        let known: Vec<String> = draft.sequences.iter().map(|own| own.name.to_string()).collect();
        let own = draft.sequences.iter_mut().find(|own| own.name == name);
        own.ok_or_else(|| Fault::unknown(&place, "sequence", name.to_string(), known))?.comment = is(cursor)?;
    } else if cursor.eat("view") || cursor.eat("materialized view") {
        let place = cursor.clone();
        let name = object_name(cursor, "the name of a view")?;
        let known: Vec<String> = draft.views.iter().map(|own| own.name.to_string()).collect();
        let own = draft.views.iter_mut().find(|own| own.name == name);
        own.ok_or_else(|| Fault::unknown(&place, "view", name.to_string(), known))?.comment = is(cursor)?;
    } else if cursor.eat("function") || cursor.eat("procedure") || cursor.eat("routine") {
        let at = named(draft, cursor)?;
        draft.objects[at].comment = is(cursor)?;
    } else if cursor.eat("type") {
        return of_object(draft, cursor, ObjectKind::Type, is);
    } else if cursor.eat("domain") {
        return of_object(draft, cursor, ObjectKind::Domain, is);
    } else if cursor.eat("schema") {
        if cursor.sees("public") {
            return Outcome::omitted("the comment of the schema that is there from the start");
        }
        return of_object(draft, cursor, ObjectKind::Schema, is);
    } else {
        return Outcome::omitted("the comment of something that a schema holds without one");
    }
    Ok(Outcome::Done)
}

fn of_object(
    draft: &mut Draft,
    cursor: &mut Cursor<'_>,
    kind: ObjectKind,
    is: impl Fn(&mut Cursor<'_>) -> Read<Option<String>>,
) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "a name")?;
    draft.object(&place, kind, &name)?.comment = is(cursor)?;
    Ok(Outcome::Done)
}

fn of_index(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of an index")?;
    if !cursor.eat("is") {
        return Err(Fault::expected(cursor, "IS"));
    }
    let text = text_or_null(cursor)?;
    let is_its = |own: &ObjectName| own.schema() == name.schema();
    let tables = draft.tables.iter_mut().filter(|table| is_its(&table.name)).flat_map(|table| &mut table.indexes);
    let views = draft.views.iter_mut().filter(|view| is_its(&view.name)).flat_map(|view| &mut view.indexes);
    if let Some(index) = tables.chain(views).find(|index| index.name == name.name()) {
        index.comment = text;
        return Ok(Outcome::Done);
    }
    if draft.tables.iter().any(|table| is_its(&table.name) && table.has_index(name.name())) {
        return Outcome::omitted("the comment of the index behind a constraint");
    }
    let known = draft.tables.iter().flat_map(|table| &table.indexes).map(|index| index.name.as_str());
    Err(Fault::unknown(&place, "index", name.to_string(), known))
}
