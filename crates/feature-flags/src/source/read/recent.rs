//! Expressions that were read already.
//!
//! The flags of a file say the same a thousand times: half of all users, the staff, a country. What was read last for a
//! text is what the text stands for, so that it is read once and shared.

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
}

const PLACES: usize = 256;

impl<T> Default for Texts<'_, T> {
    fn default() -> Self {
        Self { known: (0..PLACES).map(|_| None).collect() }
    }
}

impl<'a, T: Clone> Texts<'a, T> {
    /// What a text stands for that is `written` so in the file; `read` finds it out if it is not known. Errors are not
    /// kept.
    pub(super) fn read<E>(&mut self, written: Option<&'a str>, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let Some(written) = written else { return read() };
        #[allow(clippy::cast_possible_truncation, reason = "any part of the hash will do")]
        let place = &mut self.known[text_hash(written) as usize % PLACES];
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
