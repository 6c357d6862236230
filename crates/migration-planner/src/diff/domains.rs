//! What is different about a domain: its default, whether it takes NULL, its checks.

use std::ops::Range;

use super::Found;
use super::order::Stage;
use crate::change::Change;
use crate::name::ObjectName;
use crate::schema::Object;
use crate::sql::tokens::{Token, spanned};
use crate::sql::{Dialect, ident, postgres_name};

/// Finds the changes of a domain; says so where none expresses them.
pub(super) fn compare(from: &Object, to: &Object, found: &mut Found) {
    let (Some(before), Some(after)) = (Domain::read(from.definition()), Domain::read(to.definition())) else {
        return found.cannot(format!("domain {}", to.name()), "its definition cannot be read");
    };
    if before.base != after.base {
        let why = "it is of another type: make a new one and change the columns";
        return found.cannot(format!("domain {}", to.name()), why);
    }
    let alter = format!("ALTER DOMAIN {}", postgres_name(to.name()));
    let mut change = |change: Change| found.change(Stage::ChangeColumns, change);
    if before.default != after.default {
        let set = |default: Option<&str>| {
            default.map_or(format!("{alter} DROP DEFAULT"), |value| format!("{alter} SET DEFAULT {value}"))
        };
        change(Change::sql([set(after.default)], Some(&[&set(before.default)])));
    }
    if before.is_not_null != after.is_not_null {
        let set = |is_not_null: bool| format!("{alter} {} NOT NULL", if is_not_null { "SET" } else { "DROP" });
        change(Change::sql([set(after.is_not_null)], Some(&[&set(before.is_not_null)])));
    }
    checks(to.name(), &before, &after, &mut change);
}

fn checks(domain: &ObjectName, before: &Domain<'_>, after: &Domain<'_>, change: &mut impl FnMut(Change)) {
    let alter = format!("ALTER DOMAIN {}", postgres_name(domain));
    let drop = |name: &str| format!("{alter} DROP CONSTRAINT {}", ident(name));
    let add = |name: &str, check: &str| format!("{alter} ADD CONSTRAINT {} {check}", ident(name));
    let called = |domain: &Domain<'_>, name: &str| {
        domain.checks.iter().find(|(own, _)| own == name).map(|(_, check)| (*check).to_owned())
    };
    for (name, check) in &before.checks {
        match called(after, name) {
            None => change(Change::sql([drop(name)], Some(&[&add(name, check)]))),
            // There is no moment without either.
            Some(other) if other != *check => {
                change(Change::sql([drop(name), add(name, &other)], Some(&[&drop(name), &add(name, check)])));
            }
            Some(_) => {}
        }
    }
    for (name, check) in after.checks.iter().filter(|(name, _)| called(before, name).is_none()) {
        let inner = check.trim().strip_prefix("CHECK").map(str::trim);
        match inner.and_then(|inner| inner.strip_prefix('(')?.strip_suffix(')')) {
            Some(condition) => change(Change::add_domain_check(domain, name.as_str(), condition)),
            // It was not held against the values that were there.
            None => change(Change::sql([add(name, check)], Some(&[&drop(name)]))),
        }
    }
}

/// The pieces of `CREATE DOMAIN name AS type COLLATE .. DEFAULT .. NOT NULL CONSTRAINT name CHECK (..)`.
#[derive(Debug, PartialEq)]
struct Domain<'a> {
    /// The type, with its collation.
    base: &'a str,
    default: Option<&'a str>,
    is_not_null: bool,
    checks: Vec<(String, &'a str)>,
}

impl<'a> Domain<'a> {
    fn read(definition: &'a str) -> Option<Self> {
        let words: Vec<(Token<'a>, Range<usize>)> = spanned(definition, Dialect::Postgres).collect();
        let start = words.iter().position(|(token, _)| token.is_keyword("as"))? + 1;
        let starts = clauses(&words, start);
        let mut domain = Self { base: "", default: None, is_not_null: false, checks: Vec::new() };
        for (i, at) in starts.iter().enumerate() {
            let end = starts.get(i + 1).map_or(definition.len(), |next| words[*next].1.start);
            let text = |from: usize| words.get(from).map(|(_, range)| definition[range.start..end].trim());
            match &words[*at].0 {
                _ if *at == start => domain.base = text(*at)?,
                token if token.is_keyword("default") => domain.default = Some(text(at + 1)?),
                token if token.is_keyword("not") => domain.is_not_null = true,
                token if token.is_keyword("constraint") => {
                    domain.checks.push((words.get(at + 1)?.0.name()?.to_owned(), text(at + 2)?));
                }
                _ => {}
            }
        }
        Some(domain)
    }
}

/// Where clauses begin, outside of parentheses: the type, and what comes after it.
fn clauses(words: &[(Token<'_>, Range<usize>)], start: usize) -> Vec<usize> {
    let mut starts = vec![start];
    let mut depth = 0_usize;
    for (at, (token, _)) in words.iter().enumerate().skip(start) {
        let next_is_null = words.get(at + 1).is_some_and(|(next, _)| next.is_keyword("null"));
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            // `IS NOT NULL` is a part of a default or a check.
            _ if depth > 0 || at > 0 && words[at - 1].0.is_keyword("is") => {}
            token if token.is_keyword("not") && next_is_null => starts.push(at),
            token if token.is_keyword("default") || token.is_keyword("constraint") => starts.push(at),
            _ => {}
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clause_is_read() {
        let definition = "CREATE DOMAIN s.\"Mail\" AS character varying(20) COLLATE \"C\" DEFAULT ('a'::text || 'b') NOT NULL \
                          CONSTRAINT at_one CHECK (((VALUE)::text ~ '@'::text)) CONSTRAINT \"No\" CHECK ((VALUE IS NOT NULL)) NOT VALID";
        let read = Domain::read(definition).unwrap();
        assert_eq!((read.base, read.default), ("character varying(20) COLLATE \"C\"", Some("('a'::text || 'b')")));
        assert!(read.is_not_null);
        let checks: Vec<(&str, &str)> = read.checks.iter().map(|(name, check)| (name.as_str(), *check)).collect();
        assert_eq!(
            checks,
            [("at_one", "CHECK (((VALUE)::text ~ '@'::text))"), ("No", "CHECK ((VALUE IS NOT NULL)) NOT VALID")]
        );
        let bare = Domain::read("CREATE DOMAIN d AS integer").unwrap();
        assert_eq!((bare.base, bare.default, bare.is_not_null, bare.checks.len()), ("integer", None, false, 0));
    }
}
