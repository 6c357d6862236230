//! What becomes of references when commands before them go.

use super::{Draft, realize};
use crate::env::Env;
use crate::failed::Failed;
use crate::menu::Menu;
use crate::model::Model;
use crate::reference::{New, Ref};
use crate::replay;
use crate::{Command, Sequence};

struct Cells;

#[derive(Debug, Clone, Command)]
enum CellCommand {
    Create(New<u8>),
    Write(Ref<u8>, u8),
}

impl Model for Cells {
    type State = Vec<Ref<u8>>;
    type Command = CellCommand;
    type Output = ();
    type System = ();

    fn init(&self) -> Self::State {
        Vec::new()
    }
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, CellCommand>) {
        menu.offer(1, |g| CellCommand::Create(g.fresh()));
        if !state.is_empty() {
            menu.offer(1, |g| CellCommand::Write(*g.pick(state), g.int(0..=9)));
        }
    }
    fn next(&self, state: &mut Self::State, command: &CellCommand) {
        if let CellCommand::Create(cell) = command {
            state.push(cell.reference());
        }
    }
    fn setup(&self, _state: &Self::State) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), _command: &CellCommand, _env: &mut Env) -> Result<(), Failed> {
        Ok(())
    }
}

/// Three cells, and a write to each.
fn drafts() -> Vec<Draft> {
    let text = "create/0 create/0 create/0 write/1:0,1 write/1:1,2 write/1:2,3";
    let script = realize(&Cells, replay::read::<CellCommand>(text).unwrap());
    assert_eq!(
        script.sequence().to_string(),
        "[v1 = create, v2 = create, v3 = create, write v1 1, write v2 2, write v3 3]"
    );
    script.drafts(|_| true)
}

fn without(gone: &[usize]) -> Sequence<CellCommand> {
    let kept = drafts().into_iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, draft)| draft);
    realize(&Cells, kept.collect()).sequence()
}

#[test]
fn a_reference_that_is_gone_is_bound_to_the_nearest_that_is_left() {
    assert_eq!(without(&[0]).to_string(), "[v2 = create, v3 = create, write v2 1, write v2 2, write v3 3]");
    assert_eq!(without(&[2]).to_string(), "[v1 = create, v2 = create, write v1 1, write v2 2, write v2 3]");
}

#[test]
fn without_any_to_bind_them_to_the_dependents_go_along() {
    assert_eq!(without(&[0, 1, 2]).to_string(), "[]");
}

#[test]
fn others_keep_their_meaning() {
    assert_eq!(without(&[1, 4]).to_string(), "[v1 = create, v3 = create, write v1 1, write v3 3]");
}
