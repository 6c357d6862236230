//! Stores that earlier versions wrote.

use feature_flags::{Flag, Flags, Holdout, Layer, MapContext, Revision};
use feature_flags_sqlite::{SqliteStore, Subject};

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

/// A store of format 2, as the version that had it first wrote it. It never changes.
const FORMAT_2: &str = include_str!("format-2.sql");

/// The SQL of all tables and indices.
fn tables(connection: &rusqlite::Connection) -> Vec<String> {
    let sql = "SELECT sql FROM sqlite_schema WHERE name LIKE 'flag\\_%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|sql| sql.unwrap().split_whitespace().collect::<Vec<_>>().join(" ").replace('"', "")).collect()
}

fn made_of(sql: &str) -> (Place, SqliteStore) {
    let place = Place::new();
    rusqlite::Connection::open(place.file("flags.db")).unwrap().execute_batch(sql).unwrap();
    let store = place.store();
    (place, store)
}

/// What this version writes is what `format-1.sql` says, until a layer or holdout is put: a change here needs a new format.
#[test]
fn the_tables_are_those_of_format_1() {
    let place = Place::new();
    drop(place.store());
    let now = tables(&rusqlite::Connection::open(place.file("flags.db")).unwrap());
    let first = rusqlite::Connection::open_in_memory().unwrap();
    first.execute_batch(FORMAT_1).unwrap();
    assert_eq!(now, tables(&first));
}

#[test]
fn the_first_layer_brings_a_store_of_format_1_to_format_2_and_nothing_is_lost() {
    let (place, store) = made_of(FORMAT_1);
    let other = rusqlite::Connection::open(place.file("flags.db")).unwrap();
    // What an application made of the tables for itself stays.
    let own = "CREATE VIEW who AS SELECT DISTINCT who FROM flag_changes;
        CREATE TABLE seen (n); CREATE TRIGGER see AFTER INSERT ON flag_changes BEGIN INSERT INTO seen VALUES (1); END";
    other.execute_batch(own).unwrap();
    let before = store.history(None, 100).unwrap();
    let layer = Layer::new().slot("new-search", ["0%..30%".parse().unwrap()]).unwrap();
    store.put_layer("page", &layer, &ada()).unwrap();
    let history = store.history(None, 100).unwrap();
    assert_eq!((history[0].subject(), &history[1..]), (&Subject::Layer("page".to_owned()), before.as_slice()));
    let now = tables(&rusqlite::Connection::open(place.file("flags.db")).unwrap());
    let second = rusqlite::Connection::open_in_memory().unwrap();
    second.execute_batch(FORMAT_2).unwrap();
    assert_eq!(now, tables(&second));
    assert_eq!(store.contents_as_of(Revision::new(5)).unwrap().layers().len(), 0);
    store.undo(Revision::new(5), &ada()).unwrap();
    let count = |sql| other.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((count("SELECT count(*) FROM who"), count("SELECT count(*) FROM seen")), (3, 1));
}

#[test]
fn a_store_of_format_2_is_read_changed_and_read_again() {
    let (place, store) = made_of(FORMAT_2);
    let lines: Vec<String> = store.history(None, 3).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "4, 2026-12-01T08:03:00Z, ada: put holdout q4 (to measure)",
            r#"3, 2026-12-01T08:02:00Z, ada: change layer page, flags.new-search: "0%..30%" -> "0%..50%""#,
            "2, 2026-12-01T08:01:00Z, ada: put layer page",
        ]
    );
    let contents = store.contents().unwrap();
    assert!(contents.layers().all(|(name, layer)| name == "page" && layer.slots().len() == 1));
    assert!(contents.holdouts().all(|(name, holdout)| name == "q4" && holdout.layers().len() == 1));
    store.put_holdout("q4", &Holdout::new("7%".parse().unwrap()), &ada()).unwrap();
    drop(store);
    assert_eq!(place.store().contents().unwrap().holdouts().next().unwrap().1.share(), "7%".parse().unwrap());
}

/// A writer of version 1 asks for the format in each change, as `check_format` has it, and so does whoever opens the store.
#[test]
fn a_version_before_layers_works_on_until_there_is_one_and_is_refused_then() {
    let place = Place::new();
    let store = place.store();
    store.put(&share("a", "1%"), &ada()).unwrap();
    let other = rusqlite::Connection::open(place.file("flags.db")).unwrap();
    let known_to_version_1 =
        || other.query_row("SELECT format <= 1 FROM flag_store", [], |row| row.get::<_, bool>(0)).unwrap();
    assert!(known_to_version_1());
    let put_by_version_1 = "BEGIN IMMEDIATE;
        INSERT INTO flag_changes VALUES (2, 0, NULL, NULL, 'flag', 'b', NULL, '{\"format\":1,\"name\":\"b\",\"rules\":[]}', NULL);
        INSERT INTO flag_states VALUES ('b', 2, '{\"format\":1,\"name\":\"b\",\"rules\":[]}');
        UPDATE flag_store SET revision = 2; COMMIT";
    other.execute_batch(put_by_version_1).unwrap();
    assert_eq!(store.contents().unwrap().flags().len(), 2, "what the version before writes is read");
    store.remove_layer("nothing", &ada()).unwrap();
    assert!(known_to_version_1(), "nothing was put");
    store.put_layer("page", &Layer::new(), &ada()).unwrap();
    assert!(!known_to_version_1());
    store.remove_layer("page", &ada()).unwrap();
    assert!(!known_to_version_1(), "its history has one");
}
