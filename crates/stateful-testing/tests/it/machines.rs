//! Small models that several tests use.

use stateful_testing::{Command, Env, Failed, Failure, Falsified, Menu, Model, check};

/// A model put together from functions, so that a test shows only what it is about.
pub(crate) struct Numbers {
    /// What may be added in a state.
    pub(crate) offer: fn(&Vec<u32>, &mut Menu<'_, Push>),
    pub(crate) precondition: fn(&Vec<u32>, &Push) -> bool,
    /// What the system does with its elements: the model's own elements are right.
    pub(crate) system: fn(&mut Vec<u32>, u32) -> Result<usize, Failed>,
}

#[derive(Debug, Clone, PartialEq, Command)]
pub(crate) enum Push {
    Push(u32),
}

impl Numbers {
    /// Pushes 0 to 99 on a system that is right.
    pub(crate) fn right() -> Self {
        Self {
            offer: |_, menu| menu.offer(1, |g| Push::Push(g.int(0..100))),
            precondition: |_, _| true,
            system: |elements, element| {
                elements.push(element);
                Ok(elements.len())
            },
        }
    }

    pub(crate) fn with_system(system: fn(&mut Vec<u32>, u32) -> Result<usize, Failed>) -> Self {
        Self { system, ..Self::right() }
    }
}

impl Model for Numbers {
    type State = Vec<u32>;
    type Command = Push;
    type Output = usize;
    type System = Vec<u32>;

    fn init(&self) -> Vec<u32> {
        Vec::new()
    }
    fn commands(&self, state: &Vec<u32>, menu: &mut Menu<'_, Push>) {
        (self.offer)(state, menu);
    }
    fn precondition(&self, state: &Vec<u32>, command: &Push) -> bool {
        (self.precondition)(state, command)
    }
    fn next(&self, state: &mut Vec<u32>, Push::Push(element): &Push) -> usize {
        state.push(*element);
        state.len()
    }
    fn setup(&self, _state: &Vec<u32>) -> Result<Vec<u32>, Failed> {
        Ok(Vec::new())
    }
    fn run(&self, system: &mut Vec<u32>, Push::Push(element): &Push, _env: &mut Env) -> Result<usize, Failed> {
        (self.system)(system, *element)
    }
}

/// The failing sequence that the check of `model` ends in.
pub(crate) fn falsified<M: Model>(model: M, seed: u64) -> Falsified<M::Command> {
    match check(model).seed(seed).cases(2000).try_run() {
        Err(Failure::Falsified(falsified)) => *falsified,
        Err(other) => panic!("{other}"),
        Ok(passed) => panic!("passed {} cases", passed.cases()),
    }
}
