//! What an explanation holds.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::record::Record;
use super::step::{Answer, Step};
use super::told::Told;
use crate::compile::Block;
#[cfg(feature = "serde")]
use crate::compile::Definition;
use crate::evaluate::Reason;
use crate::handle::SnapshotId;

/// Why a flag is on or off for one context, and the nearest change that would flip it.
///
/// It keeps what the evaluation saw, and puts it into words when it is read: making one costs little more than an
/// evaluation. `{}` prints one line, `{:#}` the whole tree; with the feature `serde` it can be serialised. All of them hold the
/// attributes that the rules looked at; `Debug` does not.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use feature_flags::{Flags, MapContext};
///
/// let flags = Flags::from_toml("format = 1\n[flags.new-search]\nwhen = 'country in [\"US\", \"DE\"]'")?;
/// let user = MapContext::new().with("country", "CA");
/// assert_eq!(
///     flags.explain("new-search", &user).to_string(),
///     r#"new-search is off: no rule applies; country is "CA", rule 1 wants country in ["US", "DE"]"#,
/// );
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Explanation {
    pub(super) enabled: bool,
    pub(super) reason: Reason,
    pub(super) snapshot: SnapshotId,
    pub(super) subject: Subject,
    /// What the evaluation saw, in words: made when somebody asks for them.
    pub(super) told: OnceLock<Box<Told>>,
}

/// What was evaluated.
#[derive(Clone)]
pub(super) enum Subject {
    Flag(Evaluated),
    Overridden { name: String },
    Unknown { name: String, nearest: Option<String> },
}

/// A flag and what was seen when it was evaluated.
#[derive(Clone)]
pub(super) struct Evaluated {
    pub(super) block: Arc<Block>,
    pub(super) index: usize,
    pub(super) variant: Option<u16>,
    pub(super) record: Record,
    pub(super) problem: Option<String>,
}

/// One rule and what came out of it.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use feature_flags::{Flags, MapContext};
///
/// let flags = Flags::from_toml(r#"
///     format = 1
///     [[flags.f.rules]]
///     name = "staff"
///     when = 'role == "staff"'
///     [[flags.f.rules]]
///     when = 'country == "US"'
/// "#)?;
/// let explanation = flags.explain("f", &MapContext::new().with("role", "guest").with("country", "US"));
/// let applies: Vec<bool> = explanation.rules().iter().map(|rule| rule.applies()).collect();
/// assert_eq!(applies, [false, true]);
/// assert_eq!(explanation.rules()[0].name.as_deref(), Some("staff"));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RuleExplanation {
    /// Counted from 1.
    pub number: u16,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Whether the flag is on for those it applies to.
    pub serves: bool,
    /// Its `when`.
    pub condition: Option<Step>,
    /// Its `rollout`.
    pub rollout: Option<Step>,
}

impl RuleExplanation {
    /// Whether the rule applies: condition and rollout both hold.
    pub fn applies(&self) -> bool {
        self.steps().all(|step| step.answer == Answer::True)
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.condition.iter().chain(&self.rollout)
    }
}

impl Explanation {
    pub(super) fn new(enabled: bool, reason: Reason, snapshot: SnapshotId, subject: Subject) -> Self {
        Self { enabled, reason, snapshot, subject, told: OnceLock::new() }
    }

    pub(crate) fn overridden(flag: &str, enabled: bool, snapshot: SnapshotId) -> Self {
        Self::new(enabled, Reason::Override, snapshot, Subject::Overridden { name: flag.to_owned() })
    }

    /// The flag's name.
    pub fn flag(&self) -> &str {
        match &self.subject {
            Subject::Flag(Evaluated { block, index, .. }) => block.definition(*index).name(),
            Subject::Overridden { name } | Subject::Unknown { name, .. } => name,
        }
    }

    /// Whether it is on.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The variant that is served, of a flag with variants.
    pub fn variant(&self) -> Option<&str> {
        let Subject::Flag(Evaluated { block, variant, .. }) = &self.subject else { return None };
        Some(block.variant((*variant)?).name())
    }

    /// The snapshot that decided.
    pub fn snapshot(&self) -> SnapshotId {
        self.snapshot
    }

    /// What is wrong with the flag, if something is.
    pub fn problem(&self) -> Option<&str> {
        let Subject::Flag(Evaluated { problem, .. }) = &self.subject else { return None };
        problem.as_deref()
    }

    /// The flag that was meant, if this one does not exist and one has nearly its name.
    pub fn nearest(&self) -> Option<&str> {
        let Subject::Unknown { nearest, .. } = &self.subject else { return None };
        nearest.as_deref()
    }

    /// The holdouts and layers that it is in: true where they let the context through.
    pub fn gates(&self) -> &[Step] {
        &self.told().gates
    }

    /// The flags that it requires.
    pub fn requirements(&self) -> &[Step] {
        &self.told().requirements
    }

    /// All rules, also those behind the one that decided.
    pub fn rules(&self) -> &[RuleExplanation] {
        &self.told().rules
    }

    /// The smallest change found that would flip the flag, as half a sentence.
    pub fn change(&self) -> Option<&str> {
        self.told().change.as_deref()
    }

    /// What the flag is for.
    #[cfg(feature = "serde")]
    pub(super) fn description(&self) -> Option<&str> {
        let Subject::Flag(Evaluated { block, index, .. }) = &self.subject else { return None };
        match block.definition(*index) {
            Definition::Flag(flag) => flag.description_text(),
            Definition::Code { .. } | Definition::Broken { .. } => None,
        }
    }

    fn told(&self) -> &Told {
        self.told.get_or_init(|| Box::new(Told::of(self)))
    }
}

/// Two are equal if they say the same.
impl PartialEq for Explanation {
    fn eq(&self, other: &Self) -> bool {
        let head = |one: &Self| (one.enabled, one.reason, one.snapshot);
        head(self) == head(other)
            && self.flag() == other.flag()
            && self.variant() == other.variant()
            && self.problem() == other.problem()
            && self.nearest() == other.nearest()
            && self.told() == other.told()
    }
}

impl Eq for Explanation {}

/// The flag and the answer, never an attribute.
impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("flag", &self.flag())
            .field("enabled", &self.enabled)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RuleExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleExplanation")
            .field("number", &self.number)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("condition", &self.condition).field("answer", &self.answer).finish_non_exhaustive()
    }
}
