//! Runners that are killed at random instants, and runners that start together.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use migration_planner_sqlite::{Advance, RunError};

use crate::database::{Database, runner};
use crate::stage::{Reached, Scenario, Stage};

/// Tells this program that it is the runner that is killed.
pub(crate) const CHILD: &str = "--child";

/// How many histories go on at once: much of their time they wait until the lease of somebody who was killed has ended.
const AT_ONCE: usize = 4;

/// After how many histories a thread looks again how long a run takes when nobody kills it: others share the machine.
const LOOK_AGAIN: usize = 100;

/// Runs the plan to its end.
pub(crate) fn child(database: &Path) {
    let mut runner = runner(database);
    while matches!(
        runner.advance(),
        Ok(Advance::PhaseDone { .. }) | Err(RunError::AnotherRunner { .. } | RunError::Fenced)
    ) {}
}

/// What came of histories that were cut off by a kill.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Killed {
    /// They ended as they should.
    pub(crate) right: usize,
    /// The kill came before the first step was done.
    pub(crate) early: usize,
    /// The kill came between the first step and the last.
    pub(crate) under_way: usize,
    /// The kill came too late.
    pub(crate) late: usize,
}

/// Kills a runner at a random instant, then resumes or rolls back, `histories` times.
pub(crate) fn killed(histories: usize) -> Killed {
    let stages: Vec<Stage> = Scenario::ALL.into_iter().map(Stage::new).collect();
    let some = |nth: usize| {
        let mut killed = Killed::default();
        let mut spans = Vec::new();
        for (turn, history) in (nth..histories).step_by(AT_ONCE).enumerate() {
            if turn % LOOK_AGAIN == 0 {
                spans = stages.iter().map(time_of_a_whole_run).collect();
            }
            let scenario = history / AT_ONCE % stages.len();
            killed.count(history, &stages[scenario], spans[scenario]);
        }
        killed
    };
    thread::scope(|scope| {
        let some = &some;
        let threads: Vec<_> = (0..AT_ONCE).map(|nth| scope.spawn(move || some(nth))).collect();
        let of_each = threads.into_iter().map(|thread| thread.join().expect("a failure is an answer"));
        of_each.fold(Killed::default(), Killed::plus)
    })
}

impl Killed {
    fn count(&mut self, history: usize, stage: &Stage, whole_run: Duration) {
        let mut random = Random::of(history);
        let database = stage.copy();
        let mut child = spawn(&database);
        thread::sleep(whole_run.mul_f64(random.share() * 1.1));
        kill(&mut child);
        match Reached::of(&database) {
            Reached::Nothing => self.early += 1,
            Reached::Some => self.under_way += 1,
            Reached::End => self.late += 1,
        }
        let resumes = random.share() < 0.5;
        let wrong = if resumes { stage.resumed(&database) } else { stage.rolled_back(&database) };
        self.right += usize::from(wrong.is_empty());
        for line in wrong {
            let verb = if resumes { "resumed" } else { "rolled back" };
            println!("  history {history}, {:?}, {verb}: {line}", stage.scenario());
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            early: self.early + other.early,
            under_way: self.under_way + other.under_way,
            late: self.late + other.late,
        }
    }
}

/// Starts two runners at once; how many of `pairs` end as they should.
pub(crate) fn together(pairs: usize) -> usize {
    let stages: Vec<Stage> = Scenario::ALL.into_iter().map(Stage::new).collect();
    let ends_well = |pair: &usize| {
        let stage = &stages[pair % stages.len()];
        let database = stage.copy();
        for mut child in [spawn(&database), spawn(&database)] {
            child.wait().expect("it is our child");
        }
        let wrong = stage.resumed(&database);
        for line in &wrong {
            println!("  pair {pair}, {:?}: {line}", stage.scenario());
        }
        wrong.is_empty()
    };
    (0..pairs).filter(ends_well).count()
}

fn spawn(database: &Database) -> Child {
    let program = std::env::current_exe().expect("this program runs");
    let mut command = Command::new(program);
    command.arg(CHILD).arg(database.path()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("this program can be started")
}

fn kill(child: &mut Child) {
    child.kill().expect("it is our child"); // SIGKILL; too late is an instant, too
    child.wait().expect("it is our child");
}

fn time_of_a_whole_run(stage: &Stage) -> Duration {
    let (database, began) = (stage.copy(), Instant::now());
    spawn(&database).wait().expect("it is our child");
    began.elapsed()
}

/// xorshift64*: the same shares of a run for the same history.
struct Random(u64);

impl Random {
    fn of(history: usize) -> Self {
        let number = u64::try_from(history).expect("histories are few");
        let mut random = Self(0x9e37_79b9_7f4a_7c15 ^ (number + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
        random.share(); // Neighbours begin alike.
        random
    }

    /// A number from 0 up to 1.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = u32::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32).expect("the upper half of 64 bits");
        f64::from(high) / 2_f64.powi(32)
    }
}

/// Copies a database that nobody has open.
pub(crate) fn copy(from: &Database) -> Database {
    let to = Database::new("");
    fs::copy(from.path(), to.path()).expect("there is room for a small file");
    to
}
