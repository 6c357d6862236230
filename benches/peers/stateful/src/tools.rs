//! The tools, each run as its documentation says, with its own defaults but for the seed, the number of cases and the
//! length of sequences, which are the same for all.

mod hegel_rules;
mod ours;
mod proptest_machine;

pub(crate) use hegel_rules::Hegel;
pub(crate) use ours::Ours;
pub(crate) use proptest_machine::ProptestStateMachine;

use std::panic;

use crate::machine::Machine;

/// How a tool is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) seed: u64,
    pub(crate) cases: u32,
    pub(crate) commands: u16,
}

/// A library that can run every machine.
pub(crate) trait Tool {
    const NAME: &'static str;

    /// Runs the check, and returns how many commands the sequence has that it reports, if it found a bug.
    ///
    /// # Panics
    /// Where the tool fails in another way than by a sequence.
    fn check<M: Machine>(asked: Asked) -> Option<u64>;
}

/// Lets the tool check without printing: a test fails by a panic, here thousands of times, and nobody wants to read them.
///
/// # Panics
/// As [`Tool::check`].
pub(crate) fn check_quietly<T: Tool, M: Machine>(asked: Asked) -> Option<u64> {
    panic::set_hook(Box::new(|_| {}));
    let checked = panic::catch_unwind(|| T::check::<M>(asked));
    drop(panic::take_hook());
    checked.unwrap_or_else(|payload| {
        let message = payload.downcast_ref::<String>().map_or("no message", String::as_str);
        panic!("{} on {} with {asked:?}: {message}", T::NAME, M::NAME)
    })
}
