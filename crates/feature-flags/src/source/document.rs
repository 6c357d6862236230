//! Everything that one source holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::problem::Problem;
use crate::compile::Definition;
use crate::handle::ContentId;
use crate::model::{Flag, check};

/// Flags by name, those that are wrong among them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    origin: Option<String>,
    content: Option<ContentId>,
    definitions: Vec<Definition>,
    positions: BTreeMap<String, usize>,
    problems: Vec<Problem>,
}

impl Document {
    #[cfg(feature = "toml")]
    pub(super) fn new(origin: Option<String>, content: ContentId) -> Self {
        Self { origin, content: Some(content), ..Self::default() }
    }

    /// Adds a flag, in place of one of the same name.
    ///
    /// One whose parts do not fit together becomes a flag that is wrong, at `place` in its file.
    pub(crate) fn add(&mut self, flag: Arc<Flag>, place: (usize, usize)) {
        match check(&flag) {
            Ok(()) => self.put(Definition::Flag(flag)),
            Err(message) => {
                let problem = Problem::new(self.origin(), flag.name(), place, message);
                self.add_broken(flag.name(), flag.default_value(), problem);
            }
        }
    }

    /// Adds a flag that is wrong, and why.
    pub(super) fn add_broken(&mut self, name: &str, default: bool, problem: Problem) {
        self.put(Definition::Broken { name: name.into(), default });
        self.problems.push(problem);
    }

    /// This document's flags, and those of `below` that it does not have.
    #[cfg(feature = "toml")]
    pub(crate) fn over(mut self, below: &Self) -> Self {
        for definition in &below.definitions {
            if !self.has(definition.name()) {
                self.put(definition.clone());
            }
        }
        self
    }

    /// Uses the flags of `old` where they are equal, so that what is made of them can be used too.
    pub(crate) fn take_over(&mut self, old: &Self) {
        for definition in &mut self.definitions {
            let Some(position) = old.positions.get(definition.name()) else { continue };
            let before = &old.definitions[*position];
            match (&*definition, before) {
                (Definition::Flag(new), Definition::Flag(old)) if new == old => *definition = before.clone(),
                _ => {}
            }
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.positions.contains_key(name)
    }

    pub(crate) fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(crate) fn content(&self) -> Option<ContentId> {
        self.content
    }

    /// The file, if it is one.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    fn put(&mut self, definition: Definition) {
        let next = self.definitions.len();
        match *self.positions.entry(definition.name().to_owned()).or_insert(next) {
            position if position == next => self.definitions.push(definition),
            position => self.definitions[position] = definition,
        }
    }
}
