//! A plan as its rows live through it: forward, back, and forward to the end, with versions of an application writing meanwhile.

use super::case::Case;
use super::database::Target;

/// Where a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chapter<'a> {
    /// A phase was carried out.
    Done(&'a str),
    /// A phase was undone.
    Undone(&'a str),
    /// All phases were.
    End,
}

/// Carries out all phases before the point of no return, undoes them, and carries out all; `live` writes and looks in between.
pub(crate) fn tell(case: &Case, live: impl Fn(&Target, Chapter<'_>)) {
    let plan = case.plan().unwrap();
    let Some(target) = Target::new(&case.schema, case.data) else { return };
    let reversible: Vec<_> = plan.phases().iter().take_while(|phase| !phase.is_point_of_no_return()).collect();
    for phase in &reversible {
        target.forward(phase);
        live(&target, Chapter::Done(phase.id()));
    }
    for phase in reversible.iter().rev() {
        target.back(phase);
        live(&target, Chapter::Undone(phase.id()));
    }
    for phase in plan.phases() {
        target.forward(phase);
        live(&target, Chapter::Done(phase.id()));
    }
    live(&target, Chapter::End);
}
