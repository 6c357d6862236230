//! Four clients that never stop asking, over real HTTP, and what they saw.

mod client;
mod variants;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use super::TourError;
use super::latency::{Latencies, Percentiles};
use super::ledger::Ledger;
use client::Client;
pub(super) use variants::{Sightings, Variant, Variants};

/// How many clients there are.
pub(super) const CLIENTS: usize = 4;

/// What the clients saw so far.
#[derive(Debug)]
pub(super) struct Seen {
    served: AtomicU64,
    failed: AtomicU64,
    searches: Mutex<Latencies>,
    variants: Mutex<Variants>,
    first_failure: Mutex<Option<String>>,
}

impl Seen {
    fn answered(&self) {
        self.served.fetch_add(1, Ordering::Relaxed);
    }

    fn failed(&self, how: String) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.first_failure.lock().get_or_insert(how);
    }
}

/// The clients at work; dropping it stops them.
#[derive(Debug)]
pub(super) struct Traffic {
    seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Traffic {
    /// Starts the clients against the service at `address`; they note their writes in `folder`.
    pub(super) fn start(address: SocketAddr, folder: &Path, variants: Variants) -> Result<Self, TourError> {
        let seen = Arc::new(Seen {
            served: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            searches: Mutex::new(Latencies::new()),
            variants: Mutex::new(variants),
            first_failure: Mutex::default(),
        });
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::with_capacity(CLIENTS);
        for number in 0..CLIENTS {
            let mut client = Client::new(address, number, Ledger::open(folder, number)?, Arc::clone(&seen));
            let stop = Arc::clone(&stop);
            threads.push(std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    client.ask();
                }
            }));
        }
        Ok(Self { seen, stop, threads })
    }

    /// Requests answered with success, and others, since the last call.
    pub(super) fn take_counts(&self) -> (u64, u64) {
        (self.seen.served.swap(0, Ordering::Relaxed), self.seen.failed.swap(0, Ordering::Relaxed))
    }

    /// How long searches took since the last call.
    pub(super) fn take_latencies(&self) -> Percentiles {
        std::mem::replace(&mut *self.seen.searches.lock(), Latencies::new()).percentiles()
    }

    /// How the first request that failed did so.
    pub(super) fn first_failure(&self) -> Option<String> {
        self.seen.first_failure.lock().clone()
    }

    /// What the clients know of who is on which query.
    pub(super) fn variants<T>(&self, look: impl FnOnce(&mut Variants) -> T) -> T {
        look(&mut self.seen.variants.lock())
    }
}

impl Traffic {
    /// Stops the clients, each after the request it is at.
    pub(super) fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A client that panicked has been reported on standard error by its own thread.
            let _panicked = thread.join();
        }
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.stop();
    }
}
