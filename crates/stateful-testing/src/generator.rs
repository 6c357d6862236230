//! Making arguments.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{RangeBounds, RangeInclusive};

use crate::integer::{Integer, Simplicity};
use crate::random::Random;
use crate::reference::{New, RefId};
use crate::tape::{Choice, Span, Tape};
use crate::text;

/// Makes the arguments of a command.
///
/// Every function makes something out of choices, of which it remembers the numbers. Shrinking lowers these numbers and lets
/// the same code run again, so that a shrunk argument is always one that this code could have made in that state. The
/// code must therefore be a function of the model's state and of what it gets from here: no clock, no randomness of its own.
///
/// ```
/// use stateful_testing::testing::generated;
///
/// let (amount, name, tags) = generated(1, |g| {
///     (g.int(1..=100_u32), g.text(0..=8), g.list(0..=3, |g| *g.pick(&["new", "late"])))
/// });
/// assert!((1..=100).contains(&amount) && name.chars().count() <= 8 && tags.len() <= 3);
/// ```
#[derive(Debug)]
pub struct Gen {
    source: Source,
    /// What has been chosen, if anybody will ask for it.
    tape: Option<Tape>,
    /// How many spans are open.
    depth: u32,
    next_ref: u32,
}

#[derive(Debug)]
enum Source {
    Random(Random),
    /// Choices made before; where they end, the simplest follow.
    Tape {
        choices: Vec<Choice>,
        at: usize,
    },
}

impl Gen {
    /// An integer of `range`, any that the type has for `..`; the simplest is the one nearest to 0.
    ///
    /// # Panics
    /// If the range is empty.
    #[track_caller]
    pub fn int<T: Integer>(&mut self, range: impl RangeBounds<T>) -> T {
        let simplicity = Simplicity::of(&range).expect("a range to draw an integer from must not be empty");
        simplicity.at(self.number(simplicity.max()))
    }

    /// `false` or `true`, each as likely; the simpler is `false`.
    pub fn bool(&mut self) -> bool {
        self.number(1) == 1
    }

    /// `None`, the simpler, or what `make` makes, each as likely.
    pub fn option<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let start = self.open();
        let made = self.bool().then(|| make(self));
        self.close(start, true);
        made
    }

    /// One of `items`, each as likely; the first is the simplest.
    ///
    /// While a sequence is shrunk the same item is picked again as long as it is there, even at another place; only then does
    /// its place count. So `g.pick(state.todos.keys())` goes on meaning the same todo when a command before it is left out.
    ///
    /// Cost is that of `nth`: constant for a slice, linear for the keys of a map.
    ///
    /// # Panics
    /// If there are no items. Offer the command only where there are some.
    #[track_caller]
    pub fn pick<I>(&mut self, items: I) -> I::Item
    where
        I: IntoIterator<IntoIter: ExactSizeIterator + Clone, Item: Hash>,
    {
        let items = items.into_iter();
        let last = (items.len() as u64)
            .checked_sub(1)
            .expect("there must be an item to pick; offer the command only where there is");
        let value = match &mut self.source {
            Source::Random(random) => random.up_to(last),
            Source::Tape { choices, at } => {
                let choice = choices.get(*at).copied().unwrap_or(Choice { value: 0, max: 0, mark: 0 });
                *at += 1;
                let same =
                    if choice.mark == 0 { None } else { items.clone().position(|item| mark(&item) == choice.mark) };
                same.map_or(choice.value.min(last), |place| place as u64)
            }
        };
        let item = items.clone().nth(usize::try_from(value).expect("an index")).expect("below the number of items");
        if let Some(tape) = &mut self.tape {
            tape.choices.push(Choice { value, max: last, mark: mark(&item) });
        }
        item
    }

    /// A string with so many characters; the simplest characters are `a` to `z`, and all of Unicode can come.
    pub fn text(&mut self, length: RangeInclusive<usize>) -> String {
        let mut string = String::new();
        self.repeat(length, |g| string.push(g.char()));
        string
    }

    /// Any character; the simplest is `a`.
    pub fn char(&mut self) -> char {
        let class = match &mut self.source {
            Source::Random(random) => {
                let printable = random.chance(7, 8);
                Some(if printable { random.up_to(text::PRINTABLE - 1) } else { random.sized(text::LAST) })
            }
            Source::Tape { .. } => None,
        };
        text::character(self.choose(text::LAST, class))
    }

    /// A list with so many elements, each made by `make`.
    pub fn list<T>(&mut self, length: RangeInclusive<usize>, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        self.repeat(length, |g| list.push(make(g)));
        list
    }

    /// Marks that this command produces a value others can refer to.
    pub fn fresh<T: 'static>(&mut self) -> New<T> {
        let id = RefId::new(self.next_ref);
        self.next_ref += 1;
        New::with_id(id)
    }

    /// Calls `once` so many times, in a way that shrinking can leave each out.
    fn repeat(&mut self, times: RangeInclusive<usize>, mut once: impl FnMut(&mut Self)) {
        let (least, most) = (*times.start(), *times.end());
        let target = match &mut self.source {
            Source::Random(random) => {
                least + usize::try_from(random.sized(most.saturating_sub(least) as u64)).expect("a length")
            }
            Source::Tape { .. } => most,
        };
        for time in 0..=most {
            let start = self.open();
            if time >= least {
                // At the greatest length stopping is no choice, but has its place on the tape all the same: leaving an element out
                // must not change what comes after the list.
                let room = u64::from(time < most);
                let more = match &self.source {
                    Source::Random(_) => Some(u64::from(time < target)),
                    Source::Tape { .. } => None,
                };
                if self.choose(room, more) == 0 {
                    self.depth -= 1;
                    return;
                }
            }
            if time == most {
                self.depth -= 1;
                return;
            }
            once(self);
            self.close(start, false);
        }
    }

    /// Starts a span; returns where.
    fn open(&mut self) -> usize {
        self.depth += 1;
        self.tape.as_ref().map_or(0, |tape| tape.choices.len())
    }

    /// Ends the span that was started last.
    fn close(&mut self, start: usize, optional: bool) {
        self.depth -= 1;
        let depth = self.depth;
        if let Some(tape) = &mut self.tape {
            tape.spans.push(Span { start, end: tape.choices.len(), depth, optional });
        }
    }

    /// A number in `0..=max`, small ones more likely.
    fn number(&mut self, max: u64) -> u64 {
        let drawn = match &mut self.source {
            Source::Random(random) => Some(random.sized(max)),
            Source::Tape { .. } => None,
        };
        self.choose(max, drawn)
    }

    /// Takes `drawn`, or the next choice of the tape.
    fn choose(&mut self, max: u64, drawn: Option<u64>) -> u64 {
        let value = match (drawn, &mut self.source) {
            (Some(drawn), _) => drawn,
            (None, Source::Tape { choices, at }) => {
                let value = choices.get(*at).map_or(0, |choice| choice.value.min(max));
                *at += 1;
                value
            }
            (None, Source::Random(random)) => random.up_to(max),
        };
        if let Some(tape) = &mut self.tape {
            tape.choices.push(Choice { value, max, mark: 0 });
        }
        value
    }
}

impl Gen {
    pub(crate) fn random(random: Random, recording: bool) -> Self {
        Self { source: Source::Random(random), tape: recording.then(Tape::default), depth: 0, next_ref: 1 }
    }

    /// Makes again what `choices` made, as far as the state allows it.
    pub(crate) fn replay(choices: Vec<Choice>, first_ref: u32) -> Self {
        Self { source: Source::Tape { choices, at: 0 }, tape: Some(Tape::default()), depth: 0, next_ref: first_ref }
    }

    /// Goes back to the start of the tape, after an attempt that made the wrong command.
    pub(crate) fn rewind(&mut self, first_ref: u32) {
        if let Source::Tape { at, .. } = &mut self.source {
            *at = 0;
        }
        self.next_ref = first_ref;
        self.forget();
    }

    /// Drops what has been recorded since the last command.
    pub(crate) fn forget(&mut self) {
        if let Some(tape) = &mut self.tape {
            tape.choices.clear();
            tape.spans.clear();
        }
    }

    /// Takes what has been recorded since the last command; empty if nothing is recorded.
    pub(crate) fn take_tape(&mut self) -> Tape {
        self.tape.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn next_ref(&self) -> u32 {
        self.next_ref
    }

    pub(crate) fn set_next_ref(&mut self, next_ref: u32) {
        self.next_ref = next_ref;
    }

    /// A number in `0..max` that is no part of the command: which one comes next. `0` on a tape.
    pub(crate) fn aside(&mut self, below: u64) -> u64 {
        match &mut self.source {
            Source::Random(random) => random.up_to(below - 1),
            Source::Tape { .. } => 0,
        }
    }

    /// Makes a value of random words, for generators of other libraries; `make` returns the words it took.
    #[cfg(feature = "proptest")]
    #[track_caller]
    pub(crate) fn words<T>(&mut self, make: impl FnOnce(Words<'_>) -> (T, Vec<u32>)) -> T {
        let (value, used) = match &mut self.source {
            Source::Random(random) => make(Words::Fresh(random)),
            Source::Tape { choices, at } => {
                let rest = choices.get(*at..).unwrap_or_default();
                let words = rest.iter().map(|choice| u32::try_from(choice.value).unwrap_or(u32::MAX)).collect();
                let (value, used) = make(Words::Again(words));
                *at += used.len();
                (value, used)
            }
        };
        if let Some(tape) = &mut self.tape {
            let max = u64::from(u32::MAX);
            tape.choices.extend(used.into_iter().map(|word| Choice { value: u64::from(word), max, mark: 0 }));
        }
        value
    }
}

/// Where the words for another library's generator come from.
#[cfg(feature = "proptest")]
pub(crate) enum Words<'a> {
    Fresh(&'a mut Random),
    /// Those of the tape from here on: the generator takes as many as it needs.
    Again(Vec<u32>),
}

/// Tells items apart by their hash; never 0, which stands for "no item".
fn mark(item: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    item.hash(&mut hasher);
    hasher.finish().max(1)
}
