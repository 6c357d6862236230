//! What a call site says besides behaviours and comparing.

use crate::around::Around;
use crate::context::{AndEntry, ContextValue};
use crate::observation::RunResult;
use crate::run::Run;

impl<'lab, T, F, V, L, H, G, B, A, X> Run<'lab, T, F, V, L, H, Around<G, B, A, X>> {
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
    pub fn run_if<K: FnOnce() -> bool>(self, condition: K) -> Run<'lab, T, F, V, L, H, Around<K, B, A, X>> {
        self.with_around(|Around { before, after, context, .. }| Around {
            condition: Some(condition),
            before,
            after,
            context,
        })
    }

    /// Calls `before` ahead of all behaviours, only in calls that take part: what candidates need and the control does
    /// not.
    #[inline]
    pub fn before<K: FnOnce()>(self, before: K) -> Run<'lab, T, F, V, L, H, Around<G, K, A, X>> {
        self.with_around(|Around { condition, after, context, .. }| Around {
            condition,
            before: Some(before),
            after,
            context,
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
    pub fn after<K: FnOnce(&RunResult<'_>)>(self, after: K) -> Run<'lab, T, F, V, L, H, Around<G, B, K, X>> {
        self.with_around(|Around { condition, before, context, .. }| Around {
            condition,
            before,
            after: Some(after),
            context,
        })
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
    ) -> Run<'lab, T, F, V, L, H, Around<G, B, A, AndEntry<'a, X>>> {
        let value = value.into();
        self.with_around(|Around { condition, before, after, context }| Around {
            condition,
            before,
            after,
            context: AndEntry { earlier: context, key, value },
        })
    }
}
