//! How the sequence of an identity numbers.

use crate::change::Change;
use crate::schema::{Column, Table};
use crate::sql::{ident, literal, postgres_name};

/// The change of a sequence whose options are others later. The numbers that were given stay given, and it goes on where it is, or at
/// the nearest number that it may give.
pub(super) fn change(table: &Table, from: &Column, to: &Column) -> Change {
    let (forward, back) = (statements(table, from, to), statements(table, to, from));
    let back: Vec<&str> = back.iter().map(String::as_str).collect();
    Change::sql(forward, Some(&back))
}

fn statements(table: &Table, from: &Column, to: &Column) -> Vec<String> {
    let name = postgres_name(table.name());
    let alter = format!("ALTER TABLE {name} ALTER COLUMN {}", ident(to.name()));
    let options = |column: &Column| column.sequence_options_text().unwrap_or_default().to_owned();
    let set = format!("{alter} {}", clauses(&options(to)));
    let (before, after) = (bounds(&options(from), to.data_type()), bounds(&options(to), to.data_type()));
    if after.0 <= before.0 && after.1 >= before.1 {
        return vec![set];
    }
    // The server refuses bounds that the number at which the sequence is lies outside of.
    let (low, high) = (before.0.min(after.0), before.1.max(after.1));
    let last = "pg_sequence_last_value(s.seqrelid)";
    vec![
        format!("{alter} SET MINVALUE {low} SET MAXVALUE {high}"),
        format!(
            "SELECT setval(s.seqrelid, greatest({}, least({}, coalesce({last}, s.seqstart))), {last} IS NOT NULL) FROM pg_sequence AS s \
             WHERE s.seqrelid = pg_get_serial_sequence({}, {})::regclass",
            after.0,
            after.1,
            literal(&name),
            literal(to.name())
        ),
        set,
    ]
}

/// The least and the largest number that a sequence gives.
fn bounds(options: &str, data_type: &str) -> (i64, i64) {
    let (least, largest) = match data_type {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let descends = after(options, &["INCREMENT", "BY"]).is_some_and(|by| by.starts_with('-'));
    let number = |keyword: &str| after(options, &[keyword]).and_then(|value| value.parse().ok());
    let low = number("MINVALUE").unwrap_or(if descends { least } else { 1 });
    let high = number("MAXVALUE").unwrap_or(if descends { -1 } else { largest });
    (low, high)
}

/// The word behind keywords.
fn after<'a>(options: &'a str, keywords: &[&str]) -> Option<&'a str> {
    let words: Vec<&str> = options.split_whitespace().collect();
    let at = words.windows(keywords.len()).position(|found| found == keywords)?;
    words.get(at + keywords.len()).copied()
}

/// Every option, since what is left out is kept: `SET INCREMENT BY 5 SET NO MINVALUE ..`.
fn clauses(options: &str) -> String {
    let after = |keywords: &[&str]| after(options, keywords);
    let increment = after(&["INCREMENT", "BY"]).unwrap_or("1");
    let bound =
        |keyword: &str| after(&[keyword]).map_or_else(|| format!("NO {keyword}"), |value| format!("{keyword} {value}"));
    let descends = increment.starts_with('-');
    let first = if descends { after(&["MAXVALUE"]).unwrap_or("-1") } else { after(&["MINVALUE"]).unwrap_or("1") };
    let start = after(&["START", "WITH"]).unwrap_or(first);
    let cycle = if options.split_whitespace().any(|word| word == "CYCLE") { "CYCLE" } else { "NO CYCLE" };
    format!(
        "SET INCREMENT BY {increment} SET {} SET {} SET START WITH {start} SET CACHE {} SET {cycle}",
        bound("MINVALUE"),
        bound("MAXVALUE"),
        after(&["CACHE"]).unwrap_or("1")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_servers_default() {
        assert_eq!(
            clauses(""),
            "SET INCREMENT BY 1 SET NO MINVALUE SET NO MAXVALUE SET START WITH 1 SET CACHE 1 SET NO CYCLE"
        );
        assert_eq!(
            clauses("INCREMENT BY -5 MINVALUE -100 CACHE 20 CYCLE"),
            "SET INCREMENT BY -5 SET MINVALUE -100 SET NO MAXVALUE SET START WITH -1 SET CACHE 20 SET CYCLE"
        );
        assert!(clauses("MINVALUE 7").contains("SET START WITH 7 "));
    }
}
