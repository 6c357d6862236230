//! What an evaluation saw, put into words.

use super::change;
use super::explanation::{Evaluated, Explanation, RuleExplanation, Subject};
use super::gates;
use super::step::{self, Step};
use crate::compile::{Definition, Kind};
use crate::evaluate::Reason;

/// Conditions with what came out of them, and what would change the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    pub(super) gates: Vec<Step>,
    pub(super) requirements: Vec<Step>,
    pub(super) rules: Vec<RuleExplanation>,
    pub(super) change: Option<String>,
}

impl Told {
    /// The words for what `explanation` kept.
    pub(super) fn of(explanation: &Explanation) -> Self {
        let Explanation { enabled, reason, subject, .. } = explanation;
        let Subject::Flag(Evaluated { block, index, record, .. }) = subject else { return Self::default() };
        let mut told = Self::default();
        let mut compiled = *block.record(*index);
        if let Kind::Gated(number) = compiled.kind {
            let gated = block.gated(number);
            told.gates = gates::steps(gated, record);
            compiled = compiled.behind(gated);
        }
        if let Definition::Flag(flag) = block.definition(*index)
            && !matches!(reason, Reason::Broken | Reason::Disabled | Reason::Fixed)
        {
            (told.requirements, told.rules) = step::rules(flag, &compiled, block, &record.by_operation());
        }
        told.change = change::nearest(*reason, *enabled, &told.gates, &told.requirements, &told.rules);
        told
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
        gates: &'a [Step],
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
                gates: self.gates(),
                requirements: self.requirements(),
                rules: self.rules(),
                change: self.change(),
            };
            stored.serialize(serializer)
        }
    }
}
