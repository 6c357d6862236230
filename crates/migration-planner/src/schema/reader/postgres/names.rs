//! Names that PostgreSQL gives to what has none, and names in expressions.

use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Read};
use crate::sql::Dialect;
use crate::sql::tokens::{Token, spanned};
use crate::sql::{ident, object_label};

/// A name with its schema, `public` left out.
pub(super) fn object_name(cursor: &mut Cursor<'_>, what: &'static str) -> Read<ObjectName> {
    let first = identifier(cursor, what)?;
    if cursor.eat_symbol('.') {
        let name = identifier(cursor, what)?;
        return Ok(if first == "public" { name.into() } else { ObjectName::in_schema(first, name) });
    }
    Ok(first.into())
}

/// A single name.
pub(super) fn identifier(cursor: &mut Cursor<'_>, what: &'static str) -> Read<String> {
    cursor.identifier().ok_or_else(|| Fault::expected(cursor, what))
}

/// Names in parentheses.
pub(super) fn columns(cursor: &mut Cursor<'_>) -> Read<Vec<String>> {
    let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "names in parentheses"))?;
    group.items().into_iter().map(|mut item| identifier(&mut item, "the name of a column")).collect()
}

/// An expression as it is written, without parentheses around the whole.
pub(super) fn bare(expression: &Cursor<'_>) -> String {
    let mut ahead = expression.clone();
    match ahead.group() {
        Some(within) if ahead.is_at_end() && !within.is_at_end() => match within.clone().items().len() {
            1 => bare(&within),
            _ => expression.text(),
        },
        _ => expression.text(),
    }
}

/// The first of `first_second_label`, `first_second_label1` .. that is not taken.
pub(super) fn fresh(first: &str, second: &str, label: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let labels = std::iter::once(label.to_owned()).chain((1..).map(|n| format!("{label}{n}")));
    labels
        .map(|label| object_label(first, second, &label))
        .find(|name| !is_taken(name))
        .expect("there are more numbers than names")
}

/// An expression after a column of `table` got another name.
pub(super) fn renamed_in(text: &str, table: &str, from: &str, to: &str) -> String {
    let words: Vec<_> = spanned(text, Dialect::Postgres).collect();
    let folded = |at: usize| match words.get(at).map(|(token, _)| token) {
        Some(Token::Word(word)) => Some(word.to_lowercase()),
        Some(Token::Quoted(name)) => Some(name.clone()),
        _ => None,
    };
    let symbol = |at: usize, sign: char| words.get(at).is_some_and(|(token, _)| *token == Token::Symbol(sign));
    let (mut renamed, mut done) = (String::new(), 0);
    for (at, (_, range)) in words.iter().enumerate() {
        let own = at == 0 || !symbol(at - 1, '.') || at > 1 && folded(at - 2).as_deref() == Some(table);
        if folded(at).as_deref() == Some(from) && own && !symbol(at + 1, '(') && !symbol(at + 1, '.') {
            renamed.push_str(&text[done..range.start]);
            renamed.push_str(&ident(to));
            done = range.end;
        }
    }
    renamed.push_str(&text[done..]);
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        assert_eq!(fresh("t", "a", "key", |name| name == "t_a_key"), "t_a_key1");
    }

    #[test]
    fn a_column_is_renamed_where_it_is_meant() {
        let renamed = |text| renamed_in(text, "t", "a", "order");
        assert_eq!(renamed("a > 'a' AND t.a < a(1) + other.a"), "\"order\" > 'a' AND t.\"order\" < a(1) + other.a");
    }
}
