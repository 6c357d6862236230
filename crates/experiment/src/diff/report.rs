//! What is known about where a candidate differs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::change::{Kind, Words};

/// Where a candidate's results differ from the control's, counted per path: what [`Run::diff`](crate::Run::diff) found out.
///
/// Not every mismatch is taken apart: the first five of a candidate are, and then at most ten per second. The others are counted in
/// [`passed_over`](DifferenceReport::passed_over).
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
    /// How long callers waited, all together, while their results were taken apart.
    pub delayed_callers: Duration,
    /// The paths at which differences were found, those in most runs first.
    pub paths: Vec<PathReport>,
    /// How many differences were found at further paths, for which there was no room.
    pub at_other_paths: u64,
}

/// The differences at one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PathReport {
    /// The path, with `[*]` for all elements of a list and `*` for all keys of a map.
    pub path: String,
    /// In how many of the compared mismatches something differs there.
    pub runs: u64,
    /// How many differences of each kind were found there.
    pub changes: BTreeMap<Kind, u64>,
    /// At most five examples, of different runs, each run being as likely to be among them.
    pub samples: Vec<DifferenceSample>,
}

/// An example of a difference.
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

impl DifferenceSample {
    /// What differs, on one line.
    pub(crate) fn in_words(&self) -> String {
        let Self { path, kind, control, candidate, .. } = self;
        format!("{path} {}", Words { kind: *kind, control, candidate })
    }
}
