//! Candidates that run after the caller has its value.

use std::sync::Arc;
use std::time::Instant;

use crate::around::{After, Around, let_go};
use crate::candidates::{Calls, Candidates, Runnable};
use crate::comparison::Observing;
use crate::context::{Entries, NoContext};
use crate::definition::{OwnedSetup, Setup};
use crate::executor::{Job, Work};
use crate::failure::{Operation, contain};
use crate::how::How;
use crate::limits::Permit;
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::outcome::{Outcome, Reason};
use crate::pool::Hand;
use crate::progress::Progress;
use crate::promotion::{Surrender, run_apart};
use crate::run::Run;
use crate::seen::Seen;
use crate::watch::Ticket;
use crate::who::{Classify, MaybeKey, Who};

impl<T, F, V, L, K, C, I, D, E, G, B, A, X, S, Q>
    Run<'_, T, F, V, L, How<Observing<K, V>, C, I, D, E>, Around<G, B, A, X, Who<S, Q>>>
where
    F: FnOnce() -> T,
    S: MaybeKey,
    Q: Classify,
    G: FnOnce() -> bool,
    B: FnOnce(),
    A: FnOnce(&RunResult<'_>) + Send + 'static,
    X: Entries + Send + 'static,
    K: Fn(&T) -> V,
    V: Send + 'static,
    L: Candidates<V, How<Observing<K, V>, C, I, D, E>, Prepared: Calls + Surrender<T>> + Send + 'static,
    How<Observing<K, V>, C, I, D, E>: Send + 'static,
{
    /// Runs the control on this thread, returns its value at once, and lets the candidates follow in the background.
    ///
    /// What the comparison needs of the control's value is what [`observe`](Run::observe) makes of it, so the value
    /// needs no `Clone`. The control may borrow.
    /// Candidates, their results, and all that was said about comparing outlive the call, and so own what they hold.
    ///
    /// The call costs the control, the projection, two clock readings, one allocation and one push into a queue; it
    /// never waits for a candidate and
    /// wakes no thread. A candidate that passes the experiment's [deadline](crate::Experiment::set_deadline) is
    /// reported as
    /// [`TimedOut`](crate::Outcome::TimedOut), and so is one whose comparison passes it. It cannot be stopped: it keeps its
    /// thread and its run's permit, and its breaker keeps others from following it. The candidates of one run follow each other
    /// on one thread and are compared at the end, each with a deadline of its own: when one passes it, the others of that run are
    /// recorded as
    /// [`Dropped`](crate::Outcome::Dropped), [behind](crate::Reason::BehindLate) it.
    /// [`run_concurrently`](Run::run_concurrently) compares them without it.
    ///
    /// A [promoted](crate::Experiment::promote) candidate runs alone, on this thread: the control may borrow, so it
    /// cannot follow to be compared. Where it owns what it holds,
    /// [`run_in_background_with_shadow`](Run::run_in_background_with_shadow) lets it follow.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// # struct Db;
    /// # impl Db { fn old_query(&self) -> Vec<u32> { vec![1, 2] } fn new_query(&self) -> Vec<u32> { vec![1, 2] } }
    /// let lab = experiment::Lab::new();
    /// let db = Arc::new(Db);
    /// let for_candidate = Arc::clone(&db);
    ///
    /// let users = lab
    ///     .experiment("users-query")
    ///     .control(|| db.old_query())
    ///     .candidate("new", move || for_candidate.new_query())
    ///     .observe(|users| users.clone())
    ///     .run_in_background();
    ///
    /// lab.settle(Duration::from_secs(10))?;
    /// assert_eq!(lab.experiment("users-query").report().candidates[0].matches(), 1);
    /// # assert_eq!(users, [1, 2]);
    /// # Ok::<(), experiment::Unsettled>(())
    /// ```
    ///
    /// # Panics
    /// When the control panics, with the very same payload. Nothing else that is given here can make it panic.
    pub fn run_in_background(self) -> T {
        let drawn = self.draw();
        let (setup, control, candidates, how, around) = self.into_parts();
        let promoted = setup.promoted();
        // The control may borrow, so it cannot follow: a promoted candidate runs alone.
        let bytes =
            size_of::<Later<V, L, How<Observing<K, V>, C, I, D, E>, After<A, X>>>().saturating_add(around.holds);
        let permit = || if promoted.is_some() { None } else { setup.permit(setup.owned(), bytes) };
        let admitted = around.admit(setup, promoted, drawn, permit);
        let (entered, permit) = match admitted {
            Ok(beside) => beside,
            Err(apart) => return run_apart(setup, apart, control, candidates, how),
        };
        let run = setup.recorder().start_run();
        let mut progress = Progress::new(setup.equipment.clock.start(), run, None);
        let mut observation = Observation::not_started(CONTROL);
        let value = progress.observe(&mut observation, control).returned;
        let seen = Seen::of(setup, &value, &how.projection.project);
        progress.tell_clock_failure(setup);
        hand_over(setup, Later { permit, run, control: observation, seen, candidates, how, entered });
        value.unwrap_or_else(|panic| panic.resume())
    }
}

pub(crate) fn hand_over(setup: Setup<'_>, later: impl Work + 'static) {
    setup.equipment.watch.start(&setup.equipment.clock);
    setup.equipment.background.begin();
    let job = Job::new(later);
    if let Err(panic) = contain(|| setup.equipment.executor().execute(job)) {
        setup.failed(Operation::Execute, None, panic.message());
    }
}

/// All that is left to do once the caller has its value.
struct Later<V, L, H, N> {
    /// It holds the experiment, too: threads that count their references to one in turns wait for each other.
    permit: Permit<OwnedSetup>,
    run: u64,
    control: Observation,
    seen: Seen<V>,
    candidates: L,
    how: H,
    entered: N,
}

impl<V, L, P, C, I, D, E, A, X> Work for Later<V, L, How<P, C, I, D, E>, After<A, X>>
where
    A: FnOnce(&RunResult<'_>) + Send,
    X: Entries + Send,
    V: Send,
    L: Candidates<V, How<P, C, I, D, E>, Prepared: Calls> + Send,
    How<P, C, I, D, E>: Send,
{
    fn work(self: Box<Self>, by: Option<&Hand>) {
        let Self { mut permit, run, control, seen, candidates, how, entered } = *self;
        let setup = permit.usage().borrowed();
        let mut candidates = candidates.prepare();
        let mut pending = if setup.is_switched_off() {
            // The switch was thrown while the run waited for a thread.
            candidates.end_all(Outcome::Cancelled, None);
            0
        } else {
            candidates.admit(setup, run)
        };
        let mut picker = setup.picker(run);
        let ticket = Ticket::new(permit.usage().clone(), run, control.clone(), entered.seat).called_by(by);
        // One alone keeps nobody waiting.
        let ticket = Arc::new(if pending > 1 { ticket.of_all(&candidates) } else { ticket });
        setup.equipment.watch.register(&ticket);
        let mut progress = Progress::after_one(setup.equipment.clock.start(), run, Some(&ticket));
        while pending > 0 {
            let picked = picker.pick(pending, false);
            candidates
                .call_pending(picked, &mut progress, setup)
                .expect("the picker stays below the number of those pending");
            pending = if ticket.gave_up() { 0 } else { pending - 1 };
        }
        progress.tell_clock_failure(setup);
        if !ticket.gave_up() {
            candidates.judge(&seen.shown(), &how, &progress, setup);
        }
        if ticket.gave_up() {
            candidates.hide_all();
        } else {
            progress.pair_up(&candidates, setup);
        }
        permit.charge(setup.limits(), progress.spent(), false);
        finish(setup, run, &control, candidates, entered, Some(progress.now()));
        let_go(setup, how);
        let_go(setup, seen);
        leave(&mut permit);
    }

    fn abandon(self: Box<Self>) {
        let Self { mut permit, run, control, seen, candidates, how, entered } = *self;
        let setup = permit.usage().borrowed();
        let mut candidates = candidates.prepare();
        candidates.end_all(Outcome::Dropped, Some(Reason::NoRoom));
        finish(setup, run, &control, candidates, entered, setup.now());
        let_go(setup, how);
        let_go(setup, seen);
        leave(&mut permit);
    }

    fn is_called_off(&self) -> bool {
        self.permit.usage().borrowed().is_switched_off()
    }
}

/// The run is in the background no more. Whoever waits for that expects the permit to be back.
fn leave(permit: &mut Permit<OwnedSetup>) {
    permit.give_back();
    permit.usage().borrowed().equipment.background.end();
}

/// Records, publishes, and drops the candidates.
pub(crate) fn finish<V, H>(
    setup: Setup<'_>,
    run: u64,
    control: &Observation,
    mut candidates: impl Runnable<V, H>,
    entered: After<impl FnOnce(&RunResult<'_>), impl Entries>,
    ended: Option<Instant>,
) {
    let After { hook, context, seat } = entered;
    let experiment = setup.definition.name();
    let result = RunResult { experiment, run, control, candidates: &candidates, context: &context, seat };
    setup.record(&result, ended);
    setup.publish(&result);
    After { hook, context: NoContext, seat }.leave(setup, &result);
    candidates.discard(setup);
}
