//! Expressions of PostgreSQL, taken apart as far as two ways of writing one can be told from two expressions.

mod infix;

use infix::infix;

use super::server_type::server_type;
use crate::postgres::cursor::Cursor;
use crate::sql::tokens::Token;

/// An expression without what does not matter: parentheses, letter case, the spelling of operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    /// A column, with what stands before it.
    Name(Vec<String>),
    Text(String),
    Number(String),
    /// `true`, `null`, `current_timestamp`
    Word(String),
    /// With the type as the server spells it.
    Cast(Box<Self>, String),
    /// An operator, a function or a clause, with what it is about.
    Node(String, Vec<Self>),
    /// A query within, or anything else that is not understood: its words.
    Opaque(Vec<String>),
}

/// What binds how strongly, from the weakest, as the manual has it.
mod strength {
    pub(super) const OR: u8 = 1;
    pub(super) const AND: u8 = 2;
    pub(super) const NOT: u8 = 3;
    pub(super) const IS: u8 = 4;
    pub(super) const COMPARISON: u8 = 5;
    pub(super) const RANGE: u8 = 6;
    pub(super) const OTHER: u8 = 7;
    pub(super) const SUM: u8 = 8;
    pub(super) const PRODUCT: u8 = 9;
    pub(super) const POWER: u8 = 10;
    pub(super) const ZONE: u8 = 11;
    pub(super) const COLLATE: u8 = 12;
    pub(super) const SIGN: u8 = 13;
    pub(super) const CAST: u8 = 15;
}

/// What stands by itself and is no column.
const WORDS: [&str; 13] = [
    "true",
    "false",
    "null",
    "default",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
    "current_user",
    "current_role",
    "session_user",
    "user",
];

impl Expression {
    /// Reads a whole text; what is not understood is kept as its words.
    pub(crate) fn read(text: &str) -> Self {
        Self::of(Cursor::new(text))
    }

    /// Reads all that a cursor has left.
    pub(crate) fn of(cursor: Cursor<'_>) -> Self {
        let mut rest = cursor.clone();
        match Self::prefix(&mut rest) {
            Some(read) if rest.is_at_end() => read,
            _ => opaque(cursor),
        }
    }

    /// Reads as much as is an expression.
    pub(crate) fn prefix(cursor: &mut Cursor<'_>) -> Option<Self> {
        expression(cursor, 0)
    }
}

/// The words of what is not understood.
fn opaque(mut cursor: Cursor<'_>) -> Expression {
    let mut words = Vec::new();
    while let Some(token) = cursor.next() {
        words.push(match token {
            Token::Word(word) => word.to_lowercase(),
            Token::Quoted(name) => name,
            Token::Text(text) => format!("'{text}'"),
            Token::Literal(number) => number.to_owned(),
            Token::Symbol(sign) => sign.to_string(),
        });
    }
    Expression::Opaque(words)
}

fn node(what: impl Into<String>, parts: Vec<Expression>) -> Expression {
    Expression::Node(what.into(), parts)
}

fn expression(cursor: &mut Cursor<'_>, weakest: u8) -> Option<Expression> {
    let mut left = operand(cursor)?;
    while let Some(next) = infix(cursor, &left, weakest)? {
        left = next;
    }
    Some(left)
}

fn operand(cursor: &mut Cursor<'_>) -> Option<Expression> {
    if cursor.eat("not") {
        return Some(node("not", vec![expression(cursor, strength::NOT)?]));
    }
    if let Some(sign) = cursor.operator() {
        return Some(match sign.as_str() {
            "+" => expression(cursor, strength::SIGN)?,
            "-" => match expression(cursor, strength::SIGN)? {
                Expression::Number(number) => Expression::Number(format!("-{number}")),
                other => node("-", vec![other]),
            },
            _ => node(sign, vec![expression(cursor, strength::OTHER)?]),
        });
    }
    if let Some(group) = cursor.group() {
        return Some(in_parentheses(group));
    }
    match cursor.peek()?.clone() {
        Token::Text(text) => {
            cursor.next();
            Some(Expression::Text(text))
        }
        Token::Literal(number) => {
            cursor.next();
            Some(Expression::Number(number.to_owned()))
        }
        Token::Symbol(_) => None,
        Token::Word(_) | Token::Quoted(_) => named(cursor),
    }
}

fn in_parentheses(group: Cursor<'_>) -> Expression {
    if ["select", "with", "values"].iter().any(|start| group.sees(start)) {
        return opaque(group);
    }
    let mut items = group.items();
    match items.len() {
        1 => Expression::of(items.remove(0)),
        _ => node("row", items.into_iter().map(Expression::of).collect()),
    }
}

/// What starts with a word.
fn named(cursor: &mut Cursor<'_>) -> Option<Expression> {
    if cursor.eat("case") {
        return case(cursor);
    }
    let mut ahead = cursor.clone();
    if ahead.eat("cast")
        && let Some(group) = ahead.group()
    {
        *cursor = ahead;
        return cast(group);
    }
    let mut ahead = cursor.clone();
    if ahead.eat("array") && ahead.eat_symbol('[') {
        *cursor = ahead;
        return array(cursor);
    }
    let mut ahead = cursor.clone();
    if (ahead.eat("exists") || ahead.eat("array") || ahead.eat("row")) && ahead.sees_symbol('(') {
        let word = cursor.identifier()?;
        let group = cursor.group()?;
        return Some(match word.as_str() {
            "row" => node("row", group.items().into_iter().map(Expression::of).collect()),
            _ => node(word, vec![opaque(group)]),
        });
    }
    // `interval '1 day'`, `timestamp with time zone '2020-01-01'`
    let mut ahead = cursor.clone();
    if let Some(name) = server_type(&mut ahead)
        && let Some(Token::Text(text)) = ahead.peek().cloned()
    {
        ahead.next();
        *cursor = ahead;
        return Some(Expression::Cast(Box::new(Expression::Text(text)), name));
    }
    let is_word = matches!(cursor.peek(), Some(Token::Word(_)));
    let mut name = vec![cursor.identifier()?];
    while cursor.eat_symbol('.') {
        if cursor.eat_symbol('*') {
            name.push("*".to_owned());
        } else {
            name.push(cursor.identifier()?);
        }
    }
    if let Some(group) = cursor.group() {
        return call(&name, group, cursor);
    }
    let word = &name[0];
    if is_word && name.len() == 1 {
        if WORDS.contains(&word.as_str()) {
            return Some(Expression::Word(name.remove(0)));
        }
        // Clauses that end what stands before them.
        if ENDS.contains(&word.as_str()) {
            return None;
        }
    }
    Some(Expression::Name(name))
}

/// Words that cannot start an expression.
const ENDS: [&str; 16] = [
    "and", "or", "from", "where", "group", "order", "having", "limit", "then", "else", "end", "when", "on", "union",
    "as", "using",
];

fn case(cursor: &mut Cursor<'_>) -> Option<Expression> {
    let mut parts = Vec::new();
    let mut what = "case".to_owned();
    if !cursor.sees("when") {
        parts.push(expression(cursor, 0)?);
        what.push_str(" of");
    }
    while cursor.eat("when") {
        parts.push(expression(cursor, 0)?);
        cursor.eat("then").then_some(())?;
        parts.push(expression(cursor, 0)?);
    }
    parts.push(if cursor.eat("else") { expression(cursor, 0)? } else { Expression::Word("null".to_owned()) });
    cursor.eat("end").then(|| node(what, parts))
}

fn cast(mut group: Cursor<'_>) -> Option<Expression> {
    let what = expression(&mut group, 0)?;
    group.eat("as").then_some(())?;
    let name = server_type(&mut group)?;
    group.is_at_end().then(|| Expression::Cast(Box::new(what), name))
}

fn array(cursor: &mut Cursor<'_>) -> Option<Expression> {
    let mut parts = Vec::new();
    while !cursor.eat_symbol(']') {
        parts.push(if cursor.eat_symbol('[') { array(cursor)? } else { expression(cursor, 0)? });
        cursor.eat_symbol(',');
    }
    Some(node("array", parts))
}

/// A call, of whose name the catalog's own schema says nothing.
fn call(name: &[String], group: Cursor<'_>, cursor: &mut Cursor<'_>) -> Option<Expression> {
    let name: Vec<&str> =
        name.iter().map(String::as_str).filter(|part| !["pg_catalog", "public"].contains(part)).collect();
    let mut what = format!("{}()", name.join("."));
    let mut parts = Vec::new();
    for mut item in group.items() {
        for word in ["distinct", "all", "variadic", "both", "leading", "trailing"] {
            if item.eat(word) {
                what.push_str(word);
            }
        }
        if item.eat_symbol('*') {
            what.push('*');
        }
        while !item.is_at_end() {
            if let Some(word) =
                ["from", "for", "in", "placing", "using", "order by"].into_iter().find(|word| item.eat(word))
            {
                what.push_str(word);
                continue;
            }
            // `IN` separates here what is looked for.
            let weakest = if name == ["position"] { strength::OTHER } else { 0 };
            parts.push(expression(&mut item, weakest)?);
        }
    }
    // Both ends are what is trimmed where nothing is said.
    if name == ["trim"] {
        what = what.replace("both", "");
        if parts.len() == 1 {
            what = what.replace("from", "");
        }
    }
    for clause in ["filter", "over", "within group"] {
        if cursor.sees(clause) {
            cursor.eat(clause);
            parts.push(node(clause, vec![opaque(cursor.group()?)]));
        }
    }
    Some(node(what, parts))
}
