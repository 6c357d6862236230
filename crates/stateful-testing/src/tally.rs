//! What was generated and what was refused.

use std::fmt;

/// How often each command was generated, and how often it was refused and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    kinds: Vec<KindTally>,
    ended_early: u64,
}

/// The counts of one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KindTally {
    /// The command's name.
    pub name: &'static str,
    /// How often it was generated.
    pub accepted: u64,
    /// How often the precondition refused it.
    pub refused: u64,
    /// How often it used a reference that nothing defined.
    pub unbound: u64,
}

impl Tally {
    pub(crate) fn new(names: &[&'static str]) -> Self {
        let kinds = names.iter().map(|name| KindTally { name, accepted: 0, refused: 0, unbound: 0 }).collect();
        Self { kinds, ended_early: 0 }
    }

    /// The counts of each command, in the order of their declaration.
    pub fn kinds(&self) -> &[KindTally] {
        &self.kinds
    }

    /// How many commands were generated.
    pub fn commands(&self) -> u64 {
        self.kinds.iter().map(|kind| kind.accepted).sum()
    }

    /// How many sequences ended before their length because no command could be found.
    pub fn ended_early(&self) -> u64 {
        self.ended_early
    }

    pub(crate) fn accepted(&mut self, kind: usize) {
        self.kinds[kind].accepted += 1;
    }

    pub(crate) fn precondition_refused(&mut self, kind: usize) {
        self.kinds[kind].refused += 1;
    }

    pub(crate) fn reference_missing(&mut self, kind: usize) {
        self.kinds[kind].unbound += 1;
    }

    pub(crate) fn nothing_offered(&mut self) {
        self.ended_early += 1;
    }

    pub(crate) fn gave_up(&mut self) {
        self.ended_early += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.kinds.iter().map(|kind| kind.name.len()).max().unwrap_or(0);
        for kind in &self.kinds {
            write!(f, "  {:width$}  {} generated", kind.name, kind.accepted)?;
            if kind.refused > 0 {
                write!(f, ", {} refused by the precondition", kind.refused)?;
            }
            if kind.unbound > 0 {
                write!(f, ", {} with a reference nothing defines", kind.unbound)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
