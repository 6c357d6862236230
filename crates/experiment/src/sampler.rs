//! Who decides whether a call takes part, where the experiment's own rate is not enough.

use std::sync::Arc;

use crate::key::Key;
use crate::rate::Rate;

/// Decides whether a call takes part: a feature flag, a plan of shares that grow with the hour, a central service whose
/// answer is kept in memory.
///
/// Without one, the rate of the experiment decides, or that of the call's cohort.
///
/// # Contract
/// `sample` is called on the caller's thread in every call that has a candidate and is not switched off, whether it will
/// take part or not: it must not block longer than a lock. If it panics, the call runs its control only and the failure is
/// reported as [`Operation::Sample`](crate::Operation::Sample).
///
/// An answer that depends on whom the call is for must say with what share such calls take part: the report undoes the
/// difference between shares where calls have a [`cohort`](crate::Run::cohort).
///
/// # Implementing
/// A feature flag decides who takes part; no dependency is needed, only its answer:
/// ```
/// use experiment::{Call, Lab, Sampler, Sampling};
/// # struct Flags;
/// # impl Flags { fn enabled(&self, flag: &str, key: experiment::Key<'_>) -> bool { flag == "users-query" && key == experiment::Key::from("ann") } }
///
/// struct ByFlag(Flags);
///
/// impl Sampler for ByFlag {
///     fn sample(&self, call: &Call<'_>) -> Sampling {
///         match call.key() {
///             Some(key) if self.0.enabled(call.experiment(), key) => Sampling::AtRate(call.rate()),
///             _ => Sampling::Out,
///         }
///     }
/// }
///
/// let lab = Lab::new().sampler(ByFlag(Flags));
/// for user in ["ann", "bob"] {
///     lab.experiment("users-query").control(|| 1).candidate("new", || 1).sticky(user).run();
/// }
/// assert_eq!(lab.experiment("users-query").report().runs, 1);
/// ```
#[diagnostic::on_unimplemented(note = "implement `Sampler`, or wrap it in `Arc`")]
pub trait Sampler: Send + Sync + 'static {
    /// Decides about one call.
    fn sample(&self, call: &Call<'_>) -> Sampling;
}

impl<S: Sampler + ?Sized> Sampler for Arc<S> {
    fn sample(&self, call: &Call<'_>) -> Sampling {
        S::sample(self, call)
    }
}

const _: fn(&dyn Sampler) = |_| {}; // stays object-safe

/// A call that may take part, as a [`Sampler`] sees it.
///
/// ```
/// use experiment::{Call, Lab, Sampler, Sampling};
///
/// struct Nights;
/// impl Sampler for Nights {
///     fn sample(&self, call: &Call<'_>) -> Sampling {
///         assert_eq!((call.experiment(), call.cohort(), call.key()), ("x", Some("staff"), None));
///         Sampling::AtRate(call.rate())
///     }
/// }
/// Lab::new().sampler(Nights).experiment("x").control(|| 1).candidate("new", || 1).cohort(|| "staff").run();
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub(crate) experiment: &'static str,
    pub(crate) key: Option<Key<'a>>,
    pub(crate) cohort: Option<&'static str>,
    pub(crate) rate: Rate,
}

impl<'a> Call<'a> {
    /// The name of the experiment.
    pub fn experiment(&self) -> &'static str {
        self.experiment
    }

    /// Whom the call is for, where the call site said so.
    pub fn key(&self) -> Option<Key<'a>> {
        self.key
    }

    /// The cohort, where the call site said it; `other` once there are too many of them.
    pub fn cohort(&self) -> Option<&'static str> {
        self.cohort
    }

    /// The rate at which it would take part without a sampler: that of its cohort, or of its experiment.
    pub fn rate(&self) -> Rate {
        self.rate
    }
}

/// What a [`Sampler`] says about a call.
///
/// ```
/// use experiment::{Rate, Sampling};
///
/// let tenth = Sampling::AtRate(Rate::percent(10.0)?);
/// assert_ne!(tenth, Sampling::Out);
/// # Ok::<(), experiment::RateError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sampling {
    /// It takes part with this chance: by its key, where it has one, so that the same keys stay in; else by a draw.
    AtRate(Rate),
    /// It takes part. The share of calls like it that do is the rate.
    In(Rate),
    /// It does not.
    Out,
}
