//! `CREATE`.

use super::{Draft, Entry, Kind, object_name, table};
use crate::name::same_name;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::sql::table_text::{TableText, name as read_name};
use crate::sql::tokens::Token;

/// `CREATE`, from behind that.
pub(super) fn create(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    if cursor.sees("temp") || cursor.sees("temporary") {
        return Outcome::omitted("something temporary");
    }
    let unique = cursor.eat("unique");
    let kinds = [("table", Kind::Table), ("index", Kind::Index), ("view", Kind::View), ("trigger", Kind::Trigger)];
    let Some((word, kind)) = kinds.into_iter().find(|(word, _)| cursor.eat(word)) else {
        return Err(Fault::database(cursor, "the tables of a module"));
    };
    let may_exist = cursor.eat("if not exists");
    let place = cursor.clone();
    let name = object_name(cursor)?;
    if let Some(other) = draft.taken(kind, &name) {
        return if may_exist { Ok(Outcome::Done) } else { Err(Fault::exists(&place, other.word(), name)) };
    }
    // The text that SQLite keeps starts anew before the name, and leaves the database out.
    let mut text = place.clone();
    let mut ahead = place.clone();
    if read_name(&mut ahead).is_some() && ahead.eat_symbol('.') {
        text = ahead;
    }
    let unique = if unique { "UNIQUE " } else { "" };
    let sql = format!("CREATE {unique}{} {}", word.to_uppercase(), text.text());
    let table = match kind {
        Kind::Table => {
            if cursor.sees("as") {
                return Err(Fault::database(cursor, "the columns are those of a query"));
            }
            let read = TableText::read(&sql).ok_or_else(|| Fault::expected(cursor, "columns of a table"))?;
            columns_differ(&read, cursor)?;
            name.clone()
        }
        Kind::View => name.clone(),
        Kind::Index => on_index(draft, cursor)?,
        Kind::Trigger => on_trigger(draft, cursor)?,
    };
    draft.entries.push(Entry { kind, name, table, sql });
    Ok(Outcome::Done)
}

/// No two columns of a table have the same name.
fn columns_differ(table: &TableText, place: &Cursor<'_>) -> Read<()> {
    for (at, column) in table.columns.iter().enumerate() {
        if table.columns[..at].iter().any(|other| same_name(&other.name, &column.name)) {
            return Err(Fault::exists(place, "column", column.name.as_str()));
        }
    }
    Ok(())
}

/// The table of an index, with its columns looked for.
fn on_index(draft: &Draft, cursor: &mut Cursor<'_>) -> Read<String> {
    if !cursor.eat("on") {
        return Err(Fault::expected(cursor, "ON"));
    }
    let place = cursor.clone();
    let name = object_name(cursor)?;
    let of = &draft.entries[draft.entry(&place, Kind::Table, &name)?];
    let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "columns in parentheses"))?;
    let columns = table::columns(of);
    for item in group.items() {
        let mut ahead = item.clone();
        // What is quoted and no column is a text, for the sake of old databases.
        let Some(Token::Word(_)) = ahead.peek() else { continue };
        let Some(column) = ahead.identifier() else { continue };
        let is_name = ahead.is_at_end() || ["collate", "asc", "desc"].iter().any(|word| ahead.sees(word));
        if is_name && !columns.iter().any(|own| same_name(own, &column)) {
            let known = columns.iter().map(|own| format!("{name}.{own}"));
            return Err(Fault::unknown(&item, "column", format!("{name}.{column}"), known));
        }
    }
    Ok(of.name.clone())
}

/// The table or view of a trigger.
fn on_trigger(draft: &Draft, cursor: &mut Cursor<'_>) -> Read<String> {
    if !cursor.skip_past("on") {
        return Err(Fault::expected(cursor, "ON"));
    }
    let place = cursor.clone();
    let name = object_name(cursor)?;
    if draft.find(Kind::View, &name).is_none() {
        draft.entry(&place, Kind::Table, &name)?;
    }
    Ok(name)
}
