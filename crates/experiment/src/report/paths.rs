//! Does a candidate differ only where the control differs from itself?

use std::fmt;
use std::num::NonZeroU32;

use verdict::Alpha;
use verdict::judge::{NoiseClaim, NoiseFinding, NoiseVerdict};
use verdict::pairs::Discordant;

use super::figures::{count, counted};
use super::plain;
use crate::diff::{DifferenceReport, MOST_PATHS};

/// What may be said of the paths at which a candidate's results differ, where the control ran a second time
/// ([`Run::control_again`](crate::Run::control_again)) and differences are taken apart ([`Run::diff`](crate::Run::diff)).
///
/// In every such run the candidate and the control's second run are two answers to the same input, so each path has pairs: only
/// the one differed there, or only the other. Where both are equally likely to be the one that differs, it is noise, however often
/// that is. The test is [a paired one](verdict::pairs::NoiseSequence), exact and valid however often one looks, and its probability of error is split over the 64 paths that a
/// report can hold (or as many as it holds, if reports of several processes were merged).
///
/// ```
/// use experiment::{Claims, Lab, MatchFinding, PathsFinding, Rate};
/// use std::cell::Cell;
///
/// # #[derive(serde::Serialize, PartialEq)] struct Page { seen: u32, email: &'static str }
/// let lab = Lab::new();
/// let clock = Cell::new(0);
/// let page = |email| Page { seen: clock.replace(clock.get() + 1), email };
/// # let lab = lab.clock({ #[derive(Clone)] struct Leaps(std::sync::Arc<std::sync::atomic::AtomicU64>, std::time::Instant);
/// # impl experiment::Clock for Leaps { fn now(&self) -> std::time::Instant {
/// #     self.1 + std::time::Duration::from_millis(200 * self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) } }
/// # Leaps(Default::default(), std::time::Instant::now()) });
/// for _ in 0..40 {
///     let call = lab.experiment("page").control(|| page("a@x")).candidate("new", || page("a@x"));
///     call.control_again(Rate::ALWAYS, || page("a@x")).diff().run();
///     # lab.flush()?;
/// }
/// lab.flush()?;
/// let verdict = &lab.experiment("page").report().verdicts(&Claims::default())[0];
/// let paths = verdict.paths.as_ref().expect("differences are taken apart, and the control ran twice");
/// assert_eq!((paths.finding(), verdict.finding()), (PathsFinding::OnlyNoise, MatchFinding::OnlyNoise));
/// # Ok::<(), experiment::PublishError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PathsVerdict {
    /// The paths, in the order of [`DifferenceReport::paths`].
    pub paths: Vec<PathVerdict>,
    /// How many pairs this is about: runs in which the control ran twice, something differed, and all of it was taken apart.
    pub pairs: u64,
    finding: PathsFinding,
}

/// What may be said of one path.
///
/// ```
/// use experiment::{Claims, Lab, Rate};
///
/// let lab = Lab::new();
/// let call = lab.experiment("x").control(|| (1, 1)).candidate("new", || (1, 2));
/// call.control_again(Rate::ALWAYS, || (1, 1)).diff().run();
/// lab.flush()?;
/// let verdict = &lab.experiment("x").report().verdicts(&Claims::default())[0];
/// let paths = &verdict.paths.as_ref().expect("differences are taken apart, and the control ran twice").paths;
/// assert!(paths[0].to_string().starts_with("at [1]: "), "{}", paths[0]);
/// # Ok::<(), experiment::PublishError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PathVerdict {
    /// The path, as in [`PathReport::path`](crate::diff::PathReport::path).
    pub path: String,
    /// Whether the candidate differs there more often than the control from itself.
    pub noise: NoiseVerdict,
}

/// What is found of all paths together.
///
/// ```
/// use experiment::{Claims, Lab, PathsFinding, Rate};
///
/// let lab = Lab::new();
/// let call = lab.experiment("x").control(|| (1, 1)).candidate("new", || (1, 2));
/// call.control_again(Rate::ALWAYS, || (1, 1)).diff().run();
/// lab.flush()?;
/// let verdict = &lab.experiment("x").report().verdicts(&Claims::default())[0];
/// // One run tells nothing.
/// assert_eq!(verdict.paths.as_ref().map(|paths| paths.finding()), Some(PathsFinding::Undecided));
/// # Ok::<(), experiment::PublishError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathsFinding {
    /// At some path the candidate differs more often than the control from itself.
    Differs,
    /// Every difference that was found is at a path where the control differs from itself, and nothing hints that the candidate
    /// does so more often.
    OnlyNoise,
    /// Some differences are at paths where the control was not seen to differ from itself, or not all of them are known, or there
    /// are none.
    Undecided,
}

/// So many paths are named in a sentence.
const NAMED: usize = 5;

impl PathsVerdict {
    /// `None` where there are no pairs.
    pub(super) fn of(report: &DifferenceReport, alpha: Alpha) -> Option<Self> {
        if report.paired == 0 {
            return None;
        }
        let parts = u32::try_from(report.paths.len().max(MOST_PATHS)).unwrap_or(u32::MAX);
        let claim = NoiseClaim::new(NonZeroU32::new(parts).expect("it is 64 at least"), alpha);
        let paths: Vec<_> = report
            .paths
            .iter()
            .filter_map(|path| {
                // Counts that cannot be can only come from a file that somebody wrote by hand.
                let runs = Discordant::new(path.candidate_only, path.noise_only, report.paired).ok()?;
                let noise = claim.judge(runs.and_both(path.both).ok()?);
                Some((path.runs, PathVerdict { path: path.path.clone(), noise }))
            })
            .collect();
        let found = |(_, path): &(u64, PathVerdict)| path.noise.finding();
        let differs = |path: &(u64, PathVerdict)| path.0 > 0;
        let all_known = paths.iter().any(differs)
            && paths.len() == report.paths.len()
            && [report.excused, report.incomplete, report.unserializable, report.at_other_paths] == [0; 4];
        let finding = if paths.iter().any(|path| found(path) == NoiseFinding::Worse) {
            PathsFinding::Differs
        } else if all_known && paths.iter().all(|path| !differs(path) || found(path) == NoiseFinding::Noise) {
            PathsFinding::OnlyNoise
        } else {
            PathsFinding::Undecided
        };
        Some(Self { paths: paths.into_iter().map(|(_, path)| path).collect(), pairs: report.paired, finding })
    }

    /// What is found of all paths together.
    pub fn finding(&self) -> PathsFinding {
        self.finding
    }

    /// Each statement in words: one per path that differs beyond noise, and one on the others.
    pub(super) fn statements(&self) -> Vec<String> {
        let with =
            |wanted: fn(NoiseFinding) -> bool| self.paths.iter().filter(move |path| wanted(path.noise.finding()));
        let mut lines: Vec<_> = with(|found| found == NoiseFinding::Worse).map(ToString::to_string).collect();
        let noisy: Vec<_> = with(|found| found == NoiseFinding::Noise).map(|path| path.path.as_str()).collect();
        let pairs = counted(self.pairs, "pair", "pairs");
        if self.finding == PathsFinding::OnlyNoise {
            lines.push(format!(
                "differs only where the control differs from itself, and there not more often ({pairs}): {}",
                named(&noisy)
            ));
            return lines;
        }
        if !noisy.is_empty() {
            lines.push(format!(
                "discounted as noise, since the control differs there from itself ({pairs}): {}",
                named(&noisy)
            ));
        }
        if self.finding == PathsFinding::Undecided {
            let undecided: Vec<_> = with(|found| matches!(found, NoiseFinding::Undecided { .. })).collect();
            lines.extend(undecided.iter().take(NAMED).map(ToString::to_string));
            if undecided.len() > NAMED {
                lines.push(format!(
                    "{} undecided",
                    counted((undecided.len() - NAMED) as u64, "more path", "more paths")
                ));
            }
        }
        lines
    }
}

impl fmt::Display for PathVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}", plain::words(&self.path), self.noise)
    }
}

fn named(paths: &[&str]) -> String {
    let shown = paths.iter().take(NAMED).map(|path| plain::words(path)).collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {} more", count(more as u64)),
    }
}
