//! Our own crate.
//!
//! Measured is the call site of its documentation, once with the look-up of the name in each call and once on a handle that
//! was kept. The recorder that counts outcomes and latencies is always on; no publisher is set.

use std::hint::black_box;

use experiment::{Experiment, Lab, Rate};
use peers_measure::Workload;

use crate::work;

const NAME: &str = "checksum";

/// Whether each call looks the experiment up by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handle {
    Kept,
    ByName,
}

pub(crate) fn switched_off(handle: Handle) -> Workload {
    let lab = lab();
    lab.experiment(NAME).switch_off();
    running(lab, handle, work::new)
}

/// One call in 10,000 takes part.
pub(crate) fn sampled_out(handle: Handle) -> Workload {
    let lab = lab();
    lab.experiment(NAME).set_rate(Rate::percent(0.01).expect("a share of all calls"));
    running(lab, handle, work::new)
}

pub(crate) fn matching(handle: Handle) -> Workload {
    running(lab(), handle, work::new)
}

pub(crate) fn mismatching(handle: Handle) -> Workload {
    running(lab(), handle, work::wrong)
}

/// A lab whose experiment has run once, so that its counters are there before anything is measured.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.experiment(NAME).control(|| work::old(0)).candidate("new", || work::new(0)).run();
    lab
}

fn running(lab: Lab, handle: Handle, candidate: fn(u64) -> u64) -> Workload {
    Box::new(move |calls| match handle {
        Handle::Kept => {
            let kept = lab.experiment(NAME);
            for record in 0..calls {
                black_box(run(kept, candidate, record));
            }
        }
        Handle::ByName => {
            for record in 0..calls {
                // The lab is what the compiler must not see through. The name is a literal, as at a call site, so that its
                // hash is known before the program runs.
                black_box(run(black_box(&lab).experiment(NAME), candidate, record));
            }
        }
    })
}

#[inline]
fn run(experiment: Experiment<'_>, candidate: fn(u64) -> u64, record: u64) -> u64 {
    experiment.control(|| work::old(black_box(record))).candidate("new", || candidate(black_box(record))).run()
}
