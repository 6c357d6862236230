//! How small the reported sequence is, and how many runs of the system that took.

use cutover_benches::Target;
use peers_measure::CpuStopwatch;

use crate::machine::Machine;
use crate::runs;
use crate::tools::{Asked, Hegel, Ours, ProptestStateMachine, Tool, check_quietly};

/// Every tool gets as many cases as it needs to find each bug; what is compared is what it does then.
pub(crate) const CASES: u32 = 2_000;
/// No sequence is longer.
pub(crate) const COMMANDS: u16 = 50;

const SEEDS: u64 = 100;

/// Hegel takes 100 times as long per seed as the others.
const SEEDS_OF_HEGEL: u64 = 50;

/// What one tool did on one machine, one entry per seed.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    tool: &'static str,
    lengths: Vec<u64>,
    runs: Vec<u64>,
    milliseconds: Vec<f64>,
}

impl Summary {
    pub(crate) fn new(tool: &'static str) -> Self {
        Self { tool, lengths: Vec::new(), runs: Vec::new(), milliseconds: Vec::new() }
    }

    /// One more seed: how many commands the report has and how many runs of the system it took after the first failure,
    /// if there was one.
    pub(crate) fn add(&mut self, length: Option<u64>, runs: Option<u64>, milliseconds: f64) {
        self.lengths.extend(length);
        self.lengths.sort_unstable();
        self.runs.extend(runs);
        self.runs.sort_unstable();
        self.milliseconds.push(milliseconds);
        self.milliseconds.sort_by(f64::total_cmp);
    }

    fn seeds(&self) -> usize {
        self.milliseconds.len()
    }

    fn at(&self, minimum: u64) -> usize {
        self.lengths.iter().filter(|&&length| length == minimum).count()
    }

    fn median_of_runs(&self) -> Option<u64> {
        self.runs.get(self.runs.len() / 2).copied()
    }
}

/// Prints the table of one machine and the targets of ours; `scripts` has the figures of the tools of other languages.
pub(crate) fn measure<M: Machine>(scripts: &[(String, Summary)]) {
    println!("\n{}: the minimum is {} commands", M::NAME, M::MINIMUM);
    println!(
        "  {:24} {:>13} {:>13} {:>21} {:>23} {:>12}",
        "", "found", "at minimum", "commands min/med/max", "runs to shrink med/max", "ms CPU, med"
    );
    let ours = run::<Ours, M>(SEEDS);
    let rivals = [run::<ProptestStateMachine, M>(SEEDS), run::<Hegel, M>(SEEDS_OF_HEGEL)];
    let scripts = scripts.iter().filter(|(machine, _)| machine == M::NAME).map(|(_, summary)| summary);
    for summary in [&ours].into_iter().chain(&rivals).chain(scripts) {
        print(summary, M::MINIMUM);
    }
    let missed = ours.seeds() - ours.at(M::MINIMUM);
    line(&format!("{}-not-minimal", M::NAME), missed as f64 / ours.seeds() as f64, 0.0);
    let median = ours.median_of_runs().map_or(f64::INFINITY, |runs| runs as f64);
    line(&format!("{}-runs-to-{}", M::NAME, M::RUNS_AT_MOST), median / f64::from(M::RUNS_AT_MOST), 1.0);
}

fn line(case: &str, ratio: f64, at_most: f64) {
    println!("{}", Target { bench: "stateful", case, ratio, at_most });
}

fn run<T: Tool, M: Machine>(seeds: u64) -> Summary {
    let mut summary = Summary::new(T::NAME);
    for seed in 0..seeds {
        runs::reset();
        let stopwatch = CpuStopwatch::of_process();
        let length = check_quietly::<T, M>(Asked { seed, cases: CASES, commands: COMMANDS });
        let taken = stopwatch.elapsed();
        summary.add(length, runs::read().after_failure, taken.as_secs_f64() * 1e3);
    }
    summary
}

fn print(summary: &Summary, minimum: u64) {
    let Summary { tool, lengths, runs, milliseconds } = summary;
    let found = format!("{} of {}", lengths.len(), summary.seeds());
    let (Some(shortest), Some(longest), Some(median_of_runs)) =
        (lengths.first(), lengths.last(), summary.median_of_runs())
    else {
        println!("  {tool:24} {found:>13}");
        return;
    };
    let at = format!("{} of {}", summary.at(minimum), lengths.len());
    let of_commands = format!("{shortest}/{}/{longest}", lengths[lengths.len() / 2]);
    let of_runs = format!("{median_of_runs}/{}", runs.last().copied().unwrap_or(0));
    let time = milliseconds[milliseconds.len() / 2];
    println!("  {tool:24} {found:>13} {at:>13} {of_commands:>21} {of_runs:>23} {time:>12.2}");
}
