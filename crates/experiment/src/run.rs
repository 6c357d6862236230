//! The call site: what a call consists of, and how it goes.

#![allow(clippy::type_complexity, reason = "a call is its type: that is what saves the boxes")]
#![allow(
    clippy::mismatching_type_param_order,
    reason = "until it is projected, what is seen of the result is the result"
)]

use std::borrow::Borrow;
use std::fmt::{self, Debug};
use std::marker::PhantomData;

use crate::candidates::{Candidate, Candidates, NoCandidates};
use crate::comparison::{AndRule, Equality, NoRules, Observing, Projection, Whole};
use crate::definition::Setup;
use crate::description::{Debugged, Described, Explained, Silent};
use crate::failure::{Operation, Panic, contain, discard};
use crate::how::{How, Shown};
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::progress::Progress;

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
pub struct Run<'lab, T, F, V = T, L = NoCandidates, H = How<Whole, Equality, NoRules, Silent, Silent>, G = fn() -> bool>
{
    setup: Setup<'lab>,
    control: F,
    candidates: L,
    how: H,
    condition: Option<G>,
    /// The control's result, and what of it is seen by the comparison.
    types: PhantomData<fn() -> (T, V)>,
}

impl<T, F, V, L: Debug, H, G> Debug for Run<'_, T, F, V, L, H, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("setup", &self.setup).field("candidates", &self.candidates).finish_non_exhaustive()
    }
}

impl<'lab, T, F: FnOnce() -> T> Run<'lab, T, F> {
    #[inline]
    pub(crate) fn new(setup: Setup<'lab>, control: F) -> Self {
        Run {
            setup,
            control,
            candidates: NoCandidates,
            how: How { projection: Whole, comparator: Equality, rules: NoRules, describe: Silent, explain: Silent },
            condition: None,
            types: PhantomData,
        }
    }
}

impl<'lab, T, F, V, L, P, C, I, D, E, G> Run<'lab, T, F, V, L, How<P, C, I, D, E>, G>
where
    F: FnOnce() -> T,
    G: FnOnce() -> bool,
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
    ) -> Run<'lab, T, F, V, Candidate<L, K, T>, How<P, C, I, D, E>, G> {
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
    ) -> Run<'lab, T, F, V, Candidate<L, K, U>, How<P, C, I, D, E>, G> {
        let Self { setup, control, candidates, how, condition, .. } = self;
        let candidates = Candidate::new(candidates, name, candidate);
        Run { setup, control, candidates, how, condition, types: PhantomData }
    }

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
    pub fn run_if<G2: FnOnce() -> bool>(self, condition: G2) -> Run<'lab, T, F, V, L, How<P, C, I, D, E>, G2> {
        let Self { setup, control, candidates, how, .. } = self;
        Run { setup, control, candidates, how, condition: Some(condition), types: PhantomData }
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
    pub fn compare_with<K: Fn(&V, &V) -> bool>(self, comparator: K) -> Run<'lab, T, F, V, L, How<P, K, I, D, E>, G> {
        self.compare_by(comparator)
    }

    /// Compares with a [`Comparator`](crate::Comparator), which may join two types.
    #[inline]
    pub fn compare_by<K>(self, comparator: K) -> Run<'lab, T, F, V, L, How<P, K, I, D, E>, G> {
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
    pub fn ignore<K: Fn(&V, &V) -> bool>(self, rule: K) -> Run<'lab, T, F, V, L, How<P, C, AndRule<I, K>, D, E>, G> {
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
    ) -> Run<'lab, T, F, V, L, How<P, C, I, Described<K>, E>, G> {
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
    pub fn describe_debug(self) -> Run<'lab, T, F, V, L, How<P, C, I, Debugged, E>, G>
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
    ) -> Run<'lab, T, F, V, L, How<P, C, I, D, Explained<K>>, G> {
        self.with(|How { projection, comparator, rules, describe, .. }| How {
            projection,
            comparator,
            rules,
            describe,
            explain: Explained(explain),
        })
    }

    #[inline]
    fn with<H>(self, change: impl FnOnce(How<P, C, I, D, E>) -> H) -> Run<'lab, T, F, V, L, H, G> {
        let Self { setup, control, candidates, how, condition, .. } = self;
        Run { setup, control, candidates, how: change(how), condition, types: PhantomData }
    }
}

impl<'lab, T, F, L, C, G> Run<'lab, T, F, T, L, How<Whole, C, NoRules, Silent, Silent>, G>
where
    F: FnOnce() -> T,
    G: FnOnce() -> bool,
{
    /// Compares what `project` makes of each result, not the results themselves: what is observed need not be all that is returned.
    ///
    /// Say it before `compare_with`, `ignore` and the descriptions, which then are about what was observed. It is called once per behaviour and run.
    #[inline]
    pub fn observe<W, K: Fn(&T) -> W>(
        self,
        project: K,
    ) -> Run<'lab, T, F, W, L, How<Observing<K, W>, C, NoRules, Silent, Silent>, G> {
        let Self { setup, control, candidates, how, condition, .. } = self;
        let projection = Observing { project, seen: PhantomData };
        let how = How { projection, comparator: how.comparator, rules: NoRules, describe: Silent, explain: Silent };
        Run { setup, control, candidates, how, condition, types: PhantomData }
    }
}

impl<T, F, V, L, P, C, I, D, E, G> Run<'_, T, F, V, L, How<P, C, I, D, E>, G>
where
    F: FnOnce() -> T,
    L: Candidates<V, How<P, C, I, D, E>>,
    P: Projection<T, Out = V>,
    G: FnOnce() -> bool,
{
    /// Runs control and candidates on this thread and returns the control's value, whatever the candidates do.
    ///
    /// Switched off or sampled out, the control is called and nothing else. Otherwise the call takes as long as all behaviours together, and
    /// costs one clock reading more than there are behaviours.
    ///
    /// # Panics
    /// When the control panics, with the very same payload, after the candidates have had their turn. Nothing else that
    /// is given here can make it panic, in builds that unwind: with `panic = "abort"` a candidate's panic ends the process as any other.
    #[inline]
    pub fn run(self) -> T {
        let Self { setup, control, mut candidates, how, condition, .. } = self;
        if L::LEN == 0 || !takes_part(setup, condition) {
            // Before the control, so that a panic of the control never unwinds through what the caller gave besides.
            candidates.discard(setup);
            let_go(setup, how);
            return control();
        }
        let Ran { value, observation, run } = run_all(setup, control, &mut candidates, &how);
        let_go(setup, how);
        let result =
            RunResult { experiment: setup.definition.name(), run, control: &observation, candidates: &candidates };
        setup.recorder().record(&result);
        setup.publish(&result);
        candidates.discard(setup);
        value.unwrap_or_else(|panic| panic.resume())
    }
}

/// The control's side of a run in which candidates took part.
struct Ran<T> {
    value: Result<T, Panic>,
    observation: Observation,
    run: u64,
}

#[inline]
fn takes_part(setup: Setup<'_>, condition: Option<impl FnOnce() -> bool>) -> bool {
    if !setup.takes_part() {
        let_go(setup, condition);
        return false;
    }
    let Some(condition) = condition else { return true };
    contain(condition).unwrap_or_else(|panic| {
        setup.failed(Operation::RunIf, None, panic.message());
        false
    })
}

/// Drops what the caller gave. Its `Drop` may panic.
#[inline]
fn let_go<T>(setup: Setup<'_>, value: T) {
    if let Err(panic) = discard(value) {
        setup.failed(Operation::Drop, None, panic.message());
    }
}

/// Runs everything in a drawn order, then judges.
#[inline]
fn run_all<T, V, L, P, C, I, D, E>(
    setup: Setup<'_>,
    control: impl FnOnce() -> T,
    candidates: &mut L,
    how: &How<P, C, I, D, E>,
) -> Ran<T>
where
    L: Candidates<V, How<P, C, I, D, E>>,
    P: Projection<T, Out = V>,
{
    let run = setup.recorder().start_run();
    let mut picker = setup.picker(run);
    let mut pending = candidates.admit(setup) + 1;
    let mut control = Some(control);
    let mut ran = None;
    let mut progress = Progress::new(setup.equipment.clock.start(), run);
    while pending > 0 {
        let picked = picker.pick(pending, control.is_some());
        match control.take() {
            Some(control) if picked == 0 => ran = Some(progress.observe(CONTROL, control)),
            kept => {
                let candidate = picked - usize::from(kept.is_some());
                control = kept;
                candidates
                    .run_pending(candidate, &mut progress)
                    .expect("the picker stays below the number of those pending");
            }
        }
        pending -= 1;
    }
    let (value, observation) = ran.expect("the control was among the pending ones");
    if let Some(panic) = progress.clock_failure() {
        setup.failed(Operation::Clock, None, panic.message());
    }
    judge_all(setup, &value, candidates, how, &progress);
    Ran { value, observation, run }
}

#[inline]
fn judge_all<T, V, L, P, C, I, D, E>(
    setup: Setup<'_>,
    value: &Result<T, Panic>,
    candidates: &mut L,
    how: &How<P, C, I, D, E>,
    progress: &Progress<'_>,
) where
    L: Candidates<V, How<P, C, I, D, E>>,
    P: Projection<T, Out = V>,
{
    let Ok(value) = value else {
        return candidates.judge(&Shown::Panicked, how, progress, setup);
    };
    match contain(|| how.projection.see(value)) {
        Ok(seen) => {
            candidates.judge(&Shown::Value(seen.borrow()), how, progress, setup);
            let_go(setup, seen);
        }
        Err(panic) => {
            setup.failed(Operation::Observe, None, panic.message());
            candidates.judge(&Shown::Hidden, how, progress, setup);
        }
    }
}
