//! One phase back, pauses, and what would be done: what a runner on SQLite lets people do on the way.

use migration_planner::{Change, Column, ColumnRef, Planner, Schema, Server, Table};
use migration_planner_sqlite::{Advance, Event, OnDrift, Progress, RunError, Runner, RunnerOptions};

use crate::support::{Db, attest_all, catalog, to_the_end};

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER);
     CREATE INDEX users_by_name ON users (name);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO users SELECT i, 'n' || i, i FROM n;";

fn rename() -> Change {
    Change::rename_column("users", "name", "full_name")
}

fn events(runner: &mut Runner) -> Vec<Event> {
    runner.journal().unwrap().into_iter().map(|entry| entry.event).collect()
}

#[test]
fn a_phase_can_be_undone_by_itself_and_done_again() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&rename());
    attest_all(&mut runner, &ColumnRef::new("users", "name"));
    let phases: Vec<String> =
        runner.plan().unwrap().unwrap().phases().iter().map(|phase| phase.id().to_owned()).collect();
    let mut seen = Vec::new();
    for _ in 1..phases.len() {
        seen.push(catalog(&db.connect()));
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    for (phase, before) in phases.iter().zip(seen).rev() {
        assert_eq!(runner.roll_back_phase().unwrap().as_ref(), Some(phase));
        assert_eq!(catalog(&db.connect()), before, "after undoing {phase}");
        let status = runner.status().unwrap();
        assert_eq!((status.current().map(|phase| &phase.phase), status.rolling_back), (Some(phase), false));
    }
    assert_eq!(runner.roll_back_phase().unwrap(), None, "nothing is left to undo");
    let said = events(&mut runner);
    let undone = |event: &&Event| matches!(event, Event::PhaseUndone { .. });
    assert_eq!(said.iter().filter(undone).count(), phases.len() - 1);
    to_the_end(&mut runner);
    assert!(matches!(runner.roll_back_phase(), Err(RunError::PastReturn { .. })), "the old name is gone");
    assert_eq!(db.rows("SELECT count(full_name) FROM users"), ["Integer(40)"]);
}

#[test]
fn a_phase_is_not_undone_while_all_of_them_are() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&rename());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    db.connect()
        .execute_batch("CREATE TRIGGER refuse BEFORE INSERT ON _cutover_journal WHEN NEW.event LIKE '%step_undone%' BEGIN SELECT RAISE(ABORT, 'no'); END")
        .unwrap();
    assert!(runner.roll_back().is_err() && runner.status().unwrap().rolling_back);
    assert!(matches!(runner.roll_back_phase(), Err(RunError::RollingBack)));
    db.connect().execute_batch("DROP TRIGGER refuse").unwrap();
    runner.roll_back().unwrap();
    assert_eq!(runner.roll_back_phase().unwrap(), None);
}

#[test]
fn a_pause_stops_a_runner_after_the_batch_it_is_at() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&rename());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    let mut other = db.runner();
    let paused = runner.advance_with(|progress| {
        if let Progress::Batch { rows: 14, .. } = progress {
            other.pause("ada", "the disk is busy").unwrap();
        }
    });
    let Advance::Paused { pause, .. } = paused.unwrap() else { panic!("it was paused") };
    assert_eq!((pause.author.as_str(), pause.reason.as_str()), ("ada", "the disk is busy"));
    assert_eq!(db.rows("SELECT count(*) FROM users WHERE full_name IS NOT NULL"), ["Integer(14)"]);
    assert!(matches!(runner.advance().unwrap(), Advance::Paused { .. }));
    assert_eq!(runner.status().unwrap().paused, Some(pause.clone()));
    assert_eq!(runner.dry_run().unwrap().paused, Some(pause));

    runner.resume("grace").unwrap();
    runner.resume("grace").unwrap();
    let mut first = None;
    let advance = runner.advance_with(|progress| {
        if let Progress::Batch { rows, .. } = progress {
            first.get_or_insert(*rows);
        }
    });
    assert!(matches!(advance.unwrap(), Advance::PhaseDone { .. }));
    assert_eq!(first, Some(21), "it goes on from its cursor");
    let said = events(&mut runner);
    assert!(said.iter().any(|event| matches!(event, Event::Paused { author, .. } if author == "ada")));
    let resumed = |event: &&Event| matches!(event, Event::Resumed { author, .. } if author == "grace");
    assert_eq!(said.iter().filter(resumed).count(), 1, "only one that was paused is resumed");
}

#[test]
fn a_plan_that_is_paused_can_be_rolled_back_and_begun_again() {
    let db = Db::new(USERS);
    let before = catalog(&db.connect());
    let mut runner = db.begun(&rename());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    runner.pause("ada", "we changed our mind").unwrap();
    runner.roll_back().unwrap();
    assert_eq!(catalog(&db.connect()), before);
    runner.begin(&db.plan(&rename())).unwrap();
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
}

#[test]
fn whoever_knows_no_pauses_is_kept_out_from_the_first_one_on_and_not_before() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&rename());
    let format = || db.rows("SELECT version FROM _cutover_format");
    assert_eq!(format(), ["Integer(1)"], "earlier versions go on with it");
    runner.pause("ada", "lunch").unwrap();
    runner.resume("ada").unwrap();
    assert_eq!(format(), ["Integer(2)"]);
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
}

#[test]
fn a_dry_run_tells_what_would_be_done_and_writes_nothing() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&rename());
    let state = || (catalog(&db.connect()), db.rows("SELECT seq, event FROM _cutover_journal"));
    let before = state();
    let dry = runner.dry_run().unwrap();
    assert_eq!(state(), before);
    assert_eq!(dry.phase.as_deref(), Some("expand"));
    assert!(dry.steps[0].statements[0].contains("full_name"), "{dry:?}");
    assert_eq!((dry.would_fail, dry.missing_privileges.len()), (None, 0));
    assert!(runner.dry_run_back().unwrap().steps.is_empty());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    let back = runner.dry_run_back().unwrap();
    assert!(back.steps.iter().flat_map(|step| &step.statements).any(|sql| sql.contains("DROP COLUMN")), "{back:?}");
    assert_eq!(back.would_fail, None);
}

#[test]
fn a_dry_run_names_the_step_that_would_fail_and_why() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&rename());
    db.connect().execute_batch("ALTER TABLE users ADD COLUMN full_name INTEGER").unwrap();
    let would = runner.dry_run().unwrap();
    let Some((step, why)) = would.would_fail else { panic!("the name is taken: {would:?}") };
    assert!(would.steps.iter().any(|told| told.step == step) && !why.is_empty());
    assert_eq!(would.drift, ["+ users.full_name: INTEGER"]);
    assert!(matches!(runner.advance(), Err(RunError::Drifted { .. })), "as the answer said");
    let mut accepting = Runner::open_with(db.path(), RunnerOptions::default().on_drift(OnDrift::Accept)).unwrap();
    assert!(matches!(accepting.advance(), Err(RunError::WouldFail { .. })), "as the answer said");
}

#[test]
fn a_dry_run_tells_of_gates_and_of_what_cannot_be_undone() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&Change::drop_column("users", "age"));
    let gates = runner.dry_run().unwrap().gates;
    assert_eq!(gates.first().map(|(consumer, _)| consumer.as_str()), Some("application"));
    attest_all(&mut runner, &ColumnRef::new("users", "age"));
    to_the_end(&mut runner);
    assert!(matches!(runner.dry_run_back(), Err(RunError::PastReturn { .. })));
    assert!(runner.dry_run().unwrap().steps.is_empty());
}

#[test]
fn a_plan_for_another_server_is_refused_by_name() {
    let db = Db::new(USERS);
    let schema = Schema::new().with_table(
        Table::new("users").with_column(Column::new("id", "bigint")).with_column(Column::new("name", "text")),
    );
    let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::drop_column("users", "name")).unwrap();
    let refused = db.runner().begin(&plan).unwrap_err();
    assert!(matches!(refused, RunError::OtherServer { .. }), "{refused:?}");
    assert!(refused.to_string().contains("PostgreSQL") && refused.to_string().contains("SQLite"), "{refused}");
}
