//! Everything that a source holds.

use std::sync::Arc;

use super::problem::Problem;
use super::revision::Revision;
use super::standing::Standing;
use crate::compile::{Sections, Segments};
use crate::handle::ContentId;
use crate::model::{Flag, Holdout, Layer, Segment};

/// Everything that a source holds as of one revision.
///
/// ```
/// use feature_flags::{Contents, Flag, Revision, Segment};
///
/// let contents = Contents::new(Revision::FIRST)
///     .with(Flag::new("new-search"))
///     .with_segment("beta", Segment::of(["17", "42"]))
///     .with_broken("old-search", false, "its row cannot be read");
/// assert_eq!(contents.flags().len(), 1);
/// assert!(contents.problems().all(|problem| problem.flag() == "old-search"));
/// ```
#[derive(Debug, Clone)]
pub struct Contents {
    pub(super) revision: Revision,
    pub(crate) flags: Vec<Flag>,
    pub(super) segments: Segments,
    pub(super) sections: Sections,
    /// What is wrong with a flag, and what it serves by default.
    pub(super) broken: Vec<(Problem, bool)>,
    pub(super) warnings: Vec<String>,
    pub(super) standing: Standing,
    /// What two processes that serve the same agree on, where it is not the revision.
    pub(super) content: Option<ContentId>,
}

impl Contents {
    /// Nothing, as of `revision`.
    pub fn new(revision: Revision) -> Self {
        Self {
            revision,
            flags: Vec::new(),
            segments: Segments::new(),
            sections: Sections::default(),
            broken: Vec::new(),
            warnings: Vec::new(),
            standing: Standing::Current,
            content: None,
        }
    }

    /// Adds a flag.
    #[must_use]
    pub fn with(mut self, flag: Flag) -> Self {
        self.flags.push(flag);
        self
    }

    /// Adds a segment, in place of one of the same name.
    #[must_use]
    pub fn with_segment(mut self, name: impl Into<String>, segment: Segment) -> Self {
        self.segments.insert(name.into(), Arc::new(segment));
        self
    }

    /// Adds a layer, in place of one of the same name. Changes tell of flags only: a source whose layers changed answers
    /// `Changes::Unknown`.
    ///
    /// ```
    /// use feature_flags::{Contents, Holdout, Layer, Revision};
    ///
    /// let contents = Contents::new(Revision::FIRST)
    ///     .with_layer("checkout", Layer::new().slot("new-form", ["0%..30%".parse()?])?)
    ///     .with_holdout("all-of-2026", Holdout::new("5%".parse()?).layer("checkout"));
    /// assert_eq!((contents.layers().len(), contents.holdouts().len()), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_layer(mut self, name: impl Into<String>, layer: Layer) -> Self {
        self.sections.layers.insert(name.into(), layer);
        self
    }

    /// Adds a holdout, in place of one of the same name; see [`with_layer`](Self::with_layer) for how it changes.
    #[must_use]
    pub fn with_holdout(mut self, name: impl Into<String>, holdout: Holdout) -> Self {
        self.sections.holdouts.insert(name.into(), holdout);
        self
    }

    /// Adds a flag that is there but cannot be understood: it is served as it was, or else `default` is, and it is
    /// listed with `message`. The other flags are not concerned.
    #[must_use]
    pub fn with_broken(mut self, flag: &str, default: bool, message: impl Into<String>) -> Self {
        self.broken.push((Problem::new(None, flag, (0, 0), message.into()), default));
        self
    }

    /// Adds something that people should know and that is no flag's fault, such as a cache that could not be read.
    ///
    /// ```
    /// use feature_flags::{Contents, Flags, Revision};
    ///
    /// let contents = Contents::new(Revision::FIRST).with_warning("the backup is two days old");
    /// let flags = Flags::builder().contents("backup", contents);
    /// assert_eq!(flags.status().warnings(), ["the backup is two days old"]);
    /// ```
    #[must_use]
    pub fn with_warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }

    /// Says how they came to be served, where they are not simply what the source holds.
    ///
    /// ```
    /// use feature_flags::{Contents, Flags, Revision, Standing};
    ///
    /// let standing = Standing::stand_in("the spare", "the database does not answer");
    /// let contents = Contents::new(Revision::FIRST).standing_in(standing);
    /// assert!(!Flags::builder().contents("the spare", contents).status().readiness().is_ready());
    /// ```
    #[must_use]
    pub fn standing_in(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    /// Gives them another revision, for sources that number the contents of others anew.
    ///
    /// ```
    /// use feature_flags::{Contents, Revision};
    ///
    /// let contents = Contents::new(Revision::FIRST).renumbered(Revision::new(9));
    /// assert_eq!(contents.revision(), Revision::new(9));
    /// ```
    #[must_use]
    pub fn renumbered(mut self, revision: Revision) -> Self {
        self.revision = revision;
        self
    }

    /// As of when.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The flags, in no order.
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }

    /// The segments by name, in alphabetical order.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = (&str, &Segment)> {
        self.segments.iter().map(|(name, segment)| (name.as_str(), &**segment))
    }

    /// The layers by name, in alphabetical order.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = (&str, &Layer)> {
        self.sections.layers.iter().map(|(name, layer)| (name.as_str(), layer))
    }

    /// The holdouts by name, in alphabetical order.
    pub fn holdouts(&self) -> impl ExactSizeIterator<Item = (&str, &Holdout)> {
        self.sections.holdouts.iter().map(|(name, holdout)| (name.as_str(), holdout))
    }

    /// The flags that cannot be understood.
    pub fn problems(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.broken.iter().map(|(problem, _)| problem)
    }

    /// What people should know besides.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How they came to be served.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }
}
