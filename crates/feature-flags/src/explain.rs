//! Why a flag is on, why it is off, and what would change it.

mod change;
mod explanation;
mod print;
mod record;
mod step;

pub use explanation::{Explanation, RuleExplanation};
pub use step::{Answer, Step};

use self::record::Record;
use crate::compile::{Definition, Kind};
use crate::context::Context;
use crate::evaluate::{Evaluation, Reason};
use crate::handle::{Snapshot, Surroundings, nearest};

/// Evaluates the flag called `name`, writing down everything.
pub(crate) fn explain(snapshot: &Snapshot, name: &str, context: &dyn Context, around: &Surroundings) -> Explanation {
    let mut explanation = Explanation::unknown(name, snapshot.id());
    let Some(slot) = snapshot.table().find(name) else {
        explanation.nearest = nearest(name, snapshot.table().definitions().map(Definition::name)).map(str::to_owned);
        return explanation;
    };
    let mut record = Record::default();
    let outcome = Evaluation::new(snapshot, context, around).decide(slot, &mut record);
    explanation.enabled = outcome.enabled;
    explanation.reason = outcome.reason;
    explanation.problem = snapshot.problems().iter().find(|problem| problem.flag() == name).map(ToString::to_string);
    let (block, index) = snapshot.table().at(slot);
    explanation.variant = outcome.variant.map(|variant| block.variant(variant).name().to_owned());
    let mut compiled = *block.record(index);
    if let Kind::Gated(number) = compiled.kind {
        let gated = block.gated(number);
        explanation.gates = step::gates(gated, &record);
        compiled = compiled.behind(gated);
    }
    if let Definition::Flag(flag) = block.definition(index) {
        explanation.description = flag.description_text().map(str::to_owned);
        if !matches!(outcome.reason, Reason::Broken | Reason::Disabled | Reason::Fixed) {
            (explanation.requirements, explanation.rules) = step::rules(flag, &compiled, block, &record);
        }
    }
    explanation.change = change::nearest(&explanation);
    explanation
}
