//! Types that are made of values, of columns or of a range.

use super::names::{identifier, object_name};
use super::object::{Body, ObjectDraft};
use super::{Draft, end};
use crate::postgres::cursor::Cursor;
use crate::schema::ObjectKind;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::sql::ident;
use crate::sql::server_type::server_type;
use crate::sql::tokens::Token;

/// `CREATE TYPE`, from behind that.
pub(super) fn create_type(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a type")?;
    if !cursor.eat("as") {
        return Err(Fault::database(cursor, "types that are made of functions"));
    }
    let body = if cursor.eat("enum") {
        let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "values in parentheses"))?;
        let values = group.items().into_iter().map(|mut item| match item.next() {
            Some(Token::Text(value)) => Ok(value),
            _ => Err(Fault::expected(&item, "a text")),
        });
        Body::Enum(values.collect::<Read<_>>()?)
    } else if cursor.eat("range") {
        let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "options in parentheses"))?;
        let mut items = group.items();
        let mut subtype = items.remove(0);
        if !items.is_empty() || !subtype.eat("subtype") || !subtype.eat_symbol('=') {
            return Err(Fault::database(cursor, "options of a range"));
        }
        let subtype = server_type(&mut subtype).ok_or_else(|| Fault::expected(&subtype, "a type"))?;
        Body::Type(format!("RANGE (subtype = {subtype})"))
    } else {
        let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "columns in parentheses"))?;
        let columns = group.items().into_iter().map(|mut item| {
            let name = identifier(&mut item, "the name of a column")?;
            let data_type = server_type(&mut item).ok_or_else(|| Fault::expected(&item, "a type"))?;
            Ok(format!("{} {data_type}", ident(&name)))
        });
        Body::Type(format!("({})", columns.collect::<Read<Vec<_>>>()?.join(", ")))
    };
    end(cursor)?;
    draft.add(&place, ObjectDraft::new(ObjectKind::Type, name, body))
}

/// `ALTER TYPE`, from behind that.
pub(super) fn alter_type(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a type")?;
    let object = draft.object(&place, ObjectKind::Type, &name)?;
    let Body::Enum(values) = &mut object.body else {
        return Err(Fault::database(&place, "columns of a type"));
    };
    let text = |cursor: &mut Cursor<'_>| match cursor.next() {
        Some(Token::Text(value)) => Ok(value),
        _ => Err(Fault::expected(cursor, "a text")),
    };
    if cursor.eat("add value") {
        let may_exist = cursor.eat("if not exists");
        let place = cursor.clone();
        let value = text(cursor)?;
        if values.contains(&value) {
            return if may_exist { Ok(Outcome::Done) } else { Err(Fault::exists(&place, "value", value)) };
        }
        let before = cursor.eat("before");
        let at = if before || cursor.eat("after") {
            let place = cursor.clone();
            let other = text(cursor)?;
            let at = values.iter().position(|own| *own == other);
            at.ok_or_else(|| Fault::unknown(&place, "value", other, &*values))? + usize::from(!before)
        } else {
            values.len()
        };
        values.insert(at, value);
        return Ok(Outcome::Done);
    }
    if cursor.eat("rename value") {
        let place = cursor.clone();
        let from = text(cursor)?;
        cursor.eat("to");
        let to = text(cursor)?;
        match values.iter_mut().find(|own| **own == from) {
            Some(own) => *own = to,
            None => return Err(Fault::unknown(&place, "value", from, &*values)),
        }
        return Ok(Outcome::Done);
    }
    if cursor.sees("owner to") {
        return Outcome::omitted("the owner of a type");
    }
    Err(Fault::database(cursor, "another name or place of a type, which columns and functions have as well"))
}
