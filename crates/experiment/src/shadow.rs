//! A promoted candidate that gives the caller its value, with the old code behind it in the background.

mod futures;

use std::sync::Arc;
use std::time::Instant;

use crate::around::{After, Around, let_go};
use crate::background::{finish, hand_over};
use crate::candidates::{Calls, Candidates, Runnable};
use crate::comparison::{Comparator, Observing, Rules};
use crate::context::{Entries, NoContext};
use crate::definition::{OwnedSetup, Setup};
use crate::description::{Describe, Explain};
use crate::executor::Work;
use crate::how::{How, Judgement};
use crate::limits::Permit;
use crate::name::CONTROL;
use crate::observation::{CandidateResults, Observation, RunResult};
use crate::outcome::{Outcome, Reason};
use crate::pool::Hand;
use crate::progress::Progress;
use crate::promotion::{Surrender, run_apart};
use crate::run::Run;
use crate::seen::Seen;
use crate::watch::Ticket;
use crate::who::{Classify, MaybeKey, Seat, Who};

impl<T, F, V, L, K, C, I, D, E, G, B, A, X, S, Q>
    Run<'_, T, F, V, L, How<Observing<K, V>, C, I, D, E>, Around<G, B, A, X, Who<S, Q>>>
where
    F: FnOnce() -> T + Send + 'static,
    S: MaybeKey,
    Q: Classify,
    G: FnOnce() -> bool,
    B: FnOnce(),
    A: FnOnce(&RunResult<'_>) + Send + 'static,
    X: Entries + Send + 'static,
    K: Fn(&T) -> V,
    V: Send + 'static,
    L: Candidates<V, How<Observing<K, V>, C, I, D, E>, Prepared: Calls + Surrender<T> + Send + 'static>
        + Send
        + 'static,
    C: Comparator<V, V>,
    I: Rules<V, V>,
    D: Describe<V>,
    E: Explain<V, V>,
    How<Observing<K, V>, C, I, D, E>: Send + 'static,
{
    /// As [`run_in_background`](Run::run_in_background), for a control that owns what it holds: so a
    /// [promoted](crate::Experiment::promote) candidate keeps its shadow.
    ///
    /// Without one, it is the same. With one, that candidate runs on this thread and the caller gets its value, error or
    /// panic at once; the control and the other candidates follow in the background and are compared as ever, `control`
    /// being the old code. A call without that candidate runs its control alone. Where the background has no room, the
    /// candidates are counted as dropped, and the run as cancelled before its control.
    ///
    /// The [deadline](crate::Experiment::set_deadline) holds for the old code and the other candidates alike. Whichever passes
    /// it keeps its thread and its run's permit, and the candidates that were to be compared are recorded as
    /// [`Dropped`](crate::Outcome::Dropped), [behind](crate::Reason::BehindLate) it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lab = experiment::Lab::new();
    /// let users = lab.experiment("users-query");
    /// let call = || users.control(|| 7).candidate("new", || 8).observe(|count| *count).run_in_background_with_shadow();
    /// assert_eq!(call(), 7);
    /// users.declare_candidate("new")?;
    /// users.promote("new")?;
    /// assert_eq!(call(), 8);
    ///
    /// lab.settle(Duration::from_secs(10))?;
    /// let report = users.report();
    /// assert_eq!((report.runs, report.candidates[0].mismatches()), (2, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// When the control, or the promoted candidate, panics, with the very same payload. Nothing else that is given here can
    /// make it panic.
    pub fn run_in_background_with_shadow(self) -> T {
        let Some(promoted) = self.setup().promoted() else { return self.run_in_background() };
        let drawn = self.draw();
        let (setup, control, candidates, how, around) = self.into_parts();
        let bytes = size_of::<Shadow<V, F, L::Prepared, How<Observing<K, V>, C, I, D, E>, After<A, X>>>();
        let bytes = bytes.saturating_add(around.holds);
        let permit = || setup.permit(setup.owned(), bytes);
        let (entered, permit) = match around.admit(setup, Some(promoted), drawn, permit) {
            Ok(beside) => beside,
            Err(apart) => return run_apart(setup, apart, control, candidates, how),
        };
        let mut candidates = candidates.prepare();
        if !candidates.offers(promoted) {
            // The call has no such candidate, or one of another type.
            candidates.discard(setup);
            let_go(setup, how);
            let_go(setup, entered.hook);
            return control();
        }
        let run = setup.recorder().start_run();
        let pending = candidates.admit(setup, run);
        let mut progress = Progress::new(setup.equipment.clock.start(), run, None);
        candidates.call_named(promoted, &mut progress, setup);
        let value = candidates.surrender(promoted).expect(OFFERED);
        let seen = Seen::of(setup, &value, &how.projection.project);
        progress.tell_clock_failure(setup);
        let pending = pending - 1;
        let setup_for_later = setup.owned();
        hand_over(
            setup,
            Shadow { permit, setup: setup_for_later, run, control, promoted, seen, pending, candidates, how, entered },
        );
        value.unwrap_or_else(|panic| panic.resume())
    }
}

const OFFERED: &str = "it was offered, and has run";

/// The old code and the other candidates, once the caller has the promoted candidate's value.
struct Shadow<V, F, L, H, N> {
    permit: Permit<OwnedSetup>,
    setup: OwnedSetup,
    run: u64,
    control: F,
    promoted: &'static str,
    /// What the promoted candidate shows.
    seen: Seen<V>,
    /// How many other candidates may run.
    pending: usize,
    candidates: L,
    how: H,
    entered: N,
}

impl<V, F, T, L, K, C, I, D, E, A, X> Work for Shadow<V, F, L, How<Observing<K, V>, C, I, D, E>, After<A, X>>
where
    F: FnOnce() -> T + Send,
    K: Fn(&T) -> V,
    V: Send,
    L: Runnable<V, How<Observing<K, V>, C, I, D, E>> + Calls + Send,
    C: Comparator<V, V>,
    I: Rules<V, V>,
    D: Describe<V>,
    E: Explain<V, V>,
    How<Observing<K, V>, C, I, D, E>: Send,
    A: FnOnce(&RunResult<'_>) + Send,
    X: Entries + Send,
{
    fn work(self: Box<Self>, by: Option<&Hand>) {
        if self.setup.borrowed().is_switched_off() {
            // The switch was thrown while the run waited for a thread.
            return self.end_without_control(Outcome::Cancelled, None);
        }
        let Self { permit, setup: owned, run, control, promoted, seen, pending, mut candidates, how, entered } = *self;
        let setup = owned.borrowed();
        let mut picker = setup.picker(run);
        let mut pending = pending + 1;
        let mut control = Some(control);
        let mut observation = Observation::not_started(CONTROL);
        let mut value = None;
        let ticket = Ticket::new(owned.clone(), run, observation.clone(), entered.seat).called_by(by);
        let ticket = Arc::new(ticket.of_all(&candidates));
        setup.equipment.watch.register(&ticket);
        let mut progress = Progress::after_one(setup.equipment.clock.start(), run, Some(&ticket));
        while pending > 0 {
            let picked = picker.pick(pending, control.is_some());
            match control.take() {
                Some(control) if picked == 0 => value = Some(progress.observe(&mut observation, control).returned),
                kept => {
                    let candidate = picked - usize::from(kept.is_some());
                    control = kept;
                    candidates
                        .call_pending(candidate, &mut progress, setup)
                        .expect("the picker stays below the number of those pending");
                }
            }
            pending = if ticket.gave_up() { 0 } else { pending - 1 };
        }
        progress.tell_clock_failure(setup);
        permit.charge(setup.limits(), progress.spent(), false);
        match value {
            Some(value) if !ticket.gave_up() => {
                let promoted_run = observation_of(&candidates, promoted);
                progress.compares(&observation);
                let control = Seen::of(setup, &value, &how.projection.project);
                progress.has_compared();
                let_go(setup, value);
                if !ticket.gave_up() {
                    candidates.judge(&control.shown(), &how, &progress, setup);
                    let case = progress.case(promoted, setup);
                    progress.compares(&promoted_run);
                    candidates.decide(promoted, how.judge_seen(&control.shown(), &seen.shown(), &case));
                    progress.has_compared();
                }
                if ticket.gave_up() {
                    candidates.hide_all();
                } else {
                    progress.pair_up(&candidates, setup);
                }
                finish(setup, run, &observation, candidates, entered, Some(progress.now()));
                let_go(setup, control);
            }
            // The candidates have been reported; the old code has run, if late.
            Some(value) => {
                let_go(setup, value);
                candidates.hide_all();
                finish(setup, run, &observation, candidates, entered, Some(progress.now()));
            }
            None => {
                let_go(setup, control);
                candidates.hide_all();
                tell_of_cancelled(setup, run, entered.seat, &candidates);
                candidates.discard(setup);
                let_go(setup, entered.hook);
            }
        }
        let_go(setup, how);
        let_go(setup, seen);
        drop(permit);
        setup.equipment.background.end();
    }

    fn abandon(self: Box<Self>) {
        self.end_without_control(Outcome::Dropped, Some(Reason::NoRoom));
    }

    fn is_called_off(&self) -> bool {
        self.setup.borrowed().is_switched_off()
    }
}

impl<V, F, L, H, A, X> Shadow<V, F, L, H, After<A, X>>
where
    L: Runnable<V, H>,
{
    /// Records that there was nothing to compare with.
    fn end_without_control(self, outcome: Outcome, reason: Option<Reason>) {
        let Self { permit, setup: owned, run, control, promoted, seen, mut candidates, how, entered, .. } = self;
        let setup = owned.borrowed();
        let_go(setup, control);
        tell_without_control(setup, run, entered.seat, promoted, &mut candidates, (outcome, reason));
        let_go(setup, entered.hook);
        let_go(setup, how);
        let_go(setup, seen);
        drop(permit);
        setup.equipment.background.end();
    }
}

/// What was observed of the candidate of that name.
fn observation_of(candidates: &impl CandidateResults, name: &'static str) -> Observation {
    let results = (0..candidates.count()).filter_map(|index| candidates.result(index));
    let mut named = results.map(|result| &result.observation).filter(|observation| observation.behavior == name);
    named.next().cloned().unwrap_or(Observation::not_started(name))
}

/// Records, publishes and drops candidates that have nothing to be compared with, the promoted one among them.
fn tell_without_control<V, H>(
    setup: Setup<'_>,
    run: u64,
    seat: Seat,
    promoted: &str,
    candidates: &mut impl Runnable<V, H>,
    (outcome, reason): (Outcome, Option<Reason>),
) {
    candidates.end_all(outcome, reason);
    candidates.decide(promoted, Judgement::without_comparison(outcome, reason));
    tell_of_cancelled(setup, run, seat, candidates);
    candidates.discard(setup);
}

/// Records and publishes candidates of a run whose control has not ended and never will.
pub(crate) fn tell_of_cancelled(setup: Setup<'_>, run: u64, seat: Seat, candidates: &dyn CandidateResults) {
    let control = Observation::not_started(CONTROL);
    let experiment = setup.definition.name();
    let result = RunResult { experiment, run, control: &control, candidates, context: &NoContext, seat };
    // What was cancelled is counted, whatever the clock says.
    setup.record_late(&result, setup.now().unwrap_or_else(Instant::now));
    setup.recorder().count_cancelled_run();
    setup.publish(&result);
}
