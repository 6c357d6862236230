//! Reading choices that were made before, or edited since.

use crate::tape::{Choice, Of};

/// Hands out choices one after the other. Where the next one does not fit what is asked for, the simplest is taken instead and it is
/// left for what it fits.
#[derive(Debug)]
pub(crate) struct Reader {
    choices: Vec<Choice>,
    at: usize,
    /// How many elements are open for which there are no choices: nothing is read until they are closed.
    starved: u32,
}

/// How an element, or an optional value, was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opened {
    /// There is none.
    Not,
    /// Its choices end at a mark.
    Marked,
    /// Its choices are those that follow.
    Loosely,
    /// There are no choices for it.
    Starved,
}

impl Reader {
    pub(crate) fn new(choices: Vec<Choice>) -> Self {
        Self { choices, at: 0, starved: 0 }
    }

    /// Goes back to the first choice.
    pub(crate) fn rewind(&mut self) {
        (self.at, self.starved) = (0, 0);
    }

    /// The next choice, if it is one of numbers or items.
    pub(crate) fn number(&mut self) -> Option<Choice> {
        let choice = self.peek().filter(|choice| !choice.is_structure())?;
        self.at += 1;
        Some(choice)
    }

    /// Whether a list goes on, or an optional value is there.
    pub(crate) fn goes_on(&mut self, room: u64) -> (u64, Opened) {
        let Some(choice) = self.peek().filter(|choice| matches!(choice.of, Of::Structure | Of::Unknown)) else {
            return (0, Opened::Not);
        };
        self.at += 1;
        let opened = if choice.of == Of::Unknown { Opened::Loosely } else { Opened::Marked };
        if choice.value > room && opened == Opened::Marked {
            // An element for which there is no room goes, and those behind it with it.
            self.close(opened);
            return self.goes_on(room);
        }
        (choice.value.min(room), opened)
    }

    /// Opens an element that has to be there.
    pub(crate) fn start(&mut self) -> Opened {
        match self.peek().map(|choice| choice.of) {
            Some(Of::Start) => {
                self.at += 1;
                Opened::Marked
            }
            Some(Of::Unknown) => Opened::Loosely,
            _ => {
                self.starved += 1;
                Opened::Starved
            }
        }
    }

    /// Closes what was opened last.
    pub(crate) fn close(&mut self, opened: Opened) {
        match opened {
            Opened::Not | Opened::Loosely => {}
            Opened::Starved => self.starved -= 1,
            Opened::Marked => {
                let mut open = 1;
                while let Some(choice) = self.choices.get(self.at).filter(|_| open > 0) {
                    match choice.of {
                        Of::Start => open += 1,
                        Of::Structure if choice.value > 0 => open += 1,
                        Of::End => open -= 1,
                        _ => {}
                    }
                    self.at += 1;
                }
            }
        }
    }

    /// The choices that follow as random words, for generators that take as many as they need.
    #[cfg(feature = "proptest")]
    pub(crate) fn words(&self) -> Vec<u32> {
        let rest = if self.starved > 0 { &[] } else { self.choices.get(self.at..).unwrap_or_default() };
        let words = rest.iter().take_while(|choice| !choice.is_structure());
        words.map(|choice| u32::try_from(choice.value).unwrap_or(u32::MAX)).collect()
    }

    /// Goes on behind so many of those words.
    #[cfg(feature = "proptest")]
    pub(crate) fn skip(&mut self, words: usize) {
        self.at += words.min(self.words().len());
    }

    fn peek(&self) -> Option<Choice> {
        if self.starved > 0 { None } else { self.choices.get(self.at).copied() }
    }
}
