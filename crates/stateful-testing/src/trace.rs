//! What happened, step by step.

use std::fmt;

use crate::command::{Command, Printed};
use crate::execute::Observer;
use crate::model::Model;
use crate::sequence::Sequence;

/// One run of a sequence, step by step: prints as a table of the commands, what they gave and the model's state after each.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Failure, check};
///
/// let Err(Failure::Falsified(failure)) = check(Counter::stuck_at(150)).try_run() else { panic!("it gets stuck") };
/// let trace = failure.trace();
/// assert_eq!((trace.initial(), trace.steps().len()), ("0", 2));
/// assert!(trace.to_string().contains("add 51"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    initial: String,
    steps: Vec<TraceStep>,
}

/// One command that ran, everything in its `Debug` form.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Failure, check};
///
/// let Err(Failure::Falsified(failure)) = check(Counter::stuck_at(150)).try_run() else { panic!("it gets stuck") };
/// let last = failure.trace().steps().last().unwrap();
/// assert_eq!((last.command.as_str(), last.expected.as_str()), ("add 100", "151"));
/// assert_eq!(last.output.as_deref(), Some("150"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceStep {
    /// The command as it is printed in the sequence.
    pub command: String,
    /// What the model expects.
    pub expected: String,
    /// What the system gave; `None` if it failed or panicked.
    pub output: Option<String>,
    /// The model's state afterwards.
    pub state: String,
}

impl Trace {
    /// The model's state at the start.
    pub fn initial(&self) -> &str {
        &self.initial
    }

    /// The steps, up to the one that failed.
    pub fn steps(&self) -> &[TraceStep] {
        &self.steps
    }

    /// Puts the commands as they are printed in the whole sequence, with what they define.
    pub(crate) fn name<C: Command>(&mut self, sequence: &Sequence<C>) {
        for (step, line) in self.steps.iter_mut().zip(sequence.lines()) {
            step.command = line;
        }
    }
}

impl<M: Model> Observer<M> for Trace {
    fn started(&mut self, state: &M::State) {
        *self = Self { initial: format!("{state:?}"), steps: Vec::new() };
    }

    fn stepping(&mut self, command: &M::Command, expected: &M::Output, after: &M::State) {
        self.steps.push(TraceStep {
            command: Printed(command).to_string(),
            expected: format!("{expected:?}"),
            output: None,
            state: format!("{after:?}"),
        });
    }

    fn stepped(&mut self, output: &M::Output) {
        Observer::<M>::stepped_as(self, format!("{output:?}"));
    }

    fn stepped_as(&mut self, output: String) {
        if let Some(step) = self.steps.last_mut() {
            step.output = Some(output);
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.steps.iter().map(|step| step.command.chars().count()).max().unwrap_or(0).min(48);
        writeln!(f, "  {:>2}  {:width$}  model: {}", 0, "", self.initial)?;
        for (at, step) in self.steps.iter().enumerate() {
            write!(f, "  {:>2}  {:width$}  model: {}", at + 1, step.command, step.state)?;
            match &step.output {
                // An output that says nothing, `()`, needs no column.
                Some(output) if *output == step.expected && output == "()" => writeln!(f)?,
                Some(output) if *output == step.expected => writeln!(f, "  gave {output}")?,
                Some(output) => writeln!(f, "  expected {}  gave {output}", step.expected)?,
                None => writeln!(f, "  expected {}  gave nothing", step.expected)?,
            }
        }
        Ok(())
    }
}
