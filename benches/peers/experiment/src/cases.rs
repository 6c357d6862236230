//! Who runs in which case.

use peers_measure::{Case, Contender, Workload};

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

/// All cases, in the order in which they are printed.
pub(crate) fn all() -> Vec<Case> {
    vec![
        Case::new(
            OFF,
            "switched off",
            vec![
                rival(BARE, bare::control),
                rival("scientisto run_if(false)", scientist::switched_off),
                rival("request-shadow, 0 %", shadow::switched_off),
            ],
        ),
        Case::new(
            OUT,
            "sampled out",
            vec![
                rival(BARE, bare::control),
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
                rival("scientisto, counting matches (no times)", scientist::matching),
                rival("request-shadow (no times)", shadow::matching),
            ],
        ),
        Case::new(
            MISMATCH,
            "one candidate on the caller's thread, different results on every call",
            vec![
                rival("scientisto, counting mismatches (no times)", scientist::mismatching),
                rival("request-shadow (no times), logging", shadow::mismatching),
            ],
        ),
    ]
}

fn rival(name: &'static str, prepare: fn() -> Workload) -> Contender {
    Contender::rival(name, prepare)
}
