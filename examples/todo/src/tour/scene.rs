//! What stands on the stage for the whole tour: the service, its clients, the two jobs.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use feature_flags::{Edit, EditError};
use migration_planner::{ColumnRef, ColumnUse, Timestamp};
use tokio::sync::oneshot;

use super::consumers::{Consumer, ETL, REPORT};
use super::interrupt::Interrupt;
use super::ledger::{self, Audit};
use super::progress::Progress;
use super::seed::seed;
use super::traffic::{Traffic, Variants};
use super::{TourError, screen};
use crate::home::Home;
use crate::http::{Service, listen};
use crate::search::Search;
use crate::store::{Ids, Store};

/// How often counts go to the file of progress while a step watches.
const SAVE_EVERY: Duration = Duration::from_millis(500);
/// How long anything that should happen soon may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// The service, its clients and the jobs, all running.
///
/// The fields are in the order in which they have to stop: nobody may ask a service that is gone.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) traffic: Traffic,
    pub(super) etl: Consumer,
    pub(super) report: Consumer,
    /// What the service itself uses of the column.
    pub(super) usage: ColumnUse,
    pub(super) search: Arc<Search>,
    pub(super) store: Arc<Store>,
    _server: Server,
    pub(super) home: Home,
    interrupt: Interrupt,
    pace: f64,
    /// How many answers of the old query are accounted for.
    old_path_noted: u64,
}

impl Scene {
    /// Fills the database if that is still to be done, and starts everything.
    pub(super) fn set(home: Home, progress: &Progress, pace: f64) -> Result<Self, TourError> {
        let interrupt = Interrupt::listen()?;
        let started = Instant::now();
        let new = !home.database().exists();
        seed(&home.database(), &interrupt)?;
        if new {
            let took = screen::shown(started.elapsed());
            screen::line(&format!("100,000 users and 300,000 todos written in {took}"));
        }
        let usage = || ColumnUse::of(column(), now());
        let of_service = usage();
        let store = Arc::new(Store::open_with(&home.database(), Ids::Fresh, Some(of_service.clone()))?);
        let search = Arc::new(home.search().map_err(TourError::flags)?);
        let server = Server::start(Service::new(Arc::clone(&store), Arc::clone(&search)))?;
        let traffic = Traffic::start(
            server.address,
            home.folder(),
            progress.known.starts,
            Variants::resumed(&progress.known.on_new),
        )?;
        screen::line(&format!("The service answers on http://{}; four clients keep it busy", server.address));
        let job = |queries, phase| Consumer::start(&home.database(), queries, usage(), progress.has_finished(phase));
        let (etl, report) = (job(ETL, "etl"), job(REPORT, "report"));
        Ok(Self {
            traffic,
            etl,
            report,
            usage: of_service,
            search,
            store,
            _server: server,
            home,
            interrupt,
            pace,
            old_path_noted: 0,
        })
    }

    /// Lets the clients work for `seconds`, at the usual pace, and keeps what they count.
    pub(super) fn watch(&mut self, progress: &mut Progress, seconds: f64) -> Result<(), TourError> {
        let end = Instant::now() + Duration::from_secs_f64(seconds * self.pace);
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            std::thread::sleep(left.min(SAVE_EVERY));
            self.save(progress)?;
        }
        Ok(())
    }

    /// Lets the clients work until `done` says so, and keeps what they count.
    pub(super) fn watch_until(
        &mut self,
        progress: &mut Progress,
        what: &str,
        mut done: impl FnMut(&mut Self) -> Result<bool, TourError>,
    ) -> Result<(), TourError> {
        let started = Instant::now();
        while !done(self)? {
            if started.elapsed() > PATIENCE {
                return Err(TourError::TookTooLong { what: what.to_owned(), seconds: PATIENCE.as_secs() });
            }
            std::thread::sleep(Duration::from_millis(100));
            self.save(progress)?;
        }
        Ok(())
    }

    /// Keeps what was counted; a failed request ends the tour's success, not the tour.
    pub(super) fn save(&mut self, progress: &mut Progress) -> Result<(), TourError> {
        self.note_counts(progress);
        progress.save()?;
        self.interrupt.check()?;
        self.etl.check()?;
        self.report.check()
    }

    /// Adds what was counted since the last time.
    pub(super) fn note_counts(&mut self, progress: &mut Progress) {
        progress.known.served += self.traffic.take_served();
        let (flips, on_new) = self.traffic.variants(|variants| (variants.take_flips(), variants.on_new()));
        progress.known.flips += flips;
        progress.known.on_new = on_new;
        let hits = self.search.old_path_hits();
        if progress.has_finished("ramp-100") {
            progress.known.old_path_afterwards += hits - self.old_path_noted;
        }
        self.old_path_noted = hits;
    }

    /// Edits flags.toml as a person would, and waits until the service follows it.
    pub(super) fn edit_flags(&self, change: impl FnOnce(Edit) -> Result<Edit, EditError>) -> Result<(), TourError> {
        let edit = change(Edit::open(self.home.flags()).map_err(TourError::flags)?).map_err(TourError::flags)?;
        self.traffic.variants(Variants::edit_begins);
        let content = edit.save().map_err(TourError::flags)?;
        let saved = Instant::now();
        if !self.search.flags().wait_for_content(content, PATIENCE) {
            let what = "an edit of flags.toml to be served".to_owned();
            return Err(TourError::TookTooLong { what, seconds: PATIENCE.as_secs() });
        }
        self.traffic.variants(Variants::edit_is_served);
        screen::line(&format!("flags.toml edited, served {} later", screen::shown(saved.elapsed())));
        Ok(())
    }

    /// Stops everything, then holds the database against what the clients were promised.
    pub(super) fn leave(mut self, progress: &mut Progress) -> Result<Audit, TourError> {
        let whole = self.traffic.stop();
        self.note_counts(progress);
        // The folder may go away with this scene.
        progress.save()?;
        if !whole {
            return Err(TourError::Broken { promise: "all clients work to the end", found: "one panicked".to_owned() });
        }
        ledger::audit(self.home.folder(), &self.store)
    }
}

/// The column of the story.
pub(super) fn column() -> ColumnRef {
    ColumnRef::new("users", "legacy_name")
}

/// The time of this machine.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The service on a thread of its own; dropping it stops it.
#[derive(Debug)]
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(service: Service) -> Result<Self, TourError> {
        let failed = |source| TourError::Service { source };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            // Each may hold a connection to the database.
            .max_blocking_threads(16)
            .enable_all()
            .build()
            .map_err(failed)?;
        let listener = runtime.block_on(listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let stopped = async {
                let _stopped_or_dropped = stopped.await;
            };
            // If it stops by itself, every request fails from then on, which the clients count.
            let _outcome = runtime.block_on(service.serve(listener, stopped));
        });
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been reported on standard error by its own thread.
            let _panicked = thread.join();
        }
    }
}
