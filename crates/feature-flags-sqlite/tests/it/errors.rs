//! What goes wrong says what it is.

use std::error::Error;
use std::fs;
use std::time::Duration;

use feature_flags::{Flag, Revision, Rule, Source};
use feature_flags_sqlite::{Author, Options, SqliteStore, StoreError};

use crate::store::{Place, ada, share};

#[test]
fn a_store_that_somebody_else_is_changing_is_locked() {
    let place = Place::new();
    let store = place.store_with(Options::new().busy_timeout(Duration::from_millis(10)));
    let other = rusqlite::Connection::open(place.file("flags.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.put(&share("a", "1%"), &ada()).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    assert!(store.load().is_ok(), "readers do not wait for writers");
    other.execute_batch("COMMIT").unwrap();
    store.put(&share("a", "1%"), &ada()).unwrap();
}

#[test]
fn a_store_for_reading_is_not_changed_and_not_made() {
    let place = Place::new();
    let read_only = || SqliteStore::open_with(place.file("flags.db"), Options::new().read_only());
    assert!(matches!(read_only(), Err(StoreError::Unopenable { .. })));
    assert!(!place.file("flags.db").exists());
    place.store().put(&share("a", "1%"), &ada()).unwrap();
    let store = read_only().unwrap();
    assert_eq!(store.load().unwrap().flags().len(), 1);
    assert!(matches!(store.put(&share("a", "2%"), &ada()), Err(StoreError::ReadOnly)));
    assert!(matches!(store.undo(Revision::FIRST, &ada()), Err(StoreError::ReadOnly)));
}

#[test]
fn a_full_disk_loses_nothing() {
    let place = Place::new();
    let store = place.store();
    store.put(&share("a", "1%"), &ada()).unwrap();
    // SQLite reports a file that may not grow as it reports a full disk.
    let pages: i64 = rusqlite::Connection::open(place.file("flags.db"))
        .unwrap()
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    store.limit_pages(pages).unwrap();
    let long = share("b", "1%").description("x".repeat(100_000));
    let error = store.put(&long, &ada()).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert_eq!(store.load().unwrap().flags(), [share("a", "1%")]);
    assert_eq!(store.history(None, 10).unwrap().len(), 1);
    store.limit_pages(pages + 1_000).unwrap();
    store.put(&long, &ada()).unwrap();
}

#[test]
fn what_is_no_database_is_refused_and_stays_as_it_is() {
    let place = Place::new();
    let text = "format = 1\n# a file of flags, not a database\n".repeat(100);
    fs::write(place.file("flags.db"), &text).unwrap();
    let error = SqliteStore::open(place.file("flags.db")).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(place.file("flags.db")).unwrap(), text);
}

#[test]
fn a_database_that_is_damaged_says_so() {
    let place = Place::new();
    let store = place.store();
    for number in 0..200 {
        store.put(&share(&format!("flag-{number}"), "1%").description("x".repeat(200)), &ada()).unwrap();
    }
    drop(store);
    let mut bytes = fs::read(place.file("flags.db")).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xA5);
    fs::write(place.file("flags.db"), bytes).unwrap();
    let error = SqliteStore::open(place.file("flags.db")).and_then(|store| store.contents().map(drop)).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
}

#[test]
fn a_newer_format_is_refused_also_in_the_middle_of_work() {
    let place = Place::new();
    let store = place.store();
    let other = rusqlite::Connection::open(place.file("flags.db")).unwrap();
    other.execute("UPDATE flag_store SET format = 3", []).unwrap();
    let newer = |error: StoreError| matches!(error, StoreError::NewerFormat { found: 3, known: 2, .. });
    assert!(newer(store.put(&share("a", "1%"), &ada()).unwrap_err()));
    assert!(newer(SqliteStore::open(place.file("flags.db")).unwrap_err()));
}

#[test]
fn a_table_that_is_gone_is_named() {
    let place = Place::new();
    let store = place.store();
    let other = rusqlite::Connection::open(place.file("flags.db")).unwrap();
    other.execute_batch("DROP TABLE flag_changes").unwrap();
    let gone = |error: StoreError| matches!(error, StoreError::MissingTable { table, .. } if table == "flag_changes");
    assert!(gone(store.history(None, 1).unwrap_err()));
    assert!(gone(store.put(&share("a", "1%"), &ada()).unwrap_err()));
    assert!(gone(SqliteStore::open(place.file("flags.db")).unwrap_err()));
    let empty = place.file("empty.db");
    rusqlite::Connection::open(&empty).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    let error = SqliteStore::open_with(&empty, Options::new().read_only()).unwrap_err();
    assert!(matches!(error, StoreError::MissingTable { table, .. } if table == "flag_store"));
}

#[test]
fn the_store_lives_beside_tables_of_the_application() {
    let place = Place::new();
    let other = rusqlite::Connection::open(place.file("flags.db")).unwrap();
    other.execute_batch("CREATE TABLE todos (text TEXT); INSERT INTO todos VALUES ('buy milk')").unwrap();
    place.store().put(&share("a", "1%"), &ada()).unwrap();
    assert_eq!(other.query_row("SELECT count(*) FROM todos", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}

#[test]
fn a_flag_that_is_wrong_in_itself_does_not_get_in() {
    let place = Place::new();
    let store = place.store();
    for wrong in [Flag::new("a").variant("x", 1).rule(Rule::new()), Flag::new("")] {
        assert!(matches!(store.put(&wrong, &Author::unknown()), Err(StoreError::WrongFlag { .. })));
    }
    assert_eq!(store.revision().unwrap(), Revision::ZERO);
}

#[test]
fn errors_keep_their_cause() {
    let place = Place::new();
    let error = SqliteStore::open(place.file("no/such/folder/flags.db")).unwrap_err();
    assert!(error.source().is_some() && error.to_string().ends_with("cannot be opened"), "{error}");
}
