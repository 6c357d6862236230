//! What is asked of ours.

use cutover_benches::Target;
use peers_measure::Table;

use crate::cases::{
    COUNTRY, EXPLAIN, EXPLAIN_IN_WORDS, HALF, LOAD, LOAD_FLOOR, NAMED, PATCH, SEGMENT, SEGMENT_FLOOR, TYPED, VISIT,
};
use crate::threads::Slowdown;

/// Each case, and what ours may take at most of what the best rival takes.
const OF_THE_BEST_RIVAL: [(&str, f64); 8] = [
    (TYPED, 1.0 / 6.0),
    (NAMED, 1.0 / 2.0),
    (HALF, 1.0 / 4.0),
    (COUNTRY, 1.0 / 3.0),
    (VISIT, 1.0 / 15.0),
    (EXPLAIN, 0.7),
    (EXPLAIN_IN_WORDS, 0.7),
    (LOAD, 1.0 / 8.0),
];

/// Cases in which rivals are so far off that ours is held to a class of nanoseconds instead.
const CLASSES: [(&str, f64); 2] = [(SEGMENT, 40.0), (PATCH, 100_000.0)];

/// Two threads do at least 1.9 times the work of one.
const SLOWDOWN: f64 = 2.0 / 1.9;

/// Prints one line per target.
pub(crate) fn print(table: &Table, threads: &Slowdown) {
    println!();
    for (case, at_most) in OF_THE_BEST_RIVAL {
        let best = table.best_rival(case);
        match (table.ours(case), best) {
            (Some(ours), Some(best)) => {
                line(case, ours / best.timing.median, at_most);
                println!("    to {}, {:.1} of {:.1} ns", best.contender, ours, best.timing.median);
            }
            _ => left_out(case),
        }
    }
    if let (Some(ours), Some(floor)) = (table.ours(LOAD), table.best_rival(LOAD_FLOOR)) {
        let times = ours / floor.timing.median;
        println!("    {LOAD} takes {times:.1} times as long as passing over its text does");
    }
    for (case, nanoseconds) in CLASSES {
        match table.ours(case) {
            Some(ours) => line(&format!("{case}-to-{nanoseconds}-ns"), ours / nanoseconds, 1.0),
            None => left_out(case),
        }
    }
    if let Some(floor) = table.best_rival(SEGMENT_FLOOR) {
        println!(
            "    one read of {} at a place that the read before it decides takes {:.1} ns",
            floor.contender, floor.timing.median
        );
    }
    line("cpu-per-call-on-2-threads-to-1", threads.two / threads.one, SLOWDOWN);
    allocations(table);
}

/// Explaining and loading are for people and for start-up: they may allocate.
fn allocations(table: &Table) {
    let evaluations = table.all_ours().filter(|row| ![EXPLAIN, EXPLAIN_IN_WORDS, LOAD, PATCH].contains(&row.case));
    match evaluations.filter_map(|row| row.counts).map(|counts| counts.allocations).reduce(f64::max) {
        Some(most) => line("most-allocations-per-evaluation", most, 0.0),
        None => left_out("most-allocations-per-evaluation"),
    }
}

fn line(case: &str, ratio: f64, at_most: f64) {
    println!("{}", Target { bench: "flags", case, ratio, at_most });
}

fn left_out(case: &str) {
    println!("bench flags/{case}: left out, there is no figure of ours");
}
