//! What a generator chose, as numbers: 0 is always the simplest choice.
//!
//! Shrinking edits these numbers and lets the model's own generator read them again, so that whatever it makes is something
//! the generator could have made in that state. There is no second description of what a valid argument is.

/// One choice: `value` in `0..=max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: u64,
    pub(crate) max: u64,
    /// Which item was picked, as a hash, so that the same one is found again when the list it is picked from has
    /// changed; 0 for a number.
    pub(crate) mark: u64,
}

/// A part of the tape that can be left out whole: one element of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What was chosen for one command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tape {
    pub(crate) choices: Vec<Choice>,
    pub(crate) spans: Vec<Span>,
}

impl Tape {
    pub(crate) fn values(&self) -> impl Iterator<Item = u64> {
        self.choices.iter().map(|choice| choice.value)
    }

    /// The choices without those of one span.
    pub(crate) fn without(&self, span: Span) -> Vec<Choice> {
        let mut choices = self.choices.clone();
        choices.drain(span.start..span.end.min(self.choices.len()));
        choices
    }
}
