//! Every row of the catalogue on SQLite: carried out and undone on a real database, or refused with its reason.

mod case;
mod cases;
mod page;

#[test]
fn every_change_reaches_its_end_and_goes_back_with_every_row() {
    case::prove_all(&cases::cases());
}

/// Old and new versions write in every phase; each finds what the other wrote, and going back loses none of it.
#[test]
fn split_columns_mean_the_same_whoever_writes() {
    use migration_planner_sqlite::Advance;

    let db = crate::support::Db::new(&format!(
        "{}INSERT INTO users (id, email, \"Legacy Name\") VALUES (1, 'a', 'ab'), (2, 'b', 'cd'), (3, 'c', NULL);",
        case::SHOP
    ));
    let plan = db.plan(&cases::split());
    let mut runner = db.runner();
    runner.begin(&plan).unwrap();
    for phase in ["expand", "backfill"] {
        let said = runner.advance().unwrap();
        assert!(matches!(&said, Advance::PhaseDone { phase: done, .. } if done == phase), "{said:?}");
        let write = |sql: &str| db.connect().execute_batch(sql).unwrap();
        write(
            "UPDATE users SET \"Legacy Name\" = 'old one' WHERE id = 1; INSERT OR REPLACE INTO users (id, email, \"Legacy Name\") VALUES (11, 'x', 'xyz')",
        );
        write(
            "UPDATE users SET first = 'N', last = 'ew' WHERE id = 2; INSERT OR REPLACE INTO users (id, email, first, last) VALUES (12, 'y', 'y', 'z')",
        );
        assert_eq!(
            db.rows("SELECT \"Legacy Name\", first, last FROM users WHERE id IN (1, 2, 11, 12) ORDER BY id"),
            [
                r#"Text("old one") Text("o") Text("ld one")"#,
                r#"Text("New") Text("N") Text("ew")"#,
                r#"Text("xyz") Text("x") Text("yz")"#,
                r#"Text("yz") Text("y") Text("z")"#,
            ],
            "after {phase}"
        );
    }
    assert_eq!(db.rows("SELECT count(*) FROM users WHERE \"Legacy Name\" IS NOT first || last"), ["Integer(0)"]);
    runner.roll_back().unwrap();
    assert_eq!(
        db.rows("SELECT \"Legacy Name\" FROM users ORDER BY id"),
        [r#"Text("old one")"#, r#"Text("New")"#, "Null", r#"Text("xyz")"#, r#"Text("yz")"#]
    );
}

/// A database in the middle of a plan, written by an old and a new version after each of its first phases.
fn written_by_both(change: &migration_planner::Change, old: &str, new: &str, same: &str) {
    use migration_planner_sqlite::Advance;

    let db = crate::support::Db::new(&format!(
        "{}INSERT INTO users (id, email, \"Legacy Name\") VALUES (1, 'a', 'one'), (2, 'b', 'two'), (3, 'c', NULL), (4, 'd', 'four');
         INSERT INTO memos VALUES (1, 'memo 1', 10), (3, 'memo 3', NULL); INSERT INTO orders (id, user_id, code) VALUES (1, 1, 1), (2, 2, 2), (3, NULL, 3);",
        case::SHOP
    ));
    let plan = db.plan(change);
    let mut runner = db.runner();
    runner.begin(&plan).unwrap();
    for phase in ["expand", "backfill"] {
        let said = runner.advance().unwrap();
        assert!(matches!(&said, Advance::PhaseDone { phase: done, .. } if done == phase), "{change}: {said:?}");
        for sql in [old, new, new, old] {
            db.connect().execute_batch(sql).unwrap_or_else(|error| panic!("{change} after {phase}: {error}: {sql}"));
        }
        if phase == "backfill" {
            assert_eq!(db.rows(same), ["Integer(0)"], "{change}: rows that differ after {phase}");
        }
    }
    let before = db.rows("SELECT * FROM users ORDER BY id").len();
    runner.roll_back().unwrap();
    assert_eq!(db.rows("SELECT * FROM users ORDER BY id").len(), before, "{change}: rows after going back");
    let left =
        db.rows("SELECT name FROM sqlite_schema WHERE name LIKE '\\_cutover\\_%' ESCAPE '\\' AND type = 'trigger' AND name NOT LIKE '%journal%'");
    assert_eq!(left, Vec::<String>::new(), "{change}");
}

#[test]
fn values_that_move_between_tables_are_the_same_whoever_writes() {
    use migration_planner::Change;

    written_by_both(
        &Change::move_columns("users", ["Legacy Name"], "memos", [("id", "user_id")]),
        "UPDATE users SET \"Legacy Name\" = 'old' WHERE id = 1; INSERT OR IGNORE INTO users (id, email, \"Legacy Name\") VALUES (20, 'x', 'x');
         INSERT OR IGNORE INTO memos (user_id, text) VALUES (20, 'no name'); DELETE FROM memos WHERE user_id = 4;",
        "UPDATE memos SET \"Legacy Name\" = 'new' WHERE user_id = 3; INSERT OR IGNORE INTO users (id, email) VALUES (21, 'y');
         INSERT OR IGNORE INTO memos (user_id, \"Legacy Name\") VALUES (21, 'y'), (2, 'two!');",
        "SELECT count(*) FROM users JOIN memos ON user_id = id WHERE users.\"Legacy Name\" IS NOT memos.\"Legacy Name\"",
    );
    written_by_both(
        &Change::split_table("users", ["Legacy Name"], cases::legacy(), [("id", "user_id")]),
        "UPDATE users SET \"Legacy Name\" = 'old' WHERE id = 1; INSERT OR IGNORE INTO users (id, email, \"Legacy Name\") VALUES (20, 'x', 'x');
         DELETE FROM orders WHERE user_id = 4; DELETE FROM users WHERE id = 4;",
        "INSERT OR IGNORE INTO users (id, email) VALUES (21, 'y'); DELETE FROM legacy WHERE user_id = 22;
         INSERT INTO legacy (user_id, \"Legacy Name\") VALUES (2, 'new') ON CONFLICT DO UPDATE SET \"Legacy Name\" = 'new';
         INSERT OR REPLACE INTO legacy VALUES (21, 'y'); UPDATE legacy SET \"Legacy Name\" = NULL WHERE user_id = 20;",
        "SELECT count(*) FROM users LEFT JOIN legacy ON user_id = id WHERE user_id IS NULL OR users.\"Legacy Name\" IS NOT legacy.\"Legacy Name\"",
    );
    written_by_both(
        &Change::merge_tables("memos", "users", [("user_id", "id")]),
        "UPDATE memos SET text = 'old' WHERE user_id = 1; INSERT OR IGNORE INTO memos VALUES (2, 'x', 1); DELETE FROM memos WHERE user_id = 3;",
        "UPDATE users SET text = 'new', at = 5 WHERE id = 4; INSERT OR IGNORE INTO users (id, email, text) VALUES (21, 'y', 'y');
         UPDATE users SET text = NULL, at = NULL WHERE id = 1;",
        "SELECT (SELECT count(*) FROM users LEFT JOIN memos ON user_id = id WHERE users.text IS NOT memos.text OR users.at IS NOT memos.at)",
    );
    written_by_both(
        &Change::make_junction("orders", "user_id", cases::buyers(), "order_id", "user_id"),
        "UPDATE orders SET user_id = 2 WHERE id = 1; INSERT OR IGNORE INTO orders (id, user_id, code) VALUES (20, 1, 1); UPDATE orders SET user_id = NULL WHERE id = 2;",
        "INSERT OR IGNORE INTO orders (id, code) VALUES (21, 1); INSERT OR IGNORE INTO buyers VALUES (21, 3), (21, 1), (3, 2);
         DELETE FROM buyers WHERE order_id = 1 AND user_id = 2;",
        "SELECT (SELECT count(*) FROM orders WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM buyers WHERE order_id = id AND buyers.user_id = orders.user_id)) \
             + (SELECT count(*) FROM buyers WHERE NOT EXISTS (SELECT 1 FROM orders WHERE id = order_id AND orders.user_id IS NOT NULL))",
    );
}
