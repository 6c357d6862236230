//! A check, as its author sets it up.

use std::panic::Location;
use std::path::PathBuf;
use std::time::Duration;

use crate::child::Isolation;
use crate::exhaustive::Certificate;
use crate::failure::Failure;
use crate::model::Model;
use crate::requirement::Cover;
use crate::runner::Runner;
use crate::search::Search;
use crate::settings::Settings;
use crate::tally::Tally;

/// Prepares a check of the system against `model`.
///
/// See [`Model`] for a whole example.
///
/// ```
/// use stateful_testing::check;
/// use stateful_testing::testing::Counter;
///
/// check(Counter::right()).run();
/// ```
pub fn check<M: Model>(model: M) -> Check<M> {
    Check { model, wishes: Wishes::default() }
}

/// A check that can be configured and then run.
///
/// What is set here can be overridden from outside:
///
/// | variable | what it is |
/// |---|---|
/// | `STATEFUL_SEED` | the seed, `42` or `0x2a` |
/// | `STATEFUL_CASES` | how many sequences are tried |
/// | `STATEFUL_BUDGET` | how many runs of the system may be spent on shrinking |
/// | `STATEFUL_REPLAY` | one sequence to run and shrink, as a report prints it |
/// | `STATEFUL_SHARD` | `3/8`: only every eighth sequence, from the third; the shards of one seed do not overlap |
///
/// ```
/// use stateful_testing::check;
/// use stateful_testing::testing::Counter;
///
/// let check = check(Counter::right()).seed(7).cases(50).max_commands(20).budget(100);
/// assert_eq!(check.try_run().unwrap().cases(), 50);
/// ```
#[derive(Debug, Clone)]
#[must_use = "a check does nothing until it is run"]
pub struct Check<M> {
    model: M,
    wishes: Wishes,
}

/// What the author of the check has set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wishes {
    pub(crate) seed: Option<u64>,
    pub(crate) cases: Option<u32>,
    pub(crate) max_commands: Option<usize>,
    pub(crate) faults: Option<usize>,
    pub(crate) search: Search,
    pub(crate) budget: Option<u32>,
    pub(crate) failures: Option<usize>,
    pub(crate) exhaustive: Option<usize>,
    pub(crate) regressions: Option<PathBuf>,
    pub(crate) required: Vec<(Cover, u64)>,
    pub(crate) deadline: Option<(Duration, &'static Location<'static>)>,
    pub(crate) isolation: Option<Isolation>,
    pub(crate) explain: bool,
}

impl<M: Model> Check<M> {
    /// Makes the check do the same every time. Without it each run has a seed of its own, which a failure prints.
    pub fn seed(mut self, seed: u64) -> Self {
        self.wishes.seed = Some(seed);
        self
    }

    /// How many sequences are tried, 256 by default. 0 is refused: a check that tries nothing has not passed.
    pub fn cases(mut self, cases: u32) -> Self {
        self.wishes.cases = Some(cases);
        self
    }

    /// How many commands a sequence has at most, 50 by default. 0 is refused.
    pub fn max_commands(mut self, commands: usize) -> Self {
        self.wishes.max_commands = Some(commands);
        self
    }

    /// How many faults a sequence has at most, 3 by default: see [`Model::fault`]. 0 makes sequences without faults.
    pub fn faults(mut self, faults: usize) -> Self {
        self.wishes.faults = Some(faults);
        self
    }

    /// How random sequences are made: [`Search::Adaptive`] by default.
    pub fn search(mut self, search: Search) -> Self {
        self.wishes.search = search;
        self
    }

    /// How many runs of the system may be spent on shrinking, 1,000 by default. 0 is refused: the sequence has to be run once
    /// more at least, to see that it fails again. For a system of which every run is slow, 60 make most sequences of
    /// 50 commands 1-minimal.
    pub fn budget(mut self, runs: u32) -> Self {
        self.wishes.budget = Some(runs);
        self
    }

    /// Goes on after the first failure until so many have been found that differ in what was wrong and in which command it
    /// showed; 1 by default. 0 is refused. Each is shrunk with a budget of its own.
    ///
    /// ```
    /// use stateful_testing::check;
    /// use stateful_testing::testing::Counter;
    ///
    /// let failure = check(Counter::stuck_at(150)).failures(2).try_run().unwrap_err();
    /// assert!(failure.to_string().contains("[add 51, add 100]"));
    /// ```
    pub fn failures(mut self, failures: usize) -> Self {
        self.wishes.failures = Some(failures);
        self
    }

    /// Tries all sequences of up to `depth` commands instead of random ones, short ones first: a failure found is the shortest,
    /// and a check that passes has a [`Certificate`]. 0 is refused.
    ///
    /// Cost grows with the number of states of the model within that depth, not with that of the sequences: see
    /// [`Certificate`] for what this takes for granted.
    ///
    /// ```
    /// use stateful_testing::check;
    /// use stateful_testing::testing::Counter;
    ///
    /// let passed = check(Counter::stuck_at(150)).exhaustive(2).try_run().unwrap();
    /// assert!(!passed.certificate().unwrap().all_arguments); // only the four simplest amounts
    /// ```
    pub fn exhaustive(mut self, depth: usize) -> Self {
        self.wishes.exhaustive = Some(depth);
        self
    }

    /// Keeps failing sequences in the file at `path`, and runs those that are there before anything else. A relative path
    /// starts in the folder of the package. The file is made when the first failure is found; commit it.
    ///
    /// A sequence that the model makes differently now runs as it is made now, and [`Passed::notices`] says so; one that it cannot
    /// make any more fails the check.
    ///
    /// ```
    /// use stateful_testing::check;
    /// use stateful_testing::testing::Counter;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let check = check(Counter::stuck_at(150)).regressions(folder.path().join("counter.txt"));
    /// assert!(check.try_run().unwrap_err().to_string().contains("kept in"));
    /// assert!(check.try_run().unwrap_err().to_string().contains("failed before"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn regressions(mut self, path: impl Into<PathBuf>) -> Self {
        self.wishes.regressions = Some(path.into());
        self
    }

    /// Fails a sequence in which one call of [`Model::run`] takes longer than this. Without it the clock is not read.
    ///
    /// A call that never returns cannot be ended from within its own process. When one has taken 20 times as long, and two seconds at
    /// least, a message says which it is, and the process is ended as a test that fails; with [`isolated`](Self::isolated) the
    /// sequence is shrunk instead.
    ///
    /// ```
    /// use std::time::Duration;
    /// use stateful_testing::check;
    /// use stateful_testing::testing::Counter;
    ///
    /// check(Counter::right()).deadline(Duration::from_secs(5)).run();
    /// ```
    #[track_caller]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.wishes.deadline = Some((deadline, Location::caller()));
        self
    }

    /// Runs the system in a process of its own, so that an abort, an overflow of the stack and a hang are failures like others, and are
    /// shrunk. A process that gives no sign of life for `limit`, be it in setting up or in one command, has hung.
    ///
    /// The process is this program, started again to run the same test up to this check: what the test does before
    /// is done there too. The test is found by the name of its thread. Where there is none, as in `main` or with
    /// `--test-threads=1`, the program is started with the arguments it has. Each sequence that ends the process costs a start.
    #[track_caller]
    pub fn isolated(mut self, limit: Duration) -> Self {
        self.wishes.isolation = Some(Isolation { place: Location::caller().to_string(), limit });
        self
    }

    /// Has a report say which arguments do not matter: all of a command, or single ones. Costs up to three runs more for each command of the
    /// shrunk sequence, and up to three for each argument of a command of which some matter.
    ///
    /// ```
    /// use stateful_testing::check;
    /// use stateful_testing::testing::Counter;
    ///
    /// let failure = check(Counter::stuck_at(0)).explain().try_run().unwrap_err();
    /// assert!(failure.to_string().contains("what command 1 is given does not matter"));
    /// ```
    pub fn explain(mut self) -> Self {
        self.wishes.explain = true;
        self
    }

    /// Fails the check if `cover` comes up less than `at_least` times in all its random sequences.
    pub fn require(mut self, cover: Cover, at_least: u64) -> Self {
        self.wishes.required.push((cover, at_least));
        self
    }

    /// Runs the check.
    ///
    /// # Panics
    /// If it does not pass, with the report: this is how a `#[test]` fails.
    #[track_caller]
    pub fn run(&self) {
        match self.try_run() {
            Ok(passed) => passed.print_notices(),
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Runs these commands, in this order, and nothing else: for a test pasted from [`Falsified::to_test`](crate::Falsified::to_test).
    ///
    /// # Panics
    /// If the system does not do what the model says, with the report; also if the model does not allow the commands.
    ///
    /// ```
    /// use stateful_testing::check;
    /// use stateful_testing::testing::{Counter, Counting};
    ///
    /// check(Counter::right()).run_sequence([Counting::Add(51), Counting::Add(100), Counting::Reset]);
    /// ```
    #[track_caller]
    pub fn run_sequence(&self, commands: impl IntoIterator<Item = M::Command>) {
        if let Err(failure) = self.try_sequence(commands) {
            panic!("{failure}");
        }
    }

    /// Runs the sequence that `bytes` decide on, of at most as many commands as they reach for: the body of a fuzz target.
    ///
    /// An input that makes no command is passed over, since a fuzzer begins with such.
    ///
    /// ```
    /// use stateful_testing::check;
    /// use stateful_testing::testing::Counter;
    ///
    /// // In `fuzz_target!(|bytes: &[u8]| ..)`:
    /// let bytes: &[u8] = b"what the fuzzer comes up with";
    /// check(Counter::right()).run_bytes(bytes);
    /// ```
    ///
    /// # Panics
    /// If the system does not do what the model says, with the report on the shrunk sequence.
    #[track_caller]
    pub fn run_bytes(&self, bytes: &[u8]) {
        match self.try_bytes(bytes) {
            Ok(_) | Err(Failure::NothingGenerated { .. }) => {}
            Err(failure) => panic!("{failure}"),
        }
    }

    /// As [`run_bytes`](Self::run_bytes), and returns what came out.
    ///
    /// # Errors
    /// As [`try_run`](Self::try_run); [`Failure::NothingGenerated`] if the bytes make no command.
    pub fn try_bytes(&self, bytes: &[u8]) -> Result<Passed, Failure<M::Command>> {
        Runner::new(&self.model, Settings::resolve(&self.wishes)?).run_bytes(bytes)
    }

    /// As [`run_sequence`](Self::run_sequence), and returns what came out.
    ///
    /// # Errors
    /// As [`try_run`](Self::try_run), and [`Failure::Refused`] if the model does not allow the commands. A failing sequence is reported
    /// as it is; it is not shrunk.
    pub fn try_sequence(&self, commands: impl IntoIterator<Item = M::Command>) -> Result<Passed, Failure<M::Command>> {
        Runner::new(&self.model, Settings::resolve(&self.wishes)?).run_sequence(commands.into_iter().collect())
    }

    /// Runs the check and returns what came out.
    ///
    /// # Errors
    /// If it did not pass. The report is what the error prints; a failing sequence can be taken out of it.
    pub fn try_run(&self) -> Result<Passed, Failure<M::Command>> {
        Runner::new(&self.model, Settings::resolve(&self.wishes)?).run()
    }
}

/// What a check that passed did.
///
/// ```
/// use stateful_testing::check;
/// use stateful_testing::testing::Counter;
///
/// let passed = check(Counter::right()).cases(100).try_run().unwrap();
/// assert_eq!(passed.cases(), 100);
/// assert!(passed.tally().commands() >= 100);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    pub(crate) cases: u32,
    pub(crate) tally: Tally,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) notices: Vec<String>,
}

impl Passed {
    /// How many random sequences ran.
    pub fn cases(&self) -> u32 {
        self.cases
    }

    /// Which commands they were made of.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What an exhaustive check went through; `None` for one of random sequences.
    pub fn certificate(&self) -> Option<Certificate> {
        self.certificate
    }

    /// What the author should know though nothing failed: regressions that the model makes differently now.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    #[allow(clippy::print_stderr, reason = "a test has no other way to say something without failing")]
    fn print_notices(&self) {
        for notice in &self.notices {
            eprintln!("stateful-testing: {notice}");
        }
    }
}
