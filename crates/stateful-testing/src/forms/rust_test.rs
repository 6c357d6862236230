//! A failing sequence as a test in Rust.

use std::fmt::Write;

use crate::command::{Code, Command};
use crate::failure::Falsified;

impl<C: Command> Falsified<C> {
    /// A test in Rust that runs this sequence, to be pasted beside the one that found it.
    ///
    /// Strings, numbers, references, lists and tuples are written as expressions, arguments of other types in their `Debug` form. The
    /// model is written as its type: add what it takes to make one.
    ///
    /// ```text
    /// #[test]
    /// fn add_then_delete() {
    ///     stateful_testing::check(TodoModel).run_sequence([
    ///         TodoCommand::Add("Test Todo".to_owned(), 1),
    ///         TodoCommand::Delete("".to_owned(), 2),
    ///     ]);
    /// }
    /// ```
    pub fn to_test(&self) -> String {
        let mut test = format!(
            "#[test]\nfn {}() {{\n    stateful_testing::check({}).run_sequence([\n",
            self.test_name(),
            without_paths(self.model)
        );
        for command in self.sequence().commands() {
            writeln!(test, "        {},", Code(command)).expect("a string takes everything");
        }
        test.push_str("    ]);\n}\n");
        test
    }

    /// The first and the last command tell most.
    fn test_name(&self) -> String {
        let name = match self.sequence().commands() {
            [] => "nothing".to_owned(),
            [only] => only.name().to_owned(),
            [first, .., last] => format!("{}_then_{}", first.name(), last.name()),
        };
        let name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        // A command may be called `loop` or `3d`; no name with this in front is a keyword or starts with a digit.
        if name.contains("_then_") && !name.starts_with(|c: char| c.is_numeric()) {
            name
        } else {
            format!("sequence_{name}")
        }
    }
}

/// The name of a type as it is written where it is imported: `a::b::C<d::E>` becomes `C<E>`.
fn without_paths(name: &str) -> String {
    let mut short = String::new();
    for part in name.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}

#[cfg(test)]
mod tests {
    use super::without_paths;

    #[test]
    fn types_lose_their_paths() {
        assert_eq!(without_paths("todo::tests::TodoModel"), "TodoModel");
        assert_eq!(without_paths("&a::Over<b::c::Http, alloc::string::String>"), "&Over<Http, String>");
    }
}
