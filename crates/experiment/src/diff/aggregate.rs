//! Differences counted per path, in memory of fixed size.

use std::collections::BTreeSet;
use std::time::Duration;

use super::change::Kind;
use super::path::{self, Detail};
use super::report::{DifferenceReport, DifferenceSample, PathReport};
use super::walk::{Compared, Found};
use crate::chance::Seeded;
use crate::samples::SampleGate;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};

/// What is known about the differences of one candidate.
#[derive(Default)]
pub(crate) struct DifferenceRecord {
    gate: SampleGate,
    asked: AtomicU64,
    passed_over: AtomicU64,
    dropped: AtomicU64,
    unserializable: AtomicU64,
    unpaired: AtomicU64,
    delay_nanos: AtomicU64,
    paths: Mutex<Paths>,
}

/// The bytes that all paths of a candidate may take, and those of all samples.
const BYTES_OF_PATHS: usize = 8 << 10;
const BYTES_OF_SAMPLES: usize = 12 << 10;

/// How many paths are kept at most, however short they are: over so many the probability of error is split.
pub(crate) const MOST_PATHS: usize = 64;

/// How many examples are kept of each path.
const SAMPLES_PER_PATH: usize = 5;

impl DifferenceRecord {
    /// The bytes that all paths and samples may take.
    pub(crate) const MOST_BYTES: usize = size_of::<Self>() + BYTES_OF_PATHS + BYTES_OF_SAMPLES;

    /// Whether a mismatch at this moment is taken apart.
    pub(super) fn admits(&self, now_nanos: u64) -> bool {
        self.admits_as(self.gate_admits(now_nanos))
    }

    /// Whether a gate that is asked once for several mismatches lets them pass.
    pub(super) fn gate_admits(&self, now_nanos: u64) -> bool {
        self.gate.admits(now_nanos)
    }

    /// Counts a mismatch of which it was decided elsewhere whether it is taken apart.
    pub(super) fn admits_as(&self, admitted: bool) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if !admitted {
            self.passed_over.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }

    pub(super) fn count_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_unserializable(&self) {
        self.unserializable.fetch_add(1, Ordering::Relaxed);
    }

    /// A run in which the control ran twice had differences that are not known on both sides.
    pub(super) fn count_unpaired(&self) {
        self.unpaired.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts where the candidate differed in a run in which the control ran twice, and where the control's second run
    /// did; `None` for a side that did not differ.
    pub(super) fn add_pair(&self, candidate: Option<&Compared<'_>>, again: Option<&Compared<'_>>) {
        if [candidate, again].into_iter().flatten().any(|compared| !compared.is_complete) {
            return self.count_unpaired();
        }
        let wiped = |compared: &Compared<'_>| {
            compared.found.iter().map(|found| path::text(&found.path, Detail::Wiped)).collect::<BTreeSet<_>>()
        };
        let [candidate, again] = [candidate, again].map(|compared| compared.map(wiped).unwrap_or_default());
        self.paths.lock().add_pair(&candidate, &again);
    }

    /// A caller waited so long for its results to be taken apart.
    pub(super) fn delayed(&self, delay: Duration) {
        self.delay_nanos.fetch_add(u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn add(&self, run: u64, compared: &Compared<'_>) {
        self.paths.lock().add(run, compared);
    }

    /// What is known so far; `None` if no mismatch was ever to be taken apart.
    pub(crate) fn report(&self) -> Option<DifferenceReport> {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let paths = self.paths.lock();
        if load(&self.asked) == 0 && paths.paired == 0 && load(&self.unpaired) == 0 {
            return None;
        }
        let mut reports: Vec<_> = paths.kept.iter().map(PathRecord::report).collect();
        reports.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.path.cmp(&b.path)));
        Some(DifferenceReport {
            compared: paths.compared,
            excused: paths.excused,
            incomplete: paths.incomplete,
            passed_over: load(&self.passed_over),
            dropped: load(&self.dropped),
            unserializable: load(&self.unserializable),
            paired: paths.paired,
            unpaired: load(&self.unpaired),
            delayed_callers: Duration::from_nanos(load(&self.delay_nanos)),
            paths: reports,
            at_other_paths: paths.elsewhere,
        })
    }
}

struct Paths {
    compared: u64,
    excused: u64,
    incomplete: u64,
    elsewhere: u64,
    /// Runs in which the control ran twice and something differed, on whichever side.
    paired: u64,
    /// By path.
    kept: Vec<PathRecord>,
    path_bytes: usize,
    sample_bytes: usize,
    random: Seeded,
}

struct PathRecord {
    path: Box<str>,
    runs: u64,
    latest_run: u64,
    /// In how many of the pairs only the candidate differed here, only the control's second run, and both.
    pairs: [u64; 3],
    changes: [u64; Kind::ALL.len()],
    samples: Vec<Sample>,
}

struct Sample {
    run: u64,
    path: Box<str>,
    kind: Kind,
    control: Option<Box<str>>,
    candidate: Option<Box<str>>,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            compared: 0,
            excused: 0,
            incomplete: 0,
            elsewhere: 0,
            paired: 0,
            kept: Vec::new(),
            path_bytes: 0,
            sample_bytes: 0,
            // Which examples are kept is nobody's secret; the same runs shall keep the same ones.
            random: Seeded::new(0),
        }
    }
}

impl Paths {
    fn add(&mut self, run: u64, compared: &Compared<'_>) {
        self.compared += 1;
        self.incomplete += u64::from(!compared.is_complete);
        self.excused += u64::from(compared.is_complete && compared.found.is_empty());
        for found in &compared.found {
            match self.place(path::text(&found.path, Detail::Wiped)) {
                Some(place) => self.count(place, run, found),
                None => self.elsewhere += 1,
            }
        }
    }

    /// Counts a pair at the paths that are known. Those that it finds are known from now on, and judged by the runs to come:
    /// a hypothesis is not tested by what suggested it.
    fn add_pair(&mut self, candidate: &BTreeSet<String>, again: &BTreeSet<String>) {
        self.paired += 1;
        let mut found = Vec::new();
        for path in candidate.union(again) {
            let side = match (candidate.contains(path), again.contains(path)) {
                (true, false) => 0,
                (false, true) => 1,
                _ => 2,
            };
            match self.kept.binary_search_by(|record| (*record.path).cmp(path)) {
                Ok(place) => self.kept[place].pairs[side] += 1,
                Err(_) => found.push(path),
            }
        }
        for path in found {
            // Where there is no room, the difference is counted as one elsewhere, if it is the candidate's.
            let _ = self.place(path.clone());
        }
    }

    /// Where the path is kept; `None` if there is no room for it.
    fn place(&mut self, path: String) -> Option<usize> {
        let place = match self.kept.binary_search_by(|record| (*record.path).cmp(&path)) {
            Ok(place) => return Some(place),
            Err(place) => place,
        };
        let bytes = size_of::<PathRecord>() + path.len();
        if self.path_bytes + bytes > BYTES_OF_PATHS || self.kept.len() == MOST_PATHS {
            return None;
        }
        self.path_bytes += bytes;
        self.kept.reserve_exact(1);
        let changes = [0; Kind::ALL.len()];
        let record =
            PathRecord { path: path.into(), runs: 0, latest_run: 0, pairs: [0; 3], changes, samples: Vec::new() };
        self.kept.insert(place, record);
        Some(place)
    }

    fn count(&mut self, place: usize, run: u64, found: &Found<'_>) {
        let record = &mut self.kept[place];
        record.changes[found.kind.index()] += 1;
        if record.latest_run == run {
            return;
        }
        record.latest_run = run;
        record.runs += 1;
        // Reservoir sampling: in the end each run is as likely as any other to be among the examples.
        let slot = if record.samples.len() < SAMPLES_PER_PATH {
            record.samples.len()
        } else {
            self.random.below(usize::try_from(record.runs).unwrap_or(usize::MAX))
        };
        if slot < SAMPLES_PER_PATH {
            self.keep(place, slot, Sample::of(run, found));
        }
    }

    fn keep(&mut self, place: usize, slot: usize, sample: Sample) {
        let samples = &mut self.kept[place].samples;
        let freed = samples.get(slot).map_or(0, Sample::size);
        let bytes = self.sample_bytes - freed + sample.size();
        if bytes > BYTES_OF_SAMPLES {
            return;
        }
        self.sample_bytes = bytes;
        if let Some(kept) = samples.get_mut(slot) {
            *kept = sample;
        } else {
            samples.reserve_exact(1);
            samples.push(sample);
        }
    }
}

impl PathRecord {
    fn report(&self) -> PathReport {
        let changes = Kind::ALL.map(|kind| (kind, self.changes[kind.index()]));
        let mut samples: Vec<_> = self.samples.iter().map(Sample::report).collect();
        samples.sort_by_key(|sample| sample.run);
        PathReport {
            path: self.path.to_string(),
            runs: self.runs,
            candidate_only: self.pairs[0],
            noise_only: self.pairs[1],
            both: self.pairs[2],
            changes: changes.into_iter().filter(|(_, count)| *count > 0).collect(),
            samples,
        }
    }
}

impl Sample {
    fn of(run: u64, found: &Found<'_>) -> Self {
        let (control, candidate) = found.words();
        let path = path::text(&found.path, Detail::Full).into();
        Self { run, path, kind: found.kind, control: control.map(Into::into), candidate: candidate.map(Into::into) }
    }

    fn size(&self) -> usize {
        let words = [&self.control, &self.candidate].map(|words| words.as_ref().map_or(0, |words| words.len()));
        size_of::<Self>() + self.path.len() + words[0] + words[1]
    }

    fn report(&self) -> DifferenceSample {
        let text = |words: &Option<Box<str>>| words.as_deref().map(str::to_owned);
        let (control, candidate) = (text(&self.control), text(&self.candidate));
        DifferenceSample { run: self.run, path: self.path.to_string(), kind: self.kind, control, candidate }
    }
}
