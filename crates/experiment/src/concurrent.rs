//! Control and candidates at the same time.
//!
//! Each candidate goes its own way (`away.rs`), leaves what it gives in a place of its own (`place.rs`), and whoever comes
//! last to the meeting of the run (`meeting.rs`) judges. So nobody waits for anybody: the caller has its value as soon as
//! the control has returned, and a candidate that never ends keeps nobody but itself. Futures may also share the task of
//! the caller (`joined.rs`).

mod away;
mod beside;
mod joined;
mod meeting;
mod place;
mod tasks;

pub(crate) use away::{CallAway, Errand, FutureAway, Trip};
pub(crate) use beside::Beside;
pub(crate) use meeting::Meet;
pub(crate) use place::{Left, Place};

use std::sync::Arc;

use crate::around::{After, Around};
use crate::candidates::{Calls, Candidates, Runnable, Spread};
use crate::comparison::Observing;
use crate::context::Entries;
use crate::executor::Job;
use crate::failure::{Operation, contain};
use crate::how::How;
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::progress::Progress;
use crate::promotion::{Surrender, run_apart};
use crate::run::Run;
use crate::seen::Seen;
use crate::who::{Classify, MaybeKey, Who};
use away::Sent;
use meeting::{Meeting, Rest};

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
    L: Candidates<V, How<Observing<K, V>, C, I, D, E>, Prepared: Calls + Spread + Surrender<T> + Send + 'static>,
    How<Observing<K, V>, C, I, D, E>: Send + 'static,
{
    /// Starts each candidate on a thread of the lab's executor, runs the control on this thread at the same time, and
    /// returns its value as soon as it has one.
    ///
    /// The caller waits for no candidate, however long that takes, and results are compared by whoever ends last, on a
    /// thread of the executor. So candidates, their results, and all that was said about comparing own what they hold, as
    /// [in the background](Run::run_in_background); the control may borrow. There is no form for candidates that borrow:
    /// the caller would have to wait for the slowest of them, and for ever for one that hangs.
    ///
    /// Old and new code compete for processors, caches and locks, so both take longer than alone. The report keeps the
    /// durations of such runs apart, and says so. Threads of the executor are woken: the call costs that, and three
    /// allocations for each candidate, beyond what a run in the background costs. Candidates beyond the number of threads
    /// begin when one is free.
    ///
    /// A candidate that passes the experiment's [deadline](crate::Experiment::set_deadline) is reported as
    /// [`TimedOut`](crate::Outcome::TimedOut), and the others are judged without it. It keeps its thread and its run's
    /// permit until it ends. A [promoted](crate::Experiment::promote) candidate runs alone, on this thread.
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
    ///     .run_concurrently();
    ///
    /// lab.settle(Duration::from_secs(10))?;
    /// assert_eq!(lab.experiment("users-query").report().candidates[0].matches(), 1);
    /// # assert_eq!(users, [1, 2]);
    /// # Ok::<(), experiment::Unsettled>(())
    /// ```
    ///
    /// Candidates that borrow are a compile error:
    /// ```compile_fail
    /// let rows = vec![1, 2];
    /// let run = experiment::Lab::new().experiment("x").control(|| rows.len()).candidate("new", || rows.len());
    /// run.observe(|rows| *rows).run_concurrently();
    /// ```
    ///
    /// # Panics
    /// When the control panics, with the very same payload. Nothing else that is given here can make it panic.
    pub fn run_concurrently(self) -> T {
        let drawn = self.draw();
        let (setup, control, candidates, how, around) = self.into_parts();
        let promoted = setup.promoted();
        // The control may borrow, so it cannot go elsewhere: a promoted candidate runs alone.
        let bytes = size_of::<Rest<V, L::Prepared, How<Observing<K, V>, C, I, D, E>, After<A, X>>>();
        let bytes = bytes.saturating_add(around.holds);
        let permit = || if promoted.is_some() { None } else { setup.permit(setup.owned(), bytes) };
        let admitted = around.admit(setup, promoted, drawn, permit);
        let (entered, permit) = match admitted {
            Ok(beside) => beside,
            Err(apart) => return run_apart(setup, apart, control, candidates, how),
        };
        let run = setup.recorder().start_run();
        let mut candidates = candidates.prepare();
        let meeting = Meeting::new(setup, run, entered.seat, (permit, None), candidates.admit(setup, run));
        candidates.spread(&mut |errand| {
            let job = Job::new(Sent { errand, meeting: Arc::clone(&meeting) as Arc<dyn Meet> });
            if let Err(panic) = contain(|| setup.equipment.executor().execute_now(job)) {
                setup.failed(Operation::Execute, None, panic.message());
            }
        });
        let mut progress = Progress::beside(setup.equipment.clock.start(), run, None);
        let mut observation = Observation::not_started(CONTROL);
        let value = progress.observe(&mut observation, control).returned;
        let seen = Seen::of(setup, &value, &how.projection.project);
        progress.tell_clock_failure(setup);
        let rest = Rest { control: observation, seen, candidates, how, entered, is_cancelled: false };
        if meeting.bring(rest) {
            meeting.conclude_elsewhere();
        }
        value.unwrap_or_else(|panic| panic.resume())
    }
}
