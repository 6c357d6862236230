//! A line that says how far a check is, for people who wait for it at a terminal.

use std::env;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::tally::Tally;

/// How long a check runs before it says anything: most are done by then.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a line stands at least.
const PACE: Duration = Duration::from_millis(200);

/// Clears the line the cursor is in.
const CLEAR: &str = "\r\x1b[2K";

/// Writes the line again from time to time, and takes it away at the end.
pub(crate) struct Progress<W: Write> {
    out: W,
    of: usize,
    /// When the next line is due.
    due: Instant,
    written: bool,
}

/// What the line says.
struct Line<'a> {
    cases: u32,
    of: usize,
    tally: &'a Tally,
}

/// Starts a line on standard error for a check of so many cases; `None` where nobody is there to read it.
pub(crate) fn on_terminal(of: usize) -> Option<Progress<io::Stderr>> {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let wanted = io::stderr().is_terminal() && !set("CI") && env::var_os("TERM").is_none_or(|term| term != "dumb");
    wanted.then(|| Progress::new(io::stderr(), of, PATIENCE))
}

impl<W: Write> Progress<W> {
    fn new(out: W, of: usize, patience: Duration) -> Self {
        Self { out, of, due: Instant::now() + patience, written: false }
    }

    /// Says how far the check is, unless it has just been said.
    pub(crate) fn tick(&mut self, cases: u32, tally: &Tally) {
        let now = Instant::now();
        if now >= self.due {
            self.due = now + PACE;
            self.written = true;
            // A line that cannot be written is no reason to fail a test.
            drop(write!(self.out, "{CLEAR}{}", Line { cases, of: self.of, tally }).and_then(|()| self.out.flush()));
        }
    }
}

impl<W: Write> Drop for Progress<W> {
    fn drop(&mut self) {
        if self.written {
            drop(write!(self.out, "{CLEAR}").and_then(|()| self.out.flush()));
        }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: usize = 20;
        let Self { cases, of, tally } = self;
        let done = (*cases as usize).min(*of) * WIDTH / (*of).max(1);
        let (bar, rest) = ("#".repeat(done), "-".repeat(WIDTH - done));
        write!(f, "[{bar}{rest}] {cases} of {of} cases, {} commands, {} rejected", tally.commands(), tally.rejected())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Line, Progress};
    use crate::tally::Tally;

    fn tally() -> Tally {
        let mut tally = Tally::new(&["push"]);
        tally.accepted(0, None, "");
        tally.precondition_refused(0, "");
        tally.reference_missing(0);
        tally
    }

    #[test]
    fn the_line_tells_cases_commands_and_rejects() {
        let line = Line { cases: 128, of: 256, tally: &tally() }.to_string();
        assert_eq!(line, "[##########----------] 128 of 256 cases, 1 commands, 2 rejected");
    }

    #[test]
    fn a_line_that_was_written_is_taken_away() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, 2, Duration::ZERO);
        progress.tick(1, &tally());
        // The next one is not due yet.
        progress.tick(2, &tally());
        drop(progress);
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("1 of 2 cases") && !out.contains("2 of 2"), "{out:?}");
        assert!(out.ends_with("\r\u{1b}[2K"), "{out:?}");
    }

    #[test]
    fn a_check_that_is_soon_done_says_nothing() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, 2, Duration::from_hours(1));
        progress.tick(1, &tally());
        drop(progress);
        assert!(out.is_empty());
    }
}
