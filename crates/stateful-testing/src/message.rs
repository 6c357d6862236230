//! What a process that runs sequences tells: one line for each message, among whatever the system prints.

use std::time::Duration;

use crate::cause::Cause;
use crate::command::Command;
use crate::execute::{Outcome, Unusable};
use crate::reference::RefId;

/// What a line of ours starts with.
const SIGN: &str = "@stateful ";

#[derive(Debug)]
pub(crate) enum Message {
    /// The process waits for sequences.
    Ready,
    /// The next command is about to run.
    At,
    /// It gave this.
    Gave(String),
    /// The run is over.
    Done(Outcome),
}

impl Message {
    pub(crate) fn write(&self) -> String {
        let fields = match self {
            Self::Ready => vec!["ready".to_owned()],
            Self::At => vec!["at".to_owned()],
            Self::Gave(output) => vec!["gave".to_owned(), output.clone()],
            Self::Done(Outcome::Passed) => vec!["passed".to_owned()],
            Self::Done(Outcome::Failed { commands, cause }) => {
                let mut fields = vec!["failed".to_owned(), commands.to_string()];
                fields.extend(write_cause(cause));
                fields
            }
            Self::Done(Outcome::Unusable(Unusable::Setup { message })) => vec!["setup".to_owned(), message.clone()],
            Self::Done(Outcome::Unusable(Unusable::Model { function, message, place })) => {
                vec!["model".to_owned(), (*function).to_owned(), message.clone(), place.clone().unwrap_or_default()]
            }
        };
        let fields: Vec<String> = fields.iter().map(|field| escaped(field)).collect();
        format!("{SIGN}{}", fields.join("\t"))
    }

    /// Reads a line; `None` if it is not ours.
    pub(crate) fn read<C: Command>(line: &str) -> Option<Self> {
        let (_, ours) = line.split_once(SIGN)?;
        let fields: Vec<String> = ours.split('\t').map(unescaped).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        Some(match fields.as_slice() {
            ["ready"] => Self::Ready,
            ["at"] => Self::At,
            ["gave", output] => Self::Gave((*output).to_owned()),
            ["passed"] => Self::Done(Outcome::Passed),
            ["failed", commands, cause @ ..] => {
                Self::Done(Outcome::Failed { commands: commands.parse().ok()?, cause: read_cause::<C>(cause)? })
            }
            ["setup", message] => Self::Done(Outcome::Unusable(Unusable::Setup { message: (*message).to_owned() })),
            ["model", function, message, place] => Self::Done(Outcome::Unusable(Unusable::Model {
                function: known_function(function)?,
                message: (*message).to_owned(),
                place: some(place),
            })),
            _ => return None,
        })
    }
}

fn write_cause(cause: &Cause) -> Vec<String> {
    let fields: Vec<&str> = match cause {
        Cause::Mismatch { expected, actual } => vec!["mismatch", expected, actual],
        Cause::Check { message } => vec!["check", message],
        Cause::Invariant { message } => vec!["invariant", message],
        Cause::Error { message } => vec!["error", message],
        Cause::Panic { message, place, during } => vec!["panic", message, place.as_deref().unwrap_or_default(), during],
        Cause::Teardown { message } => vec!["teardown", message],
        Cause::Unbound { reference, command } => {
            return vec!["unbound".into(), reference.number().to_string(), (*command).into()];
        }
        Cause::Deadline { deadline } => return vec!["deadline".into(), deadline.as_nanos().to_string()],
        Cause::Hung { limit } => return vec!["hung".into(), limit.as_nanos().to_string()],
        Cause::Died { status } => vec!["died", status],
    };
    fields.into_iter().map(str::to_owned).collect()
}

fn read_cause<C: Command>(fields: &[&str]) -> Option<Cause> {
    let duration = |nanos: &str| nanos.parse().ok().map(Duration::from_nanos);
    Some(match fields {
        ["mismatch", expected, actual] => {
            Cause::Mismatch { expected: (*expected).to_owned(), actual: (*actual).to_owned() }
        }
        ["check", message] => Cause::Check { message: (*message).to_owned() },
        ["invariant", message] => Cause::Invariant { message: (*message).to_owned() },
        ["error", message] => Cause::Error { message: (*message).to_owned() },
        ["panic", message, place, during] => {
            Cause::Panic { message: (*message).to_owned(), place: some(place), during: known_function(during)? }
        }
        ["teardown", message] => Cause::Teardown { message: (*message).to_owned() },
        ["unbound", reference, command] => Cause::Unbound {
            reference: RefId::new(reference.parse().ok()?),
            command: C::NAMES.iter().find(|name| *name == command)?,
        },
        ["deadline", nanos] => Cause::Deadline { deadline: duration(nanos)? },
        ["hung", nanos] => Cause::Hung { limit: duration(nanos)? },
        ["died", status] => Cause::Died { status: (*status).to_owned() },
        _ => return None,
    })
}

/// The functions of a model that a panic can be put down to.
fn known_function(name: &str) -> Option<&'static str> {
    ["init", "setup", "next", "run", "check", "invariant", "teardown"].into_iter().find(|known| *known == name)
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn escaped(field: &str) -> String {
    field.replace('%', "%25").replace('\n', "%0A").replace('\r', "%0D").replace('\t', "%09")
}

fn unescaped(field: &str) -> String {
    field.replace("%09", "\t").replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

#[cfg(test)]
mod tests;
