//! Where a plan stands, for people and for programs.

use migration_planner::run::{PhaseState, PhaseStatus, Status};

use crate::output;

const ROLLING_BACK: &str = "being rolled back: call `cutover rollback` again to go on";

pub(super) fn print(status: &Status, json: bool) -> anyhow::Result<()> {
    if json { output::json(status) } else { output::text(&in_words(status)) }
}

fn in_words(status: &Status) -> String {
    let mut lines = vec![format!("{} (plan {})", status.change, status.plan)];
    status.phases.iter().for_each(|phase| lines.extend(phase_in_words(phase)));
    lines.extend(status.paused.iter().map(ToString::to_string));
    lines.extend(status.runner.iter().map(|runner| format!("runner {runner} is at work")));
    lines.extend(status.drift.iter().map(|line| format!("changed by somebody else: {line}")));
    lines.extend(end(status));
    lines.join("\n")
}

fn phase_in_words(phase: &PhaseStatus) -> Vec<String> {
    let mark = match phase.state {
        PhaseState::Done => 'x',
        PhaseState::Current => '>',
        _ => ' ',
    };
    let is_half_done = phase.state == PhaseState::Current && phase.steps_done > 0;
    let begun = if is_half_done { format!(" ({} of {} steps)", phase.steps_done, phase.steps) } else { String::new() };
    let end = if phase.point_of_no_return { " (point of no return)" } else { "" };
    let gate = phase.gate.as_ref().filter(|_| phase.state != PhaseState::Done);
    let title = format!("[{mark}] {}{begun}{end}", phase.title);
    std::iter::once(title).chain(gate.map(|gate| format!("      gate: {gate}"))).collect()
}

fn end(status: &Status) -> Option<String> {
    let said = match (status.finished, status.rolled_back, status.rolling_back) {
        (true, ..) => "finished",
        (_, true, _) => "rolled back",
        (.., true) => ROLLING_BACK,
        _ => return None,
    };
    Some(said.to_owned())
}
