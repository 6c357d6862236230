//! What the bounds of a partition say of its rows, and whether a check says it already.
//!
//! The server compares both before it reads a table that becomes a partition, and does not read one whose checks imply the
//! bounds. Understood are ranges and lists over one column, which is what a check can be written for by hand.

use std::collections::BTreeSet;

use super::cursor::Cursor;
use crate::sql::ident;
use crate::sql::tokens::Token;

/// Conditions that hold, all of them, for every row of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bounds {
    column: String,
    conditions: Vec<String>,
}

impl Bounds {
    /// Reads `FOR VALUES FROM (1) TO (10)` or `FOR VALUES IN ('a', 'b')` of a table partitioned by `key`, `RANGE (id)`.
    ///
    /// `None` for what cannot be said as conditions over one column: the default partition, hashes, several columns, NULL.
    pub(crate) fn read(key: &str, bounds: &str) -> Option<Self> {
        let (strategy, column) = key_column(&mut Cursor::new(key))?;
        let own = ident(&column);
        let mut cursor = Cursor::new(bounds);
        cursor.eat("for values");
        let single = |cursor: &mut Cursor<'_>| {
            let items = cursor.group()?.items();
            if let [only] = items.as_slice() { Some(only.text()) } else { None }
        };
        let is_open = |value: &str| ["minvalue", "maxvalue"].iter().any(|open| value.eq_ignore_ascii_case(open));
        let conditions = match strategy.as_str() {
            "range" if cursor.eat("from") => {
                let from = single(&mut cursor)?;
                let to = if cursor.eat("to") { single(&mut cursor)? } else { return None };
                let low = Some(format!("{own} >= {from}")).filter(|_| !is_open(&from));
                low.into_iter().chain(Some(format!("{own} < {to}")).filter(|_| !is_open(&to))).collect()
            }
            "list" if cursor.eat("in") => {
                let values: Vec<String> = cursor.group()?.items().iter().map(Cursor::text).collect();
                if values.iter().any(|value| value.eq_ignore_ascii_case("null")) {
                    return None;
                }
                vec![format!("{own} IN ({})", values.join(", "))]
            }
            _ => return None,
        };
        Some(Self { column, conditions })
    }

    /// The column that they are about.
    pub(crate) fn column(&self) -> &str {
        &self.column
    }

    /// An expression that says of a row whether it is within the bounds.
    pub(crate) fn check(&self) -> String {
        if self.conditions.is_empty() {
            return format!("{} IS NOT NULL", ident(&self.column));
        }
        self.conditions.join(" AND ")
    }

    /// Whether checks that hold for all rows say that all are within the bounds. NULL is outside.
    pub(super) fn are_implied_by(&self, checks: impl Iterator<Item = impl AsRef<str>>, is_not_null: bool) -> bool {
        let known: BTreeSet<String> = checks.flat_map(|check| conjuncts(check.as_ref())).collect();
        let not_null = is_not_null || known.contains(&format!("{} is not null", self.column));
        not_null && self.wanted().is_subset(&known)
    }

    /// Whether checks that hold for all rows say that none is within the bounds.
    pub(super) fn are_excluded_by(&self, mut checks: impl Iterator<Item = impl AsRef<str>>) -> bool {
        let wanted = self.wanted();
        checks.any(|check| {
            let mut cursor = Cursor::new(check.as_ref());
            while let Some(inner) = whole_group(&cursor) {
                cursor = inner;
            }
            cursor.eat("not")
                && whole_group(&cursor)
                    .is_some_and(|inner| conjuncts(&inner.text()).into_iter().all(|one| wanted.contains(&one)))
        })
    }

    fn wanted(&self) -> BTreeSet<String> {
        self.conditions.iter().flat_map(|condition| conjuncts(condition)).collect()
    }
}

/// How a table is partitioned, where it is by one column: `range`, `list` or `hash`, and the column.
pub(super) fn key_column(cursor: &mut Cursor<'_>) -> Option<(String, String)> {
    let strategy = cursor.identifier()?;
    let items = cursor.group()?.items();
    let [only] = items.as_slice() else { return None };
    let mut only = only.clone();
    let column = only.identifier()?;
    only.is_at_end().then_some((strategy, column))
}

/// The conditions that an expression joins by AND, each written in one way however it was written.
fn conjuncts(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = vec![Cursor::new(expression)];
    while let Some(mut cursor) = rest.pop() {
        if let Some(inner) = whole_group(&cursor) {
            rest.push(inner);
            continue;
        }
        let (start, mut parts) = (cursor.clone(), Vec::new());
        let mut part = start;
        while !cursor.is_at_end() {
            if cursor.sees("and") {
                parts.push(part.up_to(&cursor));
                cursor.eat("and");
                part = cursor.clone();
            } else {
                cursor.skip_one();
            }
        }
        parts.push(part.up_to(&cursor));
        if let [only] = parts.as_slice() {
            found.push(canonical(only.clone()));
        } else {
            rest.extend(parts);
        }
    }
    found
}

/// What stands between parentheses that are around the whole.
fn whole_group<'a>(cursor: &Cursor<'a>) -> Option<Cursor<'a>> {
    let mut cursor = cursor.clone();
    let inner = cursor.group()?;
    cursor.is_at_end().then_some(inner)
}

/// A condition without casts and quotes, with lists of values in one form and order.
fn canonical(mut cursor: Cursor<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    while let Some(token) = cursor.next() {
        match token {
            Token::Symbol(':') if cursor.eat_symbol(':') => skip_type(&mut cursor),
            Token::Word(word) => words.push(word.to_lowercase()),
            Token::Quoted(name) => words.push(name),
            Token::Text(text) => words.push(format!("'{text}'")),
            Token::Literal(number) => words.push(format!("'{number}'")),
            Token::Symbol('(' | ')' | '[' | ']' | ',') => {}
            Token::Symbol(symbol) => words.push(symbol.to_string()),
        }
    }
    // `= ANY (ARRAY[..])`, which is how the server writes it, `= value` and `IN (..)` are one.
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let list = match words.as_slice() {
        [column, "=", "any", "array", values @ ..] | [column, "in", values @ ..] => Some((*column, values)),
        [column, "=", value] => Some((*column, std::slice::from_ref(value))),
        _ => None,
    };
    let Some((column, values)) = list else { return words.join(" ") };
    let values: BTreeSet<&str> = values.iter().copied().collect();
    format!("{column} in {}", values.into_iter().collect::<Vec<_>>().join(" "))
}

/// Skips the name of a type, of one word or of several.
fn skip_type(cursor: &mut Cursor<'_>) {
    let ends = ["and", "or", "is", "in", "not"];
    while matches!(cursor.peek(), Some(Token::Word(_) | Token::Quoted(_))) && !ends.iter().any(|end| cursor.sees(end)) {
        cursor.next();
        cursor.group();
    }
    while cursor.eat_symbol('[') {
        cursor.eat_symbol(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range() -> Bounds {
        Bounds::read("RANGE (id)", "FOR VALUES FROM ('100') TO ('200')").unwrap()
    }

    #[test]
    fn a_check_implies_the_bounds_however_it_is_written() {
        assert_eq!(range().check(), "id >= '100' AND id < '200'");
        for check in
            ["id >= 100 AND id < 200", "((id >= 100) AND (id < 200))", "id < '200'::bigint AND (id >= 100 AND id <> 3)"]
        {
            assert!(range().are_implied_by([check].into_iter(), true), "{check}");
            assert!(!range().are_implied_by([check].into_iter(), false), "NULL is outside: {check}");
        }
        assert!(range().are_implied_by(["id >= 100", "id < 200 AND id IS NOT NULL"].into_iter(), false));
        for check in ["id >= 100", "id >= 100 OR id < 200", "id >= 101 AND id < 200", "other >= 100 AND other < 200"] {
            assert!(!range().are_implied_by([check].into_iter(), true), "{check}");
        }
        let list = Bounds::read("LIST (kind)", "FOR VALUES IN ('b', 'a')").unwrap();
        for check in ["kind IN ('a', 'b')", "(kind = ANY (ARRAY['a'::text, 'b'::text]))"] {
            assert!(list.are_implied_by([check].into_iter(), true), "{check}");
        }
        let open = Bounds::read("range (id)", "FOR VALUES FROM (MINVALUE) TO (10)").unwrap();
        assert!(open.are_implied_by(["id < 10"].into_iter(), true));
    }

    #[test]
    fn a_check_excludes_the_bounds() {
        for check in ["NOT (id >= 100 AND id < 200)", "(NOT ((id >= 100) AND (id < 200)))", "NOT (id >= 100)"] {
            assert!(range().are_excluded_by([check].into_iter()), "{check}");
        }
        for check in ["id >= 200", "NOT (id >= 100 AND id < 300)", "NOT (id >= 100) OR true"] {
            assert!(!range().are_excluded_by([check].into_iter()), "{check}");
        }
    }

    #[test]
    fn what_is_no_condition_over_one_column_is_not_read() {
        for (key, bounds) in [
            ("HASH (id)", "FOR VALUES WITH (modulus 2, remainder 0)"),
            ("RANGE (a, b)", "FOR VALUES FROM (1, 2) TO (3, 4)"),
            ("RANGE (lower(a))", "FOR VALUES FROM ('a') TO ('b')"),
            ("RANGE (id)", "DEFAULT"),
            ("LIST (kind)", "FOR VALUES IN (NULL)"),
        ] {
            assert_eq!(Bounds::read(key, bounds), None, "{key} {bounds}");
        }
    }
}
