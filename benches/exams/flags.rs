//! Does bucketing hold what it promises?

#![allow(missing_docs, clippy::print_stdout, reason = "an exam has no users, and prints")]

#[path = "flags/fuzz.rs"]
mod fuzz;
#[path = "flags/instructions.rs"]
mod instructions;
#[path = "flags/random.rs"]
mod random;
#[path = "flags/round_trip.rs"]
mod round_trip;
#[path = "flags/swap.rs"]
mod swap;

use std::process::ExitCode;

use cutover_benches::{Exam, asks_for, full_form};
use feature_flags::{Bucket, Flag, Flags, MapContext, Percent, Rollout, Rule};

/// Parts that `--part` asks for by one name.
type Part = fn(&mut Exam);

fn main() -> ExitCode {
    if instructions::counted() {
        return ExitCode::SUCCESS;
    }
    let parts: [(&str, Part); 6] = [
        ("instructions", instructions::within_budget),
        ("buckets", buckets),
        ("monotone", monotone),
        ("round-trip", round_trip::examine),
        ("swap", swap::examine),
        ("fuzz", fuzz::examine),
    ];
    let mut exam = Exam::new("flags");
    for (_, examine) in parts.iter().filter(|(name, _)| asks_for(name)) {
        examine(&mut exam);
    }
    exam.finish()
}

fn buckets(exam: &mut Exam) {
    golden_vectors(exam);
    uniform(exam);
    uncorrelated(exam);
}

/// Vectors made with the reference implementation of the hash.
fn golden_vectors(exam: &mut Exam) {
    let vectors = include_str!("../../crates/feature-flags/tests/golden/buckets.tsv");
    let vectors: Vec<Vec<&str>> =
        vectors.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect();
    let is_right = |vector: &&Vec<&str>| match vector.as_slice() {
        [salt, key, bucket] => Bucket::of(salt, key).number().to_string() == *bucket,
        _ => false,
    };
    exam.part("golden-vectors", vectors.iter().filter(is_right).count(), vectors.len());
}

/// Chi-square over 1,000 cells of a million ids, for ids of several makes: p > 0.01 each.
///
/// One flag in a hundred misses that by luck, so the statistics of 16 flags are added: their sum has 16 * 999 degrees of
/// freedom, and is tried at the same p.
fn uniform(exam: &mut Exam) {
    let salts = if full_form() { 160 } else { 16 };
    let makes: [fn(u32) -> String; 4] = [
        |id| id.to_string(),
        |id| format!("user-{id}"),
        |id| format!("{:08x}-0000-4000-8000-{:012x}", id.wrapping_mul(2_654_435_761), id),
        |id| format!("someone.{id}@example.com"),
    ];
    let right = makes.iter().filter(|make| {
        let keys: Vec<String> = (0..1_000_000).map(make).collect();
        let sum: f64 = (0..salts).map(|salt| chi_square(&keys, &format!("flag-{salt}"))).sum();
        let freedom = f64::from(salts) * 999.0;
        // So many degrees of freedom are as good as normal; 2.326 deviations are the 99th percentile.
        sum < freedom + 2.326 * (2.0 * freedom).sqrt()
    });
    exam.part("uniform", right.count(), makes.len());
}

fn chi_square(keys: &[String], salt: &str) -> f64 {
    let mut cells = vec![0_u32; 1_000];
    for key in keys {
        cells[Bucket::of(salt, key).number() as usize / 100] += 1;
    }
    cells.iter().map(|count| (f64::from(*count) - 1_000.0).powi(2) / 1_000.0).sum()
}

/// Of 100 flags at 50 %, no two agree on more or fewer users than chance has it: correlation below 0.005 each.
///
/// The correlation of two fair samples of n is about normal with deviation 1 / sqrt(n): with 2 million users 0.005 is
/// seven deviations, so that none of the 4,950 pairs passes or fails by luck.
fn uncorrelated(exam: &mut Exam) {
    const FLAGS: usize = 100;
    const WORDS: usize = 31_250;
    let half = Percent::whole(50).expect("below 100");
    let keys: Vec<String> = (0..WORDS * 64).map(|id| id.to_string()).collect();
    let sides: Vec<Vec<u64>> = (0..FLAGS)
        .map(|flag| {
            let salt = format!("flag-{flag}");
            let side = |keys: &[String]| {
                keys.iter().fold(0, |word, key| word << 1 | u64::from(Bucket::of(&salt, key).is_within(half)))
            };
            keys.chunks(64).map(side).collect()
        })
        .collect();
    let (mut right, mut pairs) = (0, 0);
    for (index, one) in sides.iter().enumerate() {
        for other in &sides[..index] {
            pairs += 1;
            right += usize::from(correlation(one, other).abs() < 0.005);
        }
    }
    exam.part("uncorrelated", right, pairs);
}

/// The phi coefficient of two samples of bits.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn correlation(one: &[u64], other: &[u64]) -> f64 {
    let count = |bits: u64| f64::from(bits.count_ones());
    let n = (one.len() * 64) as f64;
    let (a, b) =
        (one.iter().map(|word| count(*word)).sum::<f64>() / n, other.iter().map(|word| count(*word)).sum::<f64>() / n);
    let both = one.iter().zip(other).map(|(one, other)| count(one & other)).sum::<f64>() / n;
    (both - a * b) / (a * (1.0 - a) * b * (1.0 - b)).sqrt()
}

/// From 0 % to 100 % in steps of 0.1 %: whoever is in stays in, evaluated as users do it.
fn monotone(exam: &mut Exam) {
    const USERS: usize = 2_000;
    let mut before = vec![false; USERS];
    let (mut right, mut steps) = (0, 0);
    for thousandths in (0..=100_000).step_by(100) {
        let share = Percent::from_thousandths(thousandths).expect("at most 100 %");
        let flag = Flag::new("ramped").rule(Rule::new().rollout(Rollout::new(share)));
        let flags = Flags::builder().flag(flag).build();
        let now: Vec<bool> = (0..USERS).map(|id| flags.enabled("ramped", &MapContext::new().with("id", id))).collect();
        steps += 1;
        right += usize::from(before.iter().zip(&now).all(|(before, now)| *now || !*before));
        before = now;
    }
    exam.part("monotone-ramp", right, steps);
    exam.part("everybody-at-100-percent", before.iter().filter(|on| **on).count(), USERS);
}
