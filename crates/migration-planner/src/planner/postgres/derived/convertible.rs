//! Which values of a column can become values of another type, and how, where that is not told.

use crate::name::ColumnRef;
use crate::planner::task::Task;
use crate::postgres::type_of;
use crate::refusal::Refusal;
use crate::schema::{Column, Object, ObjectKind, Table};
use crate::sql::tokens::mentions;
use crate::sql::{ident, postgres_name};

/// The expressions that make a new value of an old one and an old one of a new one, where the server's own conversion depends
/// on the session: a point in time with its zone, and one without, which is taken to be UTC.
pub(super) fn expressions(column: &Column, data_type: &str) -> Option<(String, String)> {
    let (from, to) = (type_of(column.data_type())?.0, type_of(data_type)?.0);
    let crosses = matches!((from.as_str(), to.as_str()), ("timestamp", "timestamptz") | ("timestamptz", "timestamp"));
    let convert = format!("timezone('UTC', {})", ident(column.name()));
    crosses.then(|| (convert.clone(), convert))
}

/// The expression that makes a value of another type, where the server does not make it by itself when it is stored: of a text, and from and
/// to an enum. Where it does, an expression would take more than it: it cuts off what is too long for the type.
pub(super) fn cast(task: &Task<'_>, column: &Column, data_type: &str) -> Option<String> {
    let own = ident(column.name());
    let (from, to) = (type_of(column.data_type())?.0, type_of(data_type)?.0);
    let element = |name: &str| name.trim_end_matches("[]").to_owned();
    let (of, into) = (element(&from), element(&to));
    if (from == of) != (to == into) {
        return is_text(&from).then(|| format!("{own}::{data_type}"));
    }
    let is_enum = |name: &str| enum_labels(task, name).is_some();
    if is_text(&into) || of == into || is_domain(task, &into) {
        None
    } else if is_text(&of) || of == "boolean" || into == "boolean" {
        Some(format!("{own}::{data_type}"))
    } else if is_enum(&of) || is_enum(&into) {
        let texts = if from == of { "text" } else { "text[]" };
        Some(format!("{own}::{texts}::{data_type}"))
    } else {
        None
    }
}

/// The value of a domain is stored as one of the type under it.
fn is_domain(task: &Task<'_>, name: &str) -> bool {
    let is_it = |object: &Object| object.name().to_string() == name || postgres_name(object.name()) == name;
    task.schema.objects().iter().any(|object| object.kind() == ObjectKind::Domain && is_it(object))
}

/// Whether a type is an enum of the schema: which texts are its values is known, and the server refuses the others.
pub(super) fn is_enum(task: &Task<'_>, data_type: &str) -> bool {
    type_of(data_type).is_some_and(|(name, _)| enum_labels(task, &name).is_some())
}

/// Whether the server makes a new value of an old one without being told how: it does not read texts, nor numbers as truth values.
pub(super) fn is_automatic(from: &str, to: &str) -> bool {
    let (Some((from, _)), Some((to, _))) = (type_of(from), type_of(to)) else { return true };
    let is_number =
        |name: &str| integer_range(name).is_some() || ["numeric", "real", "double precision"].contains(&name);
    let crosses = |a: &str, b: &str| a == "boolean" && is_number(b);
    (is_text(&to) || !is_text(&from)) && !crosses(&from, &to) && !crosses(&to, &from)
}

fn is_text(name: &str) -> bool {
    ["text", "varchar", "char", "citext"].contains(&name)
}

/// A condition that holds for the rows whose value can be converted; `None` if all can be.
pub(super) fn condition(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    data_type: &str,
) -> Result<Option<String>, Refusal> {
    let (Some((from, _)), Some((to, modifiers))) = (type_of(column.data_type()), type_of(data_type)) else {
        return Ok(None);
    };
    let own = ident(column.name());
    if is_text(&to) {
        return Ok(modifiers.first().map(|length| format!("char_length({own}::text) <= {length}")));
    }
    if let Some((low, high)) = integer_range(&to)
        && integer_range(&from).is_some()
    {
        let narrows = integer_range(&from).is_some_and(|(from, _)| from < low);
        return Ok(narrows.then(|| format!("{own} BETWEEN {low} AND {high}")));
    }
    if from == "numeric" && to == "numeric" {
        let [precision, rest @ ..] = modifiers.as_slice() else { return Ok(None) };
        let scale = rest.first().copied().unwrap_or(0);
        return Ok(Some(format!("abs(round({own}, {scale})) < 10::numeric ^ {}", precision - scale)));
    }
    if !is_text(&from) {
        return Ok(None);
    }
    if let Some(labels) = enum_labels(task, &to) {
        return Ok(Some(format!("{own}::text IN ({labels})")));
    }
    let text = format!("{own}::text");
    match to.as_str() {
        "uuid" => Ok(Some(format!("{text} ~* '^[0-9a-f]{{8}}-?([0-9a-f]{{4}}-?){{3}}[0-9a-f]{{12}}$'"))),
        "boolean" => Ok(Some(format!(
            "lower({text}) IN ('t', 'true', 'f', 'false', 'y', 'yes', 'n', 'no', 'on', 'off', '1', '0')"
        ))),
        "smallint" => Ok(Some(format!("{text} ~ '^[-+]?[0-9]{{1,4}}$'"))),
        "integer" => Ok(Some(format!("{text} ~ '^[-+]?[0-9]{{1,9}}$'"))),
        "bigint" => Ok(Some(format!("{text} ~ '^[-+]?[0-9]{{1,18}}$'"))),
        "bytea" => Ok(None),
        other => Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason: format!(
                "not every text in `{}` is a value of type {other}: say with `convertible_when` which rows can be converted",
                ColumnRef::new(table.name(), column.name())
            ),
        }),
    }
}

fn integer_range(name: &str) -> Option<(i64, i64)> {
    match name {
        "smallint" => Some((i16::MIN.into(), i16::MAX.into())),
        "integer" => Some((i32::MIN.into(), i32::MAX.into())),
        "bigint" => Some((i64::MIN, i64::MAX)),
        _ => None,
    }
}

/// The values of an enum of the schema, as they stand in its definition.
fn enum_labels(task: &Task<'_>, name: &str) -> Option<String> {
    let is_it = |object: &&Object| {
        let own = object.name();
        object.kind() == ObjectKind::Type
            && mentions(object.definition(), "enum")
            && (own.to_string().eq_ignore_ascii_case(name) || postgres_name(own) == name)
    };
    let definition = task.schema.objects().iter().find(is_it)?.definition();
    let (open, close) = (definition.find('(')?, definition.rfind(')')?);
    definition.get(open + 1..close).map(str::to_owned)
}
