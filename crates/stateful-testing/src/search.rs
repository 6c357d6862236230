//! How random sequences are looked for.

use crate::command::Command;
use crate::random::mix;

/// How random sequences are made.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Search, check};
///
/// check(Counter::right()).search(Search::Uniform).run();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Search {
    /// Every command by its weight alone.
    Uniform,
    /// Once sequences have their full length, a quarter of the cases does without some of the commands: "swarm testing" (Groce and others, ISSTA 2012). Many bugs show only where a
    /// command is absent, such as the one that tidies up.
    Swarm,
    /// As [`Swarm`](Self::Swarm); and cases go after the pairs of commands that came up least in those before.
    #[default]
    Adaptive,
}

/// A pair of commands that a case goes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Focus {
    first: usize,
    then: usize,
}

impl Focus {
    /// A focus is written into the seed of its case, so that the case can be made again from the seed alone.
    pub(crate) const BITS: u64 = 0xff_ff00;

    pub(crate) fn bits(self) -> u64 {
        (self.first as u64 + 1) << 8 | (self.then as u64 + 1) << 16
    }

    /// What a seed says; a seed that somebody has made up may say nothing, or name commands that there are not.
    pub(crate) fn of_bits<C: Command>(bits: u64) -> Option<Self> {
        let kind = |shift: u32| usize::try_from(bits >> shift & 0xff).expect("a byte").checked_sub(1);
        let (first, then) = (kind(8)?, kind(16)?);
        (first.max(then) < C::NAMES.len()).then_some(Self { first, then })
    }

    /// What should come next: the second one after the first; before, where `coin` falls so, the first.
    pub(crate) fn wanted(self, before: Option<usize>, coin: impl FnOnce() -> bool) -> Option<usize> {
        if before == Some(self.first) {
            Some(self.then)
        } else if coin() {
            Some(self.first)
        } else {
            None
        }
    }
}

/// What the cases so far were made of, and what the next should go after.
///
/// It looks at what was generated, never at the system, so every shard of a search comes to the same.
#[derive(Debug)]
pub(crate) struct Guide {
    kinds: usize,
    /// How often one command followed another: row by row, the earlier one first.
    pairs: Vec<u64>,
    /// How often a case went after each.
    tries: Vec<u32>,
}

/// Before this case sequences are still growing, and what is easy to find is found by the weights alone.
const FIRST: u32 = 16;

/// More commands than this are not told apart in a seed, and their pairs are too many to go after one by one.
const MOST_KINDS: usize = 64;

impl Guide {
    pub(crate) fn new<C: Command>() -> Self {
        let kinds = C::NAMES.len();
        Self { kinds, pairs: vec![0; kinds * kinds], tries: vec![0; kinds * kinds] }
    }

    /// Notes the kinds of a sequence that was generated.
    pub(crate) fn note(&mut self, kinds: impl Iterator<Item = usize>) {
        let mut before = None;
        for kind in kinds {
            if let Some(before) = before.replace(kind) {
                self.pairs[before * self.kinds + kind] += 1;
            }
        }
    }

    /// What the case with this seed goes after: nothing in three of four, since a case that goes after something is less random.
    pub(crate) fn focus(&mut self, case: u32, seed: u64) -> Option<Focus> {
        if case < FIRST || case % 4 != 3 || self.kinds > MOST_KINDS {
            return None;
        }
        // A pair that never comes may be impossible: every try makes the next one less likely.
        let score = |at: usize| {
            let rarity = (self.pairs[at] + 1).saturating_mul(1 << (2 * self.tries[at]).min(60));
            (rarity, mix(seed ^ at as u64))
        };
        let rarest = (0..self.pairs.len()).min_by_key(|at| score(*at))?;
        self.tries[rarest] += 1;
        Some(Focus { first: rarest / self.kinds, then: rarest % self.kinds })
    }
}

#[cfg(test)]
mod tests {
    use super::{Focus, Guide};
    use crate::testing::Counting;

    #[test]
    fn a_focus_comes_through_a_seed() {
        let focus = Focus { first: 1, then: 0 };
        assert_eq!(Focus::of_bits::<Counting>(focus.bits() | 0xab00_0000_0000_00cd), Some(focus));
        assert_eq!(Focus::of_bits::<Counting>(7), None);
        assert_eq!(Focus::of_bits::<Counting>(u64::MAX), None); // there are not so many commands
    }

    #[test]
    fn what_came_least_is_gone_after_and_then_something_else() {
        let mut guide = Guide::new::<Counting>();
        guide.note([0, 0, 0, 1, 0, 1, 0].into_iter());
        let focuses: Vec<Focus> = [19, 23].map(|case| guide.focus(case, 5).unwrap()).to_vec();
        assert_eq!(focuses[0], Focus { first: 1, then: 1 });
        assert_ne!(focuses[1], focuses[0]);
        assert_eq!(guide.focus(3, 5), None);
    }
}
