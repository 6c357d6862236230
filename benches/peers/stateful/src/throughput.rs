//! How many commands are generated, run and checked per second where nothing fails.

use std::time::Duration;

use cutover_benches::Target;
use peers_measure::CpuStopwatch;

use crate::machines::Heap;
use crate::runs;
use crate::tools::{Asked, Hegel, Ours, ProptestStateMachine, Tool, check_quietly};

/// The default of ours and of proptest.
const CASES: u32 = 256;

/// Enough checks for this much processor time per round.
const ROUND: Duration = Duration::from_millis(150);
const ROUNDS: u64 = 7;

/// Prints the table and the targets of ours.
pub(crate) fn measure() {
    println!("\nthroughput on a heap that is right: million commands per second of CPU, median of {ROUNDS} rounds");
    for commands in [20, 200] {
        let mut rates = [const { Vec::new() }; 3];
        for round in 0..ROUNDS {
            rates[0].push(rate::<Ours>(round, commands));
            rates[1].push(rate::<ProptestStateMachine>(round, commands));
            rates[2].push(rate::<Hegel>(round, commands));
        }
        let [ours, proptest, hegel] = rates.map(|mut rates: Vec<f64>| {
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        });
        println!("  up to {commands} commands per case");
        for (tool, rate) in [(Ours::NAME, ours), (ProptestStateMachine::NAME, proptest), (Hegel::NAME, hegel)] {
            println!("    {tool:24} {rate:>8.3}");
        }
        let case = format!("throughput-{commands}-to-proptest-state-machine");
        println!("{}", Target { bench: "stateful", case: &case, ratio: proptest / ours, at_most: 1.0 / 3.0 });
    }
}

fn rate<T: Tool>(round: u64, commands: u16) -> f64 {
    let mut seed = round * 1_000_000;
    let stopwatch = CpuStopwatch::of_process();
    runs::reset();
    loop {
        let found = check_quietly::<T, Heap>(Asked { seed, cases: CASES, commands });
        assert!(found.is_none(), "{} says that the heap is wrong", T::NAME);
        seed += 1;
        let taken = stopwatch.elapsed();
        if taken >= ROUND {
            return runs::read().commands as f64 / taken.as_secs_f64() / 1e6;
        }
    }
}
