//! Does every seed end in the known minimum, and with how few runs of the system?
//!
//! The machines and their minima are those of the published literature on stateful testing; each file beside this one says
//! what is wrong with its systems.

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

#[path = "stateful/allocations.rs"]
mod allocations;
#[path = "stateful/buffers.rs"]
mod buffers;
#[path = "stateful/challenges.rs"]
mod challenges;
#[path = "stateful/puzzles.rs"]
mod puzzles;
#[path = "stateful/random.rs"]
mod random;
#[path = "stateful/services.rs"]
mod services;
#[path = "stateful/todos.rs"]
mod todos;

use std::collections::BTreeMap;
use std::process::ExitCode;

use cutover_benches::{Exam, Target, can_count, count, full_form};
use stateful_testing::{Failure, Model, Origin, Search, check};

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == allocations::COUNTED) {
        allocations::run_counted();
        return ExitCode::SUCCESS;
    }
    let mut exam = Exam::new("stateful");
    let mut searches = Searches::default();
    grade(&mut exam, &mut searches, "S1-todo-ids", || todos::Ids, "[add, delete 1, add]", 15);
    grade(
        &mut exam,
        &mut searches,
        "S2-todo-count",
        || todos::Counted,
        "[v1 = add, v2 = add, delete v1, add, delete v2]",
        300,
    );
    grade(&mut exam, &mut searches, "S3-todo-talk", || todos::Talk, r#"[add "Test Todo" 1, delete "" 2]"#, 300);
    grade(&mut exam, &mut searches, "S4-ring-slots", || buffers::Ring::TooFewSlots, "[new 1, put 0, size]", 30);
    grade(
        &mut exam,
        &mut searches,
        "S5-ring-negative",
        || buffers::Ring::NegativeRemainder,
        "[new 1, put 0, get, put 0, size]",
        300,
    );
    grade(
        &mut exam,
        &mut searches,
        "S6-ring-absolute",
        || buffers::Ring::AbsoluteRemainder,
        "[new 2, put 0, put 0, get, put 0, size]",
        300,
    );
    grade(
        &mut exam,
        &mut searches,
        "S7-die-hard",
        || puzzles::DieHard,
        "[fill_big, big_to_small, empty_small, big_to_small, fill_big, big_to_small]",
        150,
    );
    grade(&mut exam, &mut searches, "S8-door", || puzzles::Door, "[lock, unlock, lock, unlock, put 50]", 40);
    grade(
        &mut exam,
        &mut searches,
        "S9-bank",
        || services::Bank,
        "[open 'a', deposit 'a' 1, transfer 'a' 'a' 1, balance 'a']",
        300,
    );
    grade(&mut exam, &mut searches, "S10-lru", || buffers::Lru, "[put 1 0, put 2 0, get 1, put 3 0, get 1]", 300);
    grade(
        &mut exam,
        &mut searches,
        "S11-lsm",
        || buffers::Lsm,
        "[put 1 0, flush, del 1, compact, flush, compact, get 1]",
        300,
    );
    grade(
        &mut exam,
        &mut searches,
        "S12-files",
        || services::FileSystem,
        r#"[mkdir "a", create "a" "f", rename "a" "b", exists "b" "f"]"#,
        300,
    );
    grade(
        &mut exam,
        &mut searches,
        "S13-replicas",
        || services::Replicated,
        "[partition, elect, put 2 1, read 1]",
        300,
    );
    grade(
        &mut exam,
        &mut searches,
        "S14-transactions",
        || services::Transactions,
        "[begin, set 1, begin, abort, get]",
        300,
    );
    grade(&mut exam, &mut searches, "S15-balance", || puzzles::Balance, "[deposit 56, deposit 100, deposit 100]", 300);
    grade(&mut exam, &mut searches, "S16-memory", || services::Memory, "[v1 = create, write v1 5, read v1]", 300);
    searches.check(&mut exam);
    challenge(&mut exam, "bound5", challenges::bound5, "[try [[], [], [], [-1], [-32768]]]", 137.0);
    challenge(&mut exam, "large-union-list", challenges::large_union_list, "[try [[0, 1, -1, 2, -2]]]", 341.0);
    challenge(&mut exam, "reverse", challenges::reverse, "[try [0, 1]]", 18.0);
    challenge(&mut exam, "calculator", challenges::calculator, "[try (0 / (0 + 0))]", 341.0);
    challenge(&mut exam, "length-list", challenges::length_list, "[try [900]]", 85.0);
    challenge(&mut exam, "difference-zero", challenges::difference_zero, "[try (10, 10)]", 386.0);
    challenge(&mut exam, "difference-small", challenges::difference_small, "[try (10, 6)]", 296.0);
    challenge(&mut exam, "difference-one", challenges::difference_one, "[try (10, 9)]", 296.0);
    challenge(&mut exam, "coupling", challenges::coupling, "[try [1, 0]]", 140.0);
    challenge(&mut exam, "deletion", challenges::deletion, "[try ([0, 0], 0)]", 133.0);
    challenge(&mut exam, "distinct", challenges::distinct, "[try [0, 1, -1]]", 295.0);
    challenge(&mut exam, "nested-lists", challenges::nested_lists, "[try [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]]", 20.6);
    challenge(&mut exam, "binheap", challenges::binheap, "[try Some((0, None, (0, (0), (1))))]", 484.0);
    random_machines(&mut exam);
    allocations(&mut exam);
    exam.finish()
}

/// Machines that are in no list: each drawn from a seed, its minimum found by trying everything.
fn random_machines(exam: &mut Exam) {
    /// Runs of the system to shrink, in the median: the bound of the machines that have a name.
    const MOST_RUNS: u32 = 300;
    let of = usize::try_from(seeds()).expect("few");
    let (mut exact, mut shortest, mut not_found) = (0, 0, 0);
    let mut runs = Vec::new();
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for (seed, machine) in (0..seeds()).zip(random::Machine::from(0)) {
        *lengths.entry(machine.length).or_default() += 1;
        let (minimum, length) = (machine.minimum.clone(), machine.length);
        match check(machine).seed(seed).cases(20_000).try_run() {
            Err(Failure::Falsified(falsified)) => {
                runs.push(falsified.shrink_runs());
                shortest += usize::from(falsified.sequence().len() == length);
                let found = falsified.sequence().to_string();
                if found == minimum {
                    exact += 1;
                } else {
                    println!("    machine {seed}: {found} instead of {minimum} ({})", falsified.minimality());
                }
            }
            _ => not_found += 1,
        }
    }
    runs.sort_unstable();
    println!("    commands of the minimum, and how many machines have so many: {lengths:?}; not found: {not_found}");
    let (median, most) = (median(&runs), runs.last().copied().unwrap_or(0));
    println!("    runs of the system to shrink: median {median} (at most {MOST_RUNS}), most {most}");
    exam.part("random-machines-shortest", shortest, of);
    exam.part("random-machines-simplest", exact, of);
    exam.check("random-machines-runs", median <= MOST_RUNS);
}

/// How many seeds each machine is checked with: 100, in the long form 1,000.
fn seeds() -> u64 {
    if full_form() { 1000 } else { 100 }
}

/// Checks one machine with all seeds: they must end in `minimum`, the median number of runs must be at most `most_runs`.
fn grade<M: Model>(
    exam: &mut Exam,
    searches: &mut Searches,
    part: &str,
    model: impl Fn() -> M,
    minimum: &str,
    most_runs: u32,
) {
    let found = search(exam, part, &model, minimum, (50, 2000));
    let (runs, cases) = (median(&found.runs), median(&found.cases));
    println!(
        "    runs of the system to shrink: median {runs} (at most {most_runs}), most {}; cases until found: median {cases}, most {}",
        found.runs.last().unwrap_or(&0),
        found.cases.last().unwrap_or(&0),
    );
    exam.check(&format!("{part}-runs"), runs <= most_runs);
    let uniform = cases_until_found(&model, Search::Uniform);
    println!(
        "    cases until found without guidance: median {}, mean {:.1}; with it: mean {:.1}",
        median(&uniform),
        mean(&uniform),
        mean(&found.cases)
    );
    searches.uniform.extend(uniform);
    searches.adaptive.extend(found.cases);
}

/// How many cases it took to find what is wrong, for all machines and seeds, without and with guidance.
#[derive(Default)]
struct Searches {
    uniform: Vec<u32>,
    adaptive: Vec<u32>,
}

impl Searches {
    /// Guidance must not cost where a bug is easy to find, and has to help where it is hard: in the sum over all.
    fn check(mut self, exam: &mut Exam) {
        self.uniform.sort_unstable();
        self.adaptive.sort_unstable();
        let (uniform, adaptive) = (&self.uniform, &self.adaptive);
        println!(
            "    all machines, cases until found without and with guidance: median {} and {}, mean {:.1} and {:.1}, most {:?} and {:?}",
            median(uniform),
            median(adaptive),
            mean(uniform),
            mean(adaptive),
            uniform.last(),
            adaptive.last(),
        );
        exam.check("guidance-median", median(adaptive) <= median(uniform));
        exam.check("guidance-mean", mean(adaptive) < mean(uniform));
    }
}

/// The runner asks for no memory per command: what it needs it keeps from one sequence to the next.
fn allocations(exam: &mut Exam) {
    if !can_count() {
        println!("    allocations are not counted: Valgrind is not here");
        return;
    }
    let commands = allocations::commands();
    let Some(counts) = count(&[allocations::COUNTED], commands) else {
        println!("    allocations are not counted: Valgrind does not run the exam");
        return;
    };
    println!(
        "    {:.4} allocations and {:.0} instructions for each of {commands} commands",
        counts.allocations, counts.instructions
    );
    exam.check("no-allocation-per-command", counts.allocations < 0.01);
}

/// How many cases it takes to find what is wrong, sorted; one that is not found counts as all that were tried.
fn cases_until_found<M: Model>(model: &impl Fn() -> M, search: Search) -> Vec<u32> {
    const CASES: u32 = 2000;
    let mut cases: Vec<u32> = (0..seeds())
        .map(|seed| match check(model()).seed(seed).cases(CASES).search(search).budget(1).try_run() {
            Err(Failure::Falsified(falsified)) => match falsified.origin() {
                Origin::Case { number, .. } => *number,
                _ => CASES,
            },
            _ => CASES,
        })
        .collect();
    cases.sort_unstable();
    cases
}

fn mean(numbers: &[u32]) -> f64 {
    f64::from(numbers.iter().sum::<u32>()) / f64::from(u32::try_from(numbers.len()).expect("few").max(1))
}

/// Checks one challenge with all seeds: they must end in `minimum`, with fewer evaluations in the mean than `best`, the least that another
/// tool has published.
fn challenge<M: Model>(exam: &mut Exam, part: &str, model: impl Fn() -> M, minimum: &str, best: f64) {
    let found = search(exam, part, model, minimum, (1, 20_000));
    let mean = f64::from(found.runs.iter().sum::<u32>()) / f64::from(u32::try_from(found.runs.len()).expect("100"));
    let most = found.runs.last().unwrap_or(&0);
    println!("    evaluations to shrink: mean {mean:.0} (best published {best}), most {most}");
    let case = format!("{part}-evaluations");
    println!("    {}", Target { bench: "stateful", case: &case, ratio: mean / best, at_most: 1.0 });
    exam.check(&case, mean < best);
}

/// How the seeds did, sorted.
struct Found {
    runs: Vec<u32>,
    cases: Vec<u32>,
}

fn search<M: Model>(
    exam: &mut Exam,
    part: &str,
    model: impl Fn() -> M,
    minimum: &str,
    (max_commands, cases): (usize, u32),
) -> Found {
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Found { runs: Vec::new(), cases: Vec::new() };
    for seed in 0..seeds() {
        match check(model()).seed(seed).cases(cases).max_commands(max_commands).try_run() {
            Err(Failure::Falsified(falsified)) => {
                *ends.entry(falsified.sequence().to_string()).or_default() += 1;
                found.runs.push(falsified.shrink_runs());
                if let Origin::Case { number, .. } = falsified.origin() {
                    found.cases.push(*number);
                }
            }
            Err(other) => *ends.entry(other.to_string()).or_default() += 1,
            Ok(_) => *ends.entry("not found".to_owned()).or_default() += 1,
        }
    }
    let right = ends.remove(minimum).unwrap_or(0);
    exam.part(part, right, usize::try_from(seeds()).expect("few"));
    for (end, count) in ends {
        println!("    {count} of {} ended in {end}", seeds());
    }
    found.runs.sort_unstable();
    found.cases.sort_unstable();
    found
}

fn median(sorted: &[u32]) -> u32 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(u32::MAX)
}
