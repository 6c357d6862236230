//! Types as PostgreSQL itself spells them.

use super::names::ident;
use crate::postgres::cursor::Cursor;
use crate::sql::tokens::Token;

/// Reads a type and spells it as the server does in its catalog: `int4` is `integer`, `varchar(5)` is `character varying(5)`. The
/// serial types keep their names.
pub(crate) fn server_type(cursor: &mut Cursor<'_>) -> Option<String> {
    if matches!(cursor.peek(), Some(Token::Quoted(_))) {
        return Some(with_array(cursor, quoted_type));
    }
    cursor.eat("setof");
    let start = cursor.clone();
    let first = cursor.identifier()?;
    let own = if cursor.sees_symbol('.') && first == "pg_catalog" {
        cursor.eat_symbol('.');
        cursor.identifier()?
    } else if cursor.sees_symbol('.') {
        *cursor = start;
        return Some(with_array(cursor, quoted_type));
    } else {
        first
    };
    let modified = |cursor: &mut Cursor<'_>, name: &str| format!("{name}{}", modifiers(cursor));
    let name = match own.as_str() {
        "int" | "int4" | "integer" => "integer".to_owned(),
        "int8" | "bigint" => "bigint".to_owned(),
        "int2" | "smallint" => "smallint".to_owned(),
        "float4" | "real" => "real".to_owned(),
        "float8" => "double precision".to_owned(),
        "double" => {
            cursor.eat("precision");
            "double precision".to_owned()
        }
        "float" => match modifiers(cursor).trim_matches(['(', ')']).parse::<u8>() {
            Ok(1..=24) => "real".to_owned(),
            _ => "double precision".to_owned(),
        },
        "bool" | "boolean" => "boolean".to_owned(),
        "dec" | "decimal" | "numeric" => {
            let modifiers = modifiers(cursor);
            let has_scale = modifiers.is_empty() || modifiers.contains(',');
            if has_scale {
                format!("numeric{modifiers}")
            } else {
                format!("numeric{},0)", modifiers.trim_end_matches(')'))
            }
        }
        "varchar" => modified(cursor, "character varying"),
        "character" | "char" | "national" | "nchar" => {
            let _national = cursor.eat("character") || cursor.eat("char");
            if cursor.eat("varying") {
                modified(cursor, "character varying")
            } else {
                with_default_length(cursor, "character")
            }
        }
        "bpchar" => match modifiers(cursor) {
            none if none.is_empty() => "bpchar".to_owned(),
            some => format!("character{some}"),
        },
        "bit" if cursor.eat("varying") => modified(cursor, "bit varying"),
        "bit" => with_default_length(cursor, "bit"),
        "varbit" => modified(cursor, "bit varying"),
        "timestamp" | "time" => {
            let precision = modifiers(cursor);
            let zone = if cursor.eat("with time zone") {
                "with"
            } else {
                cursor.eat("without time zone");
                "without"
            };
            format!("{own}{precision} {zone} time zone")
        }
        "timestamptz" => format!("timestamp{} with time zone", modifiers(cursor)),
        "timetz" => format!("time{} with time zone", modifiers(cursor)),
        "interval" => {
            let mut words = own;
            while let Some(word) =
                ["year", "month", "day", "hour", "minute", "second", "to"].into_iter().find(|word| cursor.eat(word))
            {
                words.push(' ');
                words.push_str(word);
            }
            modified(cursor, &words)
        }
        other => modified(cursor, &ident(other)),
    };
    Some(with_array(cursor, |_| name))
}

fn quoted_type(cursor: &mut Cursor<'_>) -> String {
    let mut parts: Vec<String> = cursor.identifier().into_iter().collect();
    while cursor.eat_symbol('.') {
        parts.extend(cursor.identifier());
    }
    if parts.len() > 1 && parts[0] == "public" {
        parts.remove(0);
    }
    let name: Vec<String> = parts.iter().map(|part| ident(part)).collect();
    format!("{}{}", name.join("."), modifiers(cursor))
}

/// What stands in parentheses behind a type, without spaces.
fn modifiers(cursor: &mut Cursor<'_>) -> String {
    let Some(group) = cursor.group() else { return String::new() };
    let items: Vec<String> = group.items().iter().map(Cursor::text).collect();
    format!("({})", items.join(","))
}

fn with_default_length(cursor: &mut Cursor<'_>, name: &str) -> String {
    match modifiers(cursor) {
        none if none.is_empty() => format!("{name}(1)"),
        some => format!("{name}{some}"),
    }
}

/// Arrays are spelt the same whatever their dimensions.
fn with_array<'a>(cursor: &mut Cursor<'a>, name: impl FnOnce(&mut Cursor<'a>) -> String) -> String {
    let name = name(cursor);
    let mut is_array = cursor.eat("array");
    let mut ahead = cursor.clone();
    while ahead.eat_symbol('[') {
        if matches!(ahead.peek(), Some(Token::Literal(_))) {
            ahead.next();
        }
        if !ahead.eat_symbol(']') {
            break;
        }
        is_array = true;
        *cursor = ahead.clone();
    }
    if is_array { format!("{name}[]") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelt_as_the_server_does() {
        for (written, spelt) in [
            ("int4", "integer"),
            ("pg_catalog.int8", "bigint"),
            ("varchar(5)", "character varying(5)"),
            ("CHAR", "character(1)"),
            ("decimal(8)", "numeric(8,0)"),
            ("numeric(8, 2)[]", "numeric(8,2)[]"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            ("TIMESTAMP", "timestamp without time zone"),
            ("double precision", "double precision"),
            ("float(10)", "real"),
            ("public.mood", "mood"),
            ("audit.\"Mood\"[3]", "audit.\"Mood\"[]"),
            ("text ARRAY", "text[]"),
            ("interval day to second(2)", "interval day to second(2)"),
            ("bit varying(3)", "bit varying(3)"),
        ] {
            let mut cursor = Cursor::new(written);
            assert_eq!(server_type(&mut cursor).as_deref(), Some(spelt), "{written}");
            assert!(cursor.is_at_end(), "{written}");
        }
    }
}
