//! Runners that are killed or cut off, and runners that start together.

use std::time::Duration;

use migration_planner::{Change, Index, Planner};
use migration_planner_postgres::{Advance, RunError, introspect};
use postgres_for_tests::Database;
use stateful_testing::{Command, Env, Failed, Menu, Model};

use crate::interrupted::{self, How, Verb, spawn};
use crate::scenario::{Scenario, Stage, connect, runner, unhurried};

const SCENARIOS: [Scenario; 2] = [Scenario::Rename, Scenario::Retype];

/// Interrupts a runner at every boundary, or at each `stride`th, then resumes or rolls back; how many end as they should, of how
/// many.
pub(crate) fn at_boundaries(stride: usize) -> (usize, usize) {
    let (mut right, mut total) = (0, 0);
    for scenario in SCENARIOS {
        let stage = Stage::new(scenario);
        for (nth, how) in [How::Kill, How::Cut].into_iter().enumerate() {
            for boundary in (nth..).step_by(stride) {
                let database = stage.copy();
                let stopped = interrupted::at_boundary(&database, Verb::ToTheEnd, how, boundary);
                let mut found = stage.violations(&database);
                let resumes = (boundary / stride).is_multiple_of(2);
                found.extend(if resumes { stage.resumed(&database) } else { stage.rolled_back(&database) });
                total += 1;
                right += usize::from(found.is_empty());
                tell(&format!("{scenario:?}, {how:?} at boundary {boundary}"), &found);
                if !stopped {
                    break;
                }
            }
        }
    }
    (right, total)
}

/// How many histories go on at once: most of their time they wait until the lease of somebody who was killed has ended.
const AT_ONCE: u32 = 8;

/// Histories of runners that are interrupted wherever it comes, made and made smaller by `stateful-testing`; how many hold, of how
/// many.
pub(crate) fn histories(cases: u32) -> (usize, usize) {
    let share = move |nth: u32| cases / AT_ONCE + u32::from(nth < cases % AT_ONCE);
    let threads: Vec<_> = (0..AT_ONCE)
        .zip(SCENARIOS.into_iter().cycle())
        .map(|(nth, scenario)| std::thread::spawn(move || some_histories(scenario, 6 + u64::from(nth), share(nth))))
        .collect();
    let held = threads.into_iter().map(|thread| thread.join().expect("a failure is an answer")).sum();
    (held, usize::try_from(cases).unwrap_or(usize::MAX))
}

fn some_histories(scenario: Scenario, seed: u64, cases: u32) -> usize {
    let stage = Stage::new(scenario);
    let whole = interrupted::time_of(&stage.copy(), Verb::Advance);
    let check =
        stateful_testing::check(Interruptions { stage, whole }).seed(seed).cases(cases).max_commands(5).budget(20);
    match check.try_run() {
        Ok(passed) => usize::try_from(passed.cases()).unwrap_or(0),
        Err(failure) => {
            println!("{scenario:?}, seed {seed}: {failure}");
            0
        }
    }
}

/// What is done to a plan.
#[derive(Debug, Clone, Command)]
enum Interruption {
    /// A phase forward, undisturbed.
    Advance,
    /// Two runners forward, at once.
    Together,
    /// A phase forward, killed at a boundary.
    AdvanceKilledAt(u32),
    /// A phase forward, killed after so many thousandths of the time it takes.
    AdvanceKilledAfter(u32),
    /// A phase forward, its connections cut at a boundary.
    AdvanceCutAt(u32),
    /// A phase forward, its connections cut after so many thousandths of the time it takes.
    AdvanceCutAfter(u32),
    /// A phase back, killed at a boundary.
    BackKilledAt(u32),
    /// Everything back, its connections cut at a boundary.
    AllBackCutAt(u32),
    /// Everything back, killed after so many thousandths of the time that a phase takes.
    AllBackKilledAfter(u32),
}

/// Whatever is done to a plan, no row is lost and the journal is true; and it can be brought to an end, one or the other.
struct Interruptions {
    stage: Stage,
    whole: Duration,
}

impl Model for Interruptions {
    /// How many commands there were.
    type State = u32;
    type Command = Interruption;
    type Output = ();
    type System = Database;

    fn init(&self) -> u32 {
        0
    }

    fn commands(&self, _: &u32, menu: &mut Menu<'_, Interruption>) {
        menu.offer(4, |_| Interruption::Advance);
        menu.offer(1, |_| Interruption::Together);
        menu.offer(2, |g| Interruption::AdvanceKilledAt(g.int(0..=12)));
        menu.offer(3, |g| Interruption::AdvanceKilledAfter(g.int(0..=1100)));
        menu.offer(2, |g| Interruption::AdvanceCutAt(g.int(0..=12)));
        menu.offer(2, |g| Interruption::AdvanceCutAfter(g.int(0..=1100)));
        menu.offer(1, |g| Interruption::BackKilledAt(g.int(0..=6)));
        menu.offer(1, |g| Interruption::AllBackCutAt(g.int(0..=12)));
        menu.offer(1, |g| Interruption::AllBackKilledAfter(g.int(0..=1100)));
    }

    fn next(&self, commands: &mut u32, _: &Interruption) {
        *commands += 1;
    }

    fn setup(&self, _: &u32) -> Result<Database, Failed> {
        Ok(self.stage.copy())
    }

    fn run(&self, database: &mut Database, command: &Interruption, _: &mut Env) -> Result<(), Failed> {
        let boundary = |at: &u32| usize::try_from(*at).unwrap_or(usize::MAX);
        let span = |thousandths: &u32| self.whole * *thousandths / 1000;
        match command {
            Interruption::Advance => {
                spawn(database, Verb::Advance, usize::MAX).wait()?;
            }
            Interruption::Together => {
                let both = [Verb::Advance, Verb::Advance].map(|verb| spawn(database, verb, usize::MAX));
                for mut child in both {
                    child.wait()?;
                }
            }
            Interruption::AdvanceKilledAt(at) => {
                interrupted::at_boundary(database, Verb::Advance, How::Kill, boundary(at));
            }
            Interruption::AdvanceKilledAfter(share) => {
                interrupted::after(database, Verb::Advance, How::Kill, span(share));
            }
            Interruption::AdvanceCutAt(at) => {
                interrupted::at_boundary(database, Verb::Advance, How::Cut, boundary(at));
            }
            Interruption::AdvanceCutAfter(share) => {
                interrupted::after(database, Verb::Advance, How::Cut, span(share));
            }
            Interruption::BackKilledAt(at) => {
                interrupted::at_boundary(database, Verb::RollBackPhase, How::Kill, boundary(at));
            }
            Interruption::AllBackCutAt(at) => {
                interrupted::at_boundary(database, Verb::RollBack, How::Cut, boundary(at));
            }
            Interruption::AllBackKilledAfter(share) => {
                interrupted::after(database, Verb::RollBack, How::Kill, span(share));
            }
        }
        Ok(())
    }

    fn invariant(&self, _: &u32, database: &mut Database) -> Result<(), Failed> {
        all_hold(&self.stage.violations(database))
    }

    fn teardown(&self, database: Database, commands: &u32) -> Result<(), Failed> {
        let resumes = commands.is_multiple_of(2);
        all_hold(&if resumes { self.stage.resumed(&database) } else { self.stage.rolled_back(&database) })
    }
}

fn all_hold(violations: &[String]) -> Result<(), Failed> {
    if violations.is_empty() { Ok(()) } else { Err(Failed::new(violations.join("\n"))) }
}

/// Starts two runners at once; how many of `pairs` end as they should.
pub(crate) fn together(pairs: usize) -> usize {
    let stages = SCENARIOS.map(Stage::new);
    let ends_well = |pair: &usize| {
        let stage = &stages[pair % 2];
        let database = stage.copy();
        let both = [Verb::ToTheEnd, Verb::ToTheEnd].map(|verb| spawn(&database, verb, usize::MAX));
        for mut child in both {
            child.wait().expect("it is our child");
        }
        let mut found = stage.violations(&database);
        found.extend(stage.resumed(&database));
        tell(&format!("pair {pair}"), &found);
        found.is_empty()
    };
    (0..pairs).filter(ends_well).count()
}

/// Builds an index while a second runner wants to work as well; how many of `times` come to their end without a dead-lock.
pub(crate) fn index_beside_a_second_runner(times: usize) -> usize {
    let begun = postgres_for_tests::database().expect("there was a server a moment ago");
    let rows = "CREATE TABLE users (id bigint PRIMARY KEY, name text);
         INSERT INTO users SELECT i, md5(i::text) FROM generate_series(1, 5000) AS i";
    connect(&begun).batch_execute(rows).expect("the table can be made");
    let found = introspect(&begun.url()).expect("the database can be read");
    let change = Change::create_index("users", Index::new("by_name", ["name"]));
    let plan = Planner::new(&found.schema, found.server).plan(&change).expect("it can be planned");
    runner(&begun.url()).begin(&plan).expect("the plan is for this database");
    let ends_well = |time: &usize| {
        let database = begun.copy().expect("nobody is connected to it");
        let both = [(), ()].map(|()| {
            let url = database.url();
            std::thread::spawn(move || unhurried(&url).advance())
        });
        let said = both.map(|thread| thread.join().expect("a runner does not panic"));
        let fine = |said: &Result<Advance, RunError>| {
            matches!(said, Ok(Advance::Finished) | Err(RunError::AnotherRunner { .. }))
        };
        let sql = "SELECT (SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('by_name') AND indisvalid), \
             (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database())";
        let row = connect(&database).query_one(sql, &[]).expect("the catalog can be read");
        let (valid, deadlocks): (i64, i64) = (row.get(0), row.get(1));
        let well = said.iter().all(fine) && (valid, deadlocks) == (1, 0);
        if !well {
            println!("time {time}: {said:?}, {valid} valid indexes, {deadlocks} dead-locks");
        }
        well
    };
    (0..times).filter(ends_well).count()
}

fn tell(what: &str, found: &[String]) {
    for line in found {
        println!("{what}: {line}");
    }
}
