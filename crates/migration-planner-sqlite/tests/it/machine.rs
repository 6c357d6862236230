//! The runner's journal as a machine: whatever is asked of it in whatever order, and wherever it is killed, the journal tells what was
//! done, the catalog is the one that the steps in it lead to, and every row is there.

mod system;

use std::collections::{BTreeMap, BTreeSet};

use migration_planner::{Change, ColumnRef, Plan, Undo, Work};
use migration_planner_sqlite::{Advance, Clock, Progress, RunError, Runner};
use rusqlite::Connection;
use stateful_testing::{Command, Cover, Env, Failed, Menu, Model, check};

use system::{START, System, event, options, said};

use crate::support::{Db, ManualClock, attestation, catalog, impatient, plan, rows};

#[derive(Debug, Clone, Command)]
enum Running {
    /// Begins the plan, or begins it again.
    Begin,
    #[command(weight = 6)]
    Advance,
    /// Advances, and lets a second runner try the same in between.
    AdvanceBesideAnother,
    RollBack,
    #[command(weight = 2)]
    RollBackPhase,
    Pause,
    Resume,
    #[command(weight = 3)]
    Attest(usize),
    /// The application writes a row, by the column's new name or by the old one.
    #[command(weight = 2)]
    Write {
        row: i64,
        name: String,
        by_the_new: bool,
    },
    /// Nothing is under way when the process ends.
    #[command(fault)]
    Restart,
    /// The process ends at the n-th statement, entry or commit of an advance.
    #[command(fault, weight = 4)]
    KillAdvance {
        at: usize,
    },
    #[command(fault, weight = 2)]
    KillRollBack {
        at: usize,
    },
    #[command(fault)]
    KillRollBackPhase {
        at: usize,
    },
}

/// What the model needs to know of a step.
#[derive(Debug)]
struct Step {
    id: String,
    statements: usize,
    /// `None` if it cannot be undone.
    undo_statements: Option<usize>,
}

#[derive(Debug)]
struct Phase {
    id: String,
    steps: Vec<Step>,
    /// Who has to be asked before it is left: the place in [`Journal::consumers`].
    gate: Option<usize>,
    is_point_of_no_return: bool,
}

/// The model: a plan of which only the shape is known.
struct Journal {
    mode: &'static str,
    plan: Plan,
    phases: Vec<Phase>,
    consumers: Vec<String>,
    /// The catalog after each number of steps, by a runner that nobody kills.
    catalogs: Vec<Vec<String>>,
}

/// What should be in the database.
#[derive(Debug, Clone, Default)]
struct Told {
    journal: Vec<String>,
    /// Steps that are done, the first ones of all.
    done: usize,
    /// Phases that were left.
    left: usize,
    state: State,
    paused: bool,
    attested: BTreeSet<usize>,
    rows: BTreeMap<i64, String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    NoPlan,
    UnderWay,
    Finished,
    RollingBack,
    RolledBack,
}

/// Counts down to the moment at which the process is killed.
struct Countdown(Option<usize>);

/// The process was killed.
struct Killed;

impl Countdown {
    fn tick(&mut self) -> Result<(), Killed> {
        match &mut self.0 {
            Some(0) => Err(Killed),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

const NAME: &str = "name";

fn object() -> ColumnRef {
    ColumnRef::new("users", NAME)
}

impl Journal {
    fn new(mode: &'static str) -> Self {
        let db = users(mode);
        let plan = plan(&db.path(), &Change::rename_column("users", NAME, "full_name"));
        let consumers: Vec<String> = plan.consumers().iter().map(|consumer| consumer.name().to_owned()).collect();
        let phases = plan.phases().iter().map(|phase| Phase {
            id: phase.id().to_owned(),
            steps: phase.steps().iter().map(step).collect(),
            gate: phase.gate().map(|gate| {
                consumers.iter().position(|other| other == gate.consumer()).expect("a gate is about a consumer")
            }),
            is_point_of_no_return: phase.is_point_of_no_return(),
        });
        let phases = phases.collect();
        let catalogs = catalogs(&db, &plan, &consumers);
        Self { mode, plan, phases, consumers, catalogs }
    }

    /// Whether the gates that a phase asks for are open.
    fn open(&self, told: &Told, index: usize) -> bool {
        let first = if self.phases[index].is_point_of_no_return { 0 } else { index };
        self.phases[first..=index].iter().filter_map(|phase| phase.gate).all(|gate| told.attested.contains(&gate))
    }

    fn begin(told: &mut Told) -> String {
        if matches!(told.state, State::NoPlan | State::RolledBack) {
            told.journal = vec!["adopted".to_owned()];
            told.state = State::UnderWay;
            told.paused = false;
        }
        "begun".to_owned()
    }

    fn advance(&self, told: &mut Told, mut until: Countdown) -> Result<String, Killed> {
        match told.state {
            State::NoPlan | State::RolledBack => return Ok("no plan".to_owned()),
            State::Finished => return Ok("finished".to_owned()),
            State::RollingBack => return Ok("rolling back".to_owned()),
            State::UnderWay if told.paused => return Ok("paused".to_owned()),
            State::UnderWay => {}
        }
        let index = told.left;
        let phase = &self.phases[index];
        for step in &phase.steps[told.done - self.steps_before(index)..] {
            if phase.is_point_of_no_return && !self.open(told, index) {
                return Ok(format!("held {}", phase.id));
            }
            for _ in 0..step.statements {
                until.tick()?;
            }
            until.tick()?; // It is in the journal, and nothing is committed.
            told.journal.push(format!("done {}", step.id));
            told.done += 1;
            until.tick()?;
        }
        if !phase.is_point_of_no_return && !self.open(told, index) {
            return Ok(format!("held {}", phase.id));
        }
        told.journal.push(format!("left {}", phase.id));
        told.left += 1;
        if told.left == self.phases.len() {
            told.journal.push("finished".to_owned());
            told.state = State::Finished;
            return Ok("finished".to_owned());
        }
        Ok(format!("left {}", phase.id))
    }

    fn roll_back(&self, told: &mut Told, mut until: Countdown) -> Result<String, Killed> {
        if matches!(told.state, State::NoPlan) {
            return Ok("no plan".to_owned());
        }
        if told.state == State::RolledBack {
            return Ok("rolled back".to_owned());
        }
        if self.past_return(told, 0) {
            return Ok("past return".to_owned());
        }
        if told.state == State::UnderWay {
            told.journal.push("rolling back".to_owned());
            told.state = State::RollingBack;
        }
        for phase in (0..self.phases.len()).rev() {
            self.undo(told, phase, &mut until, &[])?;
        }
        told.journal.push("rolled back".to_owned());
        (told.done, told.left, told.state) = (0, 0, State::RolledBack);
        Ok("rolled back".to_owned())
    }

    fn roll_back_phase(&self, told: &mut Told, mut until: Countdown) -> Result<String, Killed> {
        match told.state {
            State::NoPlan => return Ok("no plan".to_owned()),
            State::RolledBack => return Ok("nothing".to_owned()),
            State::RollingBack => return Ok("rolling back".to_owned()),
            State::UnderWay | State::Finished => {}
        }
        let has_begun = told.done > self.steps_before(told.left);
        let Some(phase) = (if has_begun { Some(told.left) } else { told.left.checked_sub(1) }) else {
            return Ok("nothing".to_owned());
        };
        if self.past_return(told, phase) {
            return Ok("past return".to_owned());
        }
        let id = &self.phases[phase].id;
        self.undo(told, phase, &mut until, &[format!("undoing {id}"), format!("undid {id}")])?;
        Ok(format!("undid {id}"))
    }

    fn steps_before(&self, phase: usize) -> usize {
        self.phases[..phase].iter().map(|phase| phase.steps.len()).sum()
    }

    /// Whether something was done, from this phase on, that cannot be undone.
    fn past_return(&self, told: &Told, from: usize) -> bool {
        let steps = self.phases.iter().flat_map(|phase| &phase.steps).take(told.done);
        steps.skip(self.steps_before(from)).any(|step| step.undo_statements.is_none())
    }

    /// All or nothing of a phase: what is half undone is not committed. With what is said before and after it.
    fn undo(&self, told: &mut Told, phase: usize, until: &mut Countdown, said: &[String]) -> Result<(), Killed> {
        let mut after = told.clone();
        after.journal.extend(said.first().cloned());
        let before = self.steps_before(phase);
        let done = told.done.saturating_sub(before).min(self.phases[phase].steps.len());
        for step in self.phases[phase].steps[..done].iter().rev() {
            for _ in 0..step.undo_statements.unwrap_or(0) {
                until.tick()?;
            }
            until.tick()?;
            after.journal.push(format!("undone {}", step.id));
            after.done -= 1;
            after.left = after.left.min(phase);
        }
        if let Some(said) = said.last() {
            after.journal.push(said.clone());
            (after.left, after.state) = (phase, State::UnderWay);
        }
        *told = after;
        (0..done).try_for_each(|_| until.tick())
    }

    /// Which column has every row's name.
    fn column(told: &Told) -> &'static str {
        if told.left >= 2 { "full_name" } else { NAME }
    }
}

fn step(step: &migration_planner::Step) -> Step {
    let statements = match step.work() {
        Work::Sql { statements, .. } | Work::WatchWrites { statements, .. } => statements.len(),
        _ => 0,
    };
    let undo_statements = match step.undo() {
        Undo::Impossible => None,
        Undo::Sql { statements, .. } => Some(statements.len()),
        _ => Some(0),
    };
    Step { id: step.id().to_owned(), statements, undo_statements }
}

fn users(mode: &str) -> Db {
    Db::new(&format!(
        "PRAGMA journal_mode = {mode}; CREATE TABLE users (id INTEGER PRIMARY KEY, {NAME} TEXT);
         CREATE INDEX users_by_name ON users ({NAME});
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8)
         INSERT INTO users SELECT i, 'user ' || i FROM n;"
    ))
}

fn catalogs(db: &Db, plan: &Plan, consumers: &[String]) -> Vec<Vec<String>> {
    let clock = ManualClock::at(START);
    let mut runner = Runner::open_with(db.path(), options(&clock)).unwrap();
    runner.begin(plan).unwrap();
    for consumer in consumers {
        runner.record(&attestation(consumer, &object(), clock.now())).unwrap();
    }
    let watcher = db.connect();
    let mut seen = vec![catalog(&watcher)];
    let mut watch = |progress: &Progress| {
        if matches!(progress, Progress::StepDone { .. }) {
            seen.push(catalog(&watcher));
        }
    };
    while runner.advance_with(&mut watch).unwrap() != Advance::Finished {}
    seen
}

impl Model for Journal {
    type State = Told;
    type Command = Running;
    type Output = String;
    type System = System;

    fn init(&self) -> Told {
        Told { rows: (1..=8).map(|row| (row, format!("user {row}"))).collect(), ..Told::default() }
    }
    fn commands(&self, told: &Told, menu: &mut Menu<'_, Running>) {
        // Without a plan there is little to see, so that state is left soon.
        let idle = matches!(told.state, State::NoPlan | State::RolledBack);
        let begin = if idle { 12 } else { 1 };
        if told.state != State::Finished {
            menu.offer(begin, |_| Running::Begin);
        }
        menu.offer_named("attest", |g| Running::Attest(g.int(0..self.consumers.len())));
        menu.offer_named("write", |g| Running::Write { row: g.int(1..=12), name: g.text(0..=3), by_the_new: g.bool() });
        if idle {
            menu.offer(1, |_| Running::Advance);
            menu.offer(1, |_| Running::RollBack);
            menu.offer(1, |_| Running::Restart);
            return;
        }
        menu.offer_named("advance", |_| Running::Advance);
        menu.offer_named("advance_beside_another", |_| Running::AdvanceBesideAnother);
        menu.offer_named("roll_back", |_| Running::RollBack);
        menu.offer_named("roll_back_phase", |_| Running::RollBackPhase);
        // A plan is not paused for long, or there is little to see.
        menu.offer(1, |_| Running::Pause);
        menu.offer(if told.paused { 12 } else { 1 }, |_| Running::Resume);
        menu.offer_named("restart", |_| Running::Restart);
        menu.offer_named("kill_advance", |g| Running::KillAdvance { at: g.int(0..=9) });
        menu.offer_named("kill_roll_back", |g| Running::KillRollBack { at: g.int(0..=9) });
        menu.offer_named("kill_roll_back_phase", |g| Running::KillRollBackPhase { at: g.int(0..=9) });
    }
    /// Old code and new code run side by side as long as both names are kept the same: also on the way back, until the phase that
    /// made the new name is undone.
    fn precondition(&self, told: &Told, command: &Running) -> bool {
        let before_the_last: usize = self.phases.iter().rev().skip(1).map(|phase| phase.steps.len()).sum();
        match command {
            Running::Write { by_the_new: true, .. } => told.done >= self.phases[0].steps.len(),
            Running::Write { by_the_new: false, .. } => told.done <= before_the_last,
            _ => true,
        }
    }
    fn next(&self, told: &mut Told, command: &Running) -> String {
        let killed = || "killed".to_owned();
        match command {
            Running::Begin => Self::begin(told),
            Running::Advance => self.advance(told, Countdown(None)).unwrap_or_else(|Killed| killed()),
            Running::AdvanceBesideAnother => {
                let done = told.done;
                let advanced = self.advance(told, Countdown(None)).unwrap_or_else(|Killed| killed());
                if told.done > done { format!("{advanced}, kept another out") } else { advanced }
            }
            Running::RollBack => self.roll_back(told, Countdown(None)).unwrap_or_else(|Killed| killed()),
            Running::RollBackPhase => self.roll_back_phase(told, Countdown(None)).unwrap_or_else(|Killed| killed()),
            Running::Pause => {
                told.journal.push("paused".to_owned());
                told.paused = true;
                "paused".to_owned()
            }
            Running::Resume => {
                told.journal.extend(told.paused.then(|| "resumed".to_owned()));
                told.paused = false;
                "resumed".to_owned()
            }
            Running::Attest(consumer) => {
                told.attested.insert(*consumer);
                "recorded".to_owned()
            }
            Running::Write { row, name, .. } => {
                told.rows.insert(*row, name.clone());
                "written".to_owned()
            }
            Running::Restart => killed(),
            Running::KillAdvance { at } => {
                let _ended = self.advance(told, Countdown(Some(*at)));
                killed()
            }
            Running::KillRollBack { at } => {
                let _ended = self.roll_back(told, Countdown(Some(*at)));
                killed()
            }
            Running::KillRollBackPhase { at } => {
                let _ended = self.roll_back_phase(told, Countdown(Some(*at)));
                killed()
            }
        }
    }
    fn setup(&self, _told: &Told) -> Result<System, Failed> {
        System::open(users(self.mode).into_folder(), ManualClock::at(START))
    }
    fn run(&self, system: &mut System, command: &Running, _env: &mut Env) -> Result<String, Failed> {
        match command {
            Running::Begin => {
                system.runner.begin(&self.plan)?;
                Ok("begun".to_owned())
            }
            Running::Advance => said(system.runner.advance()),
            Running::AdvanceBesideAnother => {
                let (path, mut kept_out) = (system.path(), false);
                let advanced = system.runner.advance_with(|progress| {
                    if matches!(progress, Progress::StepDone { .. }) && !kept_out {
                        let other = Runner::open_with(&path, impatient().clock(ManualClock::at(0)));
                        let refused = other.unwrap().advance();
                        assert!(matches!(refused, Err(RunError::AnotherRunner { .. })), "{refused:?}");
                        kept_out = true;
                    }
                });
                let advanced = said(advanced)?;
                Ok(if kept_out { format!("{advanced}, kept another out") } else { advanced })
            }
            Running::RollBack => match system.runner.roll_back() {
                Ok(()) => Ok("rolled back".to_owned()),
                Err(RunError::PastReturn { .. }) => Ok("past return".to_owned()),
                Err(RunError::NoPlan) => Ok("no plan".to_owned()),
                Err(other) => Err(other.into()),
            },
            Running::RollBackPhase => match system.runner.roll_back_phase() {
                Ok(Some(phase)) => Ok(format!("undid {phase}")),
                Ok(None) => Ok("nothing".to_owned()),
                Err(RunError::PastReturn { .. }) => Ok("past return".to_owned()),
                Err(RunError::RollingBack) => Ok("rolling back".to_owned()),
                Err(RunError::NoPlan) => Ok("no plan".to_owned()),
                Err(other) => Err(other.into()),
            },
            Running::Pause => {
                system.runner.pause("ada", "a sale is on")?;
                Ok("paused".to_owned())
            }
            Running::Resume => {
                system.runner.resume("ada")?;
                Ok("resumed".to_owned())
            }
            Running::Attest(consumer) => {
                let evidence = attestation(&self.consumers[*consumer], &object(), system.clock.now());
                system.runner.record(&evidence)?;
                Ok("recorded".to_owned())
            }
            Running::Write { row, name, by_the_new } => {
                let connection = Connection::open(system.path())?;
                let column = if *by_the_new { "full_name" } else { NAME };
                let updated = connection
                    .execute(&format!("UPDATE users SET {column} = ?2 WHERE id = ?1"), rusqlite::params![row, name])?;
                if updated == 0 {
                    connection.execute(
                        &format!("INSERT INTO users (id, {column}) VALUES (?1, ?2)"),
                        rusqlite::params![row, name],
                    )?;
                }
                Ok("written".to_owned())
            }
            other => Err(Failed::new(format!("{other:?} is a fault"))),
        }
    }
    fn fault(&self, system: System, _told: &Told, fault: &Running, _env: &mut Env) -> Result<System, Failed> {
        match fault {
            Running::KillAdvance { at } => system.killed(Countdown(Some(*at)), |runner, tell| {
                // What it comes to is told by the journal.
                let _ended = runner.advance_with(tell);
            }),
            Running::KillRollBack { at } => system.killed(Countdown(Some(*at)), |runner, tell| {
                let _ended = runner.roll_back_with(tell);
            }),
            Running::KillRollBackPhase { at } => system.killed(Countdown(Some(*at)), |runner, tell| {
                let _ended = runner.roll_back_phase_with(tell);
            }),
            _ => system.killed(Countdown(None), |_, _| {}),
        }
    }
    fn invariant(&self, told: &Told, system: &mut System) -> Result<(), Failed> {
        let journal = match system.runner.journal() {
            Ok(journal) => journal.iter().map(|entry| event(&entry.event)).collect(),
            Err(RunError::NoPlan) => Vec::new(),
            Err(other) => return Err(other.into()),
        };
        if journal != told.journal {
            return Err(Failed::mismatch(&told.journal, &journal));
        }
        let connection = Connection::open(system.path())?;
        let sound = rows(&connection, "PRAGMA integrity_check");
        if sound != ["Text(\"ok\")"] {
            return Err(Failed::new(sound.join("; ")));
        }
        let stored: BTreeMap<i64, String> = connection
            .prepare(&format!("SELECT id, {} FROM users", Self::column(told)))?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        if stored != told.rows {
            return Err(Failed::mismatch(&told.rows, &stored));
        }
        // Half way back a definition may be written in other letters; in the end it is not.
        if told.state != State::RollingBack && catalog(&connection) != self.catalogs[told.done] {
            return Err(Failed::mismatch(&self.catalogs[told.done], &catalog(&connection)));
        }
        Ok(())
    }
    fn class(&self, told: &Told) -> &'static str {
        match told.state {
            State::NoPlan => "no plan",
            State::UnderWay => "under way",
            State::Finished => "finished",
            State::RollingBack => "rolling back",
            State::RolledBack => "rolled back",
        }
    }
}

/// Checks so many sequences, and that what matters came up in them: killed on the way, and worked on afterwards.
fn holds(mode: &'static str, cases: u32) {
    let often = u64::from(cases / 8);
    check(Journal::new(mode))
        .seed(11)
        .cases(cases)
        .max_commands(40)
        .faults(8)
        .require(Cover::in_class("kill_advance", "under way"), often)
        .require(Cover::pair("kill_advance", "advance"), often / 2)
        .require(Cover::in_class("kill_roll_back", "under way"), often / 2)
        .require(Cover::in_class("kill_roll_back_phase", "under way"), often / 2)
        .require(Cover::pair("roll_back_phase", "advance"), often / 2)
        .require(Cover::in_class("advance", "rolling back"), 1)
        .require(Cover::in_class("begin", "rolled back"), 1)
        .require(Cover::in_class("write", "under way"), often)
        .require(Cover::in_class("write", "rolling back"), 1)
        .run();
}

#[test]
fn the_journal_tells_the_truth_whatever_happens_with_a_write_ahead_log() {
    holds("WAL", 64);
}

#[test]
fn the_journal_tells_the_truth_whatever_happens_with_a_rollback_journal() {
    holds("DELETE", 32);
}

/// To the end, and beyond the point of no return: killed at every moment of the last phase.
#[test]
fn killed_at_any_moment_of_the_last_phase_it_finishes_and_cannot_go_back() {
    let journal = Journal::new("WAL");
    let asked = (0..journal.consumers.len()).map(Running::Attest);
    let before: Vec<Running> =
        [Running::Begin].into_iter().chain(asked).chain(vec![Running::Advance; journal.phases.len() - 1]).collect();
    let moments = journal.phases.last().map_or(0, |last| last.steps.iter().map(|step| step.statements + 2).sum());
    assert!(moments > 3, "{moments}");
    let checked = check(journal);
    for at in 0..=moments {
        let end =
            [Running::KillAdvance { at }, Running::RollBack, Running::Advance, Running::Advance, Running::RollBack];
        // What could still be undone then has been; the plan is begun once more.
        let sequence = before.iter().cloned().chain(end);
        checked.run_sequence(sequence);
    }
}
