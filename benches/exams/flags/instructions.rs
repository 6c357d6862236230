//! The hot path keeps its budgets: instructions per evaluation, the same on every run, and no allocation.
//!
//! Times on a machine with neighbours cannot be a gate; instructions can. A change that makes a case dearer either mends
//! that or raises the budget here, where a reviewer sees it.

use std::env;
use std::hint::black_box;
use std::time::Duration;

use cutover_benches::{Counts, Exam, can_count, collected, count};
use feature_flags::{Context, ExposureOptions, Exposures, Flag, FlagName, Flags, Hook, Rule, Segment, SubjectKeys};

/// Asks the process to be the one under Callgrind; followed by the case.
const FLAG: &str = "--collect";
const CALLS: u64 = 1024;

type Work = Box<dyn FnMut(u64)>;

/// What is asked, the most instructions it may take, the loop that asks included, and the preparation of the work.
struct Case {
    name: &'static str,
    budget: f64,
    prepare: fn() -> Work,
}

/// Explanations keep what they saw; evaluations keep nothing.
const MAY_ALLOCATE: (&str, f64) = ("explain", 2.0);

const CASES: [Case; 11] = [
    Case { name: "typed-on", budget: 140.0, prepare: typed },
    Case { name: "name-among-10000", budget: 205.0, prepare: || named(Flag::new("").enabled(true)) },
    Case { name: "unknown-name", budget: 215.0, prepare: unknown },
    Case { name: "rollout", budget: 415.0, prepare: || named(Flag::new("").rule(half())) },
    Case { name: "country-then-rollout", budget: 590.0, prepare: || named(Flag::new("").rule(country_then_half())) },
    Case { name: "visiting-10000", budget: 610.0, prepare: visiting },
    Case { name: "segment-100000", budget: 520.0, prepare: segment },
    Case { name: "number-of-a-variant", budget: 700.0, prepare: variant },
    Case { name: "hook-that-does-nothing", budget: 1_000.0, prepare: hooked },
    Case { name: "exposure-seen-before", budget: 1_500.0, prepare: exposed },
    Case { name: "explain", budget: 1_250.0, prepare: explain },
];

/// Does the work of a process that was started to be counted, and tells whether this process is one.
pub(crate) fn counted() -> bool {
    let arguments: Vec<String> = env::args().collect();
    let [_, flag, name] = arguments.as_slice() else { return false };
    if flag != FLAG {
        return false;
    }
    let case =
        CASES.iter().find(|case| case.name == name).expect("the process that started this one has the same cases");
    let mut work = (case.prepare)();
    work(CALLS);
    collected(&mut work, CALLS);
    true
}

/// Holds every case against its budget; without Valgrind that is left out, and said.
pub(crate) fn within_budget(exam: &mut Exam) {
    if !can_count() {
        println!("exam flags/instructions: skipped, valgrind is not installed (apt-get install valgrind)");
        return;
    }
    let right = CASES.iter().filter(|Case { name, budget, .. }| {
        let Some(Counts { instructions, allocations }) = count(&[FLAG, name], CALLS) else {
            println!("  {name}: valgrind does not run it");
            return false;
        };
        let most = if *name == MAY_ALLOCATE.0 { MAY_ALLOCATE.1 } else { 0.0 };
        println!(
            "  {name}: {instructions:.0} instructions of at most {budget}, {allocations:.2} allocations of at most {most}"
        );
        instructions <= *budget && allocations <= most
    });
    exam.part("instructions", right.count(), CASES.len());
}

#[derive(Context)]
struct User {
    #[context(key)]
    id: String,
    country: String,
}

fn users() -> Vec<User> {
    let countries = ["US", "DE", "FR", "CA", "GB", "JP"];
    let user = |number: usize| User {
        id: format!("user-{:08}", number * 7_919 % 100_000_000),
        country: countries[number % countries.len()].to_owned(),
    };
    (0..1_024).map(user).collect()
}

fn half() -> Rule {
    Rule::new().rollout("50%".parse().expect("a rollout"))
}

fn country_then_half() -> Rule {
    half().when(r#"country in ["US", "DE", "FR"]"#.parse().expect("a condition"))
}

fn name(number: usize) -> String {
    format!("checkout-flag-{number:05}")
}

/// 10,000 flags with a rule, and one like `asked` in the middle of them.
fn flags(asked: &Flag) -> Flags {
    let mut builder = Flags::builder();
    for number in 0..10_000 {
        let flag = Flag::new(name(number));
        builder = builder.flag(if number == 5_000 {
            asked.rules().iter().cloned().fold(flag, Flag::rule)
        } else {
            flag.rule(country_then_half())
        });
    }
    builder.build()
}

/// Asks for one user after the other.
fn each_user(mut ask: impl FnMut(&User) -> bool + 'static) -> Work {
    let (users, mut next) = (users(), 0);
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(ask(black_box(&users[next])));
            next = (next + 1) % users.len();
        }
    })
}

fn typed() -> Work {
    let (flags, name) = (flags(&Flag::new("").enabled(true)), FlagName::new(name(5_000)));
    each_user(move |user| flags.enabled_by(black_box(&name), user))
}

#[allow(clippy::needless_pass_by_value, reason = "made for this call")]
fn named(asked: Flag) -> Work {
    let (flags, name) = (flags(&asked), name(5_000));
    each_user(move |user| flags.enabled(black_box(&name), user))
}

fn unknown() -> Work {
    let flags = flags(&Flag::new(""));
    each_user(move |user| flags.enabled(black_box("checkout-flag-none"), user))
}

fn visiting() -> Work {
    let flags = flags(&Flag::new("").rule(country_then_half()));
    let names: Vec<String> = (0..10_000).map(|number| name(number * 7_919 % 10_000)).collect();
    let mut next = 0;
    each_user(move |user| {
        next = (next + 1) % names.len();
        flags.enabled(&names[next], user)
    })
}

/// A million takes an interpreter of instructions half a minute to sort, and two guesses more to search.
fn segment() -> Work {
    let flags = Flags::builder()
        .segment("members", Segment::of((0..100_000).map(|number| format!("user-{:08}", number * 2))))
        .flag(Flag::new("for-members").rule(Rule::new().when(r#"segment("members")"#.parse().expect("a condition"))))
        .build();
    each_user(move |user| flags.enabled(black_box("for-members"), user))
}

fn variant() -> Work {
    let shares = r#"format = 1
        [flags.page-size]
        variants = { small = 20, large = 100 }
        rollout = "100%"
        serve = { small = "50%", large = "50%" }"#;
    let flags = Flags::from_toml(shares).expect("well-formed");
    each_user(move |user| flags.integer(black_box("page-size"), user, 0) == 20)
}

struct Idle;

impl Hook for Idle {}

/// What a handle with a hook pays for being asked; the others pay nothing.
fn hooked() -> Work {
    let (flags, name) = (flags(&Flag::new("").rule(half())).with_hook(Idle), name(5_000));
    each_user(move |user| flags.enabled(black_box(&name), user))
}

/// All of the users were exposed when the work is done for the first time, which is not counted.
fn exposed() -> Work {
    let exposures = Exposures::new(ExposureOptions::new(SubjectKeys::hashed("salt")).window(Duration::MAX));
    let (flags, name) = (flags(&Flag::new("").rule(half())).with_hook(exposures), name(5_000));
    each_user(move |user| flags.enabled(black_box(&name), user))
}

/// The trace and who it is about are kept for the reader, in two allocations.
fn explain() -> Work {
    let (flags, name) = (flags(&Flag::new("").rule(country_then_half())), name(5_000));
    each_user(move |user| flags.explain(black_box(&name), user).enabled())
}
