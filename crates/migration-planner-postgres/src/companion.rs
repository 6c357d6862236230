//! What goes on beside a runner's work, in a session of its own: the heart-beat of its lease, and a look at who holds it up.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use migration_planner::run::Blocker;
use postgres::Client;

use crate::blockers;
use crate::error::DatabaseError;
use crate::lease::Lease;
use crate::session::Address;

const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// A thread beside the runner's own; it ends with this value.
pub(crate) struct Companion {
    tell: Option<Sender<Word>>,
    seen: Arc<Mutex<Vec<Blocker>>>,
    thread: Option<JoinHandle<()>>,
}

enum Word {
    /// A session is at work: look for whoever holds it up, for the first time after this long.
    Watch { pid: i32, first: Duration },
    /// It has come to its end.
    Rest,
}

impl Companion {
    /// Begins to renew the lease three times in each of its spans. Connects when there is something to do: most turns are over
    /// before that.
    pub(crate) fn start(address: &Address, lease: &Lease, span: Duration) -> Self {
        let (tell, listen) = channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let beside = Beside {
            address: address.clone(),
            client: None,
            lease: lease.clone(),
            every: span / 3,
            seen: Arc::clone(&seen),
        };
        let thread = Some(std::thread::spawn(move || beside.run(&listen)));
        Self { tell: Some(tell), seen, thread }
    }

    /// Looks for whoever holds up the session `pid` from now on; forgets whom it saw before.
    pub(crate) fn watch(&self, pid: i32, first: Duration) {
        locked(&self.seen).clear();
        self.say(Word::Watch { pid, first });
    }

    /// Looks no longer; what was seen stays.
    pub(crate) fn rest(&self) {
        self.say(Word::Rest);
    }

    /// Those that held up the session when somebody did so last.
    pub(crate) fn seen(&self) -> Vec<Blocker> {
        locked(&self.seen).clone()
    }

    fn say(&self, word: Word) {
        // A companion that has gone sees nobody; the lease is renewed by every transaction as well.
        let _gone = self.tell.as_ref().map(|tell| tell.send(word));
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        drop(self.tell.take());
        let _joined = self.thread.take().map(JoinHandle::join);
    }
}

fn locked(seen: &Mutex<Vec<Blocker>>) -> MutexGuard<'_, Vec<Blocker>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Beside {
    address: Address,
    client: Option<Client>,
    lease: Lease,
    every: Duration,
    seen: Arc<Mutex<Vec<Blocker>>>,
}

impl Beside {
    fn run(mut self, listen: &Receiver<Word>) {
        let mut beat_at = Instant::now() + self.every;
        // Whom to watch, when to look next, and how long to wait after that.
        let mut watched: Option<(i32, Instant, Duration)> = None;
        loop {
            let next = watched.map_or(beat_at, |(_, at, _)| at.min(beat_at));
            match listen.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(Word::Watch { pid, first }) => watched = Some((pid, Instant::now() + first, first)),
                Ok(Word::Rest) => watched = None,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            if now >= beat_at {
                beat_at = now + self.every;
                let lease = self.lease.clone();
                // A lease that was lost is found out by the transaction that would write under it.
                let _lost = self.with_client(|client| lease.beat(client));
            }
            if let Some((pid, at, pause)) = watched.filter(|(_, at, _)| now >= *at) {
                let found = self.with_client(|client| blockers::of(client, pid)).unwrap_or_default();
                if !found.is_empty() {
                    *locked(&self.seen) = found;
                }
                watched = Some((pid, at + pause, (pause * 2).min(LONGEST_PAUSE)));
            }
        }
    }

    /// Asks the server something, over a new connection where the last one was lost.
    fn with_client<T>(&mut self, ask: impl FnOnce(&mut Client) -> Result<T, DatabaseError>) -> Option<T> {
        let mut client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.address.connect().ok()?,
        };
        let answer = ask(&mut client).ok()?;
        self.client = Some(client);
        Some(answer)
    }
}
