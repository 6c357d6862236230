//! `ALTER TABLE .. RENAME`, with all that names what is renamed.

use super::key::Body;
use super::names::{identifier, renamed_in};
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::Generated;
use crate::schema::reader::fault::{Fault, Outcome, Read};

/// What `RENAME` does to a table, one of its columns or a constraint, from behind that word.
pub(super) fn rename(draft: &mut Draft, cursor: &mut Cursor<'_>, table: &ObjectName) -> Read<Outcome> {
    if cursor.eat("to") {
        let place = cursor.clone();
        let to = identifier(cursor, "the name of a table")?;
        end(cursor)?;
        rename_table(draft, &place, table, &to)?;
        return Ok(Outcome::Done);
    }
    if cursor.eat("constraint") {
        let place = cursor.clone();
        let from = identifier(cursor, "the name of a constraint")?;
        cursor.eat("to");
        draft.table(&place, table)?.key(&place, &from)?.name = identifier(cursor, "the name of a constraint")?;
        return end(cursor).map(|()| Outcome::Done);
    }
    cursor.eat("column");
    let place = cursor.clone();
    let from = identifier(cursor, "the name of a column")?;
    cursor.eat("to");
    let new = cursor.clone();
    let to = identifier(cursor, "the name of a column")?;
    end(cursor)?;
    let own = draft.table(&place, table)?;
    own.column(&place, &from)?;
    if own.columns.iter().any(|column| column.name() == to) {
        return Err(Fault::exists(&new, "column", to));
    }
    draft.not_in_views(&place, table, Some(&from))?;
    rename_column(draft, &place, table, &from, &to)?;
    Ok(Outcome::Done)
}

fn rename_table(draft: &mut Draft, place: &Cursor<'_>, table: &ObjectName, to: &str) -> Read<()> {
    if draft.is_relation(table.schema(), to) {
        return Err(Fault::exists(place, "relation", to));
    }
    draft.not_in_views(place, table, None)?;
    let new = match table.schema() {
        Some(schema) => ObjectName::in_schema(schema, to),
        None => to.into(),
    };
    for own in &mut draft.tables {
        for key in &mut own.keys {
            if let Body::Foreign { references, .. } = &mut key.body
                && references == table
            {
                *references = new.clone();
            }
        }
        if own.name == *table {
            own.name = new.clone();
        }
    }
    draft.triggers.iter_mut().filter(|own| own.table == *table).for_each(|own| own.table = new.clone());
    for sequence in &mut draft.sequences {
        if let Some((owner, _)) = sequence.owner.as_mut().filter(|(owner, _)| owner == table) {
            *owner = new.clone();
        }
    }
    draft.objects.iter_mut().for_each(|object| object.rename_table(table, &new));
    Ok(())
}

fn rename_column(draft: &mut Draft, place: &Cursor<'_>, table: &ObjectName, from: &str, to: &str) -> Read<()> {
    let own = draft.table(place, table)?;
    for column in &mut own.columns {
        if column.name() == from {
            *column = column.clone().called(to);
        }
        if let Some(generated) = column.generation() {
            let text = renamed_in(generated.expression(), table.name(), from, to);
            *column = column.clone().generated(Generated::stored(text));
        }
    }
    own.keys.iter_mut().for_each(|key| key.rename_column(table.name(), from, to));
    own.indexes.iter_mut().for_each(|index| index.rename_column(table.name(), from, to));
    own.partition_key = own.partition_key.take().map(|key| renamed_in(&key, table.name(), from, to));
    for own in &mut draft.tables {
        for key in &mut own.keys {
            if let Body::Foreign { references, referenced, .. } = &mut key.body
                && references == table
            {
                referenced.iter_mut().filter(|own| *own == from).for_each(|own| to.clone_into(own));
            }
        }
    }
    for sequence in &mut draft.sequences {
        if let Some((owner, column)) = &mut sequence.owner
            && owner == table
            && column == from
        {
            to.clone_into(column);
        }
    }
    draft.triggers.iter_mut().filter(|own| own.table == *table).for_each(|own| own.rename_column(from, to));
    draft.objects.iter_mut().for_each(|object| object.rename_column(table, from, to));
    Ok(())
}
