//! S4: a ring buffer with as many slots as elements, so that full looks like empty.

use std::collections::VecDeque;

use hegel::TestCase;
use hegel::generators::integers;
use proptest::prelude::*;
use proptest::strategy::Union;
use stateful_testing::{Command, Menu};

use crate::machine::{Machine, Pair};

pub(crate) struct Ring;

#[derive(Debug, Clone, Command)]
pub(crate) enum RingCommand {
    New(u8),
    Put(u8),
    Get,
    Size,
}

/// A queue, and how much goes into it.
type Queue = Option<(usize, VecDeque<u8>)>;

pub(crate) struct Slots {
    elements: Vec<u8>,
    read: usize,
    write: usize,
}

impl Machine for Ring {
    const NAME: &'static str = "S4-ring-slots";
    const MINIMUM: u64 = 3;
    const RUNS_AT_MOST: u32 = 30;

    type State = Queue;
    type Command = RingCommand;
    type Output = usize;
    type System = Option<Slots>;

    fn init() -> Queue {
        None
    }
    fn allowed(state: &Queue, command: &RingCommand) -> bool {
        match (state, command) {
            (None, RingCommand::New(_)) | (Some(_), RingCommand::Size) => true,
            (Some((size, queue)), RingCommand::Put(_)) => queue.len() < *size,
            (Some((_, queue)), RingCommand::Get) => !queue.is_empty(),
            _ => false,
        }
    }
    fn next(state: &mut Queue, command: &RingCommand) -> usize {
        if let RingCommand::New(size) = command {
            *state = Some((usize::from(*size), VecDeque::new()));
        }
        let (_, queue) = state.as_mut().expect("`new` comes first");
        match command {
            RingCommand::New(_) => 0,
            RingCommand::Put(element) => {
                queue.push_back(*element);
                0
            }
            RingCommand::Get => queue.pop_front().expect("`get` comes only where there is something").into(),
            RingCommand::Size => queue.len(),
        }
    }

    fn system() -> Option<Slots> {
        None
    }
    fn run(system: &mut Option<Slots>, command: &RingCommand) -> usize {
        if let RingCommand::New(size) = command {
            *system = Some(Slots { elements: vec![0; usize::from(*size)], read: 0, write: 0 });
        }
        let ring = system.as_mut().expect("`new` comes first");
        let count = ring.elements.len();
        match command {
            RingCommand::New(_) => 0,
            RingCommand::Put(element) => {
                ring.elements[ring.write] = *element;
                ring.write = (ring.write + 1) % count;
                0
            }
            RingCommand::Get => {
                let element = ring.elements[ring.read];
                ring.read = (ring.read + 1) % count;
                element.into()
            }
            RingCommand::Size => (ring.write + count - ring.read) % count,
        }
    }

    fn offer(state: &Queue, menu: &mut Menu<'_, RingCommand>) {
        let Some((size, queue)) = state else {
            return menu.offer(1, |g| RingCommand::New(g.int(1..=10)));
        };
        if queue.len() < *size {
            menu.offer(1, |g| RingCommand::Put(g.int(..)));
        }
        if !queue.is_empty() {
            menu.offer(1, |_| RingCommand::Get);
        }
        menu.offer(1, |_| RingCommand::Size);
    }
    fn strategy(state: &Queue) -> BoxedStrategy<RingCommand> {
        let Some((size, queue)) = state else {
            return (1..=10_u8).prop_map(RingCommand::New).boxed();
        };
        let mut commands = vec![Just(RingCommand::Size).boxed()];
        if queue.len() < *size {
            commands.push(any::<u8>().prop_map(RingCommand::Put).boxed());
        }
        if !queue.is_empty() {
            commands.push(Just(RingCommand::Get).boxed());
        }
        Union::new(commands).boxed()
    }
    fn hegel(test_case: TestCase, steps: i64) {
        hegel::stateful::machine(Rules(Pair::new())).steps(steps).run(test_case);
    }
}

struct Rules(Pair<Ring>);

impl Rules {
    fn step_where_allowed(&mut self, test_case: &TestCase, command: &RingCommand) {
        test_case.assume(self.0.allows(command));
        self.0.step(command);
    }
}

#[hegel::state_machine]
impl Rules {
    #[rule]
    fn new_buffer(&mut self, test_case: TestCase) {
        test_case.assume(self.0.state.is_none());
        let size = test_case.draw(integers::<u8>().min_value(1).max_value(10));
        self.0.step(&RingCommand::New(size));
    }
    #[rule]
    fn put(&mut self, test_case: TestCase) {
        test_case.assume(self.0.allows(&RingCommand::Put(0)));
        let element = test_case.draw(integers::<u8>());
        self.0.step(&RingCommand::Put(element));
    }
    #[rule]
    fn get(&mut self, test_case: TestCase) {
        self.step_where_allowed(&test_case, &RingCommand::Get);
    }
    #[rule]
    fn size(&mut self, test_case: TestCase) {
        self.step_where_allowed(&test_case, &RingCommand::Size);
    }
}
