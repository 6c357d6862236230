//! The phases in which consumers move, each with its gate.

use crate::consumer::{Consumer, ConsumerKind};
use crate::gate::Gate;
use crate::phase::Phase;
use crate::policy::Policy;
use crate::subject::Subject;

/// One phase per consumer: `verb` is what it does (`stops using`), `how` what that means for its code.
pub(super) fn switches(policy: &Policy, object: &Subject, consumers: &[Consumer], verb: &str, how: &str) -> Vec<Phase> {
    consumers.iter().map(|consumer| switch(policy, object, consumer, verb, how)).collect()
}

fn switch(policy: &Policy, object: &Subject, consumer: &Consumer, verb: &str, how: &str) -> Phase {
    let observation = policy.observation.max(consumer.runs_every());
    let gate = Gate::new(consumer.name(), object.clone(), observation, policy.freshness);
    let title = format!("{} {verb} `{object}`", consumer.name());
    let name = consumer.name();
    let instructions = match consumer.kind() {
        ConsumerKind::Unknown if object.column().is_none() => {
            format!("Nothing is deployed. Show that nobody else ({name}) needs `{object}` as it was{how}.")
        }
        _ if object.column().is_none() => {
            format!("Deploy a version of {name} that {verb} `{object}`{how}. Keep the version before at hand.")
        }
        ConsumerKind::Application => format!(
            "Deploy a version of {} that neither reads nor writes `{object}`{how}. `SELECT *` and inserts without a list of \
             columns use every column. Keep the version before at hand: until the last phase it still works.",
            consumer.name()
        ),
        ConsumerKind::Etl => format!(
            "Change the jobs of {} so that they no longer copy `{object}`{how}, and tell whoever receives the copies.",
            consumer.name()
        ),
        ConsumerKind::Reporting => {
            format!(
                "Change the reports and dashboards of {} so that they no longer show `{object}`{how}.",
                consumer.name()
            )
        }
        ConsumerKind::Unknown => {
            format!("Nothing is deployed. Show that nobody else ({}) uses `{object}`{how}.", consumer.name())
        }
    };
    Phase::switch(consumer, title, instructions, gate)
}
