//! Evidence from the application's own connections.

use migration_planner::{ColumnRef, ColumnUse, Evidence, Finding, Timestamp};
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::support::Db;

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, legacy_name TEXT);";

fn usage() -> ColumnUse {
    ColumnUse::of(ColumnRef::new("users", "legacy_name"), Timestamp::from_unix_millis(0))
}

fn hook(connection: &mut Connection, usage: &ColumnUse) {
    let probe = usage.connection();
    connection
        .authorizer(Some(move |context: AuthContext<'_>| {
            match context.action {
                AuthAction::Read { table_name, column_name } => probe.read(table_name, column_name, context.accessor),
                AuthAction::Update { table_name, column_name } => {
                    probe.updated(table_name, column_name, context.accessor);
                }
                AuthAction::Insert { table_name } => probe.inserted(table_name, context.accessor),
                _ => {}
            }
            Authorization::Allow
        }))
        .unwrap();
}

fn look(usage: &ColumnUse, at: u64) -> Evidence {
    usage.evidence("application", "web-1", Timestamp::from_unix_millis(at))
}

#[test]
fn reads_and_updates_are_seen_and_other_columns_are_not() {
    for (sql, used) in [
        ("SELECT legacy_name FROM users", true),
        ("SELECT * FROM users", true),
        ("SELECT name FROM users WHERE legacy_name = 'x'", true),
        ("UPDATE users SET legacy_name = 'x'", true),
        ("SELECT id, name FROM users", false),
        ("UPDATE users SET name = 'x'", false),
        ("DELETE FROM users WHERE id = 1", false),
        ("INSERT INTO users (name) VALUES ('x')", false),
    ] {
        let (db, usage) = (Db::new(USERS), usage());
        let mut connection = db.connect();
        hook(&mut connection, &usage);
        connection.execute_batch(sql).unwrap();
        assert_eq!(look(&usage, 1).is_contrary(), used, "{sql}");
    }
}

#[test]
fn inserts_are_counted_apart() {
    let (db, usage) = (Db::new(USERS), usage());
    let mut connection = db.connect();
    hook(&mut connection, &usage);
    connection.execute_batch("INSERT INTO users (legacy_name) VALUES ('x')").unwrap();
    assert_eq!(look(&usage, 1).finding(), &Finding::usage(1, 0, 0, 1));
}

#[test]
fn a_cached_statement_speaks_against_the_gate_in_every_window() {
    let (db, usage) = (Db::new(USERS), usage());
    let mut connection = db.connect();
    hook(&mut connection, &usage);
    let mut statement = connection.prepare("SELECT legacy_name FROM users").unwrap();
    for at in 1..4 {
        statement.exists([]).unwrap();
        assert!(look(&usage, at).is_contrary(), "window {at}");
    }
    drop(statement);
    drop(connection);
    assert!(look(&usage, 5).is_contrary() || !look(&usage, 6).is_contrary());
    assert!(!look(&usage, 7).is_contrary());
}

#[test]
fn a_fresh_hook_forgets_what_is_no_longer_run_and_sees_what_still_is() {
    let (db, usage) = (Db::new(USERS), usage());
    let mut connection = db.connect();
    hook(&mut connection, &usage);
    connection.execute_batch("SELECT legacy_name FROM users").unwrap();
    assert!(look(&usage, 1).is_contrary());
    hook(&mut connection, &usage);
    assert!(look(&usage, 2).is_contrary(), "it may have run until the fresh hook came");
    assert!(!look(&usage, 3).is_contrary(), "nothing was run since");
    connection.execute_batch("SELECT legacy_name FROM users").unwrap();
    assert!(look(&usage, 4).is_contrary());
}

/// What the documentation says of statements that were prepared before the hook: SQLite prepares them anew.
#[test]
fn a_statement_prepared_before_the_hook_is_seen_when_it_runs() {
    let (db, usage) = (Db::new(USERS), usage());
    let mut connection = db.connect();
    connection.set_prepared_statement_cache_capacity(16);
    connection.prepare_cached("SELECT legacy_name FROM users").unwrap().exists([]).unwrap();
    hook(&mut connection, &usage);
    assert!(!look(&usage, 1).is_contrary());
    connection.prepare_cached("SELECT legacy_name FROM users").unwrap().exists([]).unwrap();
    assert!(look(&usage, 2).is_contrary());
}

#[test]
fn a_plans_own_triggers_are_not_the_consumers_use() {
    let (db, usage) = (Db::new(USERS), usage());
    let mut runner = db.begun(&migration_planner::Change::rename_column("users", "legacy_name", "alias"));
    let _expanded = runner.advance().unwrap();
    let mut connection = db.connect();
    hook(&mut connection, &usage);
    connection.execute_batch("UPDATE users SET alias = 'x'").unwrap();
    assert!(!look(&usage, 1).is_contrary());
    connection.execute_batch("UPDATE users SET legacy_name = 'x'").unwrap();
    assert!(look(&usage, 2).is_contrary());
}
