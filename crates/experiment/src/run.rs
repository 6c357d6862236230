//! The call site: which behaviours a call consists of. What it says about comparing is in `comparing.rs`, and what it
//! says besides in `surrounding.rs`.

use std::fmt::{self, Debug};
use std::marker::PhantomData;

use crate::around::Around;
use crate::candidates::{Candidate, Candidates, Closure, Launch, NoCandidates};
use crate::comparison::{Equality, NoRules, Whole};
use crate::definition::Setup;
use crate::description::Silent;
use crate::how::How;
use crate::listed::{CandidateList, Listed};
use crate::promotion::Other;
use crate::rate::Rate;
use crate::standing::Draw;
use crate::who::{Classify, MaybeKey, Who};

/// One call with a control: add candidates, say how to compare, then [`run`](Run::run).
///
/// The candidates are part of the type, so nothing is boxed or allocated. They may borrow, and may return another type
/// than the control if a
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
    #[inline]
    pub(crate) fn setup(&self) -> Setup<'lab> {
        self.setup
    }

    #[inline]
    pub(crate) fn into_parts(self) -> (Setup<'lab>, F, L, H, W) {
        (self.setup, self.control, self.candidates, self.how, self.around)
    }
}

impl<T, F, V, L, H, G, B, A, X, S, Q> Run<'_, T, F, V, L, H, Around<G, B, A, X, Who<S, Q>>>
where
    L: Candidates<V, H>,
    S: MaybeKey,
    Q: Classify,
    G: FnOnce() -> bool,
    B: FnOnce(),
{
    /// As far as one look tells, whether the call takes part.
    #[inline]
    pub(crate) fn draw(&self) -> Draw {
        if self.candidates.is_empty() {
            return Draw::Out;
        }
        Around::<G, B, A, X, Who<S, Q>>::draw(self.setup)
    }
}

impl<'lab, T, F, V, L, H, W> Run<'lab, T, F, V, L, H, W>
where
    F: FnOnce() -> T,
{
    /// Adds a candidate. Its value is compared and dropped; its panic is contained and recorded.
    ///
    /// A candidate whose name is empty, longer than 64 bytes, `control`, or already used in this call is skipped, and
    /// the failure hook is
    /// told.
    #[inline]
    pub fn candidate<K: FnOnce() -> T>(
        self,
        name: &'static str,
        candidate: K,
    ) -> Run<'lab, T, F, V, Candidate<L, Closure<K>, T>, H, W> {
        self.and(name, Closure(candidate))
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
    ) -> Run<'lab, T, F, V, Candidate<L, Closure<K>, U, Other>, H, W> {
        self.and(name, Closure(candidate))
    }

    /// Adds candidates that were chosen at run time.
    #[inline]
    pub fn candidates<K: FnOnce() -> T>(
        self,
        list: CandidateList<K>,
    ) -> Run<'lab, T, F, V, Listed<L, K, T, Closure<K>>, H, W> {
        self.and_listed(list, Closure)
    }

    /// As [`candidates`](Run::candidates), for those that return another type than the control.
    #[inline]
    pub fn candidates_of<U, K: FnOnce() -> U>(
        self,
        list: CandidateList<K>,
    ) -> Run<'lab, T, F, V, Listed<L, K, U, Closure<K>, Other>, H, W> {
        self.and_listed(list, Closure)
    }

    /// Runs the control a second time in a share of the runs, to learn how often it differs from itself: two reads of a
    /// table that
    /// changes are not the same, and a candidate need not be better than that. The verdict takes it into account; where
    /// differences are taken apart (`diff`, with the feature `serde`), path by path.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use experiment::{Lab, Rate};
    ///
    /// let lab = Lab::new();
    /// let clock = Cell::new(0_u32);
    /// let now = || clock.replace(clock.get() + 1) / 3;
    /// for _ in 0..1_000 {
    ///     lab.experiment("now").control(now).candidate("new", now).control_again(Rate::percent(20.0)?, now).run();
    /// }
    /// let noise = lab.experiment("now").report().control_again.expect("some of a thousand runs had it");
    /// assert!(noise.mismatches() > 0);
    /// # Ok::<(), experiment::RateError>(())
    /// ```
    #[inline]
    pub fn control_again<K: FnOnce() -> T>(
        self,
        rate: Rate,
        control: K,
    ) -> Run<'lab, T, F, V, Candidate<L, Closure<K>, T>, H, W> {
        self.and_again(rate, Closure(control))
    }
}

impl<'lab, T, F, V, L, H, W> Run<'lab, T, F, V, L, H, W> {
    #[inline]
    pub(crate) fn and_again<U, K: Launch>(
        self,
        rate: Rate,
        behavior: K,
    ) -> Run<'lab, T, F, V, Candidate<L, K, U>, H, W> {
        let Self { setup, control, candidates, how, around, .. } = self;
        let candidates = Candidate::again(candidates, rate, behavior);
        Run { setup, control, candidates, how, around, types: PhantomData }
    }

    #[inline]
    pub(crate) fn and<U, K: Launch, M>(
        self,
        name: &'static str,
        behavior: K,
    ) -> Run<'lab, T, F, V, Candidate<L, K, U, M>, H, W> {
        let Self { setup, control, candidates, how, around, .. } = self;
        let candidates = Candidate::new(candidates, name, behavior);
        Run { setup, control, candidates, how, around, types: PhantomData }
    }

    #[inline]
    pub(crate) fn and_listed<U, G, K: Launch, M>(
        self,
        list: CandidateList<G>,
        kind: fn(G) -> K,
    ) -> Run<'lab, T, F, V, Listed<L, G, U, K, M>, H, W> {
        let Self { setup, control, candidates, how, around, .. } = self;
        let candidates = Listed::new(candidates, list, kind);
        Run { setup, control, candidates, how, around, types: PhantomData }
    }

    /// The same call with another way to compare.
    #[inline]
    pub(crate) fn with_how<H2>(self, change: impl FnOnce(H) -> H2) -> Run<'lab, T, F, V, L, H2, W> {
        let Self { setup, control, candidates, how, around, .. } = self;
        Run { setup, control, candidates, how: change(how), around, types: PhantomData }
    }

    /// The same call, of whose results something else is seen.
    #[inline]
    pub(crate) fn seeing<V2, H2>(self, change: impl FnOnce(H) -> H2) -> Run<'lab, T, F, V2, L, H2, W> {
        let Self { setup, control, candidates, how, around, .. } = self;
        Run { setup, control, candidates, how: change(how), around, types: PhantomData }
    }

    /// The same call with other surroundings.
    #[inline]
    pub(crate) fn with_around<W2>(self, change: impl FnOnce(W) -> W2) -> Run<'lab, T, F, V, L, H, W2> {
        let Self { setup, control, candidates, how, around, .. } = self;
        Run { setup, control, candidates, how, around: change(around), types: PhantomData }
    }
}
