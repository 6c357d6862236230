//! What has to be covered for a check to mean something.

use std::fmt;

use crate::tally::Tally;

/// Something that has to come up in a check, so that a test which stopped testing fails.
///
/// ```should_panic
/// # use stateful_testing::{Command, Env, Failed, Menu, Model};
/// use stateful_testing::{Cover, check};
/// # #[derive(Debug, Clone, Command)]
/// # enum Todo { Add, Delete }
/// # struct TodoModel;
/// # impl Model for TodoModel {
/// #     type State = u32;
/// #     type Command = Todo;
/// #     type Output = ();
/// #     type System = ();
/// #     fn init(&self) -> u32 { 0 }
/// #     fn commands(&self, _: &u32, menu: &mut Menu<'_, Todo>) { menu.offer(1, |_| Todo::Add) }
/// #     fn next(&self, _: &mut u32, _: &Todo) {}
/// #     fn setup(&self, _: &u32) -> Result<(), Failed> { Ok(()) }
/// #     fn run(&self, _: &mut (), _: &Todo, _: &mut Env) -> Result<(), Failed> { Ok(()) }
/// # }
///
/// // The model forgot to offer `delete`.
/// check(TodoModel).require(Cover::command("delete"), 10).require(Cover::pair("add", "delete"), 1).run();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover(What);

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Command(String),
    Pair(String, String),
    InClass(String, String),
    Label(String),
}

impl Cover {
    /// A command.
    pub fn command(name: impl Into<String>) -> Self {
        Self(What::Command(name.into()))
    }

    /// A command right after another one.
    pub fn pair(first: impl Into<String>, then: impl Into<String>) -> Self {
        Self(What::Pair(first.into(), then.into()))
    }

    /// A command in a state of a class, as [`Model::class`](crate::Model::class) calls it.
    pub fn in_class(command: impl Into<String>, class: impl Into<String>) -> Self {
        Self(What::InClass(command.into(), class.into()))
    }

    /// A label, as [`Model::labels`](crate::Model::labels) gives it.
    pub fn label(label: impl Into<String>) -> Self {
        Self(What::Label(label.into()))
    }

    /// How often it came up; `None` if it names a command that does not exist.
    pub(crate) fn count(&self, tally: &Tally) -> Option<u64> {
        match &self.0 {
            What::Command(name) => tally.command(name),
            What::Pair(first, then) => tally.pair(first, then),
            What::InClass(name, class) => tally.in_class(name, class),
            What::Label(label) => Some(tally.label(label)),
        }
    }
}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            What::Command(name) => write!(f, "`{name}`"),
            What::Pair(first, then) => write!(f, "`{first}` then `{then}`"),
            What::InClass(name, class) => write!(f, "`{name}` in `{class}`"),
            What::Label(label) => write!(f, "`{label}`"),
        }
    }
}
