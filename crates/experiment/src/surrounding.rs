//! What a call site says besides behaviours and comparing.

use crate::around::Around;
use crate::context::{AndEntry, ContextValue};
use crate::key::Key;
use crate::observation::RunResult;
use crate::run::Run;
use crate::who::Who;

impl<'lab, T, F, V, L, H, G, B, A, X, S> Run<'lab, T, F, V, L, H, Around<G, B, A, X, S>> {
    /// Runs the candidates only when `condition` says so: a check cheaper than a sample, such as "not for this tenant".
    ///
    /// It is asked only in calls that take part otherwise; if it panics, the call goes on without candidates.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let items = [1, 2, 3];
    /// let sum: i32 = lab
    ///     .experiment("sum")
    ///     .control(|| items.iter().sum())
    ///     .candidate("new", || items.iter().fold(0, |sum, item| sum + item))
    ///     .run_if(|| items.len() < 1_000)
    ///     .run();
    /// # assert_eq!(sum, 6);
    /// ```
    #[inline]
    pub fn run_if<K: FnOnce() -> bool>(self, condition: K) -> Run<'lab, T, F, V, L, H, Around<K, B, A, X, S>> {
        self.with_around(|Around { who, before, after, context, holds, .. }| Around {
            who,
            condition: Some(condition),
            before,
            after,
            context,
            holds,
        })
    }

    /// Calls `before` ahead of all behaviours, only in calls that take part: what candidates need and the control does
    /// not.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// lab.experiment("x").switch_off();
    /// lab.experiment("x").control(|| 1).candidate("new", || 1).before(|| unreachable!("it takes no part")).run();
    /// ```
    #[inline]
    pub fn before<K: FnOnce()>(self, before: K) -> Run<'lab, T, F, V, L, H, Around<G, K, A, X, S>> {
        self.with_around(|Around { who, condition, after, context, holds, .. }| Around {
            who,
            condition,
            before: Some(before),
            after,
            context,
            holds,
        })
    }

    /// Calls `after` with the result, after the publishers, only in calls that take part.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let mut matched = None;
    /// lab.experiment("x").control(|| 1).candidate("new", || 1).after(|result| matched = Some(result.matched())).run();
    /// assert_eq!(matched, Some(true));
    /// ```
    #[inline]
    pub fn after<K: FnOnce(&RunResult<'_>)>(self, after: K) -> Run<'lab, T, F, V, L, H, Around<G, B, K, X, S>> {
        self.with_around(|Around { who, condition, before, context, holds, .. }| Around {
            who,
            condition,
            before,
            after: Some(after),
            context,
            holds,
        })
    }

    /// Says how many bytes the call holds on the heap while it waits for the background and runs there: what its candidates
    /// captured, what they return, and what is observed of the control. Counted by [`Limits::memory`](crate::Limits::memory);
    /// the sizes of the values themselves are known, and are not to be included.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let row = vec![7_u8; 1 << 20];
    /// let call = lab.experiment("rows").control(|| 1 << 20).candidate("new", move || row.len());
    /// call.observe(|size| *size).holds(1 << 20).run_in_background();
    /// ```
    #[inline]
    pub fn holds(self, bytes: usize) -> Self {
        self.with_around(|around| Around { holds: bytes, ..around })
    }

    /// Attaches something about the call for publishers: which tenant, which arguments. Nothing else sees it.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let page = lab.experiment("page").control(|| 1).candidate("new", || 1).context("tenant", "acme").context("page", 3).run();
    /// # assert_eq!(page, 1);
    /// ```
    #[inline]
    pub fn context<'a>(
        self,
        key: &'static str,
        value: impl Into<ContextValue<'a>>,
    ) -> Run<'lab, T, F, V, L, H, Around<G, B, A, AndEntry<'a, X>, S>> {
        let value = value.into();
        self.with_around(|Around { who, condition, before, after, context, holds }| Around {
            who,
            condition,
            before,
            after,
            context: AndEntry { earlier: context, key, value },
            holds,
        })
    }
}

impl<'lab, T, F, V, L, H, G, B, A, X, K, C> Run<'lab, T, F, V, L, H, Around<G, B, A, X, Who<K, C>>> {
    /// Says whom the call is for: the same keys take part every time, and raising the rate never takes anybody out. See
    /// [`Key`] for how that is decided.
    ///
    /// ```
    /// use experiment::{Lab, Rate};
    ///
    /// let lab = Lab::new().default_rate(Rate::percent(50.0)?);
    /// let ran = |user: &str| {
    ///     let before = lab.experiment("x").report().runs;
    ///     lab.experiment("x").control(|| 1).candidate("new", || 1).sticky(user).run();
    ///     lab.experiment("x").report().runs > before
    /// };
    /// let first = ran("user-1");
    /// assert!((0..10).all(|_| ran("user-1") == first));
    /// # Ok::<(), experiment::RateError>(())
    /// ```
    #[inline]
    pub fn sticky<'k>(self, key: impl Into<Key<'k>>) -> Run<'lab, T, F, V, L, H, Around<G, B, A, X, Who<Key<'k>, C>>> {
        let key = key.into();
        self.with_around(|Around { who, condition, before, after, context, holds }| Around {
            who: Who { key, cohort: who.cohort },
            condition,
            before,
            after,
            context,
            holds,
        })
    }

    /// Says which cohort the call belongs to: a group of calls that may have a
    /// [rate of its own](crate::Experiment::set_cohort_rate) and gets a verdict of its own. Rare large customers vanish
    /// in the mean of all calls.
    ///
    /// `classify` is asked in every call that is not switched off, whether it takes part or not, so it must be cheap. If
    /// it panics, the call runs its control only. An experiment tells six cohorts apart; calls of further ones are
    /// counted together as `other`.
    ///
    /// ```
    /// use experiment::{Lab, Rate};
    ///
    /// let lab = Lab::new().default_rate(Rate::percent(1.0)?);
    /// let orders = lab.experiment("orders");
    /// orders.set_cohort_rate("large", Some(Rate::ALWAYS))?;
    /// for customer in 0..1_000 {
    ///     let size = if customer % 100 == 0 { 10_000 } else { 10 };
    ///     let cohort = || if size > 1_000 { "large" } else { "small" };
    ///     orders.control(|| size).candidate("new", || size).cohort(cohort).run();
    /// }
    /// let report = orders.report();
    /// assert_eq!(report.cohort("large").map(|large| large.runs), Some(10));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn cohort<N: FnOnce() -> &'static str>(
        self,
        classify: N,
    ) -> Run<'lab, T, F, V, L, H, Around<G, B, A, X, Who<K, N>>> {
        self.with_around(|Around { who, condition, before, after, context, holds }| Around {
            who: Who { key: who.key, cohort: classify },
            condition,
            before,
            after,
            context,
            holds,
        })
    }
}
