//! Names that lead nowhere.

use super::conditions::walk;
use super::{Lint, LintKind};
use crate::compile::Definition;
use crate::expression::Node;
use crate::handle::{Snapshot, nearest};
use crate::model::Flag;

/// The existing names that were probably meant, for the first unknown names only: each costs a look at all flags.
#[derive(Default)]
pub(super) struct Suggestions(u32);

const MOST_SUGGESTIONS: u32 = 20;

impl Suggestions {
    fn next<'a>(&mut self, name: &str, snapshot: &'a Snapshot) -> Option<&'a str> {
        self.0 += 1;
        (self.0 <= MOST_SUGGESTIONS).then(|| nearest(name, snapshot.table().definitions().map(Definition::name)))?
    }
}

pub(super) fn check(
    flag: &Flag,
    snapshot: &Snapshot,
    has_group: &dyn Fn(&str) -> bool,
    suggestions: &mut Suggestions,
    lints: &mut Vec<Lint>,
) {
    for name in flag.requirements() {
        lints.extend(unknown_flag(flag, None, name, snapshot, suggestions));
    }
    for (number, rule) in (1..).zip(flag.rules()) {
        walk(rule, &mut |node| match node {
            Node::Flag(name) => lints.extend(unknown_flag(flag, Some(number), name, snapshot, suggestions)),
            Node::Segment(name) if !snapshot.table().has_segment(name) => {
                let message = format!("there is no segment `{name}`, so nobody is known to be in it or not");
                lints.push(Lint::new(LintKind::UnknownSegment, flag.name(), Some(number), message));
            }
            Node::Group(name) if !has_group(name) => {
                let message = format!("no function is defined for the group `{name}` here");
                lints.push(Lint::new(LintKind::UnknownGroup, flag.name(), Some(number), message));
            }
            _ => {}
        });
    }
}

fn unknown_flag(
    flag: &Flag,
    rule: Option<u16>,
    name: &str,
    snapshot: &Snapshot,
    suggestions: &mut Suggestions,
) -> Option<Lint> {
    if snapshot.table().find(name).is_some() {
        return None;
    }
    let meant = suggestions.next(name, snapshot);
    let question = meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
    Some(Lint::new(LintKind::UnknownFlag, flag.name(), rule, format!("there is no flag `{name}`{question}")))
}

/// A layer or holdout names a flag that is not there.
pub(super) fn no_such_flag(name: &str, place: &str, snapshot: &Snapshot) -> Option<Lint> {
    if snapshot.table().find(name).is_some() {
        return None;
    }
    let meant = nearest(name, snapshot.table().definitions().map(Definition::name));
    let question = meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
    let message = format!("{place} names it, and there is no such flag{question}");
    Some(Lint::new(LintKind::UnknownFlag, name, None, message))
}
