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
/// Of what takes a millisecond.
const FEW_CALLS: u64 = 8;

type Work = Box<dyn FnMut(u64)>;

/// What is asked, the most instructions and allocations it may take, the loop that asks included, and the preparation of
/// the work.
struct Case {
    name: &'static str,
    budget: f64,
    allocations: f64,
    calls: u64,
    prepare: fn() -> Work,
}

/// An evaluation keeps nothing.
const fn case(name: &'static str, budget: f64, prepare: fn() -> Work) -> Case {
    Case { name, budget, allocations: 0.0, calls: CALLS, prepare }
}

const CASES: [Case; 14] = [
    case("typed-on", 122.0, typed),
    case("name-among-10000", 190.0, || named(Flag::new("").enabled(true))),
    case("unknown-name", 208.0, unknown),
    case("rollout", 405.0, || named(Flag::new("").rule(half()))),
    case("country-then-rollout", 585.0, || named(Flag::new("").rule(country_then_half()))),
    case("visiting-10000", 602.0, visiting),
    case("segment-100000", 450.0, segment),
    case("number-of-a-variant", 700.0, variant),
    case("hook-that-does-nothing", 740.0, hooked),
    case("exposure-seen-before", 1_130.0, exposed),
    // Explanations keep what they saw.
    Case { allocations: 2.0, ..case("explain", 1_250.0, explain) },
    // Of a thousand flags.
    Case { allocations: 470.0, calls: FEW_CALLS, ..case("load-1000", 3_370_000.0, loading) },
    Case {
        allocations: 7_600.0,
        calls: FEW_CALLS,
        ..case("load-1000-conditions-that-differ", 12_900_000.0, differing)
    },
    // With the snapshot that goes.
    Case { allocations: 16.0, calls: FEW_CALLS, ..case("change-one-of-10000", 196_000.0, changing) },
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
    work(case.calls);
    collected(&mut work, case.calls);
    true
}

/// Holds every case against its budget; without Valgrind that is left out, and said.
pub(crate) fn within_budget(exam: &mut Exam) {
    if !can_count() {
        println!("exam flags/instructions: skipped, valgrind is not installed (apt-get install valgrind)");
        return;
    }
    let right = CASES.iter().filter(|Case { name, budget, allocations: most, calls, .. }| {
        let Some(Counts { instructions, allocations }) = count(&[FLAG, name], *calls) else {
            println!("  {name}: valgrind does not run it");
            return false;
        };
        println!(
            "  {name}: {instructions:.0} instructions of at most {budget}, {allocations:.2} allocations of at most {most}"
        );
        instructions <= *budget && allocations <= *most
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

fn loading() -> Work {
    load_of(|_| "FR".to_owned())
}

fn differing() -> Work {
    load_of(|number| format!("F{number}"))
}

/// A thousand flags in JSON; `third` is the last country of a flag.
fn load_of(third: impl Fn(usize) -> String) -> Work {
    let flag = |number| {
        let when = format!(r#"country in [\"US\", \"DE\", \"{}\"]"#, third(number));
        format!(r#""{}":{{"rules":[{{"when":"{when}","rollout":"50%"}}]}}"#, name(number))
    };
    let text = format!(r#"{{"format":1,"flags":{{{}}}}}"#, (0..1_000).map(flag).collect::<Vec<_>>().join(","));
    assert!(Flags::from_json(&text).expect("well-formed").status().problems().is_empty(), "every flag compiles");
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(Flags::from_json(black_box(&text)).expect("well-formed"));
        }
    })
}

/// The next snapshot of 10,000 flags, of which one has changed. Changes of a source take this path too, but in a thread of
/// their own, which is not counted.
fn changing() -> Work {
    let flags = flags(&Flag::new("").rule(country_then_half()));
    Box::new(move |calls| {
        for _ in 0..calls {
            flags.define("defined-in-code", |user: &User| user.country == "US");
        }
    })
}
