//! Four clients that never stop asking, over real HTTP, and what they saw.

mod client;
mod variants;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

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
    longest: AtomicU64,
    searches: Mutex<Latencies>,
    variants: Mutex<Variants>,
    panicked: AtomicBool,
}

impl Seen {
    /// A request was answered with success after `took`.
    fn answered(&self, took: Duration) {
        self.served.fetch_add(1, Ordering::Relaxed);
        self.longest.fetch_max(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
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
    pub(super) fn start(address: SocketAddr, folder: &Path, start: u32, variants: Variants) -> Result<Self, TourError> {
        let seen = Arc::new(Seen {
            served: AtomicU64::new(0),
            longest: AtomicU64::new(0),
            searches: Mutex::new(Latencies::new()),
            variants: Mutex::new(variants),
            panicked: AtomicBool::new(false),
        });
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::with_capacity(CLIENTS);
        for number in 0..CLIENTS {
            let mut client = Client::new(address, number, Ledger::open(folder, number, start)?, Arc::clone(&seen));
            let stop = Arc::clone(&stop);
            threads.push(std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    client.ask();
                }
            }));
        }
        Ok(Self { seen, stop, threads })
    }

    /// Requests answered with success since the last call.
    pub(super) fn take_served(&self) -> u64 {
        self.seen.served.swap(0, Ordering::Relaxed)
    }

    /// The longest that any request took since the last call, reads and writes alike, in microseconds.
    pub(super) fn take_longest_us(&self) -> u64 {
        self.seen.longest.swap(0, Ordering::Relaxed)
    }

    /// How long searches took since the last call.
    pub(super) fn take_latencies(&self) -> Percentiles {
        std::mem::replace(&mut *self.seen.searches.lock(), Latencies::new()).percentiles()
    }

    /// What the clients know of who is on which query.
    pub(super) fn variants<T>(&self, look: impl FnOnce(&mut Variants) -> T) -> T {
        look(&mut self.seen.variants.lock())
    }
}

impl Traffic {
    /// Stops the clients, each after the request it is at. Whether all of them worked to the end: one that panicked has
    /// been reported on standard error by its own thread.
    pub(super) fn stop(&mut self) -> bool {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                self.seen.panicked.store(true, Ordering::Relaxed);
            }
        }
        !self.seen.panicked.load(Ordering::Relaxed)
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.stop();
    }
}
