//! A binary heap that is right, with the model, the weights and the checks of proptest-state-machine's own example.

use std::collections::BinaryHeap;

use hegel::TestCase;
use hegel::generators::integers;
use proptest::prelude::*;
use stateful_testing::{Command, Menu};

use crate::machine::{Machine, Pair};

pub(crate) struct Heap;

#[derive(Debug, Clone, Command)]
pub(crate) enum HeapCommand {
    Pop,
    Push(i32),
}

/// What the example checks of each command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    Pushed,
    /// The heap was empty.
    Nothing,
    /// Nothing greater than what was popped is left.
    Greatest,
    Wrong,
}

impl Machine for Heap {
    const NAME: &'static str = "heap";
    const MINIMUM: u64 = 0;
    const RUNS_AT_MOST: u32 = 0;

    type State = Vec<i32>;
    type Command = HeapCommand;
    type Output = Seen;
    type System = BinaryHeap<i32>;

    fn init() -> Vec<i32> {
        Vec::new()
    }
    fn allowed(_state: &Vec<i32>, _command: &HeapCommand) -> bool {
        true
    }
    fn next(state: &mut Vec<i32>, command: &HeapCommand) -> Seen {
        match command {
            HeapCommand::Pop => state.pop().map_or(Seen::Nothing, |_| Seen::Greatest),
            HeapCommand::Push(value) => {
                state.push(*value);
                Seen::Pushed
            }
        }
    }

    fn system() -> BinaryHeap<i32> {
        BinaryHeap::new()
    }
    fn run(heap: &mut BinaryHeap<i32>, command: &HeapCommand) -> Seen {
        match command {
            HeapCommand::Pop => match heap.pop() {
                None => Seen::Nothing,
                Some(popped) if heap.iter().all(|left| popped >= *left) => Seen::Greatest,
                Some(_) => Seen::Wrong,
            },
            HeapCommand::Push(value) => {
                heap.push(*value);
                Seen::Pushed
            }
        }
    }

    fn offer(_state: &Vec<i32>, menu: &mut Menu<'_, HeapCommand>) {
        menu.offer(1, |_| HeapCommand::Pop);
        menu.offer(2, |g| HeapCommand::Push(g.int(..)));
    }
    fn strategy(_state: &Vec<i32>) -> BoxedStrategy<HeapCommand> {
        prop_oneof![
            1 => Just(HeapCommand::Pop),
            2 => any::<i32>().prop_map(HeapCommand::Push),
        ]
        .boxed()
    }
    fn hegel(test_case: TestCase, steps: i64) {
        hegel::stateful::machine(Rules(Pair::new())).steps(steps).run(test_case);
    }
}

struct Rules(Pair<Heap>);

#[hegel::state_machine]
impl Rules {
    #[rule]
    fn pop(&mut self, _: TestCase) {
        self.0.step(&HeapCommand::Pop);
    }
    #[rule(weight = 2.0)]
    fn push(&mut self, test_case: TestCase) {
        let value = test_case.draw(integers::<i32>());
        self.0.step(&HeapCommand::Push(value));
    }
}
