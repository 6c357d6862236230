//! The plan as text.

use std::fmt::Write as _;

use super::{facts, line};
use crate::plan::Plan;

pub(super) fn render(plan: &Plan) -> String {
    let mut out = format!("{}\n{}\n", line(&plan.change().to_string()), line(&facts(plan)));
    for (i, phase) in plan.phases().iter().enumerate() {
        let who = line(&phase.deployed_by().to_string());
        let _ = writeln!(out, "{:>3}. [{}, {who}] {}", i + 1, phase.kind(), line(phase.title()));
        for step in phase.steps() {
            let _ = writeln!(out, "       - {} ({})", line(step.title()), line(&step.impact().to_string()));
        }
        if let Some(gate) = phase.gate() {
            let _ = writeln!(out, "       gate: {}", line(&gate.to_string()));
        }
        if phase.is_point_of_no_return() {
            out.push_str("       point of no return: all gates above are checked once more\n");
        }
    }
    out
}
