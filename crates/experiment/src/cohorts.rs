//! The cohorts of one experiment: a bounded number of them, each with a rate of its own if that was set.

use std::time::Duration;

use crate::latency::{Cut, Latency};
use crate::name::{self, NameError};
use crate::rate::{Rate, Weight};
use crate::sync::OnceLock;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// So many cohorts of an experiment are told apart; further ones are counted together.
pub(crate) const MOST_COHORTS: usize = 6;

/// What the cohorts are called together for which there was no place.
pub(crate) const REST: &str = "other";

/// The cohorts of one experiment, in the order in which they were first seen, and the rest.
pub(crate) struct Cohorts {
    named: [OnceLock<Cohort>; MOST_COHORTS],
    rest: Cohort,
    /// The largest weight that any run may have had.
    heaviest: AtomicU64,
    /// How often that grew.
    heavier: AtomicU32,
}

/// One cohort: which share of its calls takes part, and what is known of the control in it.
pub(crate) struct Cohort {
    name: &'static str,
    /// [`UNSET`] while the experiment's rate holds.
    rate: AtomicU64,
    runs: AtomicU64,
    weight: AtomicU64,
    control: OnceLock<Latency>,
}

const UNSET: u64 = u64::MAX;

/// The place of a cohort; the rest is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CohortIndex(usize);

impl CohortIndex {
    pub(crate) const ALL: usize = MOST_COHORTS + 1;
    const REST: Self = Self(MOST_COHORTS);

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..Self::ALL).map(Self)
    }

    pub(crate) fn get(self) -> usize {
        self.0
    }
}

impl Cohorts {
    pub(crate) fn new() -> Self {
        Self {
            named: std::array::from_fn(|_| OnceLock::new()),
            rest: Cohort::new(REST),
            heaviest: AtomicU64::new(0),
            heavier: AtomicU32::new(0),
        }
    }

    /// The place of the cohort of that name, or the rest if there are too many.
    ///
    /// # Errors
    /// When the name cannot be used; its calls belong to the rest.
    pub(crate) fn enter(&self, name: &'static str) -> (CohortIndex, Result<(), NameError>) {
        if let Some(index) = self.find(name) {
            return (index, Ok(()));
        }
        if let Err(error) = name::check(name) {
            return (CohortIndex::REST, Err(error));
        }
        for (index, place) in self.named.iter().enumerate() {
            if place.get_or_init(|| Cohort::new(name)).name == name {
                return (CohortIndex(index), Ok(()));
            }
        }
        (CohortIndex::REST, Ok(()))
    }

    /// The place of a cohort that has one.
    pub(crate) fn find(&self, name: &str) -> Option<CohortIndex> {
        if name == REST {
            return Some(CohortIndex::REST);
        }
        let named = self.named.iter().map_while(OnceLock::get);
        named.enumerate().find(|(_, cohort)| cohort.name == name).map(|(index, _)| CohortIndex(index))
    }

    pub(crate) fn get(&self, index: CohortIndex) -> Option<&Cohort> {
        self.named.get(index.0).map_or(Some(&self.rest), OnceLock::get)
    }

    pub(crate) fn name(&self, index: CohortIndex) -> &'static str {
        self.get(index).map_or(REST, |cohort| cohort.name)
    }

    /// Counts a run of a cohort with the weight it had, when `rate` was that of the experiment.
    pub(crate) fn record(&self, index: CohortIndex, weight: Weight, rate: Rate, control: Option<Duration>) {
        let Some(cohort) = self.get(index) else { return };
        cohort.runs.fetch_add(1, Ordering::Relaxed);
        cohort.weight.fetch_add(weight.get(), Ordering::Relaxed);
        if let Some(control) = control {
            cohort.control.get_or_init(|| Latency::new(Cut::COARSE)).record(control);
        }
        // All rates in force, not only the one of this run: how heavy a run may be has to be known before it is seen.
        let rates = CohortIndex::all().filter_map(|index| self.get(index)?.rate());
        let possible = rates.chain([rate]).filter(|rate| *rate != Rate::NEVER).map(Weight::at).max();
        let heaviest = possible.map_or(weight, |possible| possible.max(weight)).get();
        if self.heaviest.load(Ordering::Relaxed) < heaviest {
            let before = self.heaviest.fetch_max(heaviest, Ordering::Relaxed);
            if before != 0 && before < heaviest {
                self.heavier.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The largest weight that any run may have had, and how often that grew.
    pub(crate) fn heaviest(&self) -> (Weight, u32) {
        (Weight::from_sum(self.heaviest.load(Ordering::Relaxed)), self.heavier.load(Ordering::Relaxed))
    }
}

impl Cohort {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            rate: AtomicU64::new(UNSET),
            runs: AtomicU64::new(0),
            weight: AtomicU64::new(0),
            control: OnceLock::new(),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn rate(&self) -> Option<Rate> {
        let threshold = self.rate.load(Ordering::Relaxed);
        (threshold != UNSET).then(|| Rate::from_threshold(threshold))
    }

    pub(crate) fn set_rate(&self, rate: Option<Rate>) {
        self.rate.store(rate.map_or(UNSET, Rate::threshold), Ordering::Relaxed);
    }

    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// For how many calls its runs stand.
    pub(crate) fn weight(&self) -> Weight {
        Weight::from_sum(self.weight.load(Ordering::Relaxed))
    }

    pub(crate) fn control(&self) -> Option<&Latency> {
        self.control.get()
    }
}

/// Why a cohort has no rate of its own.
///
/// ```
/// use experiment::{CohortError, Lab, NameError, Rate};
///
/// let lab = Lab::new();
/// let users = lab.experiment("users");
/// let refused = users.set_cohort_rate("", Some(Rate::ALWAYS));
/// assert!(matches!(refused, Err(CohortError::Name { source: NameError::Empty { .. }, .. })));
/// for cohort in ["a", "b", "c", "d", "e", "f"] {
///     users.set_cohort_rate(cohort, Some(Rate::ALWAYS))?;
/// }
/// assert!(matches!(users.set_cohort_rate("g", None), Err(CohortError::TooMany { most: 6, .. })));
/// # Ok::<(), CohortError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CohortError {
    /// The name cannot be used.
    #[error("a cohort cannot have this name")]
    #[non_exhaustive]
    Name {
        /// Why not.
        source: NameError,
    },
    /// Its experiment tells as many cohorts apart as it can; calls of this one are counted as `other`.
    #[error("an experiment tells {most} cohorts apart, and this would be one more")]
    #[non_exhaustive]
    TooMany {
        /// How many it tells apart.
        most: usize,
    },
}

impl Cohorts {
    /// The cohort of that name, to set its rate.
    pub(crate) fn define(&self, name: &'static str) -> Result<&Cohort, CohortError> {
        let (index, checked) = self.enter(name);
        checked.map_err(|source| CohortError::Name { source })?;
        match self.get(index) {
            Some(cohort) if cohort.name == name => Ok(cohort),
            _ => Err(CohortError::TooMany { most: MOST_COHORTS }),
        }
    }
}
