//! Whether two texts of PostgreSQL say the same: one as somebody wrote it, one as the server keeps it.
//!
//! The server keeps no text of expressions and queries but writes them anew when asked, in its own spelling. These are taken for the same:
//! - parentheses, letter case, comments, and how `AND` and `OR` are grouped;
//! - `<>` and `!=`; `IN (..)` and `= ANY (ARRAY[..])`; `BETWEEN` and two comparisons; `LIKE` and `~~`; a missing `ELSE` and `ELSE NULL`;
//! - `CAST(a AS t)`, `a::t` and `t 'a'`; types under any of their names;
//! - a cast on one side alone, where the server adds it by itself: of a constant to any type, of anything else to `text`, `numeric`,
//!   `double precision` and their arrays;
//! - a constant as text or as a number or truth value, a date with or without its midnight, `epoch` and its date, an interval in any
//!   units (`90 day`, `90 days`);
//! - a name with or without the table it is of, where only one side has it.
//!
//! Nothing else is: `now()` is not `CURRENT_TIMESTAMP`, though they have the same value.

mod constant;
mod query;

pub(crate) use query::same_query;

use super::expression::Expression;
use crate::postgres::cursor::Cursor;
use crate::sql::tokens::Token;
use constant::same_constant;

/// Whether two expressions are the same.
pub(crate) fn same_expression(one: &str, other: &str) -> bool {
    one == other || same(&Expression::read(one), &Expression::read(other))
}

/// Whether two definitions are the same words, with what stands in parentheses compared as expressions.
pub(crate) fn same_definition(one: &str, other: &str) -> bool {
    one == other || same_words(Cursor::new(one), Cursor::new(other))
}

fn same_words(mut one: Cursor<'_>, mut other: Cursor<'_>) -> bool {
    loop {
        match (one.group(), other.group()) {
            (Some(a), Some(b)) => {
                let (a, b) = (a.items(), b.items());
                if a.len() != b.len() || !a.into_iter().zip(b).all(|(a, b)| same_item(&a, &b)) {
                    return false;
                }
            }
            (None, None) => match (one.next(), other.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a == b || folded(&a).is_some() && folded(&a) == folded(&b) => {
                    let defaults = a.is_keyword("default") && one.text() != other.text();
                    if defaults && !same_prefix(&mut one, &mut other) {
                        return false;
                    }
                }
                _ => return false,
            },
            _ => return false,
        }
    }
}

/// Whether both go on with the same expression, which is gone past.
fn same_prefix(one: &mut Cursor<'_>, other: &mut Cursor<'_>) -> bool {
    match (Expression::prefix(one), Expression::prefix(other)) {
        (Some(a), Some(b)) => same(&a, &b),
        _ => false,
    }
}

/// A name as the server reads it: a quoted one to the letter, another in lower case.
fn folded(token: &Token<'_>) -> Option<String> {
    match token {
        Token::Word(word) => Some(word.to_lowercase()),
        Token::Quoted(name) => Some(name.clone()),
        _ => None,
    }
}

/// One item between commas: an expression, and what may stand behind it.
fn same_item(one: &Cursor<'_>, other: &Cursor<'_>) -> bool {
    if one.text() == other.text() {
        return true;
    }
    let (mut a, mut b) = (one.clone(), other.clone());
    match (Expression::prefix(&mut a), Expression::prefix(&mut b)) {
        (Some(first), Some(second)) => same(&first, &second) && same_words(a, b),
        _ => same_words(one.clone(), other.clone()),
    }
}

fn same(one: &Expression, other: &Expression) -> bool {
    use Expression::{Cast, Name, Node, Number, Text, Word};
    match (one, other) {
        (Cast(a, of), Cast(b, to)) if of == to => match (&**a, &**b) {
            (Text(one), Text(other)) => same_constant(one, other, Some(of)),
            _ => same(a, b),
        },
        (Cast(a, _), Cast(b, _)) if is_constant(a) && is_constant(b) => false,
        (Cast(a, to), b) | (b, Cast(a, to)) if is_silent(a, to) => same(a, b),
        (Name(a), Name(b)) if a.len() != b.len() => a.iter().rev().zip(b.iter().rev()).all(|(a, b)| a == b),
        (Text(text), Number(number)) | (Number(number), Text(text)) => text == number,
        (Text(text), Word(word)) | (Word(word), Text(text)) => {
            let text = text.to_ascii_lowercase();
            match word.as_str() {
                "true" => ["t", "true", "yes", "on", "y", "1"].contains(&text.as_str()),
                "false" => ["f", "false", "no", "off", "n", "0"].contains(&text.as_str()),
                _ => false,
            }
        }
        (Text(a), Text(b)) => same_constant(a, b, None),
        (Node(a, of), Node(b, to)) => a == b && of.len() == to.len() && of.iter().zip(to).all(|(a, b)| same(a, b)),
        (a, b) => a == b,
    }
}

fn is_constant(what: &Expression) -> bool {
    matches!(what, Expression::Text(_) | Expression::Number(_) | Expression::Word(_))
}

/// Whether the server may have added a cast of `what` to the type by itself.
fn is_silent(what: &Expression, to: &str) -> bool {
    match what {
        what if is_constant(what) => true,
        Expression::Cast(within, _) if is_silent(within, to) => true,
        Expression::Node(what, _) if what == "array" => to.ends_with("[]"),
        _ => ["text", "text[]", "numeric", "double precision", "character varying[]"].contains(&to),
    }
}
