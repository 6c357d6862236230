//! A candidate that runs elsewhere than the control, at the same time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use super::beside::Beside;
use super::meeting::Meet;
use super::place::{Left, Place};
use crate::around::let_go;
use crate::executor::Work;
use crate::failure::contain;
use crate::name::CONTROL;
use crate::observation::Observation;
use crate::outcome::{Outcome, Reason};
use crate::pool::Hand;
use crate::progress::{Ended, Progress};
use crate::watch::Ticket;

/// A candidate that a thread calls.
pub trait Errand: Send {
    /// Calls it and leaves what it gives in its place.
    fn call(self: Box<Self>, meeting: &Arc<dyn Meet>, by: Option<&Hand>);
    /// Leaves word that nobody calls it.
    fn lose(self: Box<Self>, meeting: &dyn Meet);
}

/// A candidate that a task polls.
pub trait Trip: Send {
    /// Polls it, and leaves what it gives in its place.
    fn poll_trip(self: Pin<&mut Self>, meeting: &dyn Meet, context: &mut Context<'_>) -> Poll<()>;
    /// Leaves word that nobody polls it any more.
    fn stop(self: Pin<&mut Self>, meeting: &dyn Meet);
}

/// A closure with the place for what it gives.
pub(crate) struct CallAway<F, U> {
    behavior: F,
    place: Arc<Place<U>>,
}

impl<F, U> fmt::Debug for CallAway<F, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallAway").field("place", &self.place).finish_non_exhaustive()
    }
}

impl<F, U> CallAway<F, U> {
    pub(crate) fn new(behavior: F, place: Arc<Place<U>>) -> Self {
        Self { behavior, place }
    }
}

impl<F, U> Errand for CallAway<F, U>
where
    F: FnOnce() -> U + Send,
    U: Send + 'static,
{
    fn call(self: Box<Self>, meeting: &Arc<dyn Meet>, by: Option<&Hand>) {
        let Self { behavior, place } = *self;
        let setup = meeting.setup().borrowed();
        if setup.is_switched_off() {
            // The switch was thrown while it waited for a thread.
            let_go(setup, behavior);
            place.leave(Left::not_ended(Outcome::Cancelled, None));
            return meeting.come(by);
        }
        let bell = Bell { meeting: Arc::clone(meeting), place: Arc::clone(&place) };
        let ticket = ticket(&**meeting).called_by(by).with_bell(Waker::from(Arc::new(bell)));
        let ticket = Arc::new(ticket);
        setup.equipment.watch.register(&ticket);
        let mut progress = Progress::beside(setup.equipment.clock.start(), meeting.run(), Some(&ticket));
        let mut observation = Observation::not_started(place.name());
        let Ended { returned, timed_out } = progress.observe(&mut observation, behavior);
        progress.tell_clock_failure(setup);
        meeting.charge(progress.spent());
        if timed_out {
            // It was reported then, and the bell came for it.
            return let_go(setup, returned);
        }
        place.leave(Left::Ended { returned, observation });
        // Its deadline is behind it; that of comparing is another one.
        drop(ticket);
        meeting.come(by);
    }

    fn lose(self: Box<Self>, meeting: &dyn Meet) {
        let Self { behavior, place } = *self;
        let_go(meeting.setup().borrowed(), behavior);
        place.leave(Left::not_ended(Outcome::Dropped, Some(Reason::NoRoom)));
        meeting.lose();
    }
}

/// Comes for a candidate that is late and cannot be stopped, so that the others are judged without it.
struct Bell<U> {
    meeting: Arc<dyn Meet>,
    place: Arc<Place<U>>,
}

impl<U: Send + 'static> Wake for Bell<U> {
    fn wake(self: Arc<Self>) {
        self.place.leave(Left::Late);
        Arc::clone(&self.meeting).come_in_passing();
    }
}

/// An errand on its way to a thread.
pub(super) struct Sent {
    pub(super) errand: Box<dyn Errand>,
    pub(super) meeting: Arc<dyn Meet>,
}

impl Work for Sent {
    fn work(self: Box<Self>, by: Option<&Hand>) {
        self.errand.call(&self.meeting, by);
    }

    fn abandon(self: Box<Self>) {
        self.errand.lose(&*self.meeting);
    }

    fn is_called_off(&self) -> bool {
        self.meeting.setup().borrowed().is_switched_off()
    }
}

/// A future with the place for what it gives.
pub(crate) struct FutureAway<F, U> {
    /// Taken out when it has ended, so that it is dropped where panics are contained.
    future: Option<F>,
    place: Arc<Place<U>>,
    begun: Option<(Arc<Ticket>, Instant)>,
}

impl<F, U> fmt::Debug for FutureAway<F, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FutureAway").field("place", &self.place).finish_non_exhaustive()
    }
}

impl<F, U> FutureAway<F, U> {
    pub(crate) fn new(future: F, place: Arc<Place<U>>) -> Self {
        Self { future: Some(future), place, begun: None }
    }

    /// Drops the future, and says what became of it.
    fn end(&mut self, meeting: &dyn Meet, left: Left<U>) -> Poll<()> {
        let setup = meeting.setup().borrowed();
        let_go(setup, self.future.take());
        if let Some((_, started)) = self.begun.take() {
            meeting.charge(Beside::new(setup, started).elapsed());
        }
        self.place.leave(left);
        meeting.come(None);
        Poll::Ready(())
    }
}

impl<F, U> Trip for FutureAway<F, U>
where
    F: Future<Output = U> + Unpin + Send,
    U: Send,
{
    fn poll_trip(self: Pin<&mut Self>, meeting: &dyn Meet, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let setup = meeting.setup().borrowed();
        if this.begun.is_none() {
            if setup.is_switched_off() {
                return this.end(meeting, Left::not_ended(Outcome::Cancelled, None));
            }
            let started = setup.now().unwrap_or_else(Instant::now);
            let ticket = Arc::new(ticket(meeting));
            setup.equipment.watch.register(&ticket);
            ticket.start(this.place.name(), None, started);
            this.begun = Some((ticket, started));
        }
        let (Some((ticket, started)), Some(future)) = (&this.begun, &mut this.future) else { return Poll::Ready(()) };
        if !ticket.wake_when_late(context.waker()) {
            return this.end(meeting, Left::Late);
        }
        let returned = match contain(|| Pin::new(future).poll(context)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(panic) => Err(panic),
        };
        let mut observation = Observation::not_started(this.place.name());
        Beside::new(setup, *started).note(&mut observation, returned.is_err());
        if ticket.finish() {
            return this.end(meeting, Left::Ended { returned, observation });
        }
        // It was reported while it was polled for the last time.
        let_go(setup, returned);
        this.end(meeting, Left::Late)
    }

    fn stop(self: Pin<&mut Self>, meeting: &dyn Meet) {
        let this = self.get_mut();
        if this.future.is_none() {
            return;
        }
        let is_late = this.begun.as_ref().is_some_and(|(ticket, _)| !ticket.finish());
        let left = if is_late { Left::Late } else { Left::not_ended(Outcome::Cancelled, None) };
        let _ended = this.end(meeting, left);
    }
}

/// A trip in its task. Dropping it before its end is how the runtime stops it.
pub(super) struct Travelling {
    pub(super) trip: Pin<Box<dyn Trip>>,
    pub(super) meeting: Arc<dyn Meet>,
}

impl Future for Travelling {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { trip, meeting } = &mut *self;
        trip.as_mut().poll_trip(&**meeting, context)
    }
}

impl Drop for Travelling {
    fn drop(&mut self) {
        self.trip.as_mut().stop(&*self.meeting);
    }
}

/// The ticket of one candidate of the run; the control may not have ended, so nothing is said of it.
fn ticket(meeting: &dyn Meet) -> Ticket {
    Ticket::new(meeting.setup().clone(), meeting.run(), Observation::not_started(CONTROL), meeting.seat())
}
