//! Stores that earlier versions wrote.

use feature_flags::{Flag, Flags, MapContext, Revision};
use feature_flags_sqlite::SqliteStore;

use crate::store::{Place, ada, share};

/// A store of format 1, as the version that had it first wrote it. It never changes.
const FORMAT_1: &str = include_str!("format-1.sql");

#[test]
fn a_store_of_format_1_is_read_changed_and_read_again() {
    let place = Place::new();
    rusqlite::Connection::open(place.file("flags.db")).unwrap().execute_batch(FORMAT_1).unwrap();
    let store = SqliteStore::open(place.file("flags.db")).unwrap();
    assert_eq!(store.revision().unwrap(), Revision::new(5));
    let lines: Vec<String> = store.history(None, 10).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "5, 2026-12-01T08:04:00Z, grace: undo 3 of new-search (too many errors)",
            "4, 2026-12-01T08:03:00Z, somebody: remove old",
            r#"3, 2026-12-01T08:02:00Z, ada: change new-search, rules[0].rollout: "1% by id" -> "50% by id" (no errors)"#,
            "2, 2026-12-01T08:01:00Z, ada: put segment beta",
            "1, 2026-12-01T08:00:00Z, ada: put new-search (a try)",
        ]
        .map(|line| line.replace(
            "undo 3 of new-search (",
            r#"undo 3 of new-search, rules[0].rollout: "50% by id" -> "1% by id" ("#
        ))
    );
    let contents = store.contents().unwrap();
    assert_eq!(contents.flags(), [share("new-search", "1% by id")]);
    assert!(contents.segments().all(|(name, segment)| name == "beta" && segment.contains("17")));
    store.put(&Flag::new("another").enabled(true), &ada()).unwrap();
    drop(store);
    let flags = Flags::builder().source(SqliteStore::open(place.file("flags.db")).unwrap()).unwrap();
    assert!(flags.enabled("another", &MapContext::new()));
}

/// What this version writes is what `format-1.sql` says: a change here needs a new format.
#[test]
fn the_tables_are_those_of_format_1() {
    let tables = |connection: &rusqlite::Connection| -> Vec<String> {
        let sql =
            "SELECT sql FROM sqlite_schema WHERE name LIKE 'flag\\_%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY name";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(|sql| sql.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let place = Place::new();
    drop(place.store());
    let now = tables(&rusqlite::Connection::open(place.file("flags.db")).unwrap());
    let first = rusqlite::Connection::open_in_memory().unwrap();
    first.execute_batch(FORMAT_1).unwrap();
    assert_eq!(now, tables(&first));
}
