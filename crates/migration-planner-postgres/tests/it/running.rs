//! A plan on its way: gates, pauses, batches, what is told of it.

use migration_planner::{Change, Evidence, Finding, Index, Window};
use migration_planner_postgres::{Advance, Clock, Event, PhaseState, Progress, RunError, Runner, SystemClock};

use crate::support::{Db, answered_for, begun, planned, to_the_end};

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text, legacy_name text);
     INSERT INTO users SELECT i, 'n' || i, 'l' || i FROM generate_series(1, 40) AS i;";

fn drop_legacy() -> Change {
    Change::drop_column("users", "legacy_name")
}

#[test]
fn nothing_is_made_before_a_plan_is_begun() {
    let Some(db) = Db::new(USERS) else { return };
    let before = db.rows("SELECT nspname FROM pg_namespace ORDER BY 1");
    let mut runner = Runner::open(&db.url()).unwrap();
    assert!(runner.plan().unwrap().is_none() && runner.evidence().unwrap().is_empty());
    assert!(runner.status().is_err() && runner.advance().is_err());
    assert_eq!(db.rows("SELECT nspname FROM pg_namespace ORDER BY 1"), before);
}

#[test]
fn a_column_goes_only_after_everybody_was_answered_for() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &drop_legacy());
    let Advance::Held { phase, gates, .. } = runner.advance().unwrap() else { panic!("nobody has said anything") };
    assert_eq!((phase.as_str(), gates[0].0.as_str()), ("switch-application", "application"));
    assert_eq!(runner.status().unwrap().current().unwrap().state, PhaseState::Current);
    answered_for(&mut runner, &plan);
    to_the_end(&mut runner);
    assert_eq!(
        db.rows(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped"
        ),
        ["id", "name"]
    );
    assert!(runner.status().unwrap().finished && runner.advance().unwrap() == Advance::Finished);
    assert_eq!(runner.journal().unwrap().last().unwrap().event, Event::Finished);
    assert_eq!(db.rows("SELECT count(*) FROM cutover.step WHERE NOT done"), ["0"]);
    assert_eq!(db.rows("SELECT count(*) FROM cutover.phase WHERE NOT done"), ["0"]);
}

#[test]
fn contrary_evidence_closes_the_gate_of_the_last_step_once_more() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &drop_legacy());
    answered_for(&mut runner, &plan);
    for _ in 0..plan.phases().len() - 1 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    let seen = Finding::usage(1, 3, 0, 0);
    let now = Window::instant(SystemClock.now());
    runner.record(&Evidence::new("etl", plan.change().object(), seen, now, "the probe")).unwrap();
    let Advance::Held { phase, gates, .. } = runner.advance().unwrap() else { panic!("somebody reads it") };
    assert_eq!((phase.as_str(), gates[0].0.as_str()), ("contract", "etl"));
    assert_eq!(db.rows("SELECT count(_cutover_gone_legacy_name) FROM users"), ["40"]);
}

#[test]
fn evidence_that_comes_while_the_last_step_is_judged_waits_for_it() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &drop_legacy());
    answered_for(&mut runner, &plan);
    for _ in 0..plan.phases().len() - 1 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    let mut consumer = db.connect();
    consumer.batch_execute("SET lock_timeout = 20").unwrap();
    let mut refused = 0;
    let advance = runner.advance_with(|progress| {
        if matches!(progress, Progress::Statement { .. }) {
            let said = consumer.batch_execute("INSERT INTO cutover.evidence (recorded_ms, json) VALUES (0, '{}')");
            refused += usize::from(said.is_err());
        }
    });
    assert_eq!((advance.unwrap(), refused), (Advance::Finished, 1));
}

#[test]
fn batches_go_through_all_rows_by_their_key_and_tell_how_far_they_are() {
    let Some(db) = Db::new(
        "CREATE TABLE pairs (a text, b int, name text, PRIMARY KEY (b, a));
         INSERT INTO pairs SELECT chr(97 + i % 7), i / 7, 'n' || i FROM generate_series(1, 100) AS i; ANALYZE pairs;",
    ) else {
        return;
    };
    let (mut runner, _) = begun(&db, &Change::rename_column("pairs", "name", "label"));
    let mut told = Vec::new();
    let mut watch = |progress: &Progress| {
        if let Progress::Batch { rows, of, remaining, .. } = progress {
            told.push((*rows, *of, remaining.is_some()));
        }
    };
    assert!(matches!(runner.advance_with(&mut watch).unwrap(), Advance::PhaseDone { .. }));
    assert!(matches!(runner.advance_with(&mut watch).unwrap(), Advance::PhaseDone { .. }));
    assert_eq!(db.rows("SELECT count(*) FROM pairs WHERE label IS DISTINCT FROM name"), ["0"]);
    assert_eq!(
        told.iter().map(|batch| batch.0).collect::<Vec<_>>(),
        [7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 91, 98, 100]
    );
    assert!(told.iter().all(|(_, of, remaining)| *of == Some(100) && *remaining), "{told:?}");
}

#[test]
fn rows_that_come_behind_the_cursor_are_found_by_another_pass() {
    let Some(db) = Db::new(USERS) else { return };
    let change = Change::fill("users", "legacy_name = 'x'", "legacy_name <> 'x'");
    let (mut runner, plan) = begun(&db, &change);
    answered_for(&mut runner, &plan);
    let (mut writer, mut batches) = (db.connect(), 0);
    let advance = runner.advance_with(|progress| {
        if let Progress::Batch { rows: 14, .. } = progress {
            writer.batch_execute("INSERT INTO users VALUES (-1, 'late', 'late') ON CONFLICT DO NOTHING").unwrap();
        }
        batches += usize::from(matches!(progress, Progress::Batch { .. }));
    });
    assert_eq!(advance.unwrap(), Advance::Finished);
    assert!(batches > 6, "one pass has 6 batches, and there were {batches}");
    assert_eq!(db.rows("SELECT DISTINCT legacy_name FROM users"), ["x"]);
}

#[test]
fn what_is_half_deleted_is_not_said_to_be_rolled_back() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &Change::delete_rows("users", "id > 3"));
    answered_for(&mut runner, &plan);
    let mut other = Runner::open(&db.url()).unwrap();
    let held = loop {
        let advance = runner.advance_with(|progress| {
            if let Progress::Batch { rows: 14, .. } = progress {
                other.pause("ada", "were these not needed?").unwrap();
            }
        });
        match advance.unwrap() {
            Advance::PhaseDone { .. } => {}
            held => break held,
        }
    };
    assert!(matches!(held, Advance::Paused { .. }), "{held:?}");
    assert_eq!(db.rows("SELECT count(*) FROM users"), ["29"]);
    assert!(matches!(runner.roll_back(), Err(RunError::PastReturn { .. })));
    assert!(matches!(runner.roll_back_phase(), Err(RunError::PastReturn { .. })));
    assert!(!runner.status().unwrap().rolled_back);
    runner.resume("ada").unwrap();
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT count(*) FROM users"), ["3"]);
    let begun = |event: &Event| matches!(event, Event::StepBegun { .. });
    assert_eq!(runner.journal().unwrap().iter().filter(|entry| begun(&entry.event)).count(), 1);
}

#[test]
fn a_pause_stops_a_runner_after_the_batch_it_is_at() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &Change::rename_column("users", "name", "full_name"));
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    let mut other = Runner::open(&db.url()).unwrap();
    let paused = runner.advance_with(|progress| {
        if let Progress::Batch { rows: 14, .. } = progress {
            other.pause("ada", "the standby is behind").unwrap();
        }
    });
    let Advance::Paused { pause, .. } = paused.unwrap() else { panic!("it was paused") };
    assert_eq!((pause.author.as_str(), pause.reason.as_str()), ("ada", "the standby is behind"));
    assert_eq!(db.rows("SELECT count(*) FROM users WHERE full_name IS NOT NULL"), ["14"]);
    assert!(matches!(runner.advance().unwrap(), Advance::Paused { .. }));
    assert_eq!(runner.status().unwrap().paused, Some(pause));

    runner.resume("ada").unwrap();
    let mut first = None;
    let advance = runner.advance_with(|progress| {
        if let Progress::Batch { rows, .. } = progress {
            first.get_or_insert(*rows);
        }
    });
    assert!(matches!(advance.unwrap(), Advance::PhaseDone { .. }));
    assert_eq!(first, Some(21), "it goes on from its cursor");
    let said: Vec<Event> = runner.journal().unwrap().into_iter().map(|entry| entry.event).collect();
    assert!(said.iter().any(|event| matches!(event, Event::Paused { .. })));
    assert!(said.iter().any(|event| matches!(event, Event::Resumed { .. })));
}

#[test]
fn a_phase_can_be_undone_by_itself_and_done_again() {
    let Some(db) = Db::new(USERS) else { return };
    let before = db.catalog();
    let (mut runner, plan) = begun(&db, &drop_legacy());
    answered_for(&mut runner, &plan);
    for _ in 0..plan.phases().len() - 1 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    assert!(!before.differences(&db.catalog()).is_empty(), "the column is hidden");
    assert_eq!(runner.roll_back_phase().unwrap().as_deref(), Some("hide"));
    assert!(before.differences(&db.catalog()).is_empty());
    assert_eq!(runner.status().unwrap().current().unwrap().phase, "hide");
    to_the_end(&mut runner);
    assert!(runner.roll_back().is_err() && runner.roll_back_phase().is_err(), "the column is gone");
}

#[test]
fn an_index_that_was_cut_off_is_cleared_away_and_built_anew() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &Change::create_index("users", Index::new("by_name", ["name"])));
    // What a build that is cut off leaves behind.
    db.run("CREATE INDEX by_name ON users (name)");
    db.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_name'::regclass");
    let mut repaired = 0;
    let advance =
        runner.advance_with(|progress| repaired += usize::from(matches!(progress, Progress::Repairing { .. })));
    assert_eq!((advance.unwrap(), repaired), (Advance::Finished, 1));
    assert_eq!(db.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_name'::regclass"), ["t"]);
    let begins =
        runner.journal().unwrap().iter().filter(|entry| matches!(entry.event, Event::StepBegun { .. })).count();
    assert_eq!(begins, 1);
}

#[test]
fn an_index_that_cannot_be_built_leaves_nothing_behind() {
    let Some(db) = Db::new(USERS) else { return };
    let change = Change::create_index("users", Index::new("one_each", ["legacy_name"]).unique());
    let (mut runner, _) = begun(&db, &change);
    let before = db.catalog();
    db.run("INSERT INTO users VALUES (100, 'twice', 'l1')");
    let error = runner.advance().unwrap_err();
    assert!(matches!(error, RunError::StepFailed { .. }), "{error:?}");
    assert!(before.differences(&db.catalog()).is_empty());
    db.run("DELETE FROM users WHERE id = 100");
    assert_eq!(runner.advance().unwrap(), Advance::Finished);
}

#[test]
fn a_dry_run_tells_what_would_be_done_and_writes_nothing() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &Change::rename_column("users", "name", "full_name"));
    let mut holder = db.connect();
    let mut open = holder.transaction().unwrap();
    open.batch_execute("SET LOCAL application_name = 'slow report'; SELECT * FROM users WHERE name = 'secret'")
        .unwrap();
    let state = || {
        db.rows("SELECT max(seq), (SELECT fence FROM cutover.lease), pg_current_wal_insert_lsn() >= '0/0' FROM cutover.journal")
    };
    let (before, catalog) = (state(), db.catalog());
    let dry = runner.dry_run().unwrap();
    assert_eq!((state(), catalog), (before, db.catalog()));
    assert_eq!(dry.phase.as_deref(), Some("expand"));
    assert!(dry.steps[0].statements[0].contains("ADD COLUMN full_name"), "{dry:?}");
    assert!(dry.steps[0].locks.contains("ACCESS EXCLUSIVE"), "{dry:?}");
    let blocker = dry.steps[0].in_the_way[0].to_string();
    assert!(blocker.contains("slow report") && blocker.contains("idle in transaction"), "{blocker}");
    assert!(!blocker.contains("secret"), "{blocker}");
    assert!(dry.drift.is_empty() && dry.missing_privileges.is_empty(), "{dry:?}");
    drop(open);
    assert!(runner.dry_run_back().unwrap().steps.is_empty());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    let back = runner.dry_run_back().unwrap();
    assert!(back.steps[0].statements.iter().any(|sql| sql.contains("DROP COLUMN")), "{back:?}");
}

#[test]
fn the_journal_only_grows() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &drop_legacy());
    for sql in ["UPDATE cutover.journal SET runner = 'x'", "DELETE FROM cutover.journal", "TRUNCATE cutover.journal"] {
        assert!(db.connect().batch_execute(sql).is_err(), "{sql}");
    }
    let journal = runner.journal().unwrap();
    assert_eq!((journal.len(), journal[0].fence.is_some()), (1, true));
}

#[test]
fn a_plan_that_was_rolled_back_can_be_begun_again() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &Change::rename_column("users", "name", "full_name"));
    runner.begin(&plan).unwrap();
    assert_eq!(runner.journal().unwrap().len(), 1, "beginning twice is beginning once");
    for _ in 0..2 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    runner.roll_back().unwrap();
    runner.roll_back().unwrap();
    runner.begin(&planned(&db, plan.change())).unwrap();
    answered_for(&mut runner, &plan);
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT count(full_name) FROM users"), ["40"]);
}
