//! Everything that one source holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::Change;
use super::contents::Contents;
use super::problem::Problem;
use super::revision::Revision;
use super::standing::Standing;
use crate::compile::{Definition, Roster, Sections, Segments};
use crate::handle::ContentId;
use crate::model::{Flag, Holdout, Layer, Segment, check};

/// Flags by name, those that are wrong among them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    origin: Option<String>,
    content: Option<ContentId>,
    roster: Roster,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    standing: Standing,
    segments: Arc<Segments>,
    sections: Arc<Sections>,
    /// Of a source with revisions: its name, what is the newest, and which each flag has, also those that are gone.
    revision: Revision,
    revisions: BTreeMap<String, Revision>,
}

impl Document {
    #[cfg(feature = "toml")]
    pub(super) fn read(origin: Option<String>, content: ContentId, roster: Roster, problems: Vec<Problem>) -> Self {
        Self { origin, content: Some(content), roster, problems, ..Self::default() }
    }

    /// Everything that the source called `origin` held at a revision.
    pub(crate) fn of(origin: String, contents: Contents) -> Self {
        let Contents { revision, flags, segments, sections, broken, warnings, standing, content } = contents;
        let (segments, sections) = (Arc::new(segments), Arc::new(sections));
        let mut document =
            Self { origin: Some(origin), revision, warnings, standing, segments, sections, ..Self::default() };
        for (problem, default) in broken {
            let name = problem.flag().to_owned();
            document.add_broken(&name, default, problem.at(document.origin()));
            document.revisions.insert(name, revision);
        }
        for flag in flags {
            document.revisions.insert(flag.name().to_owned(), revision);
            document.add(flag, || (0, 0));
        }
        document.content = Some(content.unwrap_or_else(|| document.content_at_revision()));
        document
    }

    /// The same as contents of a source.
    #[cfg(feature = "toml")]
    pub(super) fn into_contents(self, revision: Revision) -> Contents {
        let mut contents = Contents::new(revision);
        contents.segments = Arc::unwrap_or_clone(self.segments);
        contents.sections = Arc::unwrap_or_clone(self.sections);
        contents.content = self.content;
        for definition in self.roster.into_definitions() {
            if let Definition::Flag(flag) = definition {
                contents.flags.push(Flag::clone(&flag));
            } else if let Definition::Broken { name, default } = definition {
                let problem = self.problems.iter().find(|problem| problem.flag() == &*name);
                contents.broken.extend(problem.map(|problem| (problem.clone(), default)));
            }
        }
        contents
    }

    /// Makes a change, unless a newer one of the same flag is there already; a flag that goes uncovers that of `below`.
    pub(crate) fn apply(&mut self, change: Change, below: &Self) {
        let (name, revision) = (change.name().to_owned(), change.revision());
        let known = self.revisions.entry(name.clone()).or_default();
        if revision <= *known {
            return;
        }
        *known = revision;
        self.revision = self.revision.max(revision);
        match change {
            Change::Put { flag, .. } => match (check(&flag), self.get(&name)) {
                (Err(message), Some(before @ Definition::Flag(_))) => self.keep(before.clone(), &message),
                _ => self.add(flag, || (0, 0)),
            },
            Change::Removed { .. } => match below.get(&name) {
                Some(definition) => self.put(definition.clone()),
                None => self.remove(&name),
            },
        }
        self.content = Some(self.content_at_revision());
    }

    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    /// Two processes that follow the same source to the same revision serve the same.
    fn content_at_revision(&self) -> ContentId {
        ContentId::of(&format!("{} at {}", self.origin.as_deref().unwrap_or_default(), self.revision))
    }

    /// Adds a flag, in place of one of the same name.
    ///
    /// One whose parts do not fit together becomes a flag that is wrong, at `place` in its file.
    pub(crate) fn add(&mut self, flag: Flag, place: impl FnOnce() -> (usize, usize)) {
        match check(&flag) {
            Ok(()) => self.put(Definition::Flag(flag.into())),
            Err(message) => {
                let problem = Problem::new(self.origin(), flag.name(), place(), message);
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
    pub(crate) fn over(mut self, below: &Self) -> Self {
        for (name, segment) in below.segments.iter() {
            if !self.segments.contains_key(name) {
                Arc::make_mut(&mut self.segments).insert(name.clone(), Arc::clone(segment));
            }
        }
        if *below.sections != Sections::default() {
            let Sections { holdouts, layers } = Arc::make_mut(&mut self.sections);
            for (name, holdout) in &below.sections.holdouts {
                holdouts.entry(name.clone()).or_insert_with(|| holdout.clone());
            }
            for (name, layer) in &below.sections.layers {
                layers.entry(name.clone()).or_insert_with(|| layer.clone());
            }
        }
        for definition in below.roster.iter() {
            if !self.has(definition.name()) {
                self.put(definition.clone());
            }
        }
        self
    }

    /// Uses the flags of `old` where they are equal, so that what is made of them can be used too; and where they are
    /// wrong now, so that a slip of the pen moves nobody.
    pub(crate) fn take_over(&mut self, old: &Self) {
        if self.segments == old.segments {
            self.segments = Arc::clone(&old.segments);
        }
        if self.sections == old.sections {
            self.sections = Arc::clone(&old.sections);
        }
        let mut kept = BTreeSet::new();
        self.roster.update(|definition| match (definition, old.get(definition.name())?) {
            (Definition::Flag(new), before @ Definition::Flag(old)) if new == old => Some(before.clone()),
            (Definition::Broken { name, .. }, before @ Definition::Flag(_)) => {
                kept.insert(Arc::clone(name));
                Some(before.clone())
            }
            _ => None,
        });
        for problem in &mut self.problems {
            problem.keeps_last_good |= kept.contains(problem.flag());
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Definition> {
        self.roster.get(name)
    }

    /// Puts back what a flag was before, although it is something else in the source, because of `message`.
    pub(crate) fn keep(&mut self, before: Definition, message: &str) {
        let mut problem = Problem::new(self.origin(), before.name(), (0, 0), message.to_owned());
        problem.keeps_last_good = true;
        self.put(before);
        self.problems.push(problem);
    }

    pub(crate) fn add_segment(&mut self, name: &str, segment: Segment) {
        Arc::make_mut(&mut self.segments).insert(name.to_owned(), Arc::new(segment));
    }

    pub(crate) fn add_layer(&mut self, name: &str, layer: Layer) {
        Arc::make_mut(&mut self.sections).layers.insert(name.to_owned(), layer);
    }

    pub(crate) fn add_holdout(&mut self, name: &str, holdout: Holdout) {
        Arc::make_mut(&mut self.sections).holdouts.insert(name.to_owned(), holdout);
    }

    pub(crate) fn sections(&self) -> &Arc<Sections> {
        &self.sections
    }

    pub(crate) fn segments(&self) -> &Arc<Segments> {
        &self.segments
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn roster(&self) -> &Roster {
        &self.roster
    }

    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    pub(crate) fn content(&self) -> Option<ContentId> {
        self.content
    }

    /// The file, if it is one.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    fn remove(&mut self, name: &str) {
        self.problems.retain(|problem| problem.flag() != name);
        self.roster.remove(name);
    }

    fn put(&mut self, definition: Definition) {
        if let Some(before) = self.roster.put(definition) {
            self.problems.retain(|problem| problem.flag() != before.name());
        }
    }
}
