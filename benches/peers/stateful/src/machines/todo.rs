//! S1: the system gives a new todo the id `length + 1`, which is taken once another was deleted.

use hegel::TestCase;
use hegel::generators::sampled_from;
use proptest::prelude::*;
use proptest::sample::select;
use stateful_testing::{Command, Menu};

use crate::machine::{Machine, Pair};

pub(crate) struct Todo;

#[derive(Debug, Clone, Command)]
pub(crate) enum TodoCommand {
    Add,
    Edit(u32),
    Delete(u32),
}

#[derive(Debug, Clone)]
pub(crate) struct Todos {
    ids: Vec<u32>,
    next: u32,
}

impl Machine for Todo {
    const NAME: &'static str = "S1-todo-ids";
    const MINIMUM: u64 = 3;
    const RUNS_AT_MOST: u32 = 15;

    type State = Todos;
    type Command = TodoCommand;
    type Output = Option<u32>;
    type System = Vec<u32>;

    fn init() -> Todos {
        Todos { ids: Vec::new(), next: 1 }
    }
    fn allowed(state: &Todos, command: &TodoCommand) -> bool {
        match command {
            TodoCommand::Add => true,
            TodoCommand::Edit(id) | TodoCommand::Delete(id) => state.ids.contains(id),
        }
    }
    fn next(state: &mut Todos, command: &TodoCommand) -> Option<u32> {
        match command {
            TodoCommand::Add => {
                state.ids.push(state.next);
                state.next += 1;
                Some(state.next - 1)
            }
            TodoCommand::Edit(id) => Some(*id),
            TodoCommand::Delete(id) => {
                state.ids.retain(|other| other != id);
                Some(*id)
            }
        }
    }

    fn system() -> Vec<u32> {
        Vec::new()
    }
    fn run(todos: &mut Vec<u32>, command: &TodoCommand) -> Option<u32> {
        match command {
            TodoCommand::Add => {
                todos.push(u32::try_from(todos.len()).expect("a few todos") + 1);
                todos.last().copied()
            }
            TodoCommand::Edit(id) => todos.contains(id).then_some(*id),
            TodoCommand::Delete(id) => {
                let there = todos.contains(id).then_some(*id);
                todos.retain(|other| other != id);
                there
            }
        }
    }

    fn offer(state: &Todos, menu: &mut Menu<'_, TodoCommand>) {
        menu.offer(1, |_| TodoCommand::Add);
        if !state.ids.is_empty() {
            menu.offer(1, |g| TodoCommand::Edit(*g.pick(&state.ids)));
            menu.offer(1, |g| TodoCommand::Delete(*g.pick(&state.ids)));
        }
    }
    fn strategy(state: &Todos) -> BoxedStrategy<TodoCommand> {
        if state.ids.is_empty() {
            return Just(TodoCommand::Add).boxed();
        }
        let id = select(state.ids.clone());
        prop_oneof![Just(TodoCommand::Add), id.clone().prop_map(TodoCommand::Edit), id.prop_map(TodoCommand::Delete),]
            .boxed()
    }
    fn hegel(test_case: TestCase, steps: i64) {
        hegel::stateful::machine(Rules(Pair::new())).steps(steps).run(test_case);
    }
}

struct Rules(Pair<Todo>);

impl Rules {
    fn some_id(&self, test_case: &TestCase) -> u32 {
        test_case.assume(!self.0.state.ids.is_empty());
        test_case.draw(sampled_from(self.0.state.ids.clone()))
    }
}

#[hegel::state_machine]
impl Rules {
    #[rule]
    fn add(&mut self, _: TestCase) {
        self.0.step(&TodoCommand::Add);
    }
    #[rule]
    fn edit(&mut self, test_case: TestCase) {
        let id = self.some_id(&test_case);
        self.0.step(&TodoCommand::Edit(id));
    }
    #[rule]
    fn delete(&mut self, test_case: TestCase) {
        let id = self.some_id(&test_case);
        self.0.step(&TodoCommand::Delete(id));
    }
}
