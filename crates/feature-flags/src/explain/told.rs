//! What an evaluation saw, put into words.

use super::change;
use super::explanation::{Evaluated, Explanation, RuleExplanation, Subject};
use super::step::{self, Step};
use crate::compile::Definition;
use crate::evaluate::Reason;

/// Conditions with what came out of them, and what would change the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    pub(super) requirements: Vec<Step>,
    pub(super) rules: Vec<RuleExplanation>,
    pub(super) change: Option<String>,
}

impl Told {
    /// The words for what `explanation` kept.
    pub(super) fn of(explanation: &Explanation) -> Self {
        let Explanation { enabled, reason, subject, .. } = explanation;
        let Subject::Flag(Evaluated { block, index, record, .. }) = subject else { return Self::default() };
        let Definition::Flag(flag) = block.definition(*index) else { return Self::default() };
        if matches!(reason, Reason::Broken | Reason::Disabled | Reason::Fixed) {
            return Self::default();
        }
        let (requirements, rules) = step::rules(flag, block.record(*index), block, &record.by_operation());
        let change = change::nearest(*reason, *enabled, &requirements, &rules);
        Self { requirements, rules, change }
    }
}

#[cfg(feature = "serde")]
mod serialize {
    use serde::{Serialize, Serializer};

    use super::super::explanation::{Explanation, RuleExplanation};
    use super::super::step::Step;
    use crate::evaluate::Reason;
    use crate::handle::SnapshotId;

    /// The stored form.
    #[derive(Serialize)]
    struct Stored<'a> {
        flag: &'a str,
        enabled: bool,
        #[serde(flatten)]
        reason: Reason,
        variant: Option<&'a str>,
        snapshot: SnapshotId,
        description: Option<&'a str>,
        problem: Option<&'a str>,
        nearest: Option<&'a str>,
        requirements: &'a [Step],
        rules: &'a [RuleExplanation],
        change: Option<&'a str>,
    }

    impl Serialize for Explanation {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let stored = Stored {
                flag: self.flag(),
                enabled: self.enabled(),
                reason: self.reason(),
                variant: self.variant(),
                snapshot: self.snapshot(),
                description: self.description(),
                problem: self.problem(),
                nearest: self.nearest(),
                requirements: self.requirements(),
                rules: self.rules(),
                change: self.change(),
            };
            stored.serialize(serializer)
        }
    }
}
