//! References to results of earlier commands.

use stateful_testing::{Cause, Command, Env, Failed, Menu, Model, New, Ref, Sequence};

use crate::machines::falsified;

/// A memory whose cells are known only when they have been created.
struct Memory {
    /// What is wrong with writing.
    store: fn(u32) -> u32,
    /// Whether creating binds the reference.
    binds: bool,
}

#[derive(Debug)]
struct Cell(usize);

#[derive(Debug, Clone, Command)]
enum MemoryCommand {
    Create(New<Cell>),
    Write(Ref<Cell>, u32),
    Read(Ref<Cell>),
    Free(#[command(consume)] Ref<Cell>),
}

impl Model for Memory {
    type State = Vec<(Ref<Cell>, u32)>;
    type Command = MemoryCommand;
    type Output = Option<u32>;
    type System = Vec<u32>;

    fn init(&self) -> Self::State {
        Vec::new()
    }
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, MemoryCommand>) {
        menu.offer(1, |g| MemoryCommand::Create(g.fresh()));
        if !state.is_empty() {
            menu.offer(1, |g| MemoryCommand::Write(g.pick(state).0, g.int(0..=20)));
            menu.offer(1, |g| MemoryCommand::Read(g.pick(state).0));
            menu.offer(1, |g| MemoryCommand::Free(g.pick(state).0));
        }
    }
    fn next(&self, state: &mut Self::State, command: &MemoryCommand) -> Option<u32> {
        match command {
            MemoryCommand::Create(cell) => state.push((cell.reference(), 0)),
            MemoryCommand::Write(cell, value) => {
                state.iter_mut().filter(|(other, _)| other == cell).for_each(|(_, old)| *old = *value);
            }
            MemoryCommand::Read(cell) => return state.iter().find(|(other, _)| other == cell).map(|(_, value)| *value),
            MemoryCommand::Free(cell) => state.retain(|(other, _)| other != cell),
        }
        None
    }
    fn setup(&self, _state: &Self::State) -> Result<Vec<u32>, Failed> {
        Ok(Vec::new())
    }
    fn run(&self, system: &mut Vec<u32>, command: &MemoryCommand, env: &mut Env) -> Result<Option<u32>, Failed> {
        match command {
            MemoryCommand::Create(cell) => {
                system.push(0);
                if self.binds {
                    env.bind(*cell, Cell(system.len() - 1));
                }
            }
            MemoryCommand::Write(cell, value) => system[env.get(*cell).0] = (self.store)(*value),
            MemoryCommand::Read(cell) => return Ok(Some(system[env.get(*cell).0])),
            MemoryCommand::Free(cell) => system[env.take(*cell).0] = 0,
        }
        Ok(None)
    }
}

#[test]
fn dependents_go_along_and_numbers_start_at_one() {
    for seed in 0..20 {
        let failure =
            falsified(Memory { store: |value| if value >= 5 { value + 1 } else { value }, binds: true }, seed);
        assert_eq!(failure.sequence().to_string(), "[v1 = create, write v1 5, read v1]");
    }
}

#[test]
fn a_memory_that_is_right_passes() {
    stateful_testing::check(Memory { store: |value| value, binds: true }).seed(1).run();
}

#[test]
fn what_was_never_bound_never_reaches_the_system() {
    let failure = falsified(Memory { store: |value| value, binds: false }, 1);
    assert_eq!(failure.sequence().len(), 2);
    assert!(matches!(failure.cause(), Cause::Unbound { .. }));
    let report = failure.to_string();
    assert!(report.contains("uses v1, to which nothing was bound"), "{report}");
    assert!(report.contains("precondition"), "{report}");
}

/// Offers every reference ever made, so that only the runner keeps consumed ones away.
struct Forgetful;

impl Model for Forgetful {
    type State = Vec<Ref<Cell>>;
    type Command = MemoryCommand;
    type Output = ();
    type System = ();

    fn init(&self) -> Self::State {
        Vec::new()
    }
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, MemoryCommand>) {
        menu.offer(1, |g| MemoryCommand::Create(g.fresh()));
        if !state.is_empty() {
            menu.offer(1, |g| MemoryCommand::Free(*g.pick(state)));
        }
    }
    fn next(&self, state: &mut Self::State, command: &MemoryCommand) {
        if let MemoryCommand::Create(cell) = command {
            state.push(cell.reference());
        }
    }
    fn setup(&self, _state: &Self::State) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), command: &MemoryCommand, env: &mut Env) -> Result<(), Failed> {
        match command {
            MemoryCommand::Create(cell) => env.bind(*cell, Cell(0)),
            MemoryCommand::Free(cell) => drop(env.take(*cell)),
            MemoryCommand::Write(..) | MemoryCommand::Read(_) => {}
        }
        Ok(())
    }
}

#[test]
fn a_consumed_reference_is_not_used_again() {
    let passed = stateful_testing::check(Forgetful).seed(3).try_run().unwrap();
    assert!(passed.tally().kinds()[3].unbound > 0);
}

#[derive(Debug, Clone, Command)]
enum Nested {
    Make(New<u8>, New<u8>),
    Use { all: Vec<Ref<u8>>, one: Option<Ref<u8>>, count: u8 },
}

#[test]
fn references_are_found_inside_of_other_types() {
    let (a, b) = stateful_testing::testing::generated(0, |g| (g.fresh::<u8>(), g.fresh::<u8>()));
    let used = Nested::Use { all: vec![a.reference()], one: Some(b.reference()), count: 1 };
    let mut ids = Vec::new();
    used.references(&mut |id, _| ids.push(id));
    assert_eq!(ids, [a.id(), b.id()]);
    let sequence = Sequence::from(vec![Nested::Make(a, b), used]);
    assert_eq!(sequence.to_string(), "[v1, v2 = make, use [v1] Some(v2) 1]");
}

#[cfg(feature = "serde")]
#[test]
fn references_are_written_as_their_numbers() {
    use std::collections::BTreeMap;

    let cells: BTreeMap<Ref<Cell>, u32> = BTreeMap::from([(Ref::numbered(3), 7)]);
    let text = serde_json::to_string(&(New::<Cell>::numbered(2), &cells)).unwrap();
    assert_eq!(text, r#"[2,{"3":7}]"#);
    let (new, read): (New<Cell>, BTreeMap<Ref<Cell>, u32>) = serde_json::from_str(&text).unwrap();
    assert_eq!((new.id().to_string().as_str(), read), ("v2", cells));
    assert!(serde_json::from_str::<Ref<Cell>>("-1").is_err());
}
