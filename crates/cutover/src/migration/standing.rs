//! Where a plan stands, for people and for programs.

use migration_planner_postgres as postgres;
use migration_planner_sqlite as sqlite;
use serde_json::Value;

use crate::output;

/// Where a plan stands.
pub(super) struct Standing {
    json: Value,
    title: String,
    phases: Vec<Line>,
    /// What is to be said of the plan as a whole.
    end: Vec<String>,
}

struct Line {
    mark: char,
    title: String,
    point_of_no_return: bool,
    gate: Option<String>,
}

const ROLLING_BACK: &str = "being rolled back: call `cutover rollback` again to go on";

impl Standing {
    pub(super) fn of_sqlite(status: &sqlite::Status) -> anyhow::Result<Self> {
        let line = |phase: &sqlite::PhaseStatus| {
            let is_done = phase.state == sqlite::PhaseState::Done;
            let is_current = phase.state == sqlite::PhaseState::Current;
            Line {
                mark: mark(is_done, is_current),
                title: phase.title.clone(),
                point_of_no_return: phase.point_of_no_return,
                gate: phase.gate.as_ref().filter(|_| !is_done).map(ToString::to_string),
            }
        };
        Ok(Self {
            json: serde_json::to_value(status)?,
            title: format!("{} (plan {})", status.change, status.plan),
            phases: status.phases.iter().map(line).collect(),
            end: end(status.finished, status.rolled_back, status.rolling_back),
        })
    }

    pub(super) fn of_postgres(status: &postgres::Status) -> anyhow::Result<Self> {
        let line = |phase: &postgres::PhaseStatus| {
            let is_done = phase.state == postgres::PhaseState::Done;
            let is_current = phase.state == postgres::PhaseState::Current;
            let steps = format!(" ({} of {} steps)", phase.steps_done, phase.steps);
            let begun = if is_current && phase.steps_done > 0 { steps.as_str() } else { "" };
            Line {
                mark: mark(is_done, is_current),
                title: format!("{}{begun}", phase.title),
                point_of_no_return: phase.point_of_no_return,
                gate: phase.gate.as_ref().filter(|_| !is_done).map(ToString::to_string),
            }
        };
        let mut said: Vec<String> = status.paused.iter().map(ToString::to_string).collect();
        said.extend(status.runner.iter().map(|runner| format!("runner {runner} is at work")));
        said.extend(status.drift.iter().map(|line| format!("changed by somebody else: {line}")));
        said.extend(end(status.finished, status.rolled_back, status.rolling_back));
        Ok(Self {
            json: serde_json::to_value(status)?,
            title: format!("{} (plan {})", status.change, status.plan),
            phases: status.phases.iter().map(line).collect(),
            end: said,
        })
    }

    pub(super) fn print(&self, json: bool) -> anyhow::Result<()> {
        if json { output::json(&self.json) } else { output::text(&self.in_words()) }
    }

    fn in_words(&self) -> String {
        let mut lines = vec![self.title.clone()];
        for phase in &self.phases {
            let end = if phase.point_of_no_return { " (point of no return)" } else { "" };
            lines.push(format!("[{}] {}{end}", phase.mark, phase.title));
            lines.extend(phase.gate.as_ref().map(|gate| format!("      gate: {gate}")));
        }
        lines.extend(self.end.iter().cloned());
        lines.join("\n")
    }
}

fn mark(is_done: bool, is_current: bool) -> char {
    match (is_done, is_current) {
        (true, _) => 'x',
        (_, true) => '>',
        _ => ' ',
    }
}

fn end(finished: bool, rolled_back: bool, rolling_back: bool) -> Vec<String> {
    let said = match (finished, rolled_back, rolling_back) {
        (true, ..) => "finished",
        (_, true, _) => "rolled back",
        (.., true) => ROLLING_BACK,
        _ => return Vec::new(),
    };
    vec![said.to_owned()]
}
