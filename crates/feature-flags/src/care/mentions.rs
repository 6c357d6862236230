//! What conditions and rollouts name.

use std::collections::BTreeSet;

use crate::expression::Node;
use crate::model::{Basis, Flag, Rollout};

/// What the rules of flags name.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    pub(super) attributes: BTreeSet<String>,
    pub(super) groups: BTreeSet<String>,
    pub(super) flags: BTreeSet<String>,
    pub(super) segments: BTreeSet<String>,
    /// Whether chance decides anew at every call.
    pub(super) by_calls: bool,
    /// Whether the context's key decides.
    pub(super) by_key: bool,
}

impl Mentions {
    pub(super) fn of(flag: &Flag) -> Self {
        let mut mentions = Self::default();
        mentions.add(flag);
        mentions
    }

    pub(super) fn add(&mut self, flag: &Flag) {
        self.flags.extend(flag.requirements().iter().cloned());
        for rule in flag.rules() {
            if let Some(condition) = rule.condition() {
                self.node(condition.root());
            }
            if let Some(rollout) = rule.share() {
                self.rollout(rollout);
            }
            self.by_key |= matches!(rule.served(), crate::Serve::Split(_)) && rule.share().is_none();
        }
    }

    /// Somebody is told by the attribute at `path`, or by the key.
    pub(super) fn looked_at(&mut self, path: Option<&str>) {
        match path {
            Some(path) => {
                self.attributes.insert(path.to_owned());
            }
            None => self.by_key = true,
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Not(inner) => self.node(inner),
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| self.node(node)),
            Node::Test(test) => {
                self.attributes.insert(test.subject.path.clone());
            }
            Node::Group(name) => {
                self.groups.insert(name.clone());
            }
            Node::Constant(_) => {}
            Node::Segment(name) => {
                self.segments.insert(name.clone());
            }
            Node::Flag(name) => {
                self.flags.insert(name.clone());
            }
            Node::Rollout(rollout) => self.rollout(rollout),
        }
    }

    fn rollout(&mut self, rollout: &Rollout) {
        match rollout.basis() {
            Basis::Key => self.looked_at(None),
            Basis::Path(path) => self.looked_at(Some(path)),
            Basis::Calls => self.by_calls = true,
        }
    }
}
