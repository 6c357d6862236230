//! The flags of a file while it is read.

use super::super::problem::Problem;
use super::super::tree::Wrong;
use super::recent::Recent;
use crate::compile::{Definition, Roster, SharedFlag, Twice, text_hash};
use crate::model::Flag;

/// Flags, in the order in which they were read.
#[derive(Default)]
pub(super) struct ReadFlags<'a> {
    definitions: Vec<Definition>,
    /// Those read last, not yet among the definitions.
    batch: Vec<Flag>,
    names: Vec<NameThere>,
    problems: Vec<Problem>,
    pub(super) recent: Recent<'a>,
}

/// The name of a flag: where it stands, and its hash, which is made while the text is at hand.
struct NameThere {
    at: usize,
    hash: u64,
}

/// Most flags in JSON take more bytes than these; where they do not, room is made for more.
#[cfg(feature = "json")]
const USUAL_LENGTH: usize = 64;

/// So many flags share a piece of memory: as many as share a block when they are compiled.
const BATCH: usize = 32;

#[cfg(feature = "json")]
impl<'a> ReadFlags<'a> {
    /// With room for as many flags as a text of this length may have.
    pub(super) fn of_text(text: &'a str) -> Self {
        let flags = text.len() / USUAL_LENGTH;
        Self {
            definitions: Vec::with_capacity(flags),
            names: Vec::with_capacity(flags),
            batch: Vec::with_capacity(BATCH),
            ..Self::default()
        }
    }
}

impl ReadFlags<'_> {
    /// Adds a flag called `name`, which stands at `at`.
    pub(super) fn push(&mut self, name: &str, at: usize, flag: Flag) {
        self.names.push(NameThere { at, hash: text_hash(name) });
        self.batch.push(flag);
        if self.batch.len() == BATCH {
            self.end_batch();
        }
    }

    /// Adds a flag that is wrong.
    pub(super) fn push_broken(&mut self, at: usize, default: bool, problem: Problem) {
        self.end_batch();
        self.names.push(NameThere { at, hash: text_hash(problem.flag()) });
        self.definitions.push(Definition::Broken { name: problem.flag().into(), default });
        self.problems.push(problem);
    }

    /// All of them, and what is wrong with some, by name.
    pub(super) fn into_roster(mut self) -> Result<(Roster, Vec<Problem>), Wrong> {
        self.end_batch();
        let Self { definitions, names, mut problems, .. } = self;
        let twice =
            |Twice { name, second }| Wrong { at: names[second].at, message: format!("`{name}` is there twice") };
        let roster = Roster::of(definitions, names.iter().map(|name| name.hash)).map_err(twice)?;
        problems.sort_by(|one, other| one.flag().cmp(other.flag()));
        Ok((roster, problems))
    }

    fn end_batch(&mut self) {
        if !self.batch.is_empty() {
            let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
            self.definitions.extend(SharedFlag::all_of(batch).map(Definition::Flag));
        }
    }
}
