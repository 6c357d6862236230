//! Renaming a column: both names work until the end, and then only the new one.

use migration_planner::{Change, ColumnRef};
use migration_planner_sqlite::{Advance, Progress};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::support::{Db, attest_all, catalog, rows, to_the_end};

fn rename() -> Change {
    Change::rename_column("users", "name", "full_name")
}

fn name() -> ColumnRef {
    ColumnRef::new("users", "name")
}

fn users(count: u32) -> Db {
    let db = Db::new(
        "CREATE TABLE users (\n  id INTEGER PRIMARY KEY, -- the key\n  name TEXT COLLATE NOCASE UNIQUE CHECK (name <> ''),\n  age INT\n);
         CREATE INDEX users_by_name ON users (name, age);
         CREATE TABLE posts (author TEXT REFERENCES users (name));",
    );
    let connection = db.connect();
    for i in 0..count {
        connection.execute("INSERT INTO users (name, age) VALUES (?, ?)", (format!("user {i}"), i)).unwrap();
    }
    db
}

#[test]
fn old_and_new_code_see_each_others_writes_until_the_old_name_goes() {
    let db = users(50);
    let mut runner = db.begun(&rename());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    let connection = db.connect();
    connection.execute_batch("INSERT INTO users (name) VALUES ('old code')").unwrap();
    connection.execute_batch("INSERT INTO users (full_name) VALUES ('new code')").unwrap();
    connection.execute_batch("UPDATE users SET full_name = 'x' WHERE id = 3").unwrap();
    connection.execute_batch("UPDATE users SET name = 'y' WHERE id = 4").unwrap();
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    assert_eq!(rows(&connection, "SELECT count(*) FROM users WHERE name IS full_name COLLATE BINARY"), ["Integer(52)"]);
    assert_eq!(rows(&connection, "SELECT name FROM users WHERE id IN (3, 4)"), ["Text(\"x\")", "Text(\"y\")"]);
    attest_all(&mut runner, &name());
    to_the_end(&mut runner);
    assert!(db.connect().prepare("SELECT name FROM users").is_err());
    assert_eq!(rows(&connection, "SELECT count(full_name) FROM users"), ["Integer(52)"]);
}

#[test]
fn a_plan_rolled_back_in_the_middle_of_its_backfill_begins_again_at_the_first_row() {
    let db = users(2_500);
    let other = db.connect();
    let mut runner = db.begun(&rename());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }), "expanded");
    let mut is_first = true;
    let failed = runner.advance_with(|progress| {
        if matches!(progress, Progress::Batch { .. }) && std::mem::take(&mut is_first) {
            let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON users WHEN OLD.id = 2000
                          BEGIN SELECT RAISE(ABORT, 'not now'); END";
            other.execute_batch(refuse).unwrap();
        }
    });
    assert!(failed.is_err(), "the second batch was refused");
    other.execute_batch("DROP TRIGGER refuse").unwrap();
    runner.roll_back().unwrap();
    let plan = runner.plan().unwrap().expect("the last one");
    runner.begin(&plan).unwrap();
    attest_all(&mut runner, &name());
    to_the_end(&mut runner);
    assert_eq!(rows(&db.connect(), "SELECT count(full_name) FROM users"), ["Integer(2500)"]);
}

#[test]
fn constraints_indexes_and_references_keep_their_place_under_the_new_name() {
    let db = users(3);
    let mut runner = db.begun(&rename());
    attest_all(&mut runner, &name());
    to_the_end(&mut runner);
    let native = users(0);
    native.connect().execute_batch("ALTER TABLE users RENAME COLUMN name TO full_name").unwrap();
    assert_eq!(catalog(&db.connect()), catalog(&native.connect()));
}

#[test]
fn rolling_back_from_every_phase_restores_the_catalog_and_keeps_what_new_code_wrote() {
    for phases in 0..=5 {
        let db = users(20);
        let before = catalog(&db.connect());
        let mut runner = db.begun(&rename());
        attest_all(&mut runner, &name());
        for _ in 0..phases {
            assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
        }
        if phases > 0 {
            db.connect().execute_batch("UPDATE users SET full_name = 'kept' WHERE id = 7").unwrap();
        }
        runner.roll_back().unwrap();
        assert_eq!(catalog(&db.connect()), before, "after {phases} phases");
        let expected = if phases > 0 { "Text(\"kept\")" } else { "Text(\"user 6\")" };
        assert_eq!(db.rows("SELECT name FROM users WHERE id = 7"), [expected]);
        assert_eq!(db.rows("SELECT count(*) FROM users"), ["Integer(20)"]);
    }
}

#[test]
fn a_column_that_has_to_be_given_still_has_to_be() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL -- said once\n); INSERT INTO t (name) VALUES ('a'), ('b');";
    let db = Db::new(sql);
    let before = catalog(&db.connect());
    let mut runner = db.begun(&Change::rename_column("t", "name", "full_name"));
    for _ in 0..2 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
        let connection = db.connect();
        for bad in [
            "INSERT INTO t (id) VALUES (9)",
            "INSERT INTO t (full_name) VALUES (NULL)",
            "UPDATE t SET name = NULL",
            "UPDATE t SET full_name = NULL",
        ] {
            let error = connection.execute_batch(bad).unwrap_err().to_string();
            assert!(error.contains("NOT NULL constraint failed: t.name"), "{bad}: {error}");
        }
        connection.execute_batch("INSERT INTO t (full_name) VALUES ('c'); INSERT INTO t (name) VALUES ('d')").unwrap();
    }
    runner.roll_back().unwrap();
    assert_eq!(catalog(&db.connect()), before);
    runner.begin(&db.plan(&Change::rename_column("t", "name", "full_name"))).unwrap();
    attest_all(&mut runner, &ColumnRef::new("t", "name"));
    to_the_end(&mut runner);
    assert!(db.connect().execute_batch("INSERT INTO t (id) VALUES (9)").is_err());
    assert_eq!(db.rows("SELECT count(full_name) FROM t"), ["Integer(6)"]);
}

#[test]
fn tables_without_a_rowid_are_copied_by_their_key() {
    let db = Db::new(
        "CREATE TABLE t (a TEXT, b INT, v BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID;
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
         INSERT INTO t SELECT char(97 + i % 5), i, zeroblob(i % 3) FROM n;",
    );
    let mut runner = db.begun(&Change::rename_column("t", "v", "w"));
    for _ in 0..2 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    assert_eq!(db.rows("SELECT count(*) FROM t WHERE v IS w AND w IS NOT NULL"), ["Integer(100)"]);
}

#[test]
fn names_that_need_quotes_are_quoted() {
    let db = Db::new(
        "CREATE TABLE \"select \"\"it\"\"\" (\"from\" TEXT DEFAULT 'it''s', rowid INT); INSERT INTO \"select \"\"it\"\"\" VALUES ('v', 1);",
    );
    let table = "select \"it\"";
    let mut runner = db.begun(&Change::rename_column(table, "from", "to [here]"));
    attest_all(&mut runner, &ColumnRef::new(table, "from"));
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT \"to [here]\" FROM \"select \"\"it\"\"\""), ["Text(\"v\")"]);
}

#[derive(Debug, Clone)]
enum Write {
    InsertNothing,
    Insert(Option<String>, bool),
    Update(u8, Option<String>, bool),
    Replace(u8, Option<String>, bool),
    Delete(u8),
}

fn write() -> impl Strategy<Value = Write> {
    let value = prop::option::of(prop::sample::select(vec!["x", "X", "dflt", "1", ""]).prop_map(str::to_owned));
    prop_oneof![
        Just(Write::InsertNothing),
        (value.clone(), any::<bool>()).prop_map(|(v, new)| Write::Insert(v, new)),
        (0..6_u8, value.clone(), any::<bool>()).prop_map(|(id, v, new)| Write::Update(id, v, new)),
        (0..6_u8, value, any::<bool>()).prop_map(|(id, v, new)| Write::Replace(id, v, new)),
        (0..6_u8).prop_map(Write::Delete),
    ]
}

/// Does one write, under the name `column`.
fn apply(connection: &Connection, write: &Write, column: &str) -> Result<(), rusqlite::Error> {
    match write {
        Write::InsertNothing => connection.execute("INSERT INTO t DEFAULT VALUES", []),
        Write::Insert(value, _) => connection.execute(&format!("INSERT INTO t ({column}) VALUES (?)"), [value]),
        Write::Update(id, value, _) => {
            connection.execute(&format!("UPDATE t SET {column} = ? WHERE id = ?"), (value, id))
        }
        Write::Replace(id, value, _) => {
            connection.execute(&format!("INSERT OR REPLACE INTO t (id, {column}) VALUES (?, ?)"), (id, value))
        }
        Write::Delete(id) => connection.execute("DELETE FROM t WHERE id = ?", [id]),
    }
    .map(|_| ())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever writes under which name, while rows are being copied: the table is what it would be with one column.
    #[test]
    fn two_names_are_one_column(
        column in prop::sample::select(vec![
            "TEXT", "TEXT DEFAULT 'dflt'", "TEXT NOT NULL DEFAULT 'dflt'", "TEXT NOT NULL", "TEXT COLLATE NOCASE NOT NULL", "INT DEFAULT 1", "BLOB", "TEXT COLLATE NOCASE", "",
        ]),
        recursive in any::<bool>(),
        writes in prop::collection::vec((write(), 0..2_u8), 1..25),
    ) {
        let sql = format!("CREATE TABLE t (id INTEGER PRIMARY KEY, v {column}); INSERT INTO t (v) VALUES ('a'), ('B'), ('3');");
        let (db, single) = (Db::new(&sql), Db::new(&sql));
        let mut runner = db.begun(&Change::rename_column("t", "v", "w"));
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
        let (both, one) = (db.connect(), single.connect());
        both.execute_batch(if recursive { "PRAGMA recursive_triggers = ON" } else { "" }).unwrap();
        let mut copied = false;
        for (write, copy) in &writes {
            if *copy == 1 && !copied {
                copied = true;
                assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
            }
            let is_new = match write {
                Write::Insert(_, new) | Write::Update(_, _, new) | Write::Replace(_, _, new) => *new,
                Write::Delete(_) | Write::InsertNothing => false,
            };
            let (two, alone) = (apply(&both, write, if is_new { "w" } else { "v" }), apply(&one, write, "v"));
            prop_assert_eq!(two.is_ok(), alone.is_ok(), "{:?}: {:?} {:?}", write, two, alone);
        }
        if !copied {
            assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
        }
        let expected = rows(&one, "SELECT id, v FROM t ORDER BY id");
        prop_assert_eq!(&rows(&both, "SELECT id, v FROM t ORDER BY id"), &expected);
        prop_assert_eq!(&rows(&both, "SELECT id, w FROM t ORDER BY id"), &expected);
    }
}
