//! Which references a sequence has defined so far.

use crate::command::Command;
use crate::reference::{RefId, Role};

#[derive(Debug, Default)]
pub(crate) struct Scope {
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Undefined,
    Live,
    Consumed,
}

impl Scope {
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
    }

    /// Whether all that `command` uses is there to be used, and what it defines is new.
    pub(crate) fn admits(&self, command: &impl Command) -> bool {
        let mut admitted = true;
        command.references(&mut |id, role| {
            admitted &= match role {
                Role::Defines => self.slot(id) == Slot::Undefined,
                Role::Uses | Role::Consumes => self.slot(id) == Slot::Live,
            };
        });
        admitted
    }

    /// A number above all that are defined; references are counted from 1.
    pub(crate) fn next_free(&self) -> u32 {
        u32::try_from(self.slots.len().max(1)).expect("references are numbered by u32")
    }

    /// Notes what `command` defines and consumes.
    pub(crate) fn enter(&mut self, command: &impl Command) {
        command.references(&mut |id, role| match role {
            Role::Defines => self.set(id, Slot::Live),
            Role::Consumes => self.set(id, Slot::Consumed),
            Role::Uses => {}
        });
    }

    fn slot(&self, id: RefId) -> Slot {
        self.slots.get(id.index()).copied().unwrap_or(Slot::Undefined)
    }

    fn set(&mut self, id: RefId, slot: Slot) {
        if self.slots.len() <= id.index() {
            self.slots.resize(id.index() + 1, Slot::Undefined);
        }
        self.slots[id.index()] = slot;
    }
}
