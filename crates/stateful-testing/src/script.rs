//! A sequence together with the choices it was made of.

use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hasher};

use crate::command::Command;
use crate::generator::Gen;
use crate::menu;
use crate::model::Model;
use crate::scope::Scope;
use crate::sequence::Sequence;
use crate::tape::{Choice, Tape};

/// One command and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Entry<C> {
    pub(crate) command: C,
    /// Its place in the sequence it was generated in: tells entries apart whatever else of them changes.
    pub(crate) stamp: u32,
    /// Which of the offers of that state made it.
    pub(crate) offer: u32,
    /// The number of the first reference it defines, if it defines any; it keeps it when commands before it go.
    pub(crate) first_ref: u32,
    pub(crate) tape: Tape,
}

/// A sequence that the model allows, with the choices of every command.
#[derive(Debug, Clone)]
pub(crate) struct Script<C> {
    pub(crate) entries: Vec<Entry<C>>,
}

/// A command to be made again from its choices, in whatever state the commands before it lead to.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) stamp: u32,
    pub(crate) kind: usize,
    pub(crate) offer: u32,
    /// The number of the first reference it defines; `None` for the next that is free.
    pub(crate) first_ref: Option<u32>,
    pub(crate) choices: Vec<Choice>,
}

impl<C: Command> Entry<C> {
    /// A command that was written by hand: nothing was chosen.
    pub(crate) fn written(command: C) -> Self {
        Self { command, stamp: 0, offer: 0, first_ref: 0, tape: Tape::default() }
    }

    pub(crate) fn draft(&self) -> Draft {
        self.draft_with(self.tape.choices.clone())
    }

    pub(crate) fn draft_with(&self, choices: Vec<Choice>) -> Draft {
        Draft {
            stamp: self.stamp,
            kind: self.command.kind(),
            offer: self.offer,
            first_ref: Some(self.first_ref),
            choices,
        }
    }
}

impl<C: Command> Script<C> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The drafts of the entries for which `keep` holds.
    pub(crate) fn drafts(&self, mut keep: impl FnMut(usize) -> bool) -> Vec<Draft> {
        self.entries.iter().enumerate().filter(|(at, _)| keep(*at)).map(|(_, entry)| entry.draft()).collect()
    }

    pub(crate) fn commands(&self) -> impl ExactSizeIterator<Item = &C> + Clone {
        self.entries.iter().map(|entry| &entry.command)
    }

    pub(crate) fn sequence(&self) -> Sequence<C> {
        Sequence::from(self.commands().cloned().collect::<Vec<_>>())
    }

    /// The drafts of the whole with references numbered from 1 in the order in which they are defined. Items are then picked by
    /// their place, since those that are references have other names.
    pub(crate) fn renumbered(&self) -> Vec<Draft> {
        let entries = self.entries.iter().map(|entry| {
            let mut draft = entry.draft();
            draft.first_ref = None;
            for choice in &mut draft.choices {
                *choice = choice.with(choice.value);
            }
            draft
        });
        entries.collect()
    }

    /// Whether this is simpler than `other`: with fewer faults, or shorter, or made of fewer choices, or made of smaller ones.
    pub(crate) fn is_simpler_than(&self, other: &Self) -> bool {
        self.size().cmp(&other.size()).then_with(|| self.weights().cmp(other.weights())).is_lt()
    }

    /// Tells scripts apart by what their commands print.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprints().pop().unwrap_or_default()
    }

    /// The fingerprints of all its beginnings, the one of a single command first and its own last.
    pub(crate) fn fingerprints(&self) -> Vec<u64> {
        let mut hashing = Hashing(DefaultHasher::new());
        let prefixes = self.commands().map(|command| {
            hashing.add(command);
            // What is printed of one command is told apart from what is printed of two.
            hashing.0.write_u8(0xff);
            hashing.0.finish()
        });
        prefixes.collect()
    }

    /// How many of the commands are faults.
    pub(crate) fn faults(&self) -> usize {
        self.commands().filter(|command| command.is_fault()).count()
    }

    /// What nobody did to the system explains a failure last: a longer sequence without a fault is simpler.
    fn size(&self) -> (usize, usize, usize) {
        (self.faults(), self.len(), self.entries.iter().map(|entry| entry.tape.size()).sum())
    }

    fn weights(&self) -> impl Iterator<Item = u64> {
        self.entries.iter().flat_map(|entry| std::iter::once(entry.command.kind() as u64).chain(entry.tape.values()))
    }
}

/// Makes the commands of `drafts` again, each in the state that the ones before it lead to.
///
/// A command that cannot be made there, that the precondition refuses, or that uses a reference which is no longer defined, is
/// left out; so deleting what creates a thing deletes what was done to it.
pub(crate) fn realize<M: Model>(model: &M, drafts: Vec<Draft>) -> Script<M::Command> {
    realize_telling(model, drafts, &mut |_, _| {})
}

/// Why a command was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotOffered,
    Reference,
    /// With the part of it that refuses, as the model names it.
    Precondition(&'static str),
}

/// As [`realize`], and tells the stamp of each command that was left out, and why.
pub(crate) fn realize_telling<M: Model>(
    model: &M,
    drafts: Vec<Draft>,
    refused: &mut dyn FnMut(u32, Refusal),
) -> Script<M::Command> {
    let mut state = model.init();
    let mut scope = Scope::default();
    let mut entries = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let Draft { stamp, kind, offer, first_ref, choices } = draft;
        let first_ref = first_ref.unwrap_or_else(|| scope.next_free());
        let mut generator = Gen::replay(choices, first_ref);
        let Some(taken) = menu::again(&mut generator, kind, offer, |menu| model.commands(&state, menu)) else {
            refused(stamp, Refusal::NotOffered);
            continue;
        };
        if !scope.admits(&taken.command) {
            refused(stamp, Refusal::Reference);
        } else if !model.precondition(&state, &taken.command) {
            refused(stamp, Refusal::Precondition(model.refusal(&state, &taken.command)));
        } else {
            scope.enter(&taken.command);
            model.next(&mut state, &taken.command);
            let tape = generator.take_tape();
            entries.push(Entry { command: taken.command, stamp, offer: taken.offer, first_ref, tape });
        }
    }
    Script { entries }
}

/// The hash of what a value prints, without printing it.
pub(crate) fn fingerprint(value: &impl fmt::Debug) -> u64 {
    let mut hashing = Hashing(DefaultHasher::new());
    hashing.add(value);
    hashing.0.finish()
}

/// Takes what is printed.
struct Hashing(DefaultHasher);

impl Hashing {
    fn add(&mut self, value: &impl fmt::Debug) {
        write!(self, "{value:?}").expect("hashing never fails, and a `Debug` that fails would not print either");
    }
}

impl Write for Hashing {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.write(part.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
