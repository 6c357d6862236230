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
