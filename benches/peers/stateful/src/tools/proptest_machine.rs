//! `proptest-state-machine`: what its macro expands to, with a seed.

use std::marker::PhantomData;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use super::{Asked, Tool};
use crate::machine::{Machine, Pair};

pub(crate) struct ProptestStateMachine;

impl Tool for ProptestStateMachine {
    const NAME: &'static str = "proptest-state-machine";

    fn check<M: Machine>(asked: Asked) -> Option<u64> {
        let config = Config { cases: asked.cases, failure_persistence: None, ..Config::default() };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&asked.seed.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(config.clone(), random);
        let sequences = Reference::<M>::sequential_strategy(1..=usize::from(asked.commands));
        let ended = runner.run(&sequences, |(state, transitions, seen)| {
            Glue::<M>::test_sequential(config.clone(), state, transitions, seen);
            Ok(())
        });
        match ended {
            Ok(()) => None,
            Err(TestError::Fail(_, (_, transitions, _))) => Some(transitions.len() as u64),
            Err(TestError::Abort(reason)) => panic!("{reason}"),
        }
    }
}

/// The model.
struct Reference<M>(PhantomData<M>);

impl<M: Machine> ReferenceStateMachine for Reference<M> {
    type State = M::State;
    type Transition = M::Command;

    fn init_state() -> BoxedStrategy<M::State> {
        Just(M::init()).boxed()
    }
    fn transitions(state: &M::State) -> BoxedStrategy<M::Command> {
        M::strategy(state)
    }
    fn apply(mut state: M::State, transition: &M::Command) -> M::State {
        M::next(&mut state, transition);
        state
    }
    fn preconditions(state: &M::State, transition: &M::Command) -> bool {
        M::allowed(state, transition)
    }
}

/// The system. It keeps a model of its own, since the tool shows only the state after a transition and no output of it.
struct Glue<M>(PhantomData<M>);

impl<M: Machine> StateMachineTest for Glue<M> {
    type SystemUnderTest = Pair<M>;
    type Reference = Reference<M>;

    fn init_test(_state: &M::State) -> Pair<M> {
        Pair::new()
    }
    fn apply(mut pair: Pair<M>, _state: &M::State, transition: M::Command) -> Pair<M> {
        pair.step(&transition);
        pair
    }
}
