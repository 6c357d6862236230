//! What was generated and what was refused.

use std::fmt;

/// How often each command was generated, after which other and in which class of states, and how often it was refused.
///
/// Prints as tables.
///
/// ```
/// use stateful_testing::check;
/// use stateful_testing::testing::Counter;
///
/// let passed = check(Counter::right()).try_run().unwrap();
/// let tally = passed.tally();
/// assert!(tally.command("add") > tally.command("reset"));
/// assert!(tally.pair("add", "reset") > Some(0));
/// assert_eq!(tally.in_class("reset", "zero"), Some(0)); // offered only where there is something to reset
/// assert_eq!(tally.command("subtract"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    kinds: Vec<KindTally>,
    /// How often one command followed another: row by row, the earlier one first.
    pairs: Vec<u64>,
    /// How often each command came in a class of states.
    classes: Vec<(&'static str, Vec<u64>)>,
    /// How often each label came up.
    labels: Vec<(&'static str, u64)>,
    /// How often each part of the precondition refused a command, by its kind.
    refusals: Vec<(usize, &'static str, u64)>,
    ended_early: u64,
}

/// The counts of one command.
///
/// ```
/// use stateful_testing::check;
/// use stateful_testing::testing::Counter;
///
/// let passed = check(Counter::right()).try_run().unwrap();
/// let [add, reset] = passed.tally().kinds() else { panic!("there are two") };
/// assert_eq!((add.name, add.refused, reset.unbound), ("add", 0, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KindTally {
    /// The command's name.
    pub name: &'static str,
    /// How often it was generated.
    pub accepted: u64,
    /// How often the precondition refused it.
    pub refused: u64,
    /// How often it used a reference that nothing defined.
    pub unbound: u64,
}

impl Tally {
    pub(crate) fn new(names: &[&'static str]) -> Self {
        let kinds: Vec<_> = names.iter().map(|name| KindTally { name, accepted: 0, refused: 0, unbound: 0 }).collect();
        let pairs = vec![0; kinds.len() * kinds.len()];
        Self { kinds, pairs, classes: Vec::new(), labels: Vec::new(), refusals: Vec::new(), ended_early: 0 }
    }

    /// The counts of each command, in the order of their declaration.
    pub fn kinds(&self) -> &[KindTally] {
        &self.kinds
    }

    /// How many commands were generated.
    pub fn commands(&self) -> u64 {
        self.kinds.iter().map(|kind| kind.accepted).sum()
    }

    /// How many commands were drawn and not taken, because of the precondition or of a reference that nothing defines.
    pub fn rejected(&self) -> u64 {
        self.kinds.iter().map(|kind| kind.refused + kind.unbound).sum()
    }

    /// How often the command called `name` was generated; `None` if there is none.
    pub fn command(&self, name: &str) -> Option<u64> {
        self.place(name).map(|kind| self.kinds[kind].accepted)
    }

    /// How often the command called `then` came right after the one called `first`; `None` if one of them does not exist.
    pub fn pair(&self, first: &str, then: &str) -> Option<u64> {
        Some(self.pairs[self.place(first)? * self.kinds.len() + self.place(then)?])
    }

    /// How often the command called `name` came in a state of `class`, as [`Model::class`](crate::Model::class) calls it; `None` if there is no such
    /// command.
    pub fn in_class(&self, name: &str, class: &str) -> Option<u64> {
        let kind = self.place(name)?;
        Some(self.classes.iter().find(|(other, _)| *other == class).map_or(0, |(_, counts)| counts[kind]))
    }

    /// How often [`Model::labels`](crate::Model::labels) gave this label; 0 if it never did.
    pub fn label(&self, label: &str) -> u64 {
        self.labels.iter().find(|(other, _)| *other == label).map_or(0, |(_, count)| *count)
    }

    /// How often the part of the precondition that [`Model::refusal`](crate::Model::refusal) names so refused the command called `name`.
    pub fn refused(&self, name: &str, part: &str) -> u64 {
        let kind = self.place(name);
        let counts = self.refusals.iter().filter(|(of, other, _)| Some(*of) == kind && *other == part);
        counts.map(|(_, _, count)| count).sum()
    }

    /// How many sequences ended before their length because no command could be found.
    pub fn ended_early(&self) -> u64 {
        self.ended_early
    }

    /// Counts a command that was generated, with the one before it and the class of the state it was generated in.
    pub(crate) fn accepted(&mut self, kind: usize, before: Option<usize>, class: &'static str) {
        self.kinds[kind].accepted += 1;
        if let Some(before) = before {
            self.pairs[before * self.kinds.len() + kind] += 1;
        }
        let at = self.classes.iter().position(|(other, _)| std::ptr::eq(*other, class) || *other == class);
        let at = at.unwrap_or_else(|| {
            self.classes.push((class, vec![0; self.kinds.len()]));
            self.classes.len() - 1
        });
        self.classes[at].1[kind] += 1;
    }

    /// Counts a label.
    pub(crate) fn labelled(&mut self, label: &'static str) {
        match self.labels.iter_mut().find(|(other, _)| *other == label) {
            Some((_, count)) => *count += 1,
            None => self.labels.push((label, 1)),
        }
    }

    /// Counts a command that the precondition refused, by the part of it that did so.
    pub(crate) fn precondition_refused(&mut self, kind: usize, part: &'static str) {
        self.kinds[kind].refused += 1;
        match self.refusals.iter_mut().find(|(of, other, _)| *of == kind && *other == part) {
            Some((_, _, count)) => *count += 1,
            None => self.refusals.push((kind, part, 1)),
        }
    }

    pub(crate) fn reference_missing(&mut self, kind: usize) {
        self.kinds[kind].unbound += 1;
    }

    pub(crate) fn ended(&mut self) {
        self.ended_early += 1;
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.kinds.iter().position(|kind| kind.name == name)
    }

    fn has_classes(&self) -> bool {
        self.classes.iter().any(|(class, _)| !class.is_empty())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.kinds.iter().map(|kind| kind.name.len()).max().unwrap_or(0);
        for (at, kind) in self.kinds.iter().enumerate() {
            write!(f, "  {:width$}  {} generated", kind.name, kind.accepted)?;
            if kind.refused > 0 {
                write!(f, ", {} refused by the precondition", share(kind.refused, kind.accepted))?;
                let parts = self.refusals.iter().filter(|(of, part, _)| *of == at && !part.is_empty());
                for (place, (_, part, count)) in parts.enumerate() {
                    write!(f, "{} {part} {count}", if place == 0 { ":" } else { "," })?;
                }
            }
            if kind.unbound > 0 {
                write!(f, ", {} with a reference nothing defines", share(kind.unbound, kind.accepted))?;
            }
            writeln!(f)?;
        }
        if self.kinds.len() > 1 && self.pairs.iter().any(|count| *count > 0) {
            let columns: Vec<&str> = self.kinds.iter().map(|kind| kind.name).collect();
            let rows = self.kinds.iter().zip(self.pairs.chunks(self.kinds.len()));
            table(f, "then", &columns, rows.map(|(kind, counts)| (kind.name, counts)))?;
        }
        if !self.labels.is_empty() {
            writeln!(f)?;
            for (label, count) in &self.labels {
                writeln!(f, "  {label}: {count} ({} %)", count * 100 / self.commands().max(1))?;
            }
        }
        if self.has_classes() {
            let columns: Vec<&str> = self.kinds.iter().map(|kind| kind.name).collect();
            table(f, "in", &columns, self.classes.iter().map(|(class, counts)| (*class, counts.as_slice())))?;
        }
        Ok(())
    }
}

/// A count with its share of all attempts.
fn share(count: u64, accepted: u64) -> String {
    format!("{count} ({} %)", count * 100 / (count + accepted))
}

fn table<'a>(
    f: &mut fmt::Formatter<'_>,
    corner: &str,
    columns: &[&str],
    rows: impl Iterator<Item = (&'a str, &'a [u64])> + Clone,
) -> fmt::Result {
    let first = rows.clone().map(|(name, _)| name.len()).max().unwrap_or(0).max(corner.len());
    write!(f, "\n  {corner:first$}")?;
    for column in columns {
        write!(f, "  {column:>7}")?;
    }
    writeln!(f)?;
    for (name, counts) in rows {
        write!(f, "  {name:first$}")?;
        for (column, count) in columns.iter().zip(counts) {
            write!(f, "  {count:>0$}", column.len().max(7))?;
        }
        writeln!(f)?;
    }
    Ok(())
}
