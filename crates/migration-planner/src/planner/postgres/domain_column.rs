//! A column of a domain that has constraints: the server looks at every row, even if all get the same default or none.

use crate::planner::task::Task;
use crate::postgres::cursor::Cursor;
use crate::schema::{Column, Constraint, ObjectKind};

use super::statements::with_name_replaced;

/// The same column of the domain's base type, with the domain's constraints as its own; `None` if the type is no such domain.
pub(super) fn of_base_type(task: &Task<'_>, column: &Column) -> Option<(Column, Vec<Constraint>)> {
    let is_it = |name: &str| name.eq_ignore_ascii_case(column.data_type());
    let domains = task.schema.objects().iter().filter(|object| object.kind() == ObjectKind::Domain);
    let domain = domains.into_iter().find(|object| is_it(&object.name().to_string()))?;
    let read = Domain::read(domain.definition())?;
    if read.checks.is_empty() && !read.not_null {
        return None;
    }
    let mut own = column.clone().typed(read.base);
    if let Some(default) = read.default.filter(|_| column.default().is_none()) {
        own = own.default_value(default);
    }
    let own = if read.not_null { own.not_null() } else { own };
    let checks = read.checks.into_iter().map(|(name, check)| {
        let of_column = Constraint::column_check(column.name(), with_name_replaced(&check, "value", column.name()));
        name.map_or(of_column.clone(), |name| of_column.clone().named(name))
    });
    Some((own, checks.collect()))
}

struct Domain {
    base: String,
    default: Option<String>,
    not_null: bool,
    /// Each with its name, where it was given one.
    checks: Vec<(Option<String>, String)>,
}

impl Domain {
    /// Reads `CREATE DOMAIN percent AS integer CONSTRAINT in_range CHECK (VALUE >= 0)`.
    fn read(definition: &str) -> Option<Self> {
        let mut cursor = Cursor::new(definition);
        if !cursor.eat("create domain") {
            return None;
        }
        cursor.name()?;
        cursor.eat("as");
        let ends = ["default", "not null", "null", "constraint", "check", "collate"];
        let is_end = |cursor: &Cursor<'_>| cursor.is_at_end() || ends.iter().any(|end| cursor.sees(end));
        let upto_end = |cursor: &mut Cursor<'_>| {
            let start = cursor.clone();
            cursor.skip_one();
            while !is_end(cursor) {
                cursor.skip_one();
            }
            start.up_to(cursor).text()
        };
        let mut domain = Self { base: upto_end(&mut cursor), default: None, not_null: false, checks: Vec::new() };
        let mut name = None;
        while !cursor.is_at_end() {
            if cursor.eat("default") {
                domain.default = Some(upto_end(&mut cursor));
            } else if cursor.eat("not null") {
                domain.not_null = true;
            } else if cursor.eat("constraint") {
                name = cursor.identifier();
            } else if cursor.eat("check") {
                domain.checks.push((name.take(), cursor.group()?.text()));
            } else {
                cursor.skip_one();
            }
        }
        Some(domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_read_part_by_part() {
        let read = Domain::read(
            "CREATE DOMAIN percent AS numeric(5, 2) DEFAULT 0 NOT NULL CONSTRAINT low CHECK (VALUE >= 0) CHECK (VALUE <= 100)",
        )
        .unwrap();
        assert_eq!((read.base.as_str(), read.default.as_deref(), read.not_null), ("numeric(5, 2)", Some("0"), true));
        let expected = [(Some("low".to_owned()), "VALUE >= 0".to_owned()), (None, "VALUE <= 100".to_owned())];
        assert_eq!(read.checks, expected);
        assert!(Domain::read("CREATE TYPE t AS ENUM ()").is_none());
    }
}
