//! Does every seed end in the known minimum, and with how few runs of the system?
//!
//! The machines and their minima are those of the published literature on stateful testing; each file beside this one says
//! what is wrong with its systems.

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

#[path = "stateful/buffers.rs"]
mod buffers;
#[path = "stateful/puzzles.rs"]
mod puzzles;
#[path = "stateful/todos.rs"]
mod todos;

use std::collections::BTreeMap;
use std::process::ExitCode;

use cutover_benches::Exam;
use stateful_testing::{Failure, Model, check};

fn main() -> ExitCode {
    let mut exam = Exam::new("stateful");
    grade(&mut exam, "S1-todo-ids", || todos::Ids, "[add, delete 1, add]", 15);
    grade(&mut exam, "S2-todo-count", || todos::Counted, "[v1 = add, v2 = add, delete v1, add, delete v2]", 300);
    grade(&mut exam, "S3-todo-talk", || todos::Talk, r#"[add "Test Todo" 1, delete "" 2]"#, 300);
    grade(&mut exam, "S4-ring-slots", || buffers::Ring::TooFewSlots, "[new 1, put 0, size]", 30);
    grade(&mut exam, "S5-ring-negative", || buffers::Ring::NegativeRemainder, "[new 1, put 0, get, put 0, size]", 300);
    grade(
        &mut exam,
        "S6-ring-absolute",
        || buffers::Ring::AbsoluteRemainder,
        "[new 2, put 0, put 0, get, put 0, size]",
        300,
    );
    grade(
        &mut exam,
        "S7-die-hard",
        || puzzles::DieHard,
        "[fill_big, big_to_small, empty_small, big_to_small, fill_big, big_to_small]",
        150,
    );
    grade(&mut exam, "S8-door", || puzzles::Door, "[lock, unlock, lock, unlock, put 50]", 40);
    grade(&mut exam, "S10-lru", || buffers::Lru, "[put 1 0, put 2 0, get 1, put 3 0, get 1]", 300);
    grade(&mut exam, "S11-lsm", || buffers::Lsm, "[put 1 0, flush, del 1, compact, flush, compact, get 1]", 300);
    grade(&mut exam, "S15-balance", || puzzles::Balance, "[deposit 56, deposit 100, deposit 100]", 300);
    exam.finish()
}

const SEEDS: u64 = 100;

/// Checks one machine with 100 seeds: all must end in `minimum`, the median number of runs must be at most `most_runs`.
fn grade<M: Model>(exam: &mut Exam, part: &str, model: impl Fn() -> M, minimum: &str, most_runs: u32) {
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let (mut runs, mut cases) = (Vec::new(), Vec::new());
    for seed in 0..SEEDS {
        match check(model()).seed(seed).cases(2000).try_run() {
            Err(Failure::Falsified(falsified)) => {
                *ends.entry(falsified.sequence().to_string()).or_default() += 1;
                runs.push(falsified.shrink_runs());
                cases.push(falsified.cases());
            }
            Err(other) => *ends.entry(other.to_string()).or_default() += 1,
            Ok(_) => *ends.entry("not found".to_owned()).or_default() += 1,
        }
    }
    let right = ends.remove(minimum).unwrap_or(0);
    exam.part(part, right, usize::try_from(SEEDS).expect("100"));
    for (end, count) in ends {
        println!("    {count} of {SEEDS} ended in {end}");
    }
    runs.sort_unstable();
    cases.sort_unstable();
    let median = |sorted: &[u32]| sorted.get(sorted.len() / 2).copied().unwrap_or(u32::MAX);
    println!(
        "    runs of the system to shrink: median {} (at most {most_runs}), most {}; cases until found: median {}, most {}",
        median(&runs),
        runs.last().copied().unwrap_or(0),
        median(&cases),
        cases.last().copied().unwrap_or(0),
    );
    exam.check(&format!("{part}-runs"), median(&runs) <= most_runs);
}
