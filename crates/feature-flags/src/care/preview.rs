//! What an edit would do to contexts that were seen.

use std::collections::BTreeSet;
use std::fmt;
use std::time::SystemTime;

use super::affected::Affected;
use super::report::PreviewReport;
use super::side::Side;
use super::tally::Tally;
use crate::context::Context;
use crate::handle::Flags;

/// Compares flags as they are with flags as they would be, context by context, before an edit is made.
///
/// ```
/// use feature_flags::{Flags, MapContext, Preview};
///
/// let flags = |share| Flags::from_toml(&format!("format = 1\n[flags]\nnew-search = \"{share}% by id\""));
/// let contexts = (0..10_000).map(|id| MapContext::new().with("id", id));
/// let report = Preview::new(&flags(10)?, &flags(20)?).run(contexts);
/// assert_eq!(report.contexts, 10_000);
/// let moved = &report.flags[0].moves[0];
/// assert_eq!((moved.from.as_str(), moved.to.as_str()), ("off", "on"));
/// assert!((900..1_100).contains(&moved.contexts), "about a tenth, and nobody the other way");
/// assert_eq!(report.flags[0].moves.len(), 1);
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
///
/// Both are evaluated at one instant, with the functions that each handle knows. It is no use of a flag: nothing is counted and no hook
/// is told. What cannot be said from the contexts is listed in the report, not guessed.
#[derive(Debug)]
pub struct Preview<'a> {
    before: &'a Flags,
    after: &'a Flags,
    now: Option<SystemTime>,
    examples: usize,
}

/// What becomes of one flag.
///
/// ```
/// use feature_flags::{Flags, MapContext, Preview};
///
/// let flags = |country| Flags::from_toml(&format!("format = 1\n[flags]\nf.when = 'country == \"{country}\"'"));
/// let contexts = ["DE", "DE", "FR"].map(|country| MapContext::new().with("country", country));
/// let flag = &Preview::new(&flags("DE")?, &flags("FR")?).run(contexts).flags[0];
/// assert_eq!((flag.flag.as_str(), flag.contexts, flag.moves.len()), ("f", 3, 2));
/// assert_eq!((flag.moves[0].from.as_str(), flag.moves[0].contexts), ("on", 2), "the most contexts first");
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FlagPreview {
    /// The flag's name.
    pub flag: String,
    /// How many contexts it flips.
    pub contexts: u64,
    /// From what to what, the most contexts first.
    pub moves: Vec<Move>,
}

/// Contexts that go from one answer to another. `Debug` leaves the keys out.
///
/// ```
/// use feature_flags::{Flags, MapContext, Preview};
///
/// let flags = |when| Flags::from_toml(&format!("format = 1\n[flags]\nf.when = '{when}'"));
/// let contexts = [1, 2, 3].map(|id| MapContext::new().with("id", id));
/// let report = Preview::new(&flags("id >= 3")?, &flags("id >= 2")?).examples(10).run(contexts);
/// let moved = &report.flags[0].moves[0];
/// assert_eq!((moved.from.as_str(), moved.to.as_str(), moved.rule), ("off", "on", Some(1)));
/// assert_eq!((moved.because.as_str(), &moved.examples[..]), ("rule 1 applies", &["2".to_owned()][..]));
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Move {
    /// What they had: `on`, `off`, a variant, or `absent` where there was no such flag.
    pub from: String,
    /// What they would have.
    pub to: String,
    /// The rule that would decide, counted from 1, if one would.
    pub rule: Option<u16>,
    /// Why they would have it: `rule 2 applies`.
    pub because: String,
    /// How many.
    pub contexts: u64,
    /// Keys of some, if asked for.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub examples: Vec<String>,
}

impl fmt::Debug for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, because, contexts, .. } = self;
        f.debug_struct("Move")
            .field("from", from)
            .field("to", to)
            .field("because", because)
            .field("contexts", contexts)
            .finish_non_exhaustive()
    }
}

impl<'a> Preview<'a> {
    /// Flags as they are, and as they would be.
    pub fn new(before: &'a Flags, after: &'a Flags) -> Self {
        Self { before, after, now: None, examples: 0 }
    }

    /// As of this instant; now, by the clock of the flags as they are, unless set.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use feature_flags::{Flags, MapContext, Preview};
    ///
    /// let flags = |start| Flags::from_toml(&format!("format = 1\n[flags]\nsale.when = 'now >= t\"{start}\"'"));
    /// let (before, after) = (flags("2026-12-02")?, flags("2026-12-01")?);
    /// let the_first = SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_083_200);
    /// let report = Preview::new(&before, &after).at(the_first).run([MapContext::new()]);
    /// assert_eq!(report.flipped, 1, "it opens a day earlier");
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    #[must_use]
    pub fn at(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// Shows the keys of so many contexts for each move; none unless set, since they are people's.
    #[must_use]
    pub fn examples(mut self, most: usize) -> Self {
        self.examples = most;
        self
    }

    /// Evaluates what may differ for each context, before and after.
    pub fn run<C: Context>(&self, contexts: impl IntoIterator<Item = C>) -> PreviewReport {
        let (before, after) = (self.before.core(), self.after.core());
        let now = self.now.unwrap_or_else(|| before.now());
        let (before, after) = (Side::new(before, now), Side::new(after, now));
        let affected = Affected::new(&before, &after);
        let mut tally = Tally::new(self.examples);
        let mut missing: BTreeSet<&String> = affected.mentions.attributes.iter().collect();
        let mut without_key = 0;
        let groups = affected.mentions.groups.iter();
        let (mut defined, mut unknown_groups) = (Vec::new(), BTreeSet::new());
        for group in groups {
            match after.group(group) {
                Some(number) => defined.push((group, number)),
                None => {
                    unknown_groups.insert(group);
                }
            }
        }
        for context in contexts {
            let unknown = defined.extract_if(.., |(_, number)| !after.knows(*number, &context));
            unknown_groups.extend(unknown.map(|(group, _)| group));
            missing.retain(|path| context.attribute(path).is_none());
            without_key += u64::from(context.key().is_none());
            tally.add(&affected.flags, &before, &after, &context);
        }
        PreviewReport {
            contexts: tally.contexts(),
            flipped: tally.flipped(),
            flags: tally.flags(),
            not_comparable: affected.by_calls,
            unknown_groups: unknown_groups.into_iter().cloned().collect(),
            missing_attributes: missing.into_iter().cloned().collect(),
            without_key: if affected.mentions.by_key { without_key } else { 0 },
        }
    }
}
