//! What is asked of ours.

use cutover_benches::Target;
use peers_measure::Table;

use crate::cases::{BARE, BY_HAND, BY_NAME, KEPT, MATCH, MISMATCH, OFF, OUT};

/// Prints one line per target.
///
/// Compared are the fastest batches of both sides. What a neighbour on the machine takes is added to some batches of either,
/// never subtracted; and what is looked for here, a few nanoseconds beside a control of some tens, is less than what it adds.
pub(crate) fn print(table: &Table) {
    let nanoseconds = |case, contender| table.named(case, contender).map_or(f64::NAN, |row| row.timing.fastest);
    let over_bare = |case, contender| nanoseconds(case, contender) - nanoseconds(case, BARE);
    let line = |case: &str, ratio, at_most| println!("{}", Target { bench: "experiment", case, ratio, at_most });

    println!();
    // "Within noise": a tenth of a control of some tens of nanoseconds.
    line("switched-off-to-bare", nanoseconds(OFF, KEPT) / nanoseconds(OFF, BARE), 1.1);
    line("switched-off-by-name-to-bare", nanoseconds(OFF, BY_NAME) / nanoseconds(OFF, BARE), 1.1);
    line("sampled-out-to-4-ns-over-bare", over_bare(OUT, KEPT) / 4.0, 1.0);
    line("sampled-out-by-name-to-4-ns-over-bare", over_bare(OUT, BY_NAME) / 4.0, 1.0);
    line("inline-match-to-by-hand", nanoseconds(MATCH, KEPT) / nanoseconds(MATCH, BY_HAND), 1.3);
    line("inline-match-by-name-to-by-hand", nanoseconds(MATCH, BY_NAME) / nanoseconds(MATCH, BY_HAND), 1.3);
    line("mismatch-to-match", nanoseconds(MISMATCH, KEPT) / nanoseconds(MATCH, KEPT), 2.0);

    let counted: Vec<f64> = table.all_ours().filter_map(|row| row.counts).map(|counts| counts.allocations).collect();
    if counted.is_empty() {
        println!("bench experiment/allocations: left out, nothing was counted");
    } else {
        let most = counted.into_iter().fold(0.0, f64::max);
        println!("{}", Target { bench: "experiment", case: "most-allocations-per-call", ratio: most, at_most: 0.0 });
    }
}
