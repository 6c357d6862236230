//! Shares that take in the same keys although nobody may have meant it.

use std::collections::BTreeMap;
use std::fmt;

use super::conditions::rollouts;
use super::{Lint, LintKind};
use crate::compile::Sections;
use crate::handle::Snapshot;
use crate::model::{Basis, Flag, Serve};

/// Who was the first to bucket with a salt, by the attribute that decides: two of the same salt are apart where they look
/// at different attributes. The context's key may be any of them, and is the empty one here.
#[derive(Default)]
struct First<'a>(BTreeMap<String, BTreeMap<&'a str, User<'a>>>);

/// Who buckets.
#[derive(Clone, Copy, PartialEq)]
enum User<'a> {
    Flag(&'a str),
    Layer(&'a str),
    Holdout(&'a str),
}

const KEY: &str = "";

/// Flags that bucket alike. Whoever is in the smaller rollout is in the larger one too.
pub(super) fn check(flags: &[&Flag], snapshot: &Snapshot, lints: &mut Vec<Lint>) {
    let Sections { holdouts, layers } = snapshot.table().sections();
    let mut first = First::default();
    // Their own salts begin with what they are, so that only those that were given one may meet a flag's.
    for (name, layer) in layers {
        if let Some(salt) = layer.own_salt() {
            first.used(salt.to_owned(), layer.path().unwrap_or(KEY), User::Layer(name));
        }
    }
    for (name, holdout) in holdouts {
        if let Some(salt) = holdout.own_salt() {
            first.used(salt.to_owned(), holdout.path().unwrap_or(KEY), User::Holdout(name));
        }
    }
    for flag in flags {
        let own = User::Flag(flag.name());
        let mut others = Vec::new();
        for_each_salt(flag, &mut |salt, path| others.extend(first.used(salt, path, own)));
        if let Some(other) = others.first() {
            let message = format!("it has the salt of {other}, so the same users are in both");
            lints.push(Lint::new(LintKind::SharedSalt, flag.name(), None, message));
        }
    }
}

/// Of all rollouts that are decided by a key, and of what divides variants.
fn for_each_salt<'a>(flag: &'a Flag, found: &mut dyn FnMut(String, &'a str)) {
    for rule in flag.rules() {
        rollouts(rule, &mut |rollout| {
            if *rollout.basis() != Basis::Calls {
                let salt = rollout.own_salt().unwrap_or(flag.bucket_salt());
                found(salt.to_owned(), rollout.path().unwrap_or(KEY));
            }
        });
        if matches!(rule.served(), Serve::Split(_)) {
            let path = rule.share().and_then(|rollout| rollout.path());
            found(format!("{}/variants", flag.bucket_salt()), path.unwrap_or(KEY));
        }
    }
}

impl<'a> First<'a> {
    /// The one who used this salt before, if it was somebody else.
    fn used(&mut self, salt: String, path: &'a str, by: User<'a>) -> Option<User<'a>> {
        let users = self.0.entry(salt).or_default();
        let before = match path {
            KEY => users.values().find(|user| **user != by),
            path => [path, KEY].into_iter().find_map(|path| users.get(path).filter(|user| **user != by)),
        };
        let before = before.copied();
        users.entry(path).or_insert(by);
        before
    }
}

impl fmt::Display for User<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag `{name}`"),
            Self::Layer(name) => write!(f, "layer `{name}`"),
            Self::Holdout(name) => write!(f, "holdout `{name}`"),
        }
    }
}
