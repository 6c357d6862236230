//! A sequence as text that makes it again: `add/0:1 delete/1:0,2`.
//!
//! For each command its name, which offer of the state made it, and what was chosen. It goes through the model's generators, so
//! it makes the same commands as long as the model is the same, and commands of the same kinds when it has changed a little.

use std::fmt::Write;

use crate::command::Command;
use crate::script::{Draft, Entry};
use crate::tape::Choice;

/// Writes the commands down.
pub(crate) fn write<C: Command>(entries: &[Entry<C>]) -> String {
    let mut text = String::new();
    for entry in entries {
        let space = if text.is_empty() { "" } else { " " };
        write!(text, "{space}{}/{}", entry.command.name(), entry.offer).expect("a string takes everything");
        for (at, value) in entry.tape.values().enumerate() {
            write!(text, "{}{value}", if at == 0 { ':' } else { ',' }).expect("a string takes everything");
        }
    }
    text
}

/// Reads what [`write`] has written; or says which part cannot be read.
pub(crate) fn read<C: Command>(text: &str) -> Result<Vec<Draft>, Unreadable> {
    let drafts: Vec<Draft> =
        text.split_whitespace().enumerate().map(|(at, part)| one::<C>(at, part)).collect::<Result<_, _>>()?;
    if drafts.is_empty() { Err(Unreadable { part: String::new(), why: "there is no command" }) } else { Ok(drafts) }
}

/// What cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) part: String,
    pub(crate) why: &'static str,
}

fn one<C: Command>(at: usize, part: &str) -> Result<Draft, Unreadable> {
    let unreadable = |why| Unreadable { part: part.to_owned(), why };
    let (name, rest) = part.split_once('/').ok_or_else(|| unreadable("a command is written `name/offer:choices`"))?;
    let kind =
        C::NAMES.iter().position(|other| *other == name).ok_or_else(|| unreadable("there is no such command"))?;
    let (offer, choices) = rest.split_once(':').map_or((rest, None), |(offer, choices)| (offer, Some(choices)));
    let offer = offer.parse().map_err(|_| unreadable("the offer is no number"))?;
    let values = choices.into_iter().flat_map(|choices| choices.split(',')).map(str::parse::<u64>);
    let choices = values
        .map(|value| value.map(Choice::read))
        .collect::<Result<_, _>>()
        .map_err(|_| unreadable("a choice is no number"))?;
    Ok(Draft { stamp: u32::try_from(at).unwrap_or(u32::MAX), kind, offer, first_ref: None, choices })
}

#[cfg(test)]
mod tests;
