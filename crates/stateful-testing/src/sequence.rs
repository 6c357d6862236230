//! Sequences of commands, as users see them.

use std::collections::BTreeSet;
use std::fmt;

use crate::command::{Command, Printed};
use crate::reference::{RefId, Role};

/// A sequence of commands; prints as `[add "Test Todo" 1, delete "" 2]`.
///
/// What a command defines is printed in front of it if a later one uses it: `[v1 = open "a", close v1]`.
///
/// ```
/// use stateful_testing::Sequence;
/// use stateful_testing::testing::Counting;
///
/// let sequence = Sequence::from(vec![Counting::Add(1), Counting::Reset]);
/// assert_eq!((sequence.len(), sequence.commands().last()), (2, Some(&Counting::Reset)));
/// assert_eq!(sequence.to_string(), "[add 1, reset]");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence<C> {
    commands: Vec<C>,
}

impl<C> Sequence<C> {
    /// The commands, in the order in which they run.
    pub fn commands(&self) -> &[C] {
        &self.commands
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.commands.len()
    }

    /// Whether there is no command.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }
}

impl<C: Command> Sequence<C> {
    /// Each command as it is printed in the whole.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut used = BTreeSet::new();
        for command in &self.commands {
            command.references(&mut |id, role| {
                if role != Role::Defines {
                    used.insert(id);
                }
            });
        }
        self.commands.iter().map(|command| line(command, &used)).collect()
    }
}

impl<C> Default for Sequence<C> {
    fn default() -> Self {
        Self { commands: Vec::new() }
    }
}

impl<C> From<Vec<C>> for Sequence<C> {
    fn from(commands: Vec<C>) -> Self {
        Self { commands }
    }
}

impl<C: Command> fmt::Display for Sequence<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.lines().join(", "))
    }
}

fn line<C: Command>(command: &C, used: &BTreeSet<RefId>) -> String {
    let mut line = String::new();
    command.references(&mut |id, role| {
        if role == Role::Defines && used.contains(&id) {
            line.push_str(if line.is_empty() { "" } else { ", " });
            line.push_str(&id.to_string());
        }
    });
    if !line.is_empty() {
        line.push_str(" = ");
    }
    line + &Printed(command).to_string()
}
