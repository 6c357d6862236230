//! Tables whose rows have no key: they are gone through block after block, while rows move.

use migration_planner::{Change, Column, Planner, Policy};
use migration_planner_postgres::{Advance, Event, Progress, RunError, Runner, introspect};

use crate::support::{Db, answered_for, begun, quick, to_the_end};

/// Every row is in two blocks' reach of the next, and some are equal.
const LOG: &str = "CREATE TABLE log (number int, word text); INSERT INTO log SELECT i / 2, 'w' || i % 5 FROM generate_series(1, 5000) AS i; \
                   ANALYZE log;";

fn add_kind() -> Change {
    Change::add_column("log", Column::new("kind", "text").not_null()).filled_with("'k' || number")
}

#[test]
fn a_row_that_moves_to_where_the_batches_have_been_is_filled_by_another_pass() {
    // The first blocks have room for others' rows.
    let Some(db) = Db::new(LOG) else { return };
    db.run("DELETE FROM log WHERE number < 200");
    db.run("VACUUM log");
    let (mut runner, plan) = begun(&db, &add_kind());
    answered_for(&mut runner, &plan);
    let (mut writer, mut told, mut moved) = (db.connect(), Vec::new(), Vec::new());
    loop {
        let advance = runner.advance_with(|progress| {
            let Progress::Batch { rows, .. } = progress else { return };
            told.push(*rows);
            if told.len() == 2 {
                // A block that is full has no room for the row as it is now.
                let sql = "UPDATE log SET word = 'moved' WHERE ctid = (SELECT max(ctid) FROM log WHERE ctid < '(20,0)') \
                           RETURNING split_part(ctid::text, ',', 1), kind IS NULL";
                moved = crate::support::rows(&mut writer, sql);
            }
        });
        match advance.unwrap() {
            Advance::Finished => break,
            Advance::PhaseDone { .. } => {}
            held => panic!("{held:?}"),
        }
    }
    assert!(["(0 t", "(1 t"].contains(&moved[0].as_str()), "it is where nobody comes any more: {moved:?}");
    assert!(told.len() > 40, "{told:?}");
    assert!(told.windows(2).any(|pair| pair[1] < pair[0]), "there was no second pass: {told:?}");
    assert_eq!(db.rows("SELECT count(*), count(*) FILTER (WHERE kind = 'k' || number) FROM log"), ["4601 4601"]);
    assert_eq!(
        db.rows("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'log'::regclass AND attname = 'kind'"),
        ["t"]
    );
}

#[test]
fn a_batch_is_some_blocks_and_goes_on_where_it_was_left() {
    let Some(db) = Db::new(LOG) else { return };
    let (mut runner, _) = begun(&db, &Change::rename_column("log", "word", "label"));
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    let (mut batches, mut writer) = (0, db.connect());
    let stopped = runner.advance_with(|progress| {
        if matches!(progress, Progress::Batch { .. }) {
            batches += 1;
            if batches == 3 {
                writer.batch_execute("ALTER TABLE log ADD CONSTRAINT stop CHECK (label IS NULL) NOT VALID").unwrap();
            }
        }
    });
    assert!(matches!(stopped, Err(RunError::StepFailed { .. })), "{stopped:?}");
    writer.batch_execute("ALTER TABLE log DROP CONSTRAINT stop").unwrap();
    // A block holds some 200 of these rows, and a batch of 7 rows is a block at the least.
    let done = db.rows("SELECT count(DISTINCT split_part(ctid::text, ',', 1)) FROM log WHERE label IS NOT NULL");
    let cursor = db.rows("SELECT value FROM cutover.cursor ORDER BY part");
    assert_eq!(cursor[0], "3", "{done:?}");
    let mut again = Runner::open_with(&db.url(), quick()).unwrap();
    let mut first = None;
    let advance = again.advance_with(|progress| {
        if let Progress::Batch { rows, .. } = progress {
            first.get_or_insert(*rows);
        }
    });
    assert!(matches!(advance.unwrap(), Advance::PhaseDone { .. }));
    assert!(first.unwrap() > 600, "it began anew: {first:?}");
    assert_eq!(db.rows("SELECT count(*) FROM log WHERE label IS DISTINCT FROM word"), ["0"]);
}

#[test]
fn work_that_leaves_rows_in_need_of_it_ends_and_says_so() {
    let Some(db) = Db::new("CREATE TABLE log (number int); INSERT INTO log VALUES (1), (2)") else { return };
    let (mut runner, plan) = begun(&db, &Change::fill("log", "number = number + 1", "number > 0"));
    answered_for(&mut runner, &plan);
    let said = runner.advance();
    assert!(matches!(said, Err(RunError::CheckFailed { rows: 2, .. })), "{said:?}");
}

#[test]
fn rows_of_partitions_and_of_tables_that_inherit_are_found() {
    let Some(db) = Db::new(
        "CREATE TABLE parts (number int, word text) PARTITION BY RANGE (number);
         CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (1000);
         CREATE TABLE high PARTITION OF parts FOR VALUES FROM (1000) TO (9000);
         INSERT INTO parts SELECT i, 'w' FROM generate_series(1, 5000) AS i;
         CREATE TABLE base (word text); CREATE TABLE more () INHERITS (base);
         INSERT INTO base SELECT 'w' FROM generate_series(1, 10); INSERT INTO more SELECT 'w' FROM generate_series(1, 3000);",
    ) else {
        return;
    };
    for table in ["parts", "base"] {
        let found = introspect(&db.url()).unwrap();
        let policy = Policy::default().batch_rows(600);
        let change = Change::fill(table, "word = 'x'", "word <> 'x'");
        let plan = Planner::new(&found.schema, found.server).policy(policy).plan(&change).unwrap();
        let mut runner = Runner::open_with(&db.url(), quick()).unwrap();
        runner.begin(&plan).unwrap();
        answered_for(&mut runner, &plan);
        to_the_end(&mut runner);
        assert!(runner.journal().unwrap().iter().any(|entry| entry.event == Event::Finished));
        assert_eq!(db.rows(&format!("SELECT DISTINCT word FROM {table}")), ["x"]);
    }
}
