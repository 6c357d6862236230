//! How the sequence of an identity numbers.

use crate::change::Change;
use crate::schema::{Column, Table};
use crate::sql::{ident, postgres_name};

/// The change of a sequence whose options are others later. The numbers that were given stay given.
pub(super) fn change(table: &Table, from: &Column, to: &Column) -> Change {
    let alter = format!("ALTER TABLE {} ALTER COLUMN {}", postgres_name(table.name()), ident(to.name()));
    let set = |column: &Column| format!("{alter} {}", clauses(column.sequence_options_text().unwrap_or_default()));
    Change::sql([set(to)], Some(&[&set(from)]))
}

/// Every option, since what is left out is kept: `SET INCREMENT BY 5 SET NO MINVALUE ..`.
fn clauses(options: &str) -> String {
    let words: Vec<&str> = options.split_whitespace().collect();
    let after = |keywords: &[&str]| {
        let at = words.windows(keywords.len()).position(|found| found == keywords)?;
        words.get(at + keywords.len()).copied()
    };
    let increment = after(&["INCREMENT", "BY"]).unwrap_or("1");
    let bound =
        |keyword: &str| after(&[keyword]).map_or_else(|| format!("NO {keyword}"), |value| format!("{keyword} {value}"));
    let descends = increment.starts_with('-');
    let first = if descends { after(&["MAXVALUE"]).unwrap_or("-1") } else { after(&["MINVALUE"]).unwrap_or("1") };
    let start = after(&["START", "WITH"]).unwrap_or(first);
    let cycle = if words.contains(&"CYCLE") { "CYCLE" } else { "NO CYCLE" };
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
