//! What an explanation holds.

use std::fmt;

use super::step::{Answer, Step};
use crate::evaluate::Reason;
use crate::handle::SnapshotId;

/// Why a flag is on or off for one context, and the nearest change that would flip it.
///
/// `{}` prints one line, `{:#}` the whole tree; with the feature `serde` it can be serialised. All of them hold the
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
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Explanation {
    pub(super) flag: String,
    pub(super) enabled: bool,
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub(super) reason: Reason,
    pub(super) variant: Option<String>,
    pub(super) snapshot: SnapshotId,
    pub(super) description: Option<String>,
    pub(super) problem: Option<String>,
    pub(super) nearest: Option<String>,
    pub(super) gates: Vec<Step>,
    pub(super) requirements: Vec<Step>,
    pub(super) rules: Vec<RuleExplanation>,
    pub(super) change: Option<String>,
}

/// One rule and what came out of it.
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
    pub(super) fn unknown(flag: &str, snapshot: SnapshotId) -> Self {
        Self {
            flag: flag.to_owned(),
            enabled: false,
            reason: Reason::Unknown,
            variant: None,
            snapshot,
            description: None,
            problem: None,
            nearest: None,
            gates: Vec::new(),
            requirements: Vec::new(),
            rules: Vec::new(),
            change: None,
        }
    }

    pub(crate) fn overridden(flag: &str, enabled: bool, snapshot: SnapshotId) -> Self {
        Self { enabled, reason: Reason::Override, ..Self::unknown(flag, snapshot) }
    }

    /// The flag's name.
    pub fn flag(&self) -> &str {
        &self.flag
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
        self.variant.as_deref()
    }

    /// The snapshot that decided.
    pub fn snapshot(&self) -> SnapshotId {
        self.snapshot
    }

    /// What is wrong with the flag, if something is.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The flag that was meant, if this one does not exist and one has nearly its name.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }

    /// The holdouts and layers that it is in: true where they let the context through.
    pub fn gates(&self) -> &[Step] {
        &self.gates
    }

    /// The flags that it requires.
    pub fn requirements(&self) -> &[Step] {
        &self.requirements
    }

    /// All rules, also those behind the one that decided.
    pub fn rules(&self) -> &[RuleExplanation] {
        &self.rules
    }

    /// The smallest change found that would flip the flag, as half a sentence.
    pub fn change(&self) -> Option<&str> {
        self.change.as_deref()
    }
}

/// The flag and the answer, never an attribute.
impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("flag", &self.flag)
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
