//! Our own crate: `check(model).try_run()`.

use std::marker::PhantomData;

use stateful_testing::{Env, Failed, Failure, Menu, Model, Step, check};

use super::{Asked, Tool};
use crate::machine::Machine;
use crate::runs;

pub(crate) struct Ours;

impl Tool for Ours {
    const NAME: &'static str = "ours";

    fn check<M: Machine>(asked: Asked) -> Option<u64> {
        let check = check(Glue::<M>(PhantomData)).seed(asked.seed).cases(asked.cases);
        match check.max_commands(usize::from(asked.commands)).try_run() {
            Ok(_) => None,
            Err(Failure::Falsified(falsified)) => Some(falsified.sequence().len() as u64),
            Err(other) => panic!("{other}"),
        }
    }
}

struct Glue<M>(PhantomData<M>);

impl<M: Machine> Model for Glue<M> {
    type State = M::State;
    type Command = M::Command;
    type Output = M::Output;
    type System = M::System;

    fn init(&self) -> M::State {
        M::init()
    }
    fn commands(&self, state: &M::State, menu: &mut Menu<'_, M::Command>) {
        M::offer(state, menu);
    }
    fn precondition(&self, state: &M::State, command: &M::Command) -> bool {
        M::allowed(state, command)
    }
    fn next(&self, state: &mut M::State, command: &M::Command) -> M::Output {
        M::next(state, command)
    }
    fn setup(&self, _state: &M::State) -> Result<M::System, Failed> {
        runs::started();
        Ok(M::system())
    }
    fn run(&self, system: &mut M::System, command: &M::Command, _env: &mut Env) -> Result<M::Output, Failed> {
        runs::command();
        Ok(M::run(system, command))
    }
    fn check(&self, step: &Step<'_, Self>) -> Result<(), Failed> {
        step.outputs_are_equal().inspect_err(|_| runs::failed())
    }
    fn invariant(&self, state: &M::State, _system: &mut M::System) -> Result<(), Failed> {
        if M::holds(state) {
            return Ok(());
        }
        runs::failed();
        Err(Failed::new("the invariant does not hold"))
    }
}
