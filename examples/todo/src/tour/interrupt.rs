//! Ctrl-C, and being asked to end, in time to leave nothing behind.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::TourError;

/// Whether somebody asked the tour to end.
#[derive(Debug, Clone)]
pub(super) struct Interrupt {
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens from here on, on a thread of its own that lasts as long as the process.
    pub(super) fn listen() -> Result<Self, TourError> {
        let asked = Arc::new(AtomicBool::new(false));
        let failed = |source| TourError::Service { source };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let of_thread = Arc::clone(&asked);
        std::thread::spawn(move || {
            runtime.block_on(asked_to_end());
            of_thread.store(true, Ordering::Relaxed);
        });
        Ok(Self { asked })
    }

    /// Fails once somebody asked.
    pub(super) fn check(&self) -> Result<(), TourError> {
        if self.asked.load(Ordering::Relaxed) { Err(TourError::Interrupted) } else { Ok(()) }
    }
}

/// Ready once somebody pressed Ctrl-C or the system asked the process to end.
pub async fn asked_to_end() {
    tokio::select! {
        () = interrupted() => {}
        () = terminated() => {}
    }
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a signal to wait for, it is the other one or none.
        pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    pending().await
}
