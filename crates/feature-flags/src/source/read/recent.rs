//! Expressions that were read already.
//!
//! The flags of a file say the same a thousand times: half of all users, the staff, a country. What was read last for a
//! text is what the text stands for, so that it is read once and shared.

#[cfg(feature = "json")]
use std::str::FromStr;

#[cfg(feature = "json")]
use super::super::tree::Scanner;
use crate::compile::text_hash;
use crate::expression::Expression;
use crate::model::Rollout;

/// The conditions and rollouts of one file that were read last.
#[derive(Default)]
pub(super) struct Recent<'a> {
    pub(super) conditions: Texts<'a, Expression>,
    pub(super) rollouts: Texts<'a, Rollout>,
}

/// What some texts stand for; a text takes the place of another whose hash leads there too.
pub(super) struct Texts<'a, T> {
    known: Box<[Option<(&'a str, T)>]>,
    /// The place of the last one.
    last: usize,
}

const PLACES: usize = 256;

impl<T> Default for Texts<'_, T> {
    fn default() -> Self {
        Self { known: (0..PLACES).map(|_| None).collect(), last: 0 }
    }
}

impl<'a, T: Clone> Texts<'a, T> {
    /// What a text stands for that is `written` so in the file; `read` finds it out if it is not known. Errors are not
    /// kept.
    pub(super) fn read<E>(&mut self, written: Option<&'a str>, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let Some(written) = written else { return read() };
        #[allow(clippy::cast_possible_truncation, reason = "any part of the hash will do")]
        let place = text_hash(written) as usize % PLACES;
        self.last = place;
        let place = &mut self.known[place];
        match place {
            Some((known, stands_for)) if *known == written => Ok(stands_for.clone()),
            _ => {
                let stands_for = read()?;
                *place = Some((written, stands_for.clone()));
                Ok(stands_for)
            }
        }
    }
}

#[cfg(feature = "json")]
impl<'a, T: Clone + FromStr> Texts<'a, T> {
    /// What the text stands for that begins here. Mostly it is the one before once more, which need not even be looked
    /// through for its end.
    pub(super) fn scan(&mut self, scanner: &mut Scanner<'a>) -> Option<T> {
        if let Some((written, stands_for)) = &self.known[self.last]
            && scanner.passes(written)
        {
            return Some(stands_for.clone());
        }
        let text = scanner.string()?;
        self.read(Some(text.as_written()), || text.read().parse()).ok()
    }
}
