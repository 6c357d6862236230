//! What does one evaluation cost, and does it allocate?
//!
//! Usage counting is on throughout, as it is for users. `alloc` lines in the output are allocations: there are none
//! but for `explain`, loading, and the registration of a thread when it evaluates for the first time.

#![allow(missing_docs, clippy::print_stdout, reason = "a bench has no users, and prints")]

use std::sync::Arc;
use std::time::Duration;

use divan::{AllocProfiler, Bencher, black_box};
use feature_flags::{Context, EditableSource, Flag, FlagName, Flags, MemorySource, Percent, Rollout, Rule, Segment};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    println!("{}", cutover_benches::machine_facts());
    divan::main();
}

#[derive(Context)]
struct User {
    #[context(key)]
    id: String,
    country: String,
    age: u32,
    staff: bool,
}

const USERS: usize = 1_024;

fn users() -> Vec<User> {
    let countries = ["US", "DE", "FR", "CA", "JP", "BR"];
    let user = |number: usize| User {
        id: format!("user-{number}"),
        country: countries[number % countries.len()].to_owned(),
        age: 30,
        staff: number.is_multiple_of(100),
    };
    (0..USERS).map(user).collect()
}

/// `count` flags called `flag-0` and so on, each with this rule, or on for all.
fn flags(count: usize, rule: Option<&Rule>) -> Flags {
    let mut builder = Flags::builder().define("in-code", |user: &User| user.staff || user.age > 99);
    for number in 0..count {
        let flag = Flag::new(format!("flag-{number}"));
        builder = builder.flag(match rule {
            Some(rule) => flag.rule(rule.clone()),
            None => flag.enabled(true),
        });
    }
    builder.build()
}

fn rollout() -> Rule {
    Rule::new().rollout("50%".parse().expect("a rollout"))
}

fn country_then_rollout() -> Rule {
    rollout().when(r#"country in ["US", "DE", "FR"]"#.parse().expect("a condition"))
}

/// One flag, one user after the other.
fn each_user(bencher: Bencher<'_, '_>, flags: &Flags, name: &str) {
    let users = users();
    let mut next = 0;
    // What happens once per thread and name, such as the warning of an unknown flag, is not what is asked here.
    let _warm = flags.enabled(name, &users[0]);
    bencher.bench_local(|| {
        next = (next + 1) % USERS;
        flags.enabled(black_box(name), &users[next])
    });
}

#[divan::bench(args = [1, 10_000], sample_size = 4_096)]
fn on_by_name(bencher: Bencher<'_, '_>, count: usize) {
    each_user(bencher, &flags(count, None), "flag-0");
}

/// By a name that remembers where its flag is, as the typed flags of `flags!` use it.
#[divan::bench(sample_size = 4_096)]
fn on_typed(bencher: Bencher<'_, '_>) {
    let (flags, name) = (flags(10_000, None), FlagName::new("flag-77"));
    let users = users();
    bencher.bench_local(|| flags.enabled_by(black_box(&name), &users[7]));
}

#[divan::bench(sample_size = 4_096)]
fn segment_of_1_000_000_ids(bencher: Bencher<'_, '_>) {
    let condition = r#"segment("big")"#.parse().expect("a condition");
    let flags = Flags::builder()
        .segment("big", Segment::of((0..1_000_000).map(|number| format!("user-{}", number * 2))))
        .flag(Flag::new("flag-0").rule(Rule::new().when(condition)))
        .build();
    each_user(bencher, &flags, "flag-0");
}

#[divan::bench(args = [1, 10_000], sample_size = 4_096)]
fn half_by_user_id(bencher: Bencher<'_, '_>, count: usize) {
    each_user(bencher, &flags(count, Some(&rollout())), "flag-0");
}

#[divan::bench(args = [1, 10_000], sample_size = 4_096)]
fn country_then_half(bencher: Bencher<'_, '_>, count: usize) {
    each_user(bencher, &flags(count, Some(&country_then_rollout())), "flag-0");
}

/// The same, but another of 10,000 flags each time, in an order that caches cannot guess.
#[divan::bench(sample_size = 10_000)]
fn country_then_half_visiting_10_000_flags(bencher: Bencher<'_, '_>) {
    let flags = flags(10_000, Some(&country_then_rollout()));
    let names: Vec<String> = (0..10_000).map(|number| format!("flag-{}", number * 7_919 % 10_000)).collect();
    let users = users();
    let mut next = 0;
    bencher.bench_local(|| {
        next = (next + 1) % names.len();
        flags.enabled(&names[next], &users[next % USERS])
    });
}

#[divan::bench(sample_size = 4_096)]
fn function_over_the_user(bencher: Bencher<'_, '_>) {
    each_user(bencher, &flags(1, None), "in-code");
}

#[divan::bench(sample_size = 4_096)]
fn unknown_flag(bencher: Bencher<'_, '_>) {
    each_user(bencher, &flags(10_000, None), "no-such-flag");
}

#[divan::bench(threads = [1, 2], sample_size = 4_096)]
fn country_then_half_on_threads(bencher: Bencher<'_, '_>) {
    let flags = flags(1, Some(&country_then_rollout()));
    let users = users();
    bencher.bench(|| flags.enabled(black_box("flag-0"), &users[7]));
}

#[divan::bench(sample_size = 256)]
fn explain(bencher: Bencher<'_, '_>) {
    let flags = flags(1, Some(&country_then_rollout()));
    let users = users();
    bencher.bench_local(|| flags.explain(black_box("flag-0"), &users[7]));
}

/// From the edit of a source to the new snapshot being served, with the thread's waking in it.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn apply_one_change_of_10_000_flags(bencher: Bencher<'_, '_>) {
    let source = Arc::new(MemorySource::new());
    for number in 0..10_000 {
        let flag = Flag::new(format!("flag-{number}")).rule(country_then_rollout());
        let _revision = source.put(flag).expect("memory does not fail");
    }
    let flags = Flags::builder().source(Arc::clone(&source)).expect("memory does not fail");
    let mut share = 0;
    bencher.bench_local(|| {
        share += 1;
        let rollout = Rollout::new(Percent::from_thousandths(share).expect("below 100 %"));
        let revision =
            source.put(Flag::new("flag-5000").rule(Rule::new().rollout(rollout))).expect("memory does not fail");
        assert!(flags.wait_for_revision(revision, Duration::from_secs(5)));
    });
}

#[divan::bench(sample_count = 10)]
fn load_10_000_flags(bencher: Bencher<'_, '_>) {
    let flag =
        |number| format!("[flags.flag-{number}]\nwhen = 'country in [\"US\", \"DE\", \"FR\"]'\nrollout = \"50%\"\n");
    let text = format!("format = 1\n{}", (0..10_000).map(flag).collect::<Vec<_>>().concat());
    bencher.bench_local(|| Flags::from_toml(black_box(&text)).expect("well-formed"));
}
