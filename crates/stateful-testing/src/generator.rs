//! Making arguments.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{RangeBounds, RangeInclusive};

use crate::integer::{Integer, Simplicity};
use crate::random::Random;
use crate::reader::{Opened, Reader};
use crate::reference::{New, RefId};
use crate::tape::{Choice, Of, Span, Tape};
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
    Tape(Reader),
}

impl Gen {
    /// An integer of `range`, any that the type has for `..`; the simplest is the one nearest to 0.
    ///
    /// # Panics
    /// If the range is empty.
    #[track_caller]
    pub fn int<T: Integer>(&mut self, range: impl RangeBounds<T>) -> T {
        let simplicity = Simplicity::of(&range).expect("a range to draw an integer from must not be empty");
        let number = self.number(simplicity.max());
        self.made_of(Of::Numbers { below: simplicity.below() });
        simplicity.at(number)
    }

    /// `false` or `true`, each as likely; the simpler is `false`.
    pub fn bool(&mut self) -> bool {
        self.number(1) == 1
    }

    /// `None`, the simpler, or what `make` makes, each as likely.
    pub fn option<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let start = self.place();
        let drawn = self.draw(|random| random.sized(1));
        let opened = self.goes_on(1, drawn);
        let made = (opened != Opened::Not).then(|| {
            self.depth += 1;
            let made = make(self);
            self.depth -= 1;
            made
        });
        self.close(opened, start, true);
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
            Source::Tape(reader) => {
                let choice = reader.number().unwrap_or(Choice::number(0, 0));
                let wanted = choice.mark();
                let same = if wanted == 0 { None } else { items.clone().position(|item| mark(&item) == wanted) };
                same.map_or(choice.value.min(last), |place| place as u64)
            }
        };
        let item = items.clone().nth(usize::try_from(value).expect("an index")).expect("below the number of items");
        if let Some(tape) = &mut self.tape {
            tape.choices.push(Choice { value, max: last, of: Of::Items { mark: mark(&item) } });
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
        let class = self.draw(|random| {
            let printable = random.chance(7, 8);
            if printable { random.up_to(text::PRINTABLE - 1) } else { random.sized(text::LAST) }
        });
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
        let more = most.saturating_sub(least) as u64;
        let target = self.draw(|random| least + usize::try_from(random.sized(more)).expect("a length"));
        for time in 0..=most {
            let start = self.place();
            let opened = if time < least {
                self.start()
            } else {
                // At the greatest length stopping is no choice, but has its place on the tape all the same.
                self.goes_on(u64::from(time < most), target.map(|target| u64::from(time < target)))
            };
            if opened == Opened::Not {
                return;
            }
            self.depth += 1;
            once(self);
            self.depth -= 1;
            self.close(opened, start, false);
        }
    }

    /// Where the next choice will be recorded.
    fn place(&self) -> usize {
        self.tape.as_ref().map_or(0, |tape| tape.choices.len())
    }

    /// Opens an element or optional value if it is decided that there is one.
    fn goes_on(&mut self, room: u64, drawn: Option<u64>) -> Opened {
        let (value, opened) = match &mut self.source {
            Source::Random(random) => (drawn.unwrap_or_else(|| random.up_to(room)), Opened::Loosely),
            Source::Tape(reader) => reader.goes_on(room),
        };
        self.record(Choice { value, max: room, of: Of::Structure });
        if value == 0 { Opened::Not } else { opened }
    }

    /// Opens an element that has to be there.
    fn start(&mut self) -> Opened {
        self.record(Choice { value: 1, max: 1, of: Of::Start });
        match &mut self.source {
            Source::Random(_) => Opened::Loosely,
            Source::Tape(reader) => reader.start(),
        }
    }

    /// Ends what was opened at `start`.
    fn close(&mut self, opened: Opened, start: usize, optional: bool) {
        if opened != Opened::Not {
            if let Source::Tape(reader) = &mut self.source {
                reader.close(opened);
            }
            self.record(Choice { value: 0, max: 0, of: Of::End });
        }
        let depth = self.depth;
        if let Some(tape) = &mut self.tape {
            tape.spans.push(Span { start, end: tape.choices.len(), depth, optional });
        }
    }

    fn record(&mut self, choice: Choice) {
        if let Some(tape) = &mut self.tape {
            tape.choices.push(choice);
        }
    }

    /// Draws by chance; `None` where choices are read.
    fn draw<T>(&mut self, draw: impl FnOnce(&mut Random) -> T) -> Option<T> {
        if let Source::Random(random) = &mut self.source { Some(draw(random)) } else { None }
    }

    /// Says what the last choice was made of.
    fn made_of(&mut self, of: Of) {
        if let Some(choice) = self.tape.as_mut().and_then(|tape| tape.choices.last_mut()) {
            choice.of = of;
        }
    }

    /// A number in `0..=max`, small ones more likely.
    fn number(&mut self, max: u64) -> u64 {
        let drawn = self.draw(|random| random.sized(max));
        self.choose(max, drawn)
    }

    /// Takes `drawn`, or the next choice of the tape.
    fn choose(&mut self, max: u64, drawn: Option<u64>) -> u64 {
        let value = match (drawn, &mut self.source) {
            (Some(drawn), _) => drawn,
            (None, Source::Tape(reader)) => reader.number().map_or(0, |choice| choice.value.min(max)),
            (None, Source::Random(random)) => random.up_to(max),
        };
        self.record(Choice::number(value, max));
        value
    }
}

impl Gen {
    pub(crate) fn random(random: Random, recording: bool) -> Self {
        Self { source: Source::Random(random), tape: recording.then(Tape::default), depth: 0, next_ref: 1 }
    }

    /// Makes again what `choices` made, as far as the state allows it.
    pub(crate) fn replay(choices: Vec<Choice>, first_ref: u32) -> Self {
        Self { source: Source::Tape(Reader::new(choices)), tape: Some(Tape::default()), depth: 0, next_ref: first_ref }
    }

    /// Goes back to the start of the tape, after an attempt that made the wrong command.
    pub(crate) fn rewind(&mut self, first_ref: u32) {
        if let Source::Tape(reader) = &mut self.source {
            reader.rewind();
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

    /// Whether chance has run out, as the bytes of a fuzzer do.
    pub(crate) fn is_spent(&self) -> bool {
        matches!(&self.source, Source::Random(random) if random.is_spent())
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
            Source::Tape(_) => 0,
        }
    }

    /// Makes a value of random words, for generators of other libraries; `make` returns the words it took.
    #[cfg(feature = "proptest")]
    #[track_caller]
    pub(crate) fn words<T>(&mut self, make: impl FnOnce(Words<'_>) -> (T, Vec<u32>)) -> T {
        let (value, used) = match &mut self.source {
            Source::Random(random) => make(Words::Fresh(random)),
            Source::Tape(reader) => {
                let (value, used) = make(Words::Again(reader.words()));
                reader.skip(used.len());
                (value, used)
            }
        };
        if let Some(tape) = &mut self.tape {
            let max = u64::from(u32::MAX);
            tape.choices.extend(used.into_iter().map(|word| Choice::number(u64::from(word), max)));
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
