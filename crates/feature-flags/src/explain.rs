//! Why a flag is on, why it is off, and what would change it.

mod change;
mod explanation;
mod gates;
mod print;
mod record;
mod step;
mod told;

pub use explanation::{Explanation, RuleExplanation};
pub use step::{Answer, Step};

use self::explanation::{Evaluated, Subject};
use self::record::Record;
use crate::compile::Definition;
use crate::context::Context;
use crate::evaluate::{Evaluation, Reason};
use crate::handle::{Snapshot, Surroundings, nearest};

/// Evaluates the flag called `name`, keeping everything that the evaluation sees.
pub(crate) fn explain(snapshot: &Snapshot, name: &str, context: &dyn Context, around: &Surroundings) -> Explanation {
    let Some(slot) = snapshot.table().find(name) else {
        let nearest = nearest(name, snapshot.table().definitions().map(Definition::name)).map(str::to_owned);
        let subject = Subject::Unknown { name: name.to_owned(), nearest };
        return Explanation::new(false, Reason::Unknown, snapshot.id(), subject);
    };
    let mut record = Record::new();
    let outcome = Evaluation::new(snapshot, context, around).decide(slot, &mut record);
    let (block, index) = snapshot.table().shared_at(slot);
    let problem = snapshot.problems().iter().find(|problem| problem.flag() == name).map(ToString::to_string);
    let evaluated = Evaluated { block, index, variant: outcome.variant, record, problem };
    Explanation::new(outcome.enabled, outcome.reason, snapshot.id(), Subject::Flag(evaluated))
}
