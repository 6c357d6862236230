//! What stands between two operands, or behind one.

use super::{Expression, expression, in_parentheses, node, strength};
use crate::postgres::cursor::Cursor;
use crate::sql::server_type::server_type;

/// What follows an operand, with it; `Some(None)` if nothing that binds at least so strongly does.
#[allow(clippy::option_option, reason = "the outer one is failure, the inner one the end")]
pub(super) fn infix(cursor: &mut Cursor<'_>, left: &Expression, weakest: u8) -> Option<Option<Expression>> {
    let is_cast = {
        let mut ahead = cursor.clone();
        ahead.eat_symbol(':') && ahead.eat_symbol(':')
    };
    if is_cast {
        cursor.next();
        cursor.next();
        return Some(Some(Expression::Cast(Box::new(left.clone()), server_type(cursor)?)));
    }
    if weakest <= strength::CAST && cursor.eat_symbol('[') {
        let at = expression(cursor, 0)?;
        return cursor.eat_symbol(']').then(|| Some(node("[]", vec![left.clone(), at])));
    }
    if weakest <= strength::CAST && cursor.eat_symbol('.') {
        let field = if cursor.eat_symbol('*') { "*".to_owned() } else { cursor.identifier()? };
        return Some(Some(node(format!(".{field}"), vec![left.clone()])));
    }
    let binary = |what: &str, right: Expression| Some(Some(node(what, vec![left.clone(), right])));
    if weakest < strength::COLLATE && cursor.eat("collate") {
        let name = cursor.name()?;
        return Some(Some(node(format!("collate {}", name.trim_start_matches("pg_catalog.")), vec![left.clone()])));
    }
    if weakest < strength::ZONE && cursor.eat("at time zone") {
        return binary("at time zone", expression(cursor, strength::ZONE)?);
    }
    if weakest < strength::AND && cursor.eat("and") {
        return Some(Some(joined("and", left.clone(), expression(cursor, strength::AND)?)));
    }
    if weakest < strength::OR && cursor.eat("or") {
        return Some(Some(joined("or", left.clone(), expression(cursor, strength::OR)?)));
    }
    if weakest < strength::IS
        && let Some(test) = is_test(cursor, left)?
    {
        return Some(Some(test));
    }
    if weakest < strength::RANGE
        && let Some(range) = range(cursor, left)?
    {
        return Some(Some(range));
    }
    let mut ahead = cursor.clone();
    let Some(sign) = ahead.operator() else { return Some(None) };
    let own = match sign.as_str() {
        "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" => strength::COMPARISON,
        "+" | "-" => strength::SUM,
        "*" | "/" | "%" => strength::PRODUCT,
        "^" => strength::POWER,
        _ => strength::OTHER,
    };
    if own <= weakest {
        return Some(None);
    }
    *cursor = ahead;
    let sign = if sign == "!=" { "<>" } else { sign.as_str() };
    for (word, any) in [("any", "any"), ("some", "any"), ("all", "all")] {
        let mut ahead = cursor.clone();
        if ahead.eat(word)
            && let Some(group) = ahead.group()
        {
            *cursor = ahead;
            return binary(&format!("{sign} {any}"), in_parentheses(group));
        }
    }
    binary(sign, expression(cursor, own)?)
}

/// `and` and `or` do not care for how they are grouped.
fn joined(what: &str, left: Expression, right: Expression) -> Expression {
    let mut parts = Vec::new();
    for side in [left, right] {
        match side {
            Expression::Node(own, of) if own == what => parts.extend(of),
            other => parts.push(other),
        }
    }
    node(what, parts)
}

#[allow(clippy::option_option, reason = "the outer one is failure, the inner one the end")]
fn is_test(cursor: &mut Cursor<'_>, left: &Expression) -> Option<Option<Expression>> {
    let test = |what: &str| Some(Some(node(what, vec![left.clone()])));
    if cursor.eat("isnull") {
        return test("is null");
    }
    if cursor.eat("notnull") {
        return test("is not null");
    }
    if !cursor.eat("is") {
        return Some(None);
    }
    let not = if cursor.eat("not") { "not " } else { "" };
    if cursor.eat("distinct from") {
        let right = expression(cursor, strength::COMPARISON)?;
        return Some(Some(node(format!("is {not}distinct from"), vec![left.clone(), right])));
    }
    let word = cursor.identifier()?;
    test(&format!("is {not}{word}"))
}

/// `BETWEEN`, `IN` and `LIKE`, as the server writes them.
#[allow(clippy::option_option, reason = "the outer one is failure, the inner one the end")]
fn range(cursor: &mut Cursor<'_>, left: &Expression) -> Option<Option<Expression>> {
    let mut ahead = cursor.clone();
    let not = ahead.eat("not");
    let pair = |sign: &str, right: Expression| node(sign, vec![left.clone(), right]);
    let read = if ahead.eat("between") {
        let low = expression(&mut ahead, strength::OTHER)?;
        ahead.eat("and").then_some(())?;
        let high = expression(&mut ahead, strength::OTHER)?;
        let (what, from, to) = if not { ("or", "<", ">") } else { ("and", ">=", "<=") };
        joined(what, pair(from, low), pair(to, high))
    } else if ahead.eat("in") {
        let group = ahead.group()?;
        match in_parentheses(group) {
            Expression::Node(row, parts) if row == "row" => {
                pair(if not { "<> all" } else { "= any" }, node("array", parts))
            }
            query @ Expression::Opaque(_) => pair(if not { "not in" } else { "in" }, query),
            one => pair(if not { "<>" } else { "=" }, one),
        }
    } else {
        let signs = [("like", "~~", "!~~"), ("ilike", "~~*", "!~~*"), ("similar to", "similar to", "not similar to")];
        let Some((_, yes, no)) = signs.into_iter().find(|(word, ..)| ahead.eat(word)) else { return Some(None) };
        let like = pair(if not { no } else { yes }, expression(&mut ahead, strength::OTHER)?);
        if ahead.eat("escape") { node("escape", vec![like, expression(&mut ahead, strength::OTHER)?]) } else { like }
    };
    *cursor = ahead;
    Some(Some(read))
}
