//! A failing sequence as a Mermaid diagram.

use std::fmt::Write;

use crate::command::Command;
use crate::failure::Falsified;

impl<C: Command> Falsified<C> {
    /// A sequence diagram in Mermaid: what the test asks of the system, what it gives, and the model's state beside it.
    ///
    /// ```text
    /// sequenceDiagram
    ///     participant test
    ///     participant system
    ///     Note over test: []
    ///     test->>system: push 57
    ///     system--xtest: 0 (expected 1)
    /// ```
    pub fn to_mermaid(&self) -> String {
        let mut diagram = String::from("sequenceDiagram\n    participant test\n    participant system\n");
        let mut line =
            |text: std::fmt::Arguments<'_>| writeln!(diagram, "    {text}").expect("a string takes everything");
        line(format_args!("Note over test: {}", escaped(self.trace().initial())));
        let last = self.trace().steps().len();
        for (at, step) in self.trace().steps().iter().enumerate() {
            line(format_args!("test->>system: {}", escaped(&step.command)));
            match &step.output {
                Some(output) if *output == step.expected && at + 1 < last => {
                    line(format_args!("system-->>test: {}", escaped(output)));
                    line(format_args!("Note over test: {}", escaped(&step.state)));
                }
                Some(output) if *output == step.expected => {
                    line(format_args!("system--xtest: {}", escaped(output)));
                }
                Some(output) => {
                    line(format_args!("system--xtest: {} (expected {})", escaped(output), escaped(&step.expected)));
                }
                None => line(format_args!("system--xtest: nothing (expected {})", escaped(&step.expected))),
            }
        }
        line(format_args!("Note over test,system: {}", escaped(&self.cause().to_string())));
        diagram
    }
}

/// Mermaid ends a line at `;` and takes `#` for the start of an entity.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '#' | ';' | '<' | '>' => write!(escaped, "#{};", u32::from(character)).expect("a string takes everything"),
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_text_ends_its_line() {
        assert_eq!(escaped("a;b#c\nd"), "a#59;b#35;c d");
    }
}
