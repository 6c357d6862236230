//! `scientisto`.
//!
//! Measured is the whole call site of its documentation, from `Experiment::new` to `run`. It takes no times at all, and its
//! publisher is all there is: the one here counts matches and mismatches, the least that answers a question.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use peers_measure::Workload;
use scientisto::{Experiment, Observation};

use crate::work;

/// `run_if(false)`: the only switch it has.
pub(crate) fn switched_off() -> Workload {
    running_if(work::new, || black_box(false))
}

/// The documentation leaves sampling to the predicate; this is a cheap one, true once in 10,000 times.
pub(crate) fn sampled_out() -> Workload {
    let state = Cell::new(0x9e37_79b9_7f4a_7c15_u64);
    running_if(work::new, move || {
        let mut bits = state.get();
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        state.set(bits);
        bits < u64::MAX / 10_000
    })
}

pub(crate) fn matching() -> Workload {
    running_if(work::new, || true)
}

pub(crate) fn mismatching() -> Workload {
    running_if(work::wrong, || true)
}

fn running_if(candidate: fn(u64) -> u64, predicate: impl Fn() -> bool + 'static) -> Workload {
    let (matches, mismatches) = (AtomicU64::new(0), AtomicU64::new(0));
    Box::new(move |calls| {
        for record in 0..calls {
            let value = Experiment::new("checksum")
                .control(|| work::old(black_box(record)))
                .experiment(|| candidate(black_box(record)))
                .publish(|observation: &Observation<u64, u64>| {
                    let counter = if observation.is_matching() { &matches } else { &mismatches };
                    counter.fetch_add(1, Ordering::Relaxed);
                })
                .run_if(&predicate);
            black_box(value);
        }
    })
}
