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

/// A part of the tape that can be left out whole: one element of a list, or an optional value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// How many spans it lies in.
    pub(crate) depth: u32,
    /// Whether it is an optional value, of which "none" stays when it is left out.
    pub(crate) optional: bool,
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

    /// Whether the choice at `place` only says that a list goes on: leaving elements out is done by their spans.
    pub(crate) fn goes_on_at(&self, place: usize) -> bool {
        self.choices[place].max == 1 && self.spans.iter().any(|span| span.start == place)
    }

    /// The choices without those of one span.
    pub(crate) fn without(&self, span: Span) -> Vec<Choice> {
        let none = Choice { value: 0, max: 1, mark: 0 };
        let instead: &[Choice] = if span.optional { &[none] } else { &[] };
        [&self.choices[..span.start], instead, &self.choices[span.end..]].concat()
    }
}
