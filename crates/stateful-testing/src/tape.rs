//! What a generator chose, as numbers: 0 is always the simplest choice.
//!
//! Shrinking edits these numbers and lets the model's own generator read them again, so that whatever it makes is something
//! the generator could have made in that state. There is no second description of what a valid argument is.

use crate::integer::Simplicity;

/// One choice: `value` in `0..=max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: u64,
    pub(crate) max: u64,
    pub(crate) of: Of,
}

/// What a choice is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// Integers, `below` of which are less than the simplest one.
    Numbers { below: u64 },
    /// Items; `mark` is the hash of the one that was picked, so that the same is found again when the list it is picked from
    /// has changed. 0 where only the place counts.
    Items { mark: u64 },
    /// Whether a list goes on, or an optional value is there: 1 if so, and then what it is made of and an [`End`](Of::End) follow.
    Structure,
    /// Where an element starts that a list cannot do without; an [`End`](Of::End) follows here too.
    Start,
    /// Where an element or an optional value ends. Whatever reads the choices again goes on behind it, so that no change within
    /// an element is felt outside of it.
    End,
    /// Anything: the choice was read from a text, which only holds the values.
    Unknown,
}

impl Choice {
    /// A number in `0..=max`.
    pub(crate) fn number(value: u64, max: u64) -> Self {
        Self { value, max, of: Of::Numbers { below: 0 } }
    }

    /// The same choice with another value: which item that picks is found out anew.
    #[must_use]
    pub(crate) fn with(self, value: u64) -> Self {
        let of = if let Of::Items { .. } = self.of { Of::Items { mark: 0 } } else { self.of };
        Self { value, of, ..self }
    }

    /// The hash of the item that was picked; 0 if it is none, or not known.
    pub(crate) fn mark(self) -> u64 {
        if let Of::Items { mark } = self.of { mark } else { 0 }
    }

    /// A choice of which only the value is known.
    pub(crate) fn read(value: u64) -> Self {
        Self { value, max: value, of: Of::Unknown }
    }

    /// Whether it says how a list or an optional value goes on instead of what it is made of.
    pub(crate) fn is_structure(self) -> bool {
        matches!(self.of, Of::Structure | Of::Start | Of::End)
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self.of, Of::Numbers { .. })
    }

    /// How far the number is from the simplest one, which is at 0; negative for those below it.
    pub(crate) fn offset(self) -> i128 {
        self.simplicity().offset(self.value)
    }

    /// The choice of the number that is so far from the simplest; `None` if the range does not reach there.
    pub(crate) fn at_offset(self, offset: i128) -> Option<Self> {
        self.simplicity().number(offset).map(|value| self.with(value))
    }

    /// The choice of the number that is so far from the simplest when counting goes round at the end of the range; `None` unless the
    /// range is that of a machine word, since nothing else does so.
    pub(crate) fn wrapped_at(self, offset: i128) -> Option<Self> {
        let numbers = i128::from(self.max) + 1;
        let is_word = [8, 16, 32, 64].iter().any(|bits| numbers == 1 << bits);
        let round = [offset + numbers, offset - numbers].into_iter().find_map(|offset| self.at_offset(offset));
        round.filter(|_| is_word)
    }

    /// The end of the range on that side of the simplest: above it for 1, below it for -1.
    pub(crate) fn farthest(self, side: i128) -> Self {
        let simplicity = self.simplicity();
        let end = if side < 0 { -i128::from(simplicity.below()) } else { i128::from(self.max - simplicity.below()) };
        self.at_offset(end).expect("the range reaches to its end")
    }

    fn simplicity(self) -> Simplicity {
        let below = if let Of::Numbers { below } = self.of { below } else { 0 };
        Simplicity::around_0(below, self.max - below)
    }
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
    /// What was decided: all but the marks that follow from the rest.
    pub(crate) fn values(&self) -> impl Iterator<Item = u64> {
        let decided = self.choices.iter().filter(|choice| !matches!(choice.of, Of::Start | Of::End));
        decided.map(|choice| choice.value)
    }

    /// How many choices there are that make something: the end of a list, or that nothing is there, does not count.
    pub(crate) fn size(&self) -> usize {
        let nothing = |choice: &&Choice| choice.of == Of::End || choice.of == Of::Structure && choice.value == 0;
        self.choices.iter().filter(|choice| !nothing(choice)).count()
    }

    /// The choices without those of one span.
    pub(crate) fn without(&self, span: Span) -> Vec<Choice> {
        let none = Choice { value: 0, max: 1, of: Of::Structure };
        let instead: &[Choice] = if span.optional { &[none] } else { &[] };
        [&self.choices[..span.start], instead, &self.choices[span.end..]].concat()
    }
}
