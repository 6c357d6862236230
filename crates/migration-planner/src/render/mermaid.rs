//! The plan as a Mermaid flow chart.

use std::fmt::Write as _;

use super::line;
use crate::plan::Plan;

pub(super) fn render(plan: &Plan) -> String {
    let mut out = "flowchart TD\n".to_owned();
    let mut last: Option<String> = None;
    let link = |out: &mut String, last: &mut Option<String>, next: String, label: &str| {
        if let Some(before) = last.replace(next.clone()) {
            let _ = writeln!(out, "  {before} -->{label} {next}");
        }
    };
    let mut label = "";
    for (i, phase) in plan.phases().iter().enumerate() {
        let node = format!("p{}", i + 1);
        let who = text(&phase.deployed_by().to_string());
        let _ = writeln!(out, "  {node}[\"{}. {}<br/>{}, {who}\"]", i + 1, text(phase.title()), phase.kind());
        link(&mut out, &mut last, node.clone(), label);
        label = "";
        if let Some(gate) = phase.gate() {
            let node = format!("g{}", i + 1);
            let _ = writeln!(out, "  {node}{{\"{}\"}}", text(&gate.to_string()));
            link(&mut out, &mut last, node, "");
            label = "|open|";
        }
        if phase.is_point_of_no_return() {
            let _ = writeln!(out, "  style {node} stroke-width:4px");
        }
    }
    out
}

/// Within quotes Mermaid needs quotes, angle brackets and backticks as entities.
fn text(raw: &str) -> String {
    line(raw).replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;").replace('`', "")
}
