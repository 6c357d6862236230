//! How small the reported sequence is, and how many runs of the system that took.

use cutover_benches::Target;
use peers_measure::process_cpu_time;

use crate::machine::Machine;
use crate::runs;
use crate::tools::{Asked, Hegel, Ours, ProptestStateMachine, Tool, check_quietly};

/// Every tool gets as many cases as it needs to find each bug; what is compared is what it does then.
const CASES: u32 = 2_000;
const COMMANDS: u16 = 50;

const SEEDS: u64 = 100;

/// Hegel takes 100 times as long per seed as the others.
const SEEDS_OF_HEGEL: u64 = 50;

/// What one tool did on one machine.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) tool: &'static str,
    pub(crate) seeds: usize,
    pub(crate) lengths: Vec<u64>,
    pub(crate) runs: Vec<u64>,
    pub(crate) milliseconds: Vec<f64>,
}

impl Summary {
    pub(crate) fn at(&self, minimum: u64) -> usize {
        self.lengths.iter().filter(|&&length| length == minimum).count()
    }

    pub(crate) fn median_of_runs(&self) -> u64 {
        self.runs.get(self.runs.len() / 2).copied().unwrap_or(0)
    }
}

/// Prints the table of one machine and the targets of ours.
pub(crate) fn measure<M: Machine>(others: &[Summary]) {
    println!("\n{}: the minimum is {} commands", M::NAME, M::MINIMUM);
    println!(
        "  {:24} {:>6} {:>11} {:>20} {:>22} {:>12}",
        "", "seeds", "at minimum", "commands min/med/max", "runs to shrink med/max", "ms CPU, med"
    );
    let ours = run::<Ours, M>(SEEDS);
    let rivals = [run::<ProptestStateMachine, M>(SEEDS), run::<Hegel, M>(SEEDS_OF_HEGEL)];
    for summary in [&ours].into_iter().chain(&rivals).chain(others) {
        print(summary, M::MINIMUM);
    }
    let missed = ours.seeds - ours.at(M::MINIMUM);
    let case = format!("{}-not-minimal", M::NAME);
    println!("{}", Target { bench: "stateful", case: &case, ratio: missed as f64 / SEEDS as f64, at_most: 0.0 });
    let ratio = ours.median_of_runs() as f64 / f64::from(M::RUNS_AT_MOST);
    let case = format!("{}-runs-to-{}", M::NAME, M::RUNS_AT_MOST);
    println!("{}", Target { bench: "stateful", case: &case, ratio, at_most: 1.0 });
}

fn run<T: Tool, M: Machine>(seeds: u64) -> Summary {
    let (mut lengths, mut runs, mut milliseconds) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 0..seeds {
        runs::reset();
        let start = process_cpu_time();
        let found = check_quietly::<T, M>(Asked { seed, cases: CASES, commands: COMMANDS });
        milliseconds.push((process_cpu_time() - start).as_secs_f64() * 1e3);
        lengths.extend(found);
        runs.extend(runs::read().after_failure);
    }
    lengths.sort_unstable();
    runs.sort_unstable();
    milliseconds.sort_by(f64::total_cmp);
    Summary { tool: T::NAME, seeds: usize::try_from(seeds).expect("a few"), lengths, runs, milliseconds }
}

fn print(summary: &Summary, minimum: u64) {
    let Summary { tool, seeds, lengths, runs, milliseconds } = summary;
    let (Some(first), Some(last)) = (lengths.first(), lengths.last()) else {
        println!("  {tool:24} {seeds:>6}   found nothing");
        return;
    };
    let lengths_text = format!("{first}/{}/{last}", lengths[lengths.len() / 2]);
    let runs_text = format!("{}/{}", summary.median_of_runs(), runs.last().copied().unwrap_or(0));
    let at = format!("{} of {}", summary.at(minimum), lengths.len());
    let time = milliseconds[milliseconds.len() / 2];
    println!("  {tool:24} {seeds:>6} {at:>11} {lengths_text:>20} {runs_text:>22} {time:>12.2}");
}
