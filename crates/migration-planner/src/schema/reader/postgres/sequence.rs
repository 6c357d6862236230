//! Sequences.

use super::create_table::called;
use super::names::{identifier, object_name};
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::schema::{Object, ObjectKind};
use crate::sql::server_type::server_type;
use crate::sql::tokens::Token;
use crate::sql::{ident, literal};

#[derive(Debug, Clone)]
pub(super) struct Sequence {
    pub(super) name: ObjectName,
    data_type: String,
    increment: i64,
    /// As said, else what the type and the direction give.
    minimum: Option<i64>,
    maximum: Option<i64>,
    start: Option<i64>,
    cache: i64,
    cycle: bool,
    pub(super) owner: Option<(ObjectName, String)>,
    pub(super) comment: Option<String>,
}

impl Sequence {
    fn new(name: ObjectName) -> Self {
        Self {
            name,
            data_type: "bigint".to_owned(),
            increment: 1,
            minimum: None,
            maximum: None,
            start: None,
            cache: 1,
            cycle: false,
            owner: None,
            comment: None,
        }
    }

    /// The one behind a serial column.
    pub(super) fn of_column(name: ObjectName, data_type: &str, table: ObjectName, column: &str) -> Self {
        Self { data_type: data_type.to_owned(), owner: Some((table, column.to_owned())), ..Self::new(name) }
    }

    /// The bounds that its type and direction give.
    fn natural(&self) -> (i64, i64) {
        let (low, high) = match self.data_type.as_str() {
            "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
            "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        if self.increment > 0 { (1, high) } else { (low, -1) }
    }

    pub(super) fn finish(&self) -> Object {
        let (low, high) = self.natural();
        let (minimum, maximum) = (self.minimum.unwrap_or(low), self.maximum.unwrap_or(high));
        let start = self.start.unwrap_or(if self.increment > 0 { minimum } else { maximum });
        let name = called(&self.name);
        let definition = format!(
            "CREATE SEQUENCE {name} AS {} INCREMENT BY {} MINVALUE {minimum} MAXVALUE {maximum} START WITH {start} CACHE {}{}",
            self.data_type,
            self.increment,
            self.cache,
            if self.cycle { " CYCLE" } else { "" },
        );
        let owned = self.owner.as_ref();
        let owned =
            owned.map(|(table, column)| format!("ALTER SEQUENCE {name} OWNED BY {}.{}", called(table), ident(column)));
        let comment = self.comment.as_ref().map(|text| format!("COMMENT ON SEQUENCE {name} IS {}", literal(text)));
        Object::new(ObjectKind::Sequence, &self.name, definition).with_attached(owned.into_iter().chain(comment))
    }

    fn options(&mut self, cursor: &mut Cursor<'_>) -> Read<()> {
        while !cursor.is_at_end() {
            if cursor.eat("as") {
                self.data_type = server_type(cursor).ok_or_else(|| Fault::expected(cursor, "a type"))?;
            } else if cursor.eat("increment") {
                cursor.eat("by");
                self.increment = number(cursor)?;
            } else if cursor.eat("no minvalue") {
                self.minimum = None;
            } else if cursor.eat("no maxvalue") {
                self.maximum = None;
            } else if cursor.eat("minvalue") {
                self.minimum = Some(number(cursor)?);
            } else if cursor.eat("maxvalue") {
                self.maximum = Some(number(cursor)?);
            } else if cursor.eat("start") {
                cursor.eat("with");
                self.start = Some(number(cursor)?);
            } else if cursor.eat("restart") {
                // Where it goes on is not part of a schema.
                cursor.eat("with");
                if !cursor.is_at_end() {
                    number(cursor)?;
                }
            } else if cursor.eat("cache") {
                self.cache = number(cursor)?;
            } else if cursor.eat("no cycle") {
                self.cycle = false;
            } else if cursor.eat("cycle") {
                self.cycle = true;
            } else if cursor.eat("owned by none") {
                self.owner = None;
            } else if cursor.eat("owned by") {
                self.owner = Some(column_of(cursor)?);
            } else {
                return end(cursor);
            }
        }
        Ok(())
    }
}

/// `table.column` or `schema.table.column`
pub(super) fn column_of(cursor: &mut Cursor<'_>) -> Read<(ObjectName, String)> {
    let mut parts = vec![identifier(cursor, "the name of a table")?];
    while cursor.eat_symbol('.') {
        parts.push(identifier(cursor, "the name of a column")?);
    }
    let fault = || Fault::expected(cursor, "the name of a table and a column");
    let column = parts.pop().ok_or_else(fault)?;
    let table = parts.pop().ok_or_else(fault)?;
    Ok(match parts.pop().filter(|schema| schema != "public") {
        Some(schema) => (ObjectName::in_schema(schema, table), column),
        None => (table.into(), column),
    })
}

fn number(cursor: &mut Cursor<'_>) -> Read<i64> {
    let sign = if cursor.eat_symbol('-') { -1 } else { 1 };
    let place = cursor.clone();
    match cursor.next() {
        Some(Token::Literal(digits)) => {
            let digits: i128 = digits.parse().map_err(|_| Fault::expected(&place, "a whole number"))?;
            i64::try_from(digits * sign).map_err(|_| Fault::expected(&place, "a number of 64 bits"))
        }
        _ => Err(Fault::expected(&place, "a whole number")),
    }
}

/// Goes past the options of an identity's sequence; whether there were any.
pub(super) fn skip_options(cursor: &mut Cursor<'_>) -> bool {
    cursor.group().is_some()
}

/// `CREATE SEQUENCE`, from behind that.
pub(super) fn create(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let may_exist = cursor.eat("if not exists");
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a sequence")?;
    if draft.is_relation(name.schema(), name.name()) {
        return if may_exist { Ok(Outcome::Done) } else { Err(Fault::exists(&place, "relation", name.to_string())) };
    }
    let mut sequence = Sequence::new(name);
    sequence.options(cursor)?;
    draft.sequences.push(sequence);
    Ok(Outcome::Done)
}

/// `ALTER SEQUENCE`, from behind that.
pub(super) fn alter(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let may_lack = cursor.eat("if exists");
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a sequence")?;
    let Some(at) = draft.sequences.iter().position(|own| own.name == name) else {
        let known = draft.sequences.iter().map(|own| own.name.to_string());
        return if may_lack {
            Ok(Outcome::Done)
        } else {
            Err(Fault::unknown(&place, "sequence", name.to_string(), known))
        };
    };
    if cursor.eat("rename to") {
        let to = identifier(cursor, "the name of a sequence")?;
        rename(draft, at, &to);
        return Ok(Outcome::Done);
    }
    if cursor.sees("set schema") {
        return Err(Fault::database(cursor, "moving a sequence"));
    }
    if cursor.sees("owner to") {
        return Outcome::omitted("the owner of a sequence");
    }
    draft.sequences[at].options(cursor)?;
    Ok(Outcome::Done)
}

/// Gives a sequence another name, also where columns take their values from it.
fn rename(draft: &mut Draft, at: usize, to: &str) {
    let old = draft.sequences[at].name.clone();
    let new = match old.schema() {
        Some(schema) => ObjectName::in_schema(schema, to),
        None => to.into(),
    };
    let default = |name: &ObjectName| format!("nextval({}::regclass)", literal(&called(name)));
    let before = default(&old);
    for column in draft.tables.iter_mut().flat_map(|table| &mut table.columns) {
        if column.default() == Some(before.as_str()) {
            *column = column.clone().default_value(default(&new));
        }
    }
    draft.sequences[at].name = new;
}
