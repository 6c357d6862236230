//! Whom a call is for, as its call site says it, and whether it takes part.

use crate::cohorts::CohortIndex;
use crate::definition::Setup;
use crate::failure::{Operation, contain};
use crate::key::Key;
use crate::rate::{Rate, Weight};
use crate::sampler::{Call, Sampling};

/// Whom a call is for.
#[derive(Debug, Clone, Copy)]
pub struct Who<K = NoKey, C = NoCohort> {
    pub(crate) key: K,
    pub(crate) cohort: C,
}

/// Nobody in particular.
#[derive(Debug, Clone, Copy)]
pub struct NoKey;

/// No cohort.
#[derive(Debug, Clone, Copy)]
pub struct NoCohort;

/// A key, or none.
pub trait MaybeKey {
    /// Whether there is one.
    const SPEAKS: bool;
    /// The key.
    fn key(&self) -> Option<Key<'_>>;
}

impl MaybeKey for NoKey {
    const SPEAKS: bool = false;

    fn key(&self) -> Option<Key<'_>> {
        None
    }
}

impl MaybeKey for Key<'_> {
    const SPEAKS: bool = true;

    fn key(&self) -> Option<Key<'_>> {
        Some(*self)
    }
}

/// Finds the cohort, or none.
pub trait Classify {
    /// Whether there is one.
    const SPEAKS: bool;
    /// The name of the cohort.
    fn classify(self) -> Option<&'static str>;
}

impl Classify for NoCohort {
    const SPEAKS: bool = false;

    fn classify(self) -> Option<&'static str> {
        None
    }
}

impl<F: FnOnce() -> &'static str> Classify for F {
    const SPEAKS: bool = true;

    fn classify(self) -> Option<&'static str> {
        Some(self())
    }
}

/// What became of whom a call is for, in a call that takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    pub(crate) cohort: Option<(CohortIndex, &'static str)>,
    /// For how many calls this one stands.
    pub(crate) weight: Weight,
}

impl Seat {
    /// In calls of which nothing was said: their weights are not kept.
    pub(crate) const PLAIN: Self = Self { cohort: None, weight: Weight::ONE };
}

impl<K: MaybeKey, C: Classify> Who<K, C> {
    /// Whether the call says whom it is for.
    pub(crate) const SPEAKS: bool = K::SPEAKS || C::SPEAKS;

    /// Whether the call was picked to run candidates, and as what.
    #[inline]
    pub(crate) fn seat(self, setup: Setup<'_>) -> Option<Seat> {
        if !Self::SPEAKS && setup.equipment.sampler.is_none() {
            return setup.definition.rate().takes_part().then_some(Seat::PLAIN);
        }
        self.seat_somebody(setup)
    }

    fn seat_somebody(self, setup: Setup<'_>) -> Option<Seat> {
        let Self { key, cohort } = self;
        let key = key.key();
        let cohort = match contain(|| cohort.classify()) {
            Ok(name) => name.map(|name| setup.cohort(name)),
            Err(panic) => {
                setup.failed(Operation::Cohort, None, panic.message());
                return None;
            }
        };
        let cohorts = setup.definition.cohorts();
        let own = cohort.and_then(|(index, _)| cohorts.get(index)?.rate());
        let call = Call {
            experiment: setup.definition.name(),
            key,
            cohort: cohort.map(|(_, name)| name),
            rate: own.unwrap_or_else(|| setup.definition.rate()),
        };
        let (takes_part, rate) = match setup.sample(&call) {
            Sampling::AtRate(rate) => (draw(setup, key, rate), rate),
            Sampling::In(rate) => (true, rate),
            Sampling::Out => return None,
        };
        takes_part.then(|| Seat { cohort, weight: Weight::at(rate) })
    }
}

/// The same keys are in every time; who has no key is drawn.
fn draw(setup: Setup<'_>, key: Option<Key<'_>>, rate: Rate) -> bool {
    match key {
        Some(key) => rate.takes_in(key.place_under(setup.definition.salt())),
        None => rate.takes_part(),
    }
}
