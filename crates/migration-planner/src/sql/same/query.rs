//! Whether two views are the same, as far as their queries are of the plain kind: one SELECT over tables that are joined.

use super::{same, same_definition};
use crate::postgres::cursor::Cursor;
use crate::sql::expression::Expression;

/// Whether two statements make the same view. Beside what holds for expressions, these are the same: names of columns behind the name
/// of the view and in the query, `INNER JOIN` and `JOIN`, parentheses around joins. Queries of another form are compared word by word.
pub(crate) fn same_query(one: &str, other: &str) -> bool {
    same_definition(one, other)
        || match (View::read(one), View::read(other)) {
            (Some(one), Some(other)) => one.is_same(&other),
            _ => false,
        }
}

struct View {
    /// Down to its name.
    head: String,
    /// What is selected, with the name that the view gives it.
    columns: Vec<(Expression, String)>,
    from: Vec<From>,
    /// By the words that start them.
    clauses: Vec<(&'static str, Vec<Item>)>,
}

/// What a clause lists, with what stands behind it: a direction.
type Item = (Expression, String);

/// A piece of what stands behind FROM.
#[derive(PartialEq)]
enum From {
    Table { name: String, alias: String },
    Join(String),
    On(Expression),
}

/// The clauses behind FROM, in their order.
const CLAUSES: [&str; 4] = ["where", "group by", "having", "order by"];

impl View {
    fn read(text: &str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        let start = cursor.clone();
        cursor.eat("create").then_some(())?;
        cursor.eat("materialized");
        cursor.eat("view").then_some(())?;
        cursor.name()?;
        let head = start.up_to(&cursor).text().to_lowercase();
        let named: Vec<String> = match cursor.group() {
            Some(group) => group.items().into_iter().filter_map(|mut item| item.identifier()).collect(),
            None => Vec::new(),
        };
        (cursor.eat("as") && cursor.eat("select")).then_some(())?;
        let list = up_to(&mut cursor, &["from"]);
        let mut columns = Vec::new();
        for (at, mut item) in list.items().into_iter().enumerate() {
            let expression = Expression::prefix(&mut item)?;
            item.eat("as");
            let alias = item.identifier();
            item.is_at_end().then_some(())?;
            let name = named.get(at).cloned().or(alias).or_else(|| implied(&expression))?;
            columns.push((expression, name));
        }
        cursor.eat("from").then_some(())?;
        let mut from = Vec::new();
        joined(up_to(&mut cursor, &CLAUSES), &mut from)?;
        let mut clauses = Vec::new();
        while !cursor.is_at_end() {
            let word = CLAUSES.into_iter().find(|word| cursor.eat(word))?;
            let rest = up_to(&mut cursor, &CLAUSES);
            clauses.push((word, rest.items().into_iter().map(item).collect::<Option<_>>()?));
        }
        Some(Self { head, columns, from, clauses })
    }

    fn is_same(&self, other: &Self) -> bool {
        let all = |one: &[Item], other: &[Item]| {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same(&a.0, &b.0) && a.1 == b.1)
        };
        self.head == other.head
            && self.columns.len() == other.columns.len()
            && self.columns.iter().zip(&other.columns).all(|(a, b)| a.1 == b.1 && same(&a.0, &b.0))
            && self.from.len() == other.from.len()
            && self.from.iter().zip(&other.from).all(|pair| match pair {
                (From::On(a), From::On(b)) => same(a, b),
                (a, b) => a == b,
            })
            && self.clauses.len() == other.clauses.len()
            && self.clauses.iter().zip(&other.clauses).all(|(a, b)| a.0 == b.0 && all(&a.1, &b.1))
    }
}

/// An expression and its direction; the usual one is none.
fn item(mut cursor: Cursor<'_>) -> Option<Item> {
    let expression = Expression::prefix(&mut cursor)?;
    cursor.eat("asc");
    Some((expression, cursor.text().to_lowercase()))
}

/// What stands before the first of these words.
fn up_to<'a>(cursor: &mut Cursor<'a>, ends: &[&str]) -> Cursor<'a> {
    let start = cursor.clone();
    while !cursor.is_at_end() && !ends.iter().any(|end| cursor.sees(end)) {
        cursor.skip_one();
    }
    start.up_to(cursor)
}

/// The name that a column has without being given one.
fn implied(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Name(name) => name.last().filter(|name| *name != "*").cloned(),
        Expression::Node(what, _) => what.split_once("()").map(|(name, _)| name.to_owned()),
        Expression::Cast(of, _) => implied(of),
        _ => None,
    }
}

/// Tables and joins, with the parentheses around joins away.
fn joined(mut cursor: Cursor<'_>, found: &mut Vec<From>) -> Option<()> {
    while !cursor.is_at_end() {
        if let Some(group) = cursor.group() {
            // A query within has a form of its own.
            (!group.sees("select") && !group.sees("with")).then_some(())?;
            joined(group, found)?;
        } else if cursor.eat("on") {
            found.push(From::On(Expression::prefix(&mut cursor)?));
        } else if cursor.eat_symbol(',') {
            found.push(From::Join(",".to_owned()));
        } else if let Some(kind) = join(&mut cursor) {
            found.push(From::Join(kind));
        } else {
            cursor.eat("only");
            let name = cursor.name()?;
            let has_alias = cursor.eat("as");
            let ends = ["on", "join", "inner", "left", "right", "full", "cross", "natural", "using"];
            let is_alias = has_alias || !ends.iter().any(|end| cursor.sees(end));
            let alias = if is_alias { cursor.identifier() } else { None };
            found.push(From::Table { alias: alias.unwrap_or_else(|| name.clone()), name });
        }
    }
    Some(())
}

/// `LEFT OUTER JOIN` and the like, in the server's spelling.
fn join(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut ahead = cursor.clone();
    let kind = ["left", "right", "full", "cross", "inner", "natural"].into_iter().find(|kind| ahead.eat(kind));
    ahead.eat("outer");
    ahead.eat("join").then(|| {
        *cursor = ahead;
        kind.filter(|kind| *kind != "inner").unwrap_or_default().to_owned()
    })
}
