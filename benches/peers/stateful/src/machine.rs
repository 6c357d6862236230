//! A machine written once for all tools: the model, the system, and how each tool gets its commands.

use std::fmt::Debug;
use std::panic::RefUnwindSafe;

use hegel::TestCase;
use proptest::strategy::BoxedStrategy;
use stateful_testing::{Command, Menu};

use crate::runs;

/// A model, a system, and for each tool the generator that its documentation suggests.
pub(crate) trait Machine: 'static {
    /// In the lines of the bench.
    const NAME: &'static str;
    /// The fewest commands that show the bug; 0 where there is none.
    const MINIMUM: u64;
    /// The most runs of the system that ours may take in the median to get there.
    const RUNS_AT_MOST: u32;

    type State: Clone + Debug + RefUnwindSafe;
    type Command: Command + RefUnwindSafe;
    type Output: Clone + Debug + PartialEq + RefUnwindSafe;
    type System;

    fn init() -> Self::State;
    fn allowed(state: &Self::State, command: &Self::Command) -> bool;
    fn next(state: &mut Self::State, command: &Self::Command) -> Self::Output;
    /// What holds in every state.
    fn holds(_state: &Self::State) -> bool {
        true
    }

    fn system() -> Self::System;
    fn run(system: &mut Self::System, command: &Self::Command) -> Self::Output;

    /// The commands, for ours.
    fn offer(state: &Self::State, menu: &mut Menu<'_, Self::Command>);
    /// The commands, for proptest-state-machine.
    fn strategy(state: &Self::State) -> BoxedStrategy<Self::Command>;
    /// One test case with the rules, for Hegel.
    fn hegel(test_case: TestCase, steps: i64);
}

/// The model and the system side by side, for tools that leave both to the test.
pub(crate) struct Pair<M: Machine> {
    pub(crate) state: M::State,
    system: M::System,
}

impl<M: Machine> Pair<M> {
    pub(crate) fn new() -> Self {
        runs::started();
        Self { state: M::init(), system: M::system() }
    }

    /// Whether the command can come now.
    pub(crate) fn allows(&self, command: &M::Command) -> bool {
        M::allowed(&self.state, command)
    }

    /// Does the command to both.
    ///
    /// # Panics
    /// Where they differ: the way in which a test fails.
    pub(crate) fn step(&mut self, command: &M::Command) {
        runs::command();
        let expected = M::next(&mut self.state, command);
        let output = M::run(&mut self.system, command);
        if output != expected || !M::holds(&self.state) {
            runs::failed();
            panic!("{command:?} gave {output:?}, expected {expected:?}");
        }
    }
}
