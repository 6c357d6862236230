//! How a migration makes new values of old ones where a column gets another type: two states of a schema do not tell that.

use migration_planner::{Change, Dialect};

/// Table, column, and the expression over the row.
pub(crate) type Conversion = (String, String, String);

/// The conversions that the statements of `sql` say with `USING`.
pub(crate) fn conversions(sql: &str) -> Vec<Conversion> {
    Dialect::Postgres.split(sql).iter().flat_map(|part| of_statement(part.text())).collect()
}

/// The change with the expression that the file has for it. There is none back: the files never go back by the same statements.
pub(crate) fn told(change: Change, conversions: &[Conversion]) -> Change {
    let Change::ChangeType { table, column, .. } = &change else { return change };
    let (table, column) = (table.to_string(), column.clone());
    match conversions.iter().find(|(of, name, _)| *of == table && *name == column) {
        Some((.., expression)) => change.converted_by(expression, None),
        None => change,
    }
}

fn of_statement(statement: &str) -> Vec<Conversion> {
    let plain = statement.lines().map(|line| line.split("--").next().unwrap_or(line)).collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let is = |at: usize, keyword: &str| words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(keyword));
    if !(is(0, "alter") && is(1, "table")) {
        return Vec::new();
    }
    let table = words.get(2).copied().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    let mut column = "";
    for at in 3..words.len() {
        if is(at, "alter") {
            let name = at + 1 + usize::from(is(at + 1, "column"));
            column = words.get(name).copied().unwrap_or_default();
        }
        if is(at, "using") {
            found.push((table.clone(), column.to_owned(), up_to_comma(&words[at + 1..].join(" "))));
        }
    }
    found
}

/// The expression up to the next action of the statement.
fn up_to_comma(text: &str) -> String {
    let mut depth = 0_usize;
    let mut quoted = false;
    let end = text.find(|c: char| {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0 && !quoted
    });
    text[..end.unwrap_or(text.len())].trim().to_owned()
}
