//! Who runs in which case.

use std::time::Duration;

use peers_measure::{Case, Contender, Workload};

use crate::ours::{self, Handle};
use crate::{bare, scientist, shadow};

/// The experiment is there, and switched off.
pub(crate) const OFF: &str = "switched-off";
/// The experiment is on, and this call does not take part.
pub(crate) const OUT: &str = "sampled-out";
/// Control and candidate run one after the other and agree.
pub(crate) const MATCH: &str = "inline-match";
/// They disagree, on every call.
pub(crate) const MISMATCH: &str = "inline-mismatch";

/// The baseline of the cases in which no candidate runs.
pub(crate) const BARE: &str = "the control alone";
/// The baseline of the cases in which one runs.
pub(crate) const BY_HAND: &str = "by hand: 3 clock readings, ==, 3 additions";

/// Ours on a handle that the application keeps.
pub(crate) const KEPT: &str = "ours, handle kept";
/// Ours looked up in each call.
pub(crate) const BY_NAME: &str = "ours, by name";

/// So many batches are timed of each, each shorter than a turn of the scheduler: a few nanoseconds are looked for, beside
/// neighbours.
const BATCHES: usize = 401;
const BATCH: Duration = Duration::from_millis(1);

/// All cases, in the order in which they are printed.
pub(crate) fn all() -> Vec<Case> {
    let cases = [
        Case::new(
            OFF,
            "switched off",
            vec![
                rival(BARE, bare::control),
                ours(KEPT, || ours::switched_off(Handle::Kept)),
                ours(BY_NAME, || ours::switched_off(Handle::ByName)),
                rival("scientisto run_if(false)", scientist::switched_off),
                rival("request-shadow, 0 %", shadow::switched_off),
            ],
        ),
        Case::new(
            OUT,
            "sampled out",
            vec![
                rival(BARE, bare::control),
                ours(KEPT, || ours::sampled_out(Handle::Kept)),
                ours(BY_NAME, || ours::sampled_out(Handle::ByName)),
                rival("scientisto run_if(random)", scientist::sampled_out),
                rival("request-shadow, 1 % by SHA-256", shadow::sampled_out),
            ],
        ),
        Case::new(
            MATCH,
            "one candidate on the caller's thread, equal results",
            vec![
                rival(BARE, bare::control),
                rival("control, candidate, ==", bare::control_and_candidate),
                rival(BY_HAND, bare::by_hand),
                ours(KEPT, || ours::matching(Handle::Kept)),
                ours(BY_NAME, || ours::matching(Handle::ByName)),
                rival("scientisto, counting matches (no times)", scientist::matching),
                rival("request-shadow (no times)", shadow::matching),
            ],
        ),
        Case::new(
            MISMATCH,
            "one candidate on the caller's thread, different results on every call",
            vec![
                ours(KEPT, || ours::mismatching(Handle::Kept)),
                ours(BY_NAME, || ours::mismatching(Handle::ByName)),
                rival("scientisto, counting mismatches (no times)", scientist::mismatching),
                rival("request-shadow (no times), logging", shadow::mismatching),
            ],
        ),
    ];
    cases.map(|case| case.batches(BATCHES, BATCH).apart()).into()
}

fn rival(name: &'static str, prepare: fn() -> Workload) -> Contender {
    Contender::rival(name, prepare)
}

fn ours(name: &'static str, prepare: fn() -> Workload) -> Contender {
    Contender::ours(name, prepare)
}
