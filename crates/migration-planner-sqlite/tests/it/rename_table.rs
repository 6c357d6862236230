//! Renaming a table: until the end a view has the new name.

use migration_planner::Change;
use migration_planner_sqlite::Advance;

use crate::support::{Db, attest_all, rows, to_the_end};

/// The view stands for a table whose rows have no key and some of which are equal.
#[test]
fn rows_without_a_key_are_written_by_the_new_name_as_often_as_they_are_there() {
    let db = Db::new(
        "CREATE TABLE log (word TEXT COLLATE NOCASE, size, at INT AS (length(word)));
         INSERT INTO log (word, size) VALUES ('a', 1), ('a', 1), ('A', 1), ('a', 1.0), ('a', NULL), (NULL, NULL), (NULL, NULL);",
    );
    let twin = Db::new(
        "CREATE TABLE log (word TEXT COLLATE NOCASE, size, at INT AS (length(word)));
         INSERT INTO log (word, size) VALUES ('a', 1), ('a', 1), ('A', 1), ('a', 1.0), ('a', NULL), (NULL, NULL), (NULL, NULL);",
    );
    let mut runner = db.begun(&Change::rename_table("log", "journal"));
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    let (view, table) = (db.connect(), twin.connect());
    let all = |name: &str| {
        format!("SELECT word, size, typeof(size) FROM {name} ORDER BY word COLLATE BINARY, typeof(size), size")
    };
    for sql in [
        "UPDATE {} SET size = 2 WHERE word = 'A' COLLATE BINARY",
        "UPDATE {} SET size = size + 1 WHERE size < 3",
        "UPDATE {} SET word = 'b' WHERE typeof(size) = 'real'",
        "UPDATE {} SET size = 9 WHERE word IS NULL",
        "DELETE FROM {} WHERE word = 'a' AND size IS NULL",
        "INSERT INTO {} (word, size) VALUES ('c', x'00'), ('c', x'00')",
        "DELETE FROM {} WHERE size = x'00'",
    ] {
        view.execute_batch(&sql.replace("{}", "journal")).unwrap();
        table.execute_batch(&sql.replace("{}", "log")).unwrap();
        assert_eq!(rows(&view, &all("log")), rows(&table, &all("log")), "{sql}");
    }
    let expected = rows(&table, &all("log"));
    attest_all(&mut runner, &Change::rename_table("log", "journal").object());
    to_the_end(&mut runner);
    assert_eq!(rows(&db.connect(), &all("journal")), expected);
}
