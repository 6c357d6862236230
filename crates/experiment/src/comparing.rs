//! What a call site says about comparing.

#![allow(
    clippy::mismatching_type_param_order,
    reason = "until it is projected, what is seen of the result is the result"
)]

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::comparison::{AndRule, ErrorsBy, NoRules, Observing, Whole};
use crate::description::{Debugged, Described, Explained, Silent};
use crate::how::How;
use crate::run::Run;

impl<'lab, T, F, V, L, P, C, I, D, E, W> Run<'lab, T, F, V, L, How<P, C, I, D, E>, W> {
    /// Compares with a closure instead of `PartialEq`. The control's side comes first.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let mean = lab
    ///     .experiment("mean")
    ///     .control(|| 0.1 + 0.2)
    ///     .candidate("new", || 0.3)
    ///     .compare_with(|control, candidate| f64::abs(control - candidate) < 1e-9)
    ///     .run();
    /// # assert!(lab.experiment("mean").report().candidates[0].matches() == 1 && mean > 0.3);
    /// ```
    #[inline]
    pub fn compare_with<K: Fn(&V, &V) -> bool>(self, comparator: K) -> Run<'lab, T, F, V, L, How<P, K, I, D, E>, W> {
        self.compare_by(comparator)
    }

    /// Compares with a [`Comparator`](crate::Comparator), which may join two types.
    #[inline]
    pub fn compare_by<K>(self, comparator: K) -> Run<'lab, T, F, V, L, How<P, K, I, D, E>, W> {
        self.with_how(|How { projection, rules, describe, explain, .. }| How {
            projection,
            comparator,
            rules,
            describe,
            explain,
        })
    }

    /// Adds a rule that excuses a difference: if any rule says yes, the outcome is [`Ignored`](crate::Outcome::Ignored)
    /// instead of
    /// a mismatch. A rule that panics says no.
    #[inline]
    pub fn ignore<K: Fn(&V, &V) -> bool>(self, rule: K) -> Run<'lab, T, F, V, L, How<P, C, AndRule<I, K>, D, E>, W> {
        self.with_how(|How { projection, comparator, rules, describe, explain }| How {
            projection,
            comparator,
            rules: AndRule { earlier: rules, rule },
            describe,
            explain,
        })
    }

    /// Keeps examples of mismatches, each result in the words of `describe`. Results are never stored otherwise, since
    /// they may
    /// hold what must not be: leave that out here.
    ///
    /// The first five mismatches of a candidate are kept, and the latest five of at most ten per second.
    #[inline]
    pub fn describe_with<K: Fn(&V) -> String>(
        self,
        describe: K,
    ) -> Run<'lab, T, F, V, L, How<P, C, I, Described<K>, E>, W> {
        self.with_how(|How { projection, comparator, rules, explain, .. }| How {
            projection,
            comparator,
            rules,
            describe: Described(describe),
            explain,
        })
    }

    /// As [`describe_with`](Run::describe_with), in the words of `Debug`: everything in the results ends up in reports.
    #[inline]
    pub fn describe_debug(self) -> Run<'lab, T, F, V, L, How<P, C, I, Debugged, E>, W>
    where
        V: Debug,
    {
        self.with_how(|How { projection, comparator, rules, explain, .. }| How {
            projection,
            comparator,
            rules,
            describe: Debugged,
            explain,
        })
    }

    /// Keeps examples of mismatches as what `explain` says about the difference between control and candidate.
    #[inline]
    pub fn explain_with<K: Fn(&V, &V) -> String>(
        self,
        explain: K,
    ) -> Run<'lab, T, F, V, L, How<P, C, I, D, Explained<K>>, W> {
        self.with_how(|How { projection, comparator, rules, describe, .. }| How {
            projection,
            comparator,
            rules,
            describe,
            explain: Explained(explain),
        })
    }
}

impl<'lab, T, F, A, E, L, P, C, I, D, X, W> Run<'lab, T, F, Result<A, E>, L, How<P, C, I, D, X>, W> {
    /// Compares `Ok` with `PartialEq` and `Err` with a closure, for errors that have no equality: by message, by kind,
    /// or all alike.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let parsed = lab
    ///     .experiment("parse")
    ///     .control(|| "x".parse::<f64>().map_err(|error| std::io::Error::other(error)))
    ///     .candidate("new", || Err(std::io::Error::other("invalid float literal")))
    ///     .compare_errors_with(|control, candidate| control.to_string() == candidate.to_string())
    ///     .run();
    /// # assert!(parsed.is_err());
    /// assert_eq!(lab.experiment("parse").report().candidates[0].matches(), 1);
    /// ```
    #[inline]
    pub fn compare_errors_with<K: Fn(&E, &E) -> bool>(
        self,
        comparator: K,
    ) -> Run<'lab, T, F, Result<A, E>, L, How<P, ErrorsBy<K>, I, D, X>, W> {
        self.compare_by(ErrorsBy(comparator))
    }
}

impl<'lab, T, F, L, C, W> Run<'lab, T, F, T, L, How<Whole, C, NoRules, Silent, Silent>, W> {
    /// Compares what `project` makes of each result, not the results themselves: what is observed need not be all that
    /// is returned.
    ///
    /// Say it before `compare_with`, `ignore` and the descriptions, which then are about what was observed. It is
    /// called once per behaviour and run.
    #[inline]
    pub fn observe<Z, K: Fn(&T) -> Z>(
        self,
        project: K,
    ) -> Run<'lab, T, F, Z, L, How<Observing<K, Z>, C, NoRules, Silent, Silent>, W> {
        self.seeing(|how| How {
            projection: Observing { project, seen: PhantomData },
            comparator: how.comparator,
            rules: NoRules,
            describe: Silent,
            explain: Silent,
        })
    }
}
