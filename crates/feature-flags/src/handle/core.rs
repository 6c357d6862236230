//! What all clones of a handle share.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use parking_lot::{Condvar, Mutex};

use super::listener::{Event, Listener};
use super::nearest::nearest;
use super::readiness::Readiness;
use super::seat::Served;
use super::snapshot::{ContentId, Snapshot, SnapshotId};
use super::status::Status;
use super::usage::Totals;
use super::warned::Warned;
use crate::clock::Clock;
use crate::code::{Code, Registry};
use crate::compile::{Definition, Table};
use crate::lint::{self, Lint};
use crate::source::{Change, Document, LoadError, Problem, Revision, Standing};

pub(crate) struct Core {
    pub(super) served: Served,
    /// Held while a snapshot is made, so that no change is lost; never while one is read.
    written: Mutex<Written>,
    /// Freshness, and those who wait for a snapshot.
    progress: Mutex<Progress>,
    changed: Condvar,
    totals: Mutex<Totals>,
    /// Names that do not exist.
    warned: Warned,
    /// Names whose values have other types than their callers want.
    mistyped: Warned,
    pub(super) around: Surroundings,
    listener: Box<dyn Listener>,
    /// What keeps the source alive: it goes when the last handle goes.
    #[allow(dead_code, reason = "held until it is dropped")]
    source: OnceLock<Box<dyn Any + Send + Sync>>,
}

/// What evaluations ask for besides flags.
pub(crate) struct Surroundings {
    pub(crate) clock: Box<dyn Clock>,
    /// Apart from the snapshots, which threads keep: functions go when the last handle goes.
    pub(crate) code: ArcSwap<Code>,
}

/// What the next snapshot is made of.
#[derive(Default)]
struct Written {
    number: u64,
    document: Document,
    registry: Registry,
}

pub(super) struct Progress {
    pub(super) snapshot: SnapshotId,
    pub(super) revision: Revision,
    confirmed: SystemTime,
    pub(super) last_error: Option<String>,
    /// How what is served came to be served; `None` until the source was loaded for the first time.
    pub(super) standing: Option<Standing>,
    warnings: Vec<String>,
}

impl Progress {
    pub(super) fn readiness(&self) -> Readiness {
        Readiness::of(self.standing.as_ref(), self.last_error.as_deref())
    }

    /// `document` was read from the source, at `now`.
    fn loaded(&mut self, document: &Document, now: SystemTime) {
        (self.confirmed, self.last_error) = match document.standing() {
            Standing::Kept { taken, why } => (*taken, Some(why.clone())),
            _ => (now, None),
        };
        self.standing = Some(document.standing().clone());
        document.warnings().clone_into(&mut self.warnings);
    }
}

impl Core {
    pub(super) fn new(
        document: Document,
        registry: Registry,
        clock: Box<dyn Clock>,
        listener: Box<dyn Listener>,
    ) -> Arc<Self> {
        #[cfg(feature = "metrics")]
        super::metrics::describe();
        let mut written = Written { number: 1, document, registry };
        let snapshot = written.snapshot(None);
        let revision = written.document.revision();
        let mut progress = Progress {
            snapshot: snapshot.id,
            revision,
            confirmed: clock.now(),
            last_error: None,
            standing: None,
            warnings: Vec::new(),
        };
        progress.loaded(&written.document, progress.confirmed);
        let mut totals = Totals::default();
        totals.follow(snapshot.table().blocks());
        let core = Arc::new(Self {
            served: Served::new(Arc::new(snapshot)),
            around: Surroundings { clock, code: ArcSwap::from_pointee(Code::new(&written.registry)) },
            written: Mutex::new(written),
            progress: Mutex::new(progress),
            changed: Condvar::new(),
            totals: Mutex::new(totals),
            warned: Warned::new(),
            mistyped: Warned::new(),
            listener,
            source: OnceLock::new(),
        });
        core.tell_loaded();
        core
    }

    /// Changes what snapshots are made of, and serves the next one. Readers never wait.
    pub(super) fn change_code(&self, change: impl FnOnce(&mut Registry)) {
        self.change(|written| change(&mut written.registry));
    }

    /// What is served now.
    #[cfg(feature = "care")]
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.served.load()
    }

    #[cfg(feature = "care")]
    pub(crate) fn around(&self) -> &Surroundings {
        &self.around
    }

    #[cfg(feature = "care")]
    pub(crate) fn now(&self) -> SystemTime {
        self.around.clock.now()
    }

    /// The number of a group that a function was defined for.
    #[cfg(feature = "care")]
    pub(crate) fn group_number(&self, name: &str) -> Option<u32> {
        self.written.lock().registry.group_number(name)
    }

    /// Serves another document.
    pub(crate) fn load(&self, document: Document) {
        let now = self.around.clock.now();
        self.progress.lock().loaded(&document, now);
        self.change(|written| {
            let old = std::mem::replace(&mut written.document, document);
            written.document.take_over(&old);
        });
        self.tell_loaded();
    }

    /// Serves changes of a source; flags that it lets go of are again what `below` has.
    pub(crate) fn apply(&self, changes: Vec<Change>, below: &Document) {
        self.confirm();
        let before = self.served.load().problems.clone();
        self.change(|written| {
            for change in changes {
                written.document.apply(change, below);
            }
        });
        if self.served.load().problems != before {
            self.tell_loaded();
        }
    }

    /// The source still holds what is served.
    pub(crate) fn confirm(&self) {
        let now = self.around.clock.now();
        let mut progress = self.progress.lock();
        progress.confirmed = now;
        if progress.last_error.take().is_some() {
            self.changed.notify_all();
        }
    }

    /// Whether the source could be read the last time.
    pub(crate) fn is_fresh(&self) -> bool {
        self.progress.lock().last_error.is_none()
    }

    /// Whether what is served was made of `content`.
    #[cfg_attr(not(feature = "watch"), allow(dead_code, reason = "only watching needs it"))]
    pub(crate) fn serves(&self, content: Option<ContentId>) -> bool {
        content == Some(self.served.load().id.content())
    }

    /// The source was not loaded yet: what is served are the flags from code.
    pub(crate) fn wait_for_source(&self) {
        self.progress.lock().standing = None;
    }

    /// The source cannot be read: what is served stays.
    pub(crate) fn source_failed(&self, error: &LoadError) {
        self.progress.lock().last_error = Some(error.in_one_line());
        self.changed.notify_all();
        #[cfg(feature = "metrics")]
        super::metrics::source_error(error.op());
        self.tell(&Event::SourceFailed { op: error.op(), error });
    }

    pub(crate) fn keep(&self, source: Box<dyn Any + Send + Sync>) {
        let _already_set = self.source.set(source);
    }

    pub(super) fn status(&self) -> Status {
        let snapshot = self.served.load();
        let now = self.around.clock.now();
        let progress = self.progress.lock();
        Status {
            snapshot: snapshot.id,
            flags: snapshot.table.len(),
            age: now.duration_since(progress.confirmed).unwrap_or_default(),
            problems: snapshot.problems.clone(),
            readiness: progress.readiness(),
            warnings: progress.warnings.clone(),
            last_error: progress.last_error.clone(),
        }
    }

    /// Waits until a change of the source is served, or a later one.
    pub(crate) fn wait_for_revision(&self, revision: Revision, timeout: Duration) -> bool {
        self.wait(timeout, |progress| progress.revision >= revision)
    }

    /// Waits until the source's failing has been noticed, or until it is noticed that it works again.
    #[cfg(feature = "testing")]
    pub(crate) fn wait_for_failure(&self, fails: bool, timeout: Duration) -> bool {
        self.wait(timeout, |progress| progress.last_error.is_some() == fails)
    }

    /// Waits until `is_there` holds.
    pub(super) fn wait(&self, timeout: Duration, is_there: impl Fn(&Progress) -> bool) -> bool {
        // A wait that ends beyond all time is one without an end.
        let deadline = Instant::now().checked_add(timeout);
        let mut progress = self.progress.lock();
        while !is_there(&progress) {
            match deadline {
                None => self.changed.wait(&mut progress),
                Some(deadline) if self.changed.wait_until(&mut progress, deadline).timed_out() => {
                    return is_there(&progress);
                }
                Some(_) => {}
            }
        }
        true
    }

    /// Brings counts up to date; with the feature `metrics`, the recorder too.
    pub(super) fn with_totals<T>(&self, then: impl FnOnce(&Totals) -> T) -> T {
        let mut totals = self.totals.lock();
        totals.collect();
        then(&totals)
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn report_metrics(&self) {
        let mut totals = self.totals.lock();
        totals.collect();
        for (key, total) in &mut totals.by_key {
            super::metrics::evaluations(key, total);
        }
        drop(totals);
        super::metrics::snapshot_age(self.status().age().as_secs_f64());
    }

    /// What looks wrong in the flags.
    pub(super) fn lint(&self) -> Vec<Lint> {
        let written = self.written.lock();
        lint::lint(&self.served.load(), &|group| written.registry.has_group(group), self.around.clock.now())
    }

    /// Warns of a name that does not exist, once.
    #[cold]
    pub(super) fn unknown(&self, name: &str, snapshot: &Snapshot) {
        if self.warned.is_first(name) {
            let nearest = nearest(name, snapshot.table().definitions().map(Definition::name));
            self.tell(&Event::UnknownFlag { name, nearest });
        }
    }

    /// Warns of a flag whose value has another type than its caller wants, once.
    #[cold]
    pub(super) fn wrong_type(&self, name: &str, wanted: &'static str, found: &'static str) {
        if self.mistyped.is_first(name) {
            self.tell(&Event::WrongType { name, wanted, found });
        }
    }

    fn change(&self, change: impl FnOnce(&mut Written)) {
        let mut written = self.written.lock();
        change(&mut written);
        written.number += 1;
        let snapshot = Arc::new(written.snapshot(Some(&self.served.load())));
        let id = snapshot.id;
        // Before the snapshot, which may ask for functions that were not there.
        self.around.code.store(Arc::new(Code::new(&written.registry)));
        self.totals.lock().follow(snapshot.table().blocks());
        self.served.store(snapshot);
        // Under the lock, so that those who wait see snapshots in order.
        let mut progress = self.progress.lock();
        (progress.snapshot, progress.revision) = (id, written.document.revision());
        drop(progress);
        drop(written);
        self.changed.notify_all();
    }

    fn tell_loaded(&self) {
        let status = self.status();
        self.tell(&Event::Loaded { status: &status });
        for problem in status.problems() {
            #[cfg(feature = "metrics")]
            super::metrics::source_error("flag");
            self.tell(&Event::BrokenFlag { problem });
        }
    }

    pub(super) fn tell(&self, event: &Event<'_>) {
        // Evaluation passes here, and it never panics.
        let _panicked = catch_unwind(AssertUnwindSafe(|| self.listener.event(event)));
    }
}

impl Written {
    /// Flags of the document come first: one that is defined in both is what the document says.
    fn compile(&mut self, in_code: &[Definition], old: Option<&Snapshot>) -> Table {
        let mut roster = self.document.roster().clone();
        for definition in in_code {
            roster.put(definition.clone());
        }
        Table::compile(
            roster,
            self.registry.groups(),
            self.document.segments(),
            self.document.sections(),
            old.map(Snapshot::table),
        )
    }

    /// What did not change since `old` is taken over.
    fn snapshot(&mut self, old: Option<&Snapshot>) -> Snapshot {
        let code_flags = (0..).zip(self.registry.flags());
        let in_code = code_flags.filter(|(_, name)| !self.document.has(name));
        let in_code = in_code.map(|(function, name)| Definition::Code { name: Arc::clone(name), function });
        let in_code: Vec<Definition> = in_code.collect();
        let mut table = self.compile(&in_code, old);
        // A requirement that closes a circle is a slip like any other: the flags it would break are served as they were.
        let refused = table.refused().iter();
        let closed: Vec<(Definition, String)> =
            refused.filter_map(|(name, why)| Some((was_right(old?.table(), name)?, why.message()))).collect();
        if !closed.is_empty() {
            for (definition, message) in closed {
                self.document.keep(definition, &message);
            }
            table = self.compile(&in_code, old);
        }
        let mut problems = self.document.problems().to_vec();
        problems.extend(
            table.refused().iter().map(|(flag, why)| Problem::refused(flag, self.document.origin(), &why.message())),
        );
        let content = self.document.content().unwrap_or_else(|| ContentId::of(""));
        Snapshot { id: SnapshotId { number: self.number, content }, table, problems, calls: AtomicU64::new(0) }
    }
}

/// What a flag was, if it was right.
fn was_right(old: &Table, name: &str) -> Option<Definition> {
    let definition = old.definition(name)?;
    (matches!(definition, Definition::Flag(_)) && !old.refused().contains_key(name)).then(|| definition.clone())
}
