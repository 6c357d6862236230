//! The plan as Markdown.

use std::fmt::Write as _;

use super::{facts, line, statements, undo_statements};
use crate::phase::Phase;
use crate::plan::Plan;

pub(super) fn render(plan: &Plan) -> String {
    let mut out = format!("# {}\n\n{}.\n\n", line(&capitalised(&plan.change().to_string())), line(&facts(plan)));
    out.push_str("| phase | kind | deployed by | done when | can be undone |\n|---|---|---|---|---|\n");
    for (i, phase) in plan.phases().iter().enumerate() {
        let done = phase.gate().map_or("its steps are done".to_owned(), |gate| cell(&gate.to_string()));
        let undone = if phase.is_point_of_no_return() { "**no**" } else { "yes" };
        let (title, kind, who) = (cell(phase.title()), phase.kind(), cell(&phase.deployed_by().to_string()));
        let _ = writeln!(out, "| {}. {title} | {kind} | {who} | {done} | {undone} |", i + 1);
    }
    for (i, phase) in plan.phases().iter().enumerate() {
        section(plan, i, phase, &mut out);
    }
    out
}

fn section(plan: &Plan, index: usize, phase: &Phase, out: &mut String) {
    let _ =
        write!(out, "\n## {}. {}\n\n{}\n", index + 1, line(&capitalised(phase.title())), line(phase.instructions()));
    if phase.is_point_of_no_return() {
        out.push_str("\n**Point of no return.** Before it, all gates are checked once more:\n\n");
        for gate in plan.gates_before(index) {
            let _ = writeln!(out, "- {}", line(&gate.to_string()));
        }
    }
    if let Some(gate) = phase.gate() {
        let _ = writeln!(out, "\n**Gate:** {}.", line(&gate.to_string()));
    }
    for step in phase.steps() {
        let _ = writeln!(out, "\n- {} ({})\n", line(step.title()), line(&step.impact().to_string()));
        code(&statements(step.work()), out);
        let undo = undo_statements(step.undo());
        if !undo.is_empty() {
            out.push_str("\n  Undone by:\n\n");
            code(&undo, out);
        }
    }
}

fn code(statements: &[String], out: &mut String) {
    // A fence is longer than whatever looks like one within.
    let longest = statements.iter().flat_map(|sql| sql.split(|c| c != '`')).map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(out, "  {fence}sql");
    for text in statements.iter().flat_map(|statement| statement.lines()) {
        let _ = writeln!(out, "  {text}");
    }
    let _ = writeln!(out, "  {fence}");
}

fn cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
