//! What is known about where a candidate differs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::change::{Kind, Words};

/// Where a candidate's results differ from the control's, counted per path: what [`Run::diff`](crate::Run::diff) found out.
///
/// Not every mismatch is taken apart: the first five of a candidate are, and then at most ten per second. The others are counted in
/// [`passed_over`](DifferenceReport::passed_over).
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| vec![1, 2]).candidate("new", || vec![1, 3]).diff().run();
/// lab.flush()?;
/// let report = lab.experiment("x").report();
///
/// let differences = report.candidates[0].differences.as_ref().expect("the call asked for them");
/// assert_eq!((differences.compared, differences.passed_over), (1, 0));
/// assert_eq!((differences.paths[0].path.as_str(), differences.paths[0].runs), ("[*]", 1));
/// # Ok::<(), experiment::PublishError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DifferenceReport {
    /// How many mismatches were taken apart and compared path by path.
    pub compared: u64,
    /// How many of them left no difference under the rules: only the comparator says that they differ.
    pub excused: u64,
    /// How many of them were larger than the limits, so that there may be differences beyond those counted.
    pub incomplete: u64,
    /// How many mismatches were not taken apart, so that a storm of them costs little.
    pub passed_over: u64,
    /// How many were lost because the lab's worker had too much to do, or could not be started.
    pub dropped: u64,
    /// How many could not be serialised.
    pub unserializable: u64,
    /// In how many runs in which the control ran twice ([`Run::control_again`](crate::Run::control_again)) something
    /// differed, of the candidate or of the control's second run, and both were compared path by path: pairs, which tell
    /// what is noise. The first five of an experiment, and then at most ten per second.
    #[serde(default)]
    pub paired: u64,
    /// How many further pairs were lost: one side was beyond the limits, could not be serialised, or was dropped.
    #[serde(default)]
    pub unpaired: u64,
    /// How long callers waited, all together, while their results were taken apart.
    pub delayed_callers: Duration,
    /// The paths at which differences were found, those in most runs first.
    pub paths: Vec<PathReport>,
    /// How many differences were found at further paths, for which there was no room.
    pub at_other_paths: u64,
}

/// The differences at one path.
///
/// ```
/// use experiment::diff::Kind;
///
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| vec![1, 2]).candidate("new", || vec![0, 1, 2]).diff().run();
/// lab.flush()?;
/// let report = lab.experiment("x").report();
///
/// let path = &report.candidates[0].differences.as_ref().expect("the call asked for them").paths[0];
/// assert_eq!((path.changes[&Kind::Extra], path.samples.len()), (1, 1));
/// # Ok::<(), experiment::PublishError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PathReport {
    /// The path, with `[*]` for all elements of a list and `*` for all keys of a map.
    pub path: String,
    /// In how many of the compared mismatches something differs there; 0 where only the control's second run does.
    pub runs: u64,
    /// How many differences of each kind were found there.
    pub changes: BTreeMap<Kind, u64>,
    /// At most five examples, of different runs, each run being as likely to be among them.
    pub samples: Vec<DifferenceSample>,
    /// In how many of the pairs only the candidate differed there. The run that found the path is not among those that
    /// are counted.
    #[serde(default)]
    pub candidate_only: u64,
    /// In how many of the pairs only the control's second run differed there from the first.
    #[serde(default)]
    pub noise_only: u64,
    /// In how many of the pairs both differed there.
    #[serde(default)]
    pub both: u64,
}

/// An example of a difference.
///
/// ```
/// use experiment::diff::Rules;
///
/// let (lab, rules) = (experiment::Lab::new(), Rules::new().show("$")?);
/// lab.experiment("x").control(|| vec![1, 2]).candidate("new", || vec![1, 3]).diff_by(&rules).run();
/// lab.flush()?;
/// let report = lab.experiment("x").report();
///
/// let sample = &report.candidates[0].differences.as_ref().expect("the call asked for them").paths[0].samples[0];
/// assert_eq!((sample.path.as_str(), sample.control.as_deref(), sample.candidate.as_deref()), ("[1]", Some("2"), Some("3")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DifferenceSample {
    /// The run in which it was found: the first one of the experiment is 1.
    pub run: u64,
    /// The path with its indexes.
    pub path: String,
    /// What kind of difference it is.
    pub kind: Kind,
    /// The control's value, or its type where no rule shows it.
    pub control: Option<String>,
    /// The candidate's value, or its type where no rule shows it.
    pub candidate: Option<String>,
}

/// So many examples are kept of one path.
const KEPT_SAMPLES: usize = 5;

impl DifferenceReport {
    /// Adds what another process found out about the same candidate. Counts are added; of the examples at one path, the first five are kept.
    pub(crate) fn add(&mut self, other: &Self) {
        let counts = [
            (&mut self.compared, other.compared),
            (&mut self.excused, other.excused),
            (&mut self.incomplete, other.incomplete),
            (&mut self.passed_over, other.passed_over),
            (&mut self.dropped, other.dropped),
            (&mut self.unserializable, other.unserializable),
            (&mut self.at_other_paths, other.at_other_paths),
            (&mut self.paired, other.paired),
            (&mut self.unpaired, other.unpaired),
        ];
        for (count, more) in counts {
            *count = count.saturating_add(more);
        }
        self.delayed_callers = self.delayed_callers.saturating_add(other.delayed_callers);
        for path in &other.paths {
            match self.paths.iter_mut().find(|known| known.path == path.path) {
                Some(known) => known.add(path),
                None => self.paths.push(path.clone()),
            }
        }
        self.paths.sort_by_key(|path| std::cmp::Reverse(path.runs));
    }
}

impl PathReport {
    fn add(&mut self, other: &Self) {
        let counts = [
            (&mut self.runs, other.runs),
            (&mut self.candidate_only, other.candidate_only),
            (&mut self.noise_only, other.noise_only),
            (&mut self.both, other.both),
        ];
        for (count, more) in counts {
            *count = count.saturating_add(more);
        }
        for (kind, more) in &other.changes {
            let count = self.changes.entry(*kind).or_default();
            *count = count.saturating_add(*more);
        }
        let room = KEPT_SAMPLES.saturating_sub(self.samples.len());
        self.samples.extend(other.samples.iter().take(room).cloned());
    }
}

impl DifferenceSample {
    /// What differs, on one line.
    pub(crate) fn in_words(&self) -> String {
        let Self { path, kind, control, candidate, .. } = self;
        format!("{path} {}", Words { kind: *kind, control, candidate })
    }
}
