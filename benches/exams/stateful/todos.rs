//! S1 to S3: todo lists whose ids are `length + 1`, or whose delete cannot miss.

use std::collections::BTreeMap;

use stateful_testing::{Command, Env, Failed, Menu, Model, New, Ref};

/// S1: the model knows which id comes next; the system reuses ids.
pub(crate) struct Ids;

#[derive(Debug, Clone, Command)]
pub(crate) enum IdCommand {
    Add,
    Edit(u32),
    Delete(u32),
}

#[derive(Debug, Clone)]
pub(crate) struct Todos {
    ids: Vec<u32>,
    next: u32,
}

impl Model for Ids {
    type State = Todos;
    type Command = IdCommand;
    type Output = u32;
    type System = Vec<u32>;

    fn init(&self) -> Todos {
        Todos { ids: Vec::new(), next: 1 }
    }
    fn commands(&self, state: &Todos, menu: &mut Menu<'_, IdCommand>) {
        menu.offer(1, |_| IdCommand::Add);
        if !state.ids.is_empty() {
            menu.offer(1, |g| IdCommand::Edit(*g.pick(&state.ids)));
            menu.offer(1, |g| IdCommand::Delete(*g.pick(&state.ids)));
        }
    }
    fn next(&self, state: &mut Todos, command: &IdCommand) -> u32 {
        match command {
            IdCommand::Add => {
                state.ids.push(state.next);
                state.next += 1;
                state.next - 1
            }
            IdCommand::Edit(id) => *id,
            IdCommand::Delete(id) => {
                state.ids.retain(|other| other != id);
                *id
            }
        }
    }
    fn setup(&self, _state: &Todos) -> Result<Vec<u32>, Failed> {
        Ok(Vec::new())
    }
    fn run(&self, system: &mut Vec<u32>, command: &IdCommand, _env: &mut Env) -> Result<u32, Failed> {
        match command {
            IdCommand::Add => {
                let id = u32::try_from(system.len())? + 1;
                system.push(id);
                Ok(id)
            }
            IdCommand::Edit(id) if system.contains(id) => Ok(*id),
            IdCommand::Delete(id) if system.contains(id) => {
                system.retain(|other| other != id);
                Ok(*id)
            }
            IdCommand::Edit(_) | IdCommand::Delete(_) => Err(Failed::new("no such todo")),
        }
    }
}

/// S2: the same system, and a model that only counts.
pub(crate) struct Counted;

#[derive(Debug, Clone, Command)]
pub(crate) enum CountCommand {
    Add(New<u32>),
    Delete(#[command(consume)] Ref<u32>),
}

impl Model for Counted {
    type State = Vec<Ref<u32>>;
    type Command = CountCommand;
    type Output = usize;
    type System = Vec<u32>;

    fn init(&self) -> Self::State {
        Vec::new()
    }
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, CountCommand>) {
        menu.offer(1, |g| CountCommand::Add(g.fresh()));
        if !state.is_empty() {
            menu.offer(1, |g| CountCommand::Delete(*g.pick(state)));
        }
    }
    fn next(&self, state: &mut Self::State, command: &CountCommand) -> usize {
        match command {
            CountCommand::Add(todo) => state.push(todo.reference()),
            CountCommand::Delete(todo) => state.retain(|other| other != todo),
        }
        state.len()
    }
    fn setup(&self, _state: &Self::State) -> Result<Vec<u32>, Failed> {
        Ok(Vec::new())
    }
    fn run(&self, system: &mut Vec<u32>, command: &CountCommand, env: &mut Env) -> Result<usize, Failed> {
        match command {
            CountCommand::Add(todo) => {
                let id = u32::try_from(system.len())? + 1;
                system.push(id);
                env.bind(*todo, id);
            }
            CountCommand::Delete(todo) => {
                let id = env.take(*todo);
                system.retain(|other| *other != id);
            }
        }
        Ok(system.len())
    }
}

/// S3: the example of the talk: deleting what is not there crashes.
pub(crate) struct Talk;

#[derive(Debug, Clone, Command)]
pub(crate) enum TalkCommand {
    Add(String, u32),
    Delete(String, u32),
}

impl Model for Talk {
    type State = BTreeMap<u32, String>;
    type Command = TalkCommand;
    type Output = bool;
    type System = BTreeMap<u32, String>;

    fn init(&self) -> Self::State {
        BTreeMap::new()
    }
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, TalkCommand>) {
        let next = u32::try_from(state.len()).unwrap_or(u32::MAX) + 1;
        menu.offer(2, |g| TalkCommand::Add((*g.pick(&["Test Todo", "Buy milk", ""])).to_owned(), next));
        if !state.is_empty() {
            menu.offer(1, |g| TalkCommand::Delete(g.text(0..=8), g.int(1..=next)));
        }
    }
    fn precondition(&self, state: &Self::State, command: &TalkCommand) -> bool {
        !matches!(command, TalkCommand::Add(_, id) if state.contains_key(id))
    }
    fn next(&self, state: &mut Self::State, command: &TalkCommand) -> bool {
        match command {
            TalkCommand::Add(title, id) => state.insert(*id, title.clone()).is_none(),
            TalkCommand::Delete(_, id) => state.remove(id).is_some(),
        }
    }
    fn setup(&self, _state: &Self::State) -> Result<Self::System, Failed> {
        Ok(BTreeMap::new())
    }
    fn run(&self, system: &mut Self::System, command: &TalkCommand, _env: &mut Env) -> Result<bool, Failed> {
        Ok(match command {
            TalkCommand::Add(title, id) => system.insert(*id, title.clone()).is_none(),
            TalkCommand::Delete(_, id) => {
                system.remove(id).expect("the todo is there");
                true
            }
        })
    }
}
