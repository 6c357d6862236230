//! One answer to "do the results match?" out of all that is known.

use verdict::judge::RateFinding;

use super::CandidateVerdict;
#[cfg(feature = "serde")]
use super::{PathsFinding, PathsVerdict};

/// Do the results of a candidate match the control's? The answer to act on, out of the rate of mismatches and, where they are
/// known, the paths.
///
/// ```
/// use experiment::{Claims, Lab, MatchFinding};
///
/// let lab = Lab::new();
/// for _ in 0..100 {
///     lab.experiment("x").control(|| 1).candidate("new", || 2).run();
/// }
/// let may_be_promoted = match lab.experiment("x").report().verdicts(&Claims::default())[0].finding() {
///     MatchFinding::Matches | MatchFinding::NoWorseThanNoise => true,
///     _ => false,
/// };
/// assert!(!may_be_promoted);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MatchFinding {
    /// The mismatch rate is at most the claimed one.
    Matches,
    /// The mismatch rate is above the claimed one; with noise known, it is so beyond the noise, or results differ at some path
    /// more often than the control from itself.
    Differs,
    /// The candidate differs at most the claimed rate more often than the control differs from itself.
    NoWorseThanNoise,
    /// The rate beyond noise is not known well enough yet, but every difference that was found is where the control differs
    /// from itself, and nothing hints at more.
    OnlyNoise,
    /// Nothing of this is known yet.
    #[non_exhaustive]
    Undecided {
        /// About how many more runs it takes, as [`RateFinding::Undecided`] says.
        more_runs: Option<u64>,
    },
}

impl CandidateVerdict {
    /// Do the results match? All that is known together.
    ///
    /// A mismatch rate within the claim is a match, wherever the few mismatches are. Else results that differ at a path beyond
    /// noise differ, also where the noise at other paths hides that in the rate; and what the rate leaves undecided is "only
    /// noise" where the paths say so, which is no proof, and no "differs".
    ///
    /// ```
    /// use experiment::{Claims, Lab, MatchFinding};
    ///
    /// let lab = Lab::new();
    /// lab.experiment("x").control(|| 1).candidate("new", || 2).run();
    /// let verdict = &lab.experiment("x").report().verdicts(&Claims::default())[0];
    /// assert_eq!(verdict.finding(), MatchFinding::Differs);
    /// ```
    pub fn finding(&self) -> MatchFinding {
        let of_rate = match self.matches.finding() {
            RateFinding::Matches => return MatchFinding::Matches,
            RateFinding::Differs => MatchFinding::Differs,
            RateFinding::NoWorseThanNoise => MatchFinding::NoWorseThanNoise,
            RateFinding::Undecided { more_runs, .. } => MatchFinding::Undecided { more_runs },
            _ => MatchFinding::Undecided { more_runs: None },
        };
        #[cfg(feature = "serde")]
        match (self.paths.as_ref().map(PathsVerdict::finding), of_rate) {
            (Some(PathsFinding::Differs), _) => return MatchFinding::Differs,
            (Some(PathsFinding::OnlyNoise), MatchFinding::Undecided { .. }) => return MatchFinding::OnlyNoise,
            _ => {}
        }
        of_rate
    }
}
