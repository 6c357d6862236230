//! The call site: what a call consists of.

#![allow(clippy::type_complexity, reason = "a call is its type: that is what saves the boxes")]
#![allow(
    clippy::mismatching_type_param_order,
    reason = "until it is projected, what is seen of the result is the result"
)]

use std::fmt::{self, Debug};
use std::marker::PhantomData;

use crate::around::Around;
use crate::candidates::{Candidate, Closure, Launch, NoCandidates};
use crate::comparison::{AndRule, Equality, ErrorsBy, NoRules, Observing, Whole};
use crate::context::{AndEntry, ContextValue};
use crate::definition::Setup;
use crate::description::{Debugged, Described, Explained, Silent};
use crate::how::How;
use crate::observation::RunResult;

/// One call with a control: add candidates, say how to compare, then [`run`](Run::run).
///
/// The candidates are part of the type, so nothing is boxed or allocated. They may borrow, and may return another type than the control if a
/// comparator joins the two. What is said about comparing holds for all candidates of the call.
///
/// ```
/// # let lab = experiment::Lab::new();
/// # struct User { id: u32, name: String, seen: u64 }
/// # let old_query = |_: &str| vec![User { id: 1, name: String::new(), seen: 1 }];
/// # let new_query = |_: &str| vec![User { id: 1, name: String::new(), seen: 2 }];
/// # let db = "users.db";
/// let users = lab
///     .experiment("users-query")
///     .control(|| old_query(db))
///     .candidate("new", || new_query(db))
///     .observe(|users| users.iter().map(|user| (user.id, user.name.clone())).collect::<Vec<_>>())
///     .ignore(|control, candidate| control.is_empty() && candidate.is_empty())
///     .explain_with(|control, candidate| format!("{} users, {} in the candidate", control.len(), candidate.len()))
///     .run();
/// assert_eq!(lab.experiment("users-query").report().candidates[0].matches(), 1);
/// # assert_eq!(users[0].seen, 1);
/// ```
///
/// Results that cannot be compared are a compile error:
/// ```compile_fail
/// struct NoEquality;
/// experiment::Lab::new().experiment("x").control(|| NoEquality).candidate("new", || NoEquality).run();
/// ```
#[must_use = "nothing runs until `run` is called"]
pub struct Run<'lab, T, F, V = T, L = NoCandidates, H = How<Whole, Equality, NoRules, Silent, Silent>, W = Around> {
    setup: Setup<'lab>,
    control: F,
    candidates: L,
    how: H,
    around: W,
    /// The control's result, and what of it is seen by the comparison.
    types: PhantomData<fn() -> (T, V)>,
}

impl<T, F, V, L: Debug, H, W> Debug for Run<'_, T, F, V, L, H, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("setup", &self.setup).field("candidates", &self.candidates).finish_non_exhaustive()
    }
}

impl<'lab, T, F> Run<'lab, T, F> {
    #[inline]
    pub(crate) fn new(setup: Setup<'lab>, control: F) -> Self {
        Run {
            setup,
            control,
            candidates: NoCandidates,
            how: How { projection: Whole, comparator: Equality, rules: NoRules, describe: Silent, explain: Silent },
            around: Around::nothing(),
            types: PhantomData,
        }
    }
}

impl<'lab, T, F, V, L, H, W> Run<'lab, T, F, V, L, H, W> {
    pub(crate) fn into_parts(self) -> (Setup<'lab>, F, L, H, W) {
        (self.setup, self.control, self.candidates, self.how, self.around)
    }
}

impl<'lab, T, F, V, L, P, C, I, D, E, W> Run<'lab, T, F, V, L, How<P, C, I, D, E>, W>
where
    F: FnOnce() -> T,
{
    /// Adds a candidate. Its value is compared and dropped; its panic is contained and recorded.
    ///
    /// A candidate whose name is empty, longer than 64 bytes, `control`, or already used in this call is skipped, and the failure hook is
    /// told.
    #[inline]
    pub fn candidate<K: FnOnce() -> T>(
        self,
        name: &'static str,
        candidate: K,
    ) -> Run<'lab, T, F, V, Candidate<L, Closure<K>, T>, How<P, C, I, D, E>, W> {
        self.candidate_of(name, candidate)
    }

    /// As [`candidate`](Run::candidate), for one that returns another type than the control: say with
    /// [`compare_by`](Run::compare_by) how the two are compared, unless `PartialEq` does.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let name = lab.experiment("name").control(|| String::from("Ann")).candidate_of("borrowed", || "Ann").run();
    /// # assert_eq!(name, "Ann");
    /// ```
    #[inline]
    pub fn candidate_of<U, K: FnOnce() -> U>(
        self,
        name: &'static str,
        candidate: K,
    ) -> Run<'lab, T, F, V, Candidate<L, Closure<K>, U>, How<P, C, I, D, E>, W> {
        self.and(name, Closure(candidate))
    }
}

impl<'lab, T, F, V, L, P, C, I, D, E, W> Run<'lab, T, F, V, L, How<P, C, I, D, E>, W> {
    #[inline]
    pub(crate) fn and<U, K: Launch>(
        self,
        name: &'static str,
        behavior: K,
    ) -> Run<'lab, T, F, V, Candidate<L, K, U>, How<P, C, I, D, E>, W> {
        let Self { setup, control, candidates, how, around, .. } = self;
        let candidates = Candidate::new(candidates, name, behavior);
        Run { setup, control, candidates, how, around, types: PhantomData }
    }

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
        self.with(|How { projection, rules, describe, explain, .. }| How {
            projection,
            comparator,
            rules,
            describe,
            explain,
        })
    }

    /// Adds a rule that excuses a difference: if any rule says yes, the outcome is [`Ignored`](crate::Outcome::Ignored) instead of
    /// a mismatch. A rule that panics says no.
    #[inline]
    pub fn ignore<K: Fn(&V, &V) -> bool>(self, rule: K) -> Run<'lab, T, F, V, L, How<P, C, AndRule<I, K>, D, E>, W> {
        self.with(|How { projection, comparator, rules, describe, explain }| How {
            projection,
            comparator,
            rules: AndRule { earlier: rules, rule },
            describe,
            explain,
        })
    }

    /// Keeps examples of mismatches, each result in the words of `describe`. Results are never stored otherwise, since they may
    /// hold what must not be: leave that out here.
    ///
    /// The first five mismatches of a candidate are kept, and the latest five of at most ten per second.
    #[inline]
    pub fn describe_with<K: Fn(&V) -> String>(
        self,
        describe: K,
    ) -> Run<'lab, T, F, V, L, How<P, C, I, Described<K>, E>, W> {
        self.with(|How { projection, comparator, rules, explain, .. }| How {
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
        self.with(|How { projection, comparator, rules, explain, .. }| How {
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
        self.with(|How { projection, comparator, rules, describe, .. }| How {
            projection,
            comparator,
            rules,
            describe,
            explain: Explained(explain),
        })
    }

    #[inline]
    pub(crate) fn with<H>(self, change: impl FnOnce(How<P, C, I, D, E>) -> H) -> Run<'lab, T, F, V, L, H, W> {
        let Self { setup, control, candidates, how, around, .. } = self;
        Run { setup, control, candidates, how: change(how), around, types: PhantomData }
    }
}

impl<'lab, T, F, A, E, L, P, C, I, D, X, W> Run<'lab, T, F, Result<A, E>, L, How<P, C, I, D, X>, W> {
    /// Compares `Ok` with `PartialEq` and `Err` with a closure, for errors that have no equality: by message, by kind, or all alike.
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
    /// Compares what `project` makes of each result, not the results themselves: what is observed need not be all that is returned.
    ///
    /// Say it before `compare_with`, `ignore` and the descriptions, which then are about what was observed. It is called once per behaviour and run.
    #[inline]
    pub fn observe<Z, K: Fn(&T) -> Z>(
        self,
        project: K,
    ) -> Run<'lab, T, F, Z, L, How<Observing<K, Z>, C, NoRules, Silent, Silent>, W> {
        let Self { setup, control, candidates, how, around, .. } = self;
        let projection = Observing { project, seen: PhantomData };
        let how = How { projection, comparator: how.comparator, rules: NoRules, describe: Silent, explain: Silent };
        Run { setup, control, candidates, how, around, types: PhantomData }
    }
}

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

    /// Calls `before` ahead of all behaviours, only in calls that take part: what candidates need and the control does not.
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

    #[inline]
    fn with_around<W>(self, change: impl FnOnce(Around<G, B, A, X>) -> W) -> Run<'lab, T, F, V, L, H, W> {
        let Self { setup, control, candidates, how, around, .. } = self;
        Run { setup, control, candidates, how, around: change(around), types: PhantomData }
    }
}
