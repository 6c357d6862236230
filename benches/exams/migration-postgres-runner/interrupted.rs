//! A runner in a process of its own, which is killed, or loses its connections, at a boundary or at any instant.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use migration_planner_postgres::Advance;
use postgres_for_tests::Database;

use crate::scenario::{connect, runner};

/// Tells this program that it is the runner that is interrupted.
pub(crate) const CHILD: &str = "--child";

/// What the runner is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Advance,
    ToTheEnd,
    RollBack,
    RollBackPhase,
}

impl Verb {
    const ALL: [Self; 4] = [Self::Advance, Self::ToTheEnd, Self::RollBack, Self::RollBackPhase];

    fn name(self) -> String {
        format!("{self:?}")
    }
}

/// How the runner is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// The process, with SIGKILL.
    Kill,
    /// Its connections, by the server.
    Cut,
}

/// Does what the command line says, up to a boundary at which it says so and waits.
pub(crate) fn child(arguments: &[String]) -> ExitCode {
    let [url, verb, stop_at] = arguments else { return ExitCode::FAILURE };
    let stop_at: usize = stop_at.parse().unwrap_or(usize::MAX);
    let mut boundary = 0;
    let mut tell = |_: &_| {
        if boundary == stop_at {
            println!("stopped");
            // Killed here, or told to go on.
            let _line = std::io::stdin().read_line(&mut String::new());
        }
        boundary += 1;
    };
    let mut runner = runner(url);
    let done = match Verb::ALL.into_iter().find(|known| known.name() == *verb) {
        Some(Verb::Advance) => runner.advance_with(&mut tell).map(drop),
        Some(Verb::ToTheEnd) => loop {
            match runner.advance_with(&mut tell) {
                Ok(Advance::PhaseDone { .. }) => {}
                other => break other.map(drop),
            }
        },
        Some(Verb::RollBack) => runner.roll_back_with(&mut tell),
        Some(Verb::RollBackPhase) => runner.roll_back_phase_with(&mut tell).map(drop),
        None => return ExitCode::FAILURE,
    };
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Interrupts a runner at the boundary with this number; `false` if it came to its end before.
pub(crate) fn at_boundary(database: &Database, verb: Verb, how: How, boundary: usize) -> bool {
    let mut child = spawn(database, verb, boundary);
    let lines = BufReader::new(child.stdout.take().expect("it is piped"));
    let stopped = lines.lines().any(|line| line.is_ok_and(|line| line == "stopped"));
    if stopped {
        interrupt(&mut child, database, how);
    }
    child.wait().expect("it is our child");
    stopped
}

/// Interrupts a runner after a while, wherever it is then.
pub(crate) fn after(database: &Database, verb: Verb, how: How, while_: Duration) {
    let began = Instant::now();
    let mut child = spawn(database, verb, usize::MAX);
    std::thread::sleep(while_.saturating_sub(began.elapsed()));
    interrupt(&mut child, database, how);
    child.wait().expect("it is our child");
}

/// How long a runner takes that nobody interrupts.
pub(crate) fn time_of(database: &Database, verb: Verb) -> Duration {
    let began = Instant::now();
    spawn(database, verb, usize::MAX).wait().expect("it is our child");
    began.elapsed()
}

pub(crate) fn spawn(database: &Database, verb: Verb, stop_at: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this program runs"));
    command.args([CHILD, &database.url(), &verb.name(), &stop_at.to_string()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("this program can be started")
}

fn interrupt(child: &mut Child, database: &Database, how: How) {
    match how {
        // Too late is an instant, too.
        How::Kill => child.kill().expect("it is our child"),
        How::Cut => {
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND application_name LIKE 'cutover-%'";
            connect(database).execute(sql, &[]).expect("a superuser may");
            if let Some(stdin) = child.stdin.as_mut() {
                let _it_may_be_gone = stdin.write_all(b"\n");
            }
        }
    }
}
