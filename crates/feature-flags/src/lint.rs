//! What looks wrong in flags that are well-formed.

mod conditions;
mod reach;
mod references;
mod salts;
mod sections;

use std::fmt;
use std::time::SystemTime;

use crate::compile::Definition;
use crate::context::Timestamp;
use crate::handle::Snapshot;
use crate::model::Flag;
use crate::source::Problem;

/// Something in a flag that is allowed and probably not meant.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use feature_flags::{Flags, LintKind};
///
/// let flags = Flags::from_toml(r#"
///     format = 1
///     [flags.new-search]
///     rules = [{ rollout = "100%" }, { when = "staff" }]
/// "#)?;
/// let lints = flags.lint();
/// assert_eq!(lints[0].kind, LintKind::UnreachableRule);
/// assert_eq!(lints[0].to_string(), "flag `new-search`, rule 2: no context gets here, since rule 1 applies to all");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Lint {
    /// What it is.
    pub kind: LintKind,
    /// The flag's name; the layer's, where one is missing.
    pub flag: String,
    /// The rule, counted from 1, if it is about one.
    pub rule: Option<u16>,
    /// The line in the file, counted from 1, where a flag is [`Broken`](LintKind::Broken) in one.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub line: Option<usize>,
    /// The column there in characters, counted from 1.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub column: Option<usize>,
    /// What it is, for people.
    pub message: String,
}

/// What a [`Lint`] is about.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use feature_flags::{Flags, LintKind};
///
/// let flags = Flags::from_toml("format = 1\n[flags]\nold-search = { enabled = true, expires = '2020-01-31' }")?;
/// // In a test: what may stand, and what must not.
/// let must_go = |kind| !matches!(kind, LintKind::LongList | LintKind::FlickeringRollout);
/// let findings: Vec<_> = flags.lint().into_iter().filter(|lint| must_go(lint.kind)).collect();
/// assert_eq!(findings[0].kind, LintKind::Expired);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum LintKind {
    /// The flag is wrong and serves its default; see [`Status::problems`](crate::Status::problems).
    Broken,
    /// A rule behind one that applies to all whom it would apply to, as far as their form tells.
    UnreachableRule,
    /// A condition that is the same for all.
    ConstantCondition,
    /// A rollout to nobody.
    EmptyRollout,
    /// Another flag is named that does not exist.
    UnknownFlag,
    /// A segment is named that does not exist.
    UnknownSegment,
    /// A group is named that no function was defined for.
    UnknownGroup,
    /// A holdout names a layer that does not exist.
    UnknownLayer,
    /// A holdout of everybody, or a slot of a layer without any bucket.
    NobodyGetsThrough,
    /// A flag requires another one of its layer, so that it is never on.
    ExcludedRequirement,
    /// Two flags bucket with the same salt, in their rollouts or among their variants, so that the same users are in both;
    /// or a flag with the salt of a layer or holdout.
    SharedSalt,
    /// A share of calls: users see the flag come and go.
    FlickeringRollout,
    /// A ramp that does not grow: it takes no time, or ends where it begins.
    FlatRamp,
    /// An attribute is compared with values of different kinds, one of which it can never be.
    MixedKinds,
    /// So many values are listed that a segment is the place for them.
    LongList,
    /// The flag should be gone by now.
    Expired,
    /// `expires` is no day.
    MalformedExpiry,
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flag, rule, message, .. } = self;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "line {line}, column {column}: ")?;
        }
        if self.kind == LintKind::UnknownLayer {
            return write!(f, "layer `{flag}`: {message}");
        }
        match rule {
            Some(rule) => write!(f, "flag `{flag}`, rule {rule}: {message}"),
            None => write!(f, "flag `{flag}`: {message}"),
        }
    }
}

/// Looks at all flags; the findings are in the order of flags and rules.
pub(crate) fn lint(snapshot: &Snapshot, has_group: &dyn Fn(&str) -> bool, now: SystemTime) -> Vec<Lint> {
    let mut lints: Vec<Lint> = snapshot.problems().iter().map(broken).collect();
    let flags: Vec<&Flag> = snapshot
        .table()
        .definitions()
        .filter_map(|definition| match definition {
            Definition::Flag(flag) => Some(&**flag),
            Definition::Code { .. } | Definition::Broken { .. } => None,
        })
        .collect();
    let mut suggestions = references::Suggestions::default();
    for flag in &flags {
        conditions::check(flag, &mut lints);
        references::check(flag, snapshot, has_group, &mut suggestions, &mut lints);
        expiry(flag, now, &mut lints);
    }
    salts::check(&flags, snapshot, &mut lints);
    sections::check(&flags, snapshot, &mut lints);
    conditions::mixed_kinds(&flags, &mut lints);
    lints.sort_by(|a, b| (&a.flag, a.rule, a.kind).cmp(&(&b.flag, b.rule, b.kind)));
    lints
}

fn broken(problem: &Problem) -> Lint {
    let lint = Lint::new(LintKind::Broken, problem.flag(), None, problem.message().to_owned());
    match problem.line() {
        0 => lint,
        line => Lint { line: Some(line), column: Some(problem.column()), ..lint },
    }
}

fn expiry(flag: &Flag, now: SystemTime, lints: &mut Vec<Lint>) {
    const DAY: i128 = 86_400 * 1_000_000_000;
    let Some(day) = flag.expiry() else { return };
    match Timestamp::parse(day) {
        Some(expiry) if Timestamp::from(now).nanoseconds_since(expiry) >= DAY => {
            lints.push(Lint::new(LintKind::Expired, flag.name(), None, format!("it should be gone since {day}")));
        }
        Some(_) => {}
        None => {
            let message = format!("`expires` is {day:?}, expected a day such as 2026-12-31");
            lints.push(Lint::new(LintKind::MalformedExpiry, flag.name(), None, message));
        }
    }
}

impl Lint {
    fn new(kind: LintKind, flag: &str, rule: Option<u16>, message: String) -> Self {
        Self { kind, flag: flag.to_owned(), rule, line: None, column: None, message }
    }
}
