//! Where the behaviours of one run meet that go on at the same time: whoever comes last judges, and nobody waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::around::{After, let_go};
use crate::background::finish;
use crate::candidates::Runnable;
use crate::context::Entries;
use crate::definition::{OwnedSetup, Setup};
use crate::executor::{Job, Work};
use crate::failure::{Operation, contain};
use crate::how::How;
use crate::limits::Permit;
use crate::observation::{Observation, RunResult};
use crate::outcome::{Outcome, Reason};
use crate::pool::Hand;
use crate::progress::Progress;
use crate::room::Stay;
use crate::seen::Seen;
use crate::shadow::tell_of_cancelled;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::watch::Ticket;
use crate::who::Seat;

/// One run, as its candidates see it. It is in the background, and keeps its permit, until the last behaviour has really
/// ended.
pub trait Meet: Send + Sync {
    /// The experiment.
    fn setup(&self) -> &OwnedSetup;
    /// The number of the run.
    fn run(&self) -> u64;
    /// Whom the call is for.
    fn seat(&self) -> Seat;
    /// Charges what one candidate took; nobody waited for it.
    fn charge(&self, used: Duration);
    /// One has come. Whoever comes last concludes, on this thread.
    fn come(&self, by: Option<&Hand>);
    /// As [`come`](Meet::come), on a thread that has something else to do.
    fn come_in_passing(self: Arc<Self>);
    /// One was lost, and whoever loses the last has no thread to conclude on.
    fn lose(&self);
}

pub(crate) struct Meeting<R> {
    setup: OwnedSetup,
    run: u64,
    seat: Seat,
    /// It is there until the run leaves the background.
    permit: Option<Permit<OwnedSetup>>,
    /// Its part of the room for futures.
    stay: Option<Stay>,
    /// How many have not come yet, the control among them.
    awaited: AtomicUsize,
    /// What the control leaves when it has ended.
    rest: Mutex<Option<R>>,
}

impl<R: Conclude> Meeting<R> {
    /// A run of so many candidates and a control, and its part of the room for futures, if it takes any.
    pub(crate) fn new(
        setup: Setup<'_>,
        run: u64,
        seat: Seat,
        (permit, stay): (Permit<OwnedSetup>, Option<Stay>),
        candidates: usize,
    ) -> Arc<Self> {
        setup.equipment.watch.start(&setup.equipment.clock);
        setup.equipment.background.begin();
        let awaited = AtomicUsize::new(candidates + 1);
        let (setup, permit) = (setup.owned(), Some(permit));
        Arc::new(Self { setup, run, seat, permit, stay, awaited, rest: Mutex::default() })
    }

    /// The control has ended and leaves what the judgement needs; `true` if all have come.
    #[must_use = "whoever comes last has to see to the conclusion"]
    pub(crate) fn bring(&self, rest: R) -> bool {
        *self.rest.lock() = Some(rest);
        self.arrive()
    }

    /// What each of them left happens before the last one looks at it.
    fn arrive(&self) -> bool {
        self.awaited.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Does what is left, on this thread.
    pub(crate) fn conclude(&self, by: Option<&Hand>) {
        let rest = self.rest.lock().take();
        if let Some(rest) = rest {
            rest.conclude(self.setup.borrowed(), self.run, by);
        }
    }

    /// Lets the executor do what is left.
    pub(crate) fn conclude_elsewhere(self: Arc<Self>) {
        let setup = self.setup.clone();
        let job = Job::new(Conclusion(self));
        if let Err(panic) = contain(|| setup.borrowed().equipment.executor().execute(job)) {
            setup.borrowed().failed(Operation::Execute, None, panic.message());
        }
    }

    pub(crate) fn give_up(&self) {
        let rest = self.rest.lock().take();
        if let Some(rest) = rest {
            rest.give_up(self.setup.borrowed(), self.run);
        }
    }
}

impl<R: Conclude> Meet for Meeting<R> {
    fn setup(&self) -> &OwnedSetup {
        &self.setup
    }

    fn run(&self) -> u64 {
        self.run
    }

    fn seat(&self) -> Seat {
        self.seat
    }

    fn charge(&self, used: Duration) {
        if let Some(permit) = &self.permit {
            permit.charge(self.setup.borrowed().limits(), used, false);
        }
    }

    fn come(&self, by: Option<&Hand>) {
        if self.arrive() {
            self.conclude(by);
        }
    }

    fn come_in_passing(self: Arc<Self>) {
        if self.arrive() {
            self.conclude_elsewhere();
        }
    }

    fn lose(&self) {
        if self.arrive() {
            self.give_up();
        }
    }
}

impl<R> Drop for Meeting<R> {
    fn drop(&mut self) {
        // First: whoever waits until nothing is in the background expects every permit to be back, and all of the room.
        drop(self.permit.take());
        drop(self.stay.take());
        self.setup.borrowed().equipment.background.end();
    }
}

struct Conclusion<R>(Arc<Meeting<R>>);

impl<R: Conclude> Work for Conclusion<R> {
    fn work(self: Box<Self>, by: Option<&Hand>) {
        self.0.conclude(by);
    }

    fn abandon(self: Box<Self>) {
        self.0.give_up();
    }

    /// All have run, and are to be compared.
    fn is_called_off(&self) -> bool {
        false
    }
}

/// What is left to do once all have come.
pub(crate) trait Conclude: Send + 'static {
    /// Compares, records, publishes and lets go of everything. Never panics.
    fn conclude(self, setup: Setup<'_>, run: u64, by: Option<&Hand>);

    /// Records that there was no room for that, without comparing.
    fn give_up(self, setup: Setup<'_>, run: u64);
}

/// What the control leaves.
pub(crate) struct Rest<V, L, H, N> {
    pub(crate) control: Observation,
    pub(crate) seen: Seen<V>,
    pub(crate) candidates: L,
    pub(crate) how: H,
    pub(crate) entered: N,
    /// Whether the control was stopped, so that there is nothing to compare with.
    pub(crate) is_cancelled: bool,
}

impl<V, L, P, C, I, D, E, A, X> Conclude for Rest<V, L, How<P, C, I, D, E>, After<A, X>>
where
    A: FnOnce(&RunResult<'_>) + Send + 'static,
    X: Entries + Send + 'static,
    V: Send + 'static,
    L: Runnable<V, How<P, C, I, D, E>> + Send + 'static,
    How<P, C, I, D, E>: Send + 'static,
{
    fn conclude(mut self, setup: Setup<'_>, run: u64, by: Option<&Hand>) {
        self.candidates.fetch_all();
        if self.is_cancelled {
            self.candidates.end_all(Outcome::Cancelled, None);
            return self.tell(setup, run, None);
        }
        let ticket = Ticket::new(setup.owned(), run, self.control.clone(), self.entered.seat).called_by(by);
        let ticket = Arc::new(ticket.of_all(&self.candidates));
        setup.equipment.watch.register(&ticket);
        let mut progress = Progress::of_all(setup.equipment.clock.start(), run, &self.candidates, Some(&ticket));
        progress.tell_clock_failure(setup);
        self.candidates.judge(&self.seen.shown(), &self.how, &progress, setup);
        if ticket.gave_up() {
            self.candidates.hide_all();
        } else {
            progress.pair_up(&self.candidates, setup);
        }
        self.tell(setup, run, Some(progress.now()));
    }

    fn give_up(mut self, setup: Setup<'_>, run: u64) {
        self.candidates.fetch_all();
        let (outcome, reason) =
            if self.is_cancelled { (Outcome::Cancelled, None) } else { (Outcome::Dropped, Some(Reason::NoRoom)) };
        self.candidates.end_all(outcome, reason);
        let ended = if self.is_cancelled { None } else { setup.now() };
        self.tell(setup, run, ended);
    }
}

impl<V, L, P, C, I, D, E, A, X> Rest<V, L, How<P, C, I, D, E>, After<A, X>>
where
    A: FnOnce(&RunResult<'_>),
    X: Entries,
    L: Runnable<V, How<P, C, I, D, E>>,
{
    /// Records, publishes and lets go of everything.
    fn tell(self, setup: Setup<'_>, run: u64, ended: Option<Instant>) {
        let Self { control, seen, mut candidates, how, entered, is_cancelled } = self;
        if is_cancelled {
            tell_of_cancelled(setup, run, entered.seat, &candidates);
            candidates.discard(setup);
            let_go(setup, entered.hook);
        } else {
            finish(setup, run, &control, candidates, entered, ended);
        }
        let_go(setup, how);
        let_go(setup, seen);
    }
}
