//! The plan as text.

use std::fmt::Write as _;

use super::facts;
use crate::plan::Plan;

pub(super) fn render(plan: &Plan) -> String {
    let mut out = format!("{}\n{}\n", plan.change(), facts(plan));
    for (i, phase) in plan.phases().iter().enumerate() {
        let who = phase.deployed_by().to_string();
        let _ = writeln!(out, "{:>3}. [{}, {who}] {}", i + 1, phase.kind(), phase.title());
        for step in phase.steps() {
            let _ = writeln!(out, "       - {} ({})", step.title(), step.impact());
        }
        if let Some(gate) = phase.gate() {
            let _ = writeln!(out, "       gate: {gate}");
        }
        if phase.is_point_of_no_return() {
            out.push_str("       point of no return: all gates above are checked once more\n");
        }
    }
    out
}
