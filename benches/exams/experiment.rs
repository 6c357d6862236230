//! What the crate `experiment` promises, counted.
//!
//! - `control-wins`: with every extension point failing or not at random, the caller gets the control's value or panic.
//! - `counts`: what the report counts is what was planted.
//! - `conformance`: the 126 behaviours of the two reference test suites, and ten of other ports, each a test of that
//!   number.
//! - `fault-injection`: sequences of planned faults and calls, in every mode: the caller gets the control's own, on time, and each
//!   failure is told.
//! - `schedules`: properties of the queues, the recorder, permits and deadlines that hold in every schedule that is tried.
//! - `quantiles`: reported quantiles are within the stated error of the true ones.
//! - `overload-…`: more runs, of closures and of futures, are offered than the background takes: for a minute each with `--full`, else
//!   for a second.
//! - `panic-abort`: what a program that cannot contain panics is told.

#![allow(clippy::print_stdout, reason = "what it prints is the result")]

#[path = "experiment/overload.rs"]
mod overload;
#[path = "experiment/panic_abort.rs"]
mod panic_abort;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cutover_benches::{Exam, full_form};
use experiment::testing::ManualClock;
use experiment::{BreakerPolicy, Clock, Lab, Order, Outcome, PublishError, Publisher, RunResult};

fn main() -> ExitCode {
    let runs = if full_form() { 1_000_000 } else { 50_000 };
    let mut exam = Exam::new("experiment");
    exam.part("control-wins", control_wins(runs), runs);
    exam.part("conformance", conformance(), 136);
    let cases = if full_form() { 2_000 } else { 300 };
    exam.part("fault-injection", fault_injection(cases), cases);
    let (right, total) = schedules(if full_form() { 1_000 } else { 200 });
    exam.part("schedules", right, total);
    let (right, total) = counts(runs);
    exam.part("counts", right, total);
    let (right, total) = quantiles(runs);
    exam.part("quantiles", right, total);
    overload::overload(&mut exam, Duration::from_secs(if full_form() { 180 } else { 3 }));
    exam.part("panic-abort", panic_abort::panic_abort(), 4);
    exam.finish()
}

/// The least generator that passes for random here; the seed makes a failure repeatable.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 11
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}

/// Panics without the message that the panic hook would print.
fn fail<T>(payload: u64) -> T {
    resume_unwind(Box::new(payload))
}

fn or_fail<T>(fails: bool, value: T) -> T {
    if fails { fail(0) } else { value }
}

struct UnreliablePublisher;

impl Publisher for UnreliablePublisher {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        match result.run() % 5 {
            0 => fail(0),
            1 => Err(PublishError::refused("full")),
            _ => Ok(()),
        }
    }
}

struct UnreliableClock;

impl Clock for UnreliableClock {
    fn now(&self) -> Instant {
        let now = Instant::now();
        if now.elapsed().subsec_nanos().is_multiple_of(7) { fail(0) } else { now }
    }
}

/// Every extension point fails in one of five runs, by itself and together; the control panics in one of five.
fn control_wins(runs: usize) -> usize {
    let lab = Lab::new().publisher(UnreliablePublisher).clock(UnreliableClock).on_failure(|_| fail(0));
    let lab = lab.breaker(BreakerPolicy::never());
    let mut random = Random(1);
    let mut right = 0;
    for run in 0..runs as u64 {
        let [control, new, fancy, condition, observe, compare, ignore, words] =
            std::array::from_fn(|_| random.one_in(5));
        let difference = random.one_in(2);
        let call = || {
            lab.experiment("exam")
                .control(|| if control { fail(run) } else { run })
                .candidate("new", || or_fail(new, run + u64::from(difference)))
                .candidate("fancy", || or_fail(fancy, run))
                .run_if(|| or_fail(condition, true))
                .observe(|value| or_fail(observe, *value))
                .compare_with(|one, other| or_fail(compare, one == other))
                .ignore(|_, _| or_fail(ignore, false))
                .explain_with(|_, _| or_fail(words, String::from("different")))
                .run()
        };
        let as_it_should_be = match catch_unwind(AssertUnwindSafe(call)) {
            Ok(value) => !control && value == run,
            Err(payload) => control && payload.downcast_ref() == Some(&run),
        };
        right += usize::from(as_it_should_be);
    }
    right
}

/// Plants outcomes at random and compares the report with what was planted.
fn counts(runs: usize) -> (usize, usize) {
    // A quarter of the runs panics, which would open the breaker.
    let lab = Lab::new().breaker(BreakerPolicy::never());
    let mut random = Random(2);
    let mut planted = [0; 4];
    for _ in 0..runs {
        let kind = random.next() % 4;
        planted[usize::try_from(kind).expect("it is below 4")] += 1_u64;
        lab.experiment("exam")
            .control(|| 0)
            .candidate("new", || if kind == 3 { fail(0) } else { kind })
            .ignore(|_, candidate| *candidate == 1)
            .run();
    }
    let report = lab.experiment("exam").report();
    let outcomes = [Outcome::Match, Outcome::Ignored, Outcome::Mismatch, Outcome::Panicked];
    let right = outcomes
        .iter()
        .zip(planted)
        .filter(|(outcome, planted)| report.candidates[0].count(**outcome) == *planted)
        .count();
    (right, outcomes.len())
}

/// Durations over nine orders of magnitude, against the sorted list of them.
fn quantiles(runs: usize) -> (usize, usize) {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).order(Order::ControlFirst);
    let mut random = Random(3);
    let mut durations: Vec<Duration> = Vec::with_capacity(runs);
    for _ in 0..runs {
        let nanos = (random.next() % 1_000 + 1) * 10_u64.pow(u32::try_from(random.next() % 9).expect("it is below 9"));
        let duration = Duration::from_nanos(nanos);
        durations.push(duration);
        lab.experiment("exam").control(|| ()).candidate("new", || clock.advance(duration)).run();
    }
    durations.sort_unstable();
    let report = lab.experiment("exam").report();
    let latency = report.candidates[0].behavior.latency.as_ref().expect("it returned");
    let reported = [(50, latency.p50), (95, latency.p95), (99, latency.p99)];
    let right = reported.iter().filter(|(percent, reported)| {
        let exact = durations[(runs * percent).div_ceil(100) - 1].as_secs_f64();
        (reported.as_secs_f64() - exact).abs() <= exact * latency.relative_error + 1e-9
    });
    (right.count(), reported.len())
}

/// Runs the tests named `scientist_…` and counts those that pass; that every number has one is a test among them.
fn conformance() -> usize {
    let (printed, _) = tests(&["-p", "experiment", "--all-features"], "conformance", &[]);
    let complete = printed.iter().any(|line| line.ends_with("every_number_has_exactly_one_test ... ok"));
    let passed = printed.iter().filter(|line| line.contains("::scientist_") && line.ends_with("... ok")).count();
    if complete { passed } else { 0 }
}

/// How many sequences went well: all of them, or none, since the first that does not is shrunk and ends the test.
fn fault_injection(cases: usize) -> usize {
    let (printed, is_success) = tests(&["-p", "experiment", "--all-features"], "faults::", &[("FAULT_CASES", cases)]);
    let drawn = "test faults::the_control_wins_over_every_fault_and_each_is_told ... ok";
    if is_success && printed.iter().any(|line| line == drawn) { cases } else { 0 }
}

/// How many properties held in so many schedules of each kind, of how many.
fn schedules(schedules: usize) -> (usize, usize) {
    let (printed, is_success) = tests(&["-p", "experiment-under-shuttle"], "", &[("SCHEDULES", schedules)]);
    let results = || printed.iter().filter(|line| line.starts_with("test ") && line.contains(" ... "));
    let (right, total) = (results().filter(|line| line.ends_with("... ok")).count(), results().count());
    // A process that was killed printed only what went well before.
    if right == total && !is_success { (0, total) } else { (right, total) }
}

/// What the tests of a package print whose names hold that word, and whether all went well.
fn tests(package: &[&str], names: &str, settings: &[(&str, usize)]) -> (Vec<String>, bool) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(cargo);
    command.args(["test", "--quiet"]).args(package).args(["--test", "it", "--", "--format", "pretty", names]);
    command.envs(settings.iter().map(|(name, number)| (name, number.to_string())));
    let output = command.output().expect("an exam runs where cargo does");
    let printed = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    (printed, output.status.success())
}
