//! What a runner would do, in words.

use migration_planner::run::DryRun;

use crate::output;

pub(super) fn print(dry: &DryRun, json: bool) -> anyhow::Result<()> {
    if json { output::json(dry) } else { output::text(&in_words(dry)) }
}

fn in_words(dry: &DryRun) -> String {
    let mut lines: Vec<String> = dry.phase.iter().map(|phase| format!("phase {phase} comes next")).collect();
    for step in &dry.steps {
        let done = if step.found_done { ": done already" } else { "" };
        lines.push(format!("{}/{}: {} ({}){done}", step.phase, step.step, step.title, step.locks));
        lines.extend(step.statements.iter().map(|sql| format!("  {sql};")));
        lines.extend(step.in_the_way.iter().map(|blocker| format!("  in the way: {blocker}")));
    }
    if dry.steps.is_empty() {
        lines.push("nothing would be done in the database".to_owned());
    }
    lines.extend(dry.gates.iter().map(|(consumer, state)| format!("held by {consumer}: {state}")));
    lines.extend(dry.paused.iter().map(ToString::to_string));
    lines.extend(dry.drift.iter().map(|line| format!("changed by somebody else: {line}")));
    lines.extend(dry.would_fail.iter().map(|(step, why)| format!("step {step} would fail: {why}")));
    lines.extend(dry.missing_privileges.iter().map(|line| format!("a privilege is missing: {line}")));
    lines.join("\n")
}
