//! Whether calls of an experiment take part, packed into one word: a call that does not has to read no more than that.

use crate::chance;
use crate::rate::Rate;
use crate::sync::atomic::{AtomicU64, Ordering};

/// The word: the rate, and above it what makes a rate not the whole answer. Each part has bits of its own, so that changing
/// one keeps the others, whoever changes them meanwhile.
pub(crate) struct Standing(AtomicU64);

/// The word as it was at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stands(u64);

/// Whether a call takes part, as far as one look tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Draw {
    /// It does not.
    Out,
    /// It was drawn.
    In,
    /// That depends on whom it is for, on the sampler, or on what is promoted.
    Ask,
}

/// A rate has the steps 0 to 2^32, of which the last is always.
const RATE: u64 = (1 << 33) - 1;
const ALWAYS: u64 = Rate::ALWAYS.threshold();
const SWITCHED_OFF: u64 = 1 << 33;
/// The switch of the lab.
const LAB_OFF: u64 = 1 << 34;
/// The name cannot be used: such an experiment runs its control only.
const UNUSABLE: u64 = 1 << 35;
const PROMOTED: u64 = 1 << 36;
/// The lab has a sampler.
const SAMPLED: u64 = 1 << 37;

impl Standing {
    pub(crate) fn new(rate: Rate, usable: bool, sampled: bool) -> Self {
        let bit = |bit, is_set| if is_set { bit } else { 0 };
        Self(AtomicU64::new(rate.threshold() | bit(UNUSABLE, !usable) | bit(SAMPLED, sampled)))
    }

    #[inline]
    pub(crate) fn now(&self) -> Stands {
        Stands(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn set_rate(&self, rate: Rate) {
        self.replace(RATE, rate.threshold());
    }

    pub(crate) fn set_switched_off(&self, off: bool) {
        self.replace(SWITCHED_OFF, if off { SWITCHED_OFF } else { 0 });
    }

    pub(crate) fn set_lab_off(&self, off: bool) {
        self.replace(LAB_OFF, if off { LAB_OFF } else { 0 });
    }

    pub(crate) fn set_promoted(&self, promoted: bool) {
        self.replace(PROMOTED, if promoted { PROMOTED } else { 0 });
    }

    pub(crate) fn set_sampled(&self) {
        self.replace(SAMPLED, SAMPLED);
    }

    fn replace(&self, part: u64, bits: u64) {
        let _before = self.0.update(Ordering::Relaxed, Ordering::Relaxed, |word| (word & !part) | bits);
    }
}

impl Stands {
    /// Decides whether a call takes part as far as this word tells, and draws where no more is needed. `asks` is whether the
    /// call says whom it is for.
    #[inline]
    pub(crate) fn draw(self, asks: bool) -> Draw {
        // One comparison tells that there is nothing but a rate, which is not always.
        if self.0 < ALWAYS && !asks {
            return if u64::from(chance::bits()) < self.0 { Draw::In } else { Draw::Out };
        }
        if self.is_off() {
            Draw::Out
        } else if asks || self.0 & (PROMOTED | SAMPLED) != 0 {
            Draw::Ask
        } else {
            Draw::In
        }
    }

    /// Whether candidates are kept from running, by a switch or since the name cannot be used.
    #[inline]
    pub(crate) fn is_off(self) -> bool {
        self.0 & (SWITCHED_OFF | LAB_OFF | UNUSABLE) != 0
    }

    /// Whether candidates are kept from running by the experiment's switch or its lab's.
    #[inline]
    pub(crate) fn is_switched_off(self) -> bool {
        self.0 & (SWITCHED_OFF | LAB_OFF) != 0
    }

    #[inline]
    pub(crate) fn is_usable(self) -> bool {
        self.0 & UNUSABLE == 0
    }

    #[inline]
    pub(crate) fn is_promoted(self) -> bool {
        self.0 & PROMOTED != 0
    }

    #[inline]
    pub(crate) fn rate(self) -> Rate {
        Rate::from_threshold(self.0 & RATE)
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    /// What changes a word, and what has to be asked of it.
    type Part = (fn(&Standing, bool), fn(Stands) -> bool);

    #[test]
    fn each_part_changes_by_itself() {
        let parts: [Part; 3] = [
            (|standing, on| standing.set_switched_off(on), |stands| stands.0 & SWITCHED_OFF != 0),
            (|standing, on| standing.set_lab_off(on), |stands| stands.0 & LAB_OFF != 0),
            (|standing, on| standing.set_promoted(on), Stands::is_promoted),
        ];
        for rate in [Rate::NEVER, Rate::new(0.25).unwrap(), Rate::ALWAYS] {
            for state in 0..8_u32 {
                let standing = Standing::new(Rate::ALWAYS, true, false);
                let is_set = |part: usize| state >> part & 1 == 1;
                for (part, (set, _)) in parts.iter().enumerate() {
                    set(&standing, true);
                    set(&standing, is_set(part));
                }
                standing.set_rate(rate);
                let stands = standing.now();
                assert_eq!((stands.rate(), stands.is_usable()), (rate, true));
                assert!(parts.iter().enumerate().all(|(part, (_, get))| get(stands) == is_set(part)));
                assert_eq!((stands.is_off(), stands.is_switched_off()), ([state & 3 != 0; 2]).into());
            }
        }
    }

    #[test]
    fn one_look_decides_where_nothing_has_to_be_asked() {
        let draw = |rate, usable, sampled, asks| Standing::new(rate, usable, sampled).now().draw(asks);
        for _ in 0..100 {
            assert_eq!(draw(Rate::ALWAYS, true, false, false), Draw::In);
            assert_eq!(draw(Rate::NEVER, true, false, false), Draw::Out);
        }
        for rate in [Rate::NEVER, Rate::new(0.5).unwrap(), Rate::ALWAYS] {
            assert_eq!(draw(rate, false, false, false), Draw::Out);
            assert_eq!(draw(rate, false, true, true), Draw::Out);
            assert_eq!(draw(rate, true, true, false), Draw::Ask);
            assert_eq!(draw(rate, true, false, true), Draw::Ask);
            let standing = Standing::new(rate, true, false);
            standing.set_promoted(true);
            assert_eq!(standing.now().draw(false), Draw::Ask);
            standing.set_lab_off(true);
            assert_eq!(standing.now().draw(false), Draw::Out);
        }
    }

    #[test]
    fn half_of_the_calls_are_drawn_at_a_half() {
        let standing = Standing::new(Rate::new(0.5).unwrap(), true, false);
        let drawn = (0..10_000).filter(|_| standing.now().draw(false) == Draw::In).count();
        // Six standard deviations.
        assert!((4_700..5_300).contains(&drawn), "{drawn}");
    }
}
