//! What does it cost to find out where two results differ, next to finding out that they do?
//!
//! The values are two vectors of 100 users, some 8 KB as JSON. In `nested` one text differs; in `inserted` one user more is at the front.
//! `equality` is what every call pays; `take_apart` is what the thread of a mismatch pays, for both sides; `differences` is that and
//! what the lab's worker pays, words included.

use std::hint::black_box;

use divan::Bencher;
use experiment::diff::{Rules, Tolerance};
use experiment::testing::ManualClock;
use experiment::{Lab, Order};
use serde::Serialize;

#[global_allocator]
static ALLOCATIONS: divan::AllocProfiler = divan::AllocProfiler::system();

#[expect(clippy::print_stdout, reason = "figures need the machine they are from")]
fn main() {
    println!("{}", cutover_benches::machine_facts());
    divan::main();
}

#[derive(Serialize, Clone, PartialEq)]
struct User {
    id: u64,
    name: String,
    email: String,
    active: bool,
    score: f64,
    tags: Vec<&'static str>,
}

fn user(id: u64) -> User {
    let (name, email) = (format!("user number {id}"), format!("user.{id}@example.org"));
    User { id, name, email, active: true, score: 0.5, tags: vec![] }
}

fn users() -> Vec<User> {
    (1..=100).map(user).collect()
}

#[derive(Clone, Copy, Debug)]
enum Case {
    Nested,
    Inserted,
}

impl Case {
    const ALL: [Self; 2] = [Self::Nested, Self::Inserted];

    fn candidate(self) -> Vec<User> {
        let mut users = users();
        match self {
            Self::Nested => users[50].email.push('!'),
            Self::Inserted => users.insert(0, user(0)),
        }
        users
    }
}

#[divan::bench]
fn equality(bencher: Bencher<'_, '_>) {
    let (control, candidate) = (users(), users());
    bencher.bench(|| black_box(&control) == black_box(&candidate));
}

#[divan::bench(args = Case::ALL)]
fn differences(bencher: Bencher<'_, '_>, case: Case) {
    let (rules, control, candidate) = (Rules::new(), users(), case.candidate());
    assert_eq!(rules.differences(&control, &candidate).map(|found| found.changes().len()), Ok(1));
    bencher.bench(|| rules.differences(black_box(&control), black_box(&candidate)));
}

#[divan::bench(args = Case::ALL)]
fn differences_by_rules(bencher: Bencher<'_, '_>, case: Case) {
    let tolerance = Tolerance::relative(1e-9).expect("it is a bound");
    let rules = Rules::new().by("$", "id").and_then(|rules| rules.ignore("**.updated_at"));
    let rules = rules.and_then(|rules| rules.tolerance("[*].score", tolerance)).and_then(|rules| rules.show("**"));
    let (rules, control, candidate) = (rules.expect("the patterns are right"), users(), case.candidate());
    bencher.bench(|| rules.differences(black_box(&control), black_box(&candidate)));
}

/// A call whose results differ. The clock moves on, so that every mismatch is taken apart; the queue is emptied outside of the measurement.
#[divan::bench(sample_size = 1, sample_count = 500)]
fn take_apart(bencher: Bencher<'_, '_>) {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).order(Order::ControlFirst);
    let (control, candidate) = (users(), Case::Nested.candidate());
    let prepare = || {
        clock.advance(std::time::Duration::from_secs(1));
        lab.flush().expect("there is no publisher that could refuse");
    };
    bencher.with_inputs(prepare).bench_local_values(|()| {
        let call = lab.experiment("users-query").control(|| &control).candidate("new", || &candidate);
        call.diff().run().len()
    });
    lab.flush().expect("there is no publisher that could refuse");
    let report = lab.experiment("users-query").report();
    let differences = report.candidates[0].differences.as_ref().expect("the calls asked for differences");
    assert_eq!((differences.passed_over, differences.dropped), (0, 0));
}

/// The same in a storm of mismatches, of which hardly any is taken apart.
#[divan::bench]
fn storm(bencher: Bencher<'_, '_>) {
    let lab = Lab::new().order(Order::ControlFirst);
    let (control, candidate) = (users(), Case::Nested.candidate());
    bencher.bench_local(|| {
        let call = lab.experiment("users-query").control(|| &control).candidate("new", || &candidate);
        call.diff().run().len()
    });
}

/// The same without `diff`.
#[divan::bench]
fn storm_without_diff(bencher: Bencher<'_, '_>) {
    let lab = Lab::new().order(Order::ControlFirst);
    let (control, candidate) = (users(), Case::Nested.candidate());
    bencher.bench_local(|| {
        let call = lab.experiment("users-query").control(|| &control).candidate("new", || &candidate);
        call.run().len()
    });
}
