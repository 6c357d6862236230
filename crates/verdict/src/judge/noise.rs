//! Does a part of the result differ more often than it does by itself?

use super::needed;
use crate::Alpha;
use crate::pairs::{Discordant, NoiseSequence};
use crate::words::{Counted, Thousands};
use std::fmt;
use std::num::NonZeroU32;

/// What is asked of every part of a result, a field say, in runs in which the control was run twice: does the candidate
/// differ there more often than the control from itself?
///
/// Alpha is split over `parts` by Bonferroni's rule, so that *any* part is ever wrongly found worse with at most that
/// probability, however the parts hang together. Choose `parts` before looking: the most there can be. A part that was
/// itself found by looking at runs is judged by the runs *after* the one that found it.
///
/// ```
/// use std::num::NonZeroU32;
/// use verdict::judge::{NoiseClaim, NoiseFinding};
/// use verdict::{Alpha, pairs::Discordant};
///
/// let claim = NoiseClaim::new(NonZeroU32::new(64).expect("it is not 0"), Alpha::FIVE_PERCENT);
/// // A time stamp: as often only one of the two as only the other.
/// assert_eq!(claim.judge(Discordant::new(15, 12, 100)?.and_both(40)?).finding(), NoiseFinding::Noise);
/// // An address that never changes by itself.
/// let address = claim.judge(Discordant::new(30, 0, 100)?);
/// assert_eq!(address.finding(), NoiseFinding::Worse);
/// assert_eq!(
///     address.to_string(),
///     "differs beyond noise: only the candidate in 30 of 100 runs, only the control from itself in 0, both in 0 \
///      (95 % over 64 parts, at any time)",
/// );
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseClaim {
    parts: NonZeroU32,
    alpha: Alpha,
    sequence: NoiseSequence,
}

/// What is found of one part.
///
/// ```
/// use std::num::NonZeroU32;
/// use verdict::Alpha;
/// use verdict::judge::{NoiseClaim, NoiseFinding};
/// use verdict::pairs::Discordant;
///
/// let one_part = NoiseClaim::new(NonZeroU32::MIN, Alpha::FIVE_PERCENT);
/// let found = one_part.judge(Discordant::new(4, 0, 100)?).finding();
/// assert!(matches!(found, NoiseFinding::Undecided { more_runs: Some(1..), .. }));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoiseFinding {
    /// The candidate differs there more often than the control from itself.
    Worse,
    /// The control differs there from itself, and nothing hints that the candidate does more often: not even the
    /// evidence by itself, before alpha is split over the parts. This is no proof that it does not.
    Noise,
    /// The candidate differs there and the control has not, or there is a hint and too little of it.
    #[non_exhaustive]
    Undecided {
        /// About how many more such runs it takes to find it worse if things go on as they are; `None` where nothing
        /// points there.
        more_runs: Option<u64>,
    },
}

/// A verdict on one part, with what it is about. Prints in words.
///
/// ```
/// use std::num::NonZeroU32;
/// use verdict::Alpha;
/// use verdict::judge::NoiseClaim;
/// use verdict::pairs::Discordant;
///
/// let verdict = NoiseClaim::new(NonZeroU32::MIN, Alpha::FIVE_PERCENT).judge(Discordant::new(30, 28, 100)?);
/// assert_eq!(verdict.runs().candidate_only().events(), 30);
/// println!("at $.updated_at: {verdict}");
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseVerdict {
    claim: NoiseClaim,
    runs: Discordant,
    finding: NoiseFinding,
}

/// The number of discordant runs at which the evidence is sharpest: about as many as it takes to find a part worse that
/// never differs by itself.
const TUNED_FOR: f64 = 30.0;

impl NoiseClaim {
    /// The question for at most so many parts, with confidence `1 - alpha` over all of them.
    pub fn new(parts: NonZeroU32, alpha: Alpha) -> Self {
        Self { parts, alpha, sequence: tuned(alpha.split(parts)) }
    }

    /// Over how many parts alpha is split.
    pub fn parts(&self) -> NonZeroU32 {
        self.parts
    }

    /// The probability that any part is ever wrongly found worse.
    pub fn alpha(&self) -> Alpha {
        self.alpha
    }

    /// Judges one part by the runs so far in which it could be compared on both sides.
    ///
    /// Assumption: none on how the chances change; that a run is counted may depend on whether *anything* differed in
    /// it, not on which side. Reference: McNemar's test (1947) as a sequence, see [`NoiseSequence`]. Cost: below 2 µs
    /// once decided, below 100 µs while the number of runs still needed is worked out.
    ///
    /// Unit of the counts: runs in which the control was run twice.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use verdict::Alpha;
    /// use verdict::judge::{NoiseClaim, NoiseFinding};
    /// use verdict::pairs::Discordant;
    ///
    /// let claim = NoiseClaim::new(NonZeroU32::new(64).expect("64 is not 0"), Alpha::FIVE_PERCENT);
    /// assert_eq!(claim.judge(Discordant::new(60, 0, 200)?).finding(), NoiseFinding::Worse);
    /// assert_eq!(claim.judge(Discordant::new(60, 58, 200)?).finding(), NoiseFinding::Noise);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn judge(&self, part: Discordant) -> NoiseVerdict {
        let evidence = self.sequence.evidence_worse(part);
        let is_noisy = part.noise_only().events() + part.both() > 0;
        let finding = if evidence.rejects(self.alpha.split(self.parts)) {
            NoiseFinding::Worse
        } else if is_noisy && !evidence.rejects(self.alpha) {
            NoiseFinding::Noise
        } else {
            NoiseFinding::Undecided { more_runs: self.more_runs(part) }
        };
        NoiseVerdict { claim: *self, runs: part, finding }
    }

    fn more_runs(&self, part: Discordant) -> Option<u64> {
        let alpha = self.alpha.split(self.parts);
        needed::for_multiple(part.runs(), |factor| {
            part.times(factor).is_some_and(|more| self.sequence.evidence_worse(more).rejects(alpha))
        })
    }
}

fn tuned(alpha: Alpha) -> NoiseSequence {
    NoiseSequence::new(TUNED_FOR, alpha).expect("30 is a positive number")
}

impl NoiseVerdict {
    /// What is found.
    pub fn finding(&self) -> NoiseFinding {
        self.finding
    }

    /// What was asked.
    pub fn claim(&self) -> NoiseClaim {
        self.claim
    }

    /// What this is about.
    pub fn runs(&self) -> Discordant {
        self.runs
    }
}

impl fmt::Display for NoiseVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.finding {
            NoiseFinding::Worse => "differs beyond noise",
            NoiseFinding::Noise => "noise",
            NoiseFinding::Undecided { .. } => "undecided",
        })?;
        let runs = self.runs;
        write!(
            f,
            ": only the candidate in {} of {}, only the control from itself in {}, both in {}",
            Thousands(runs.candidate_only().events()),
            Counted(runs.runs(), "run", "runs"),
            Thousands(runs.noise_only().events()),
            Thousands(runs.both()),
        )?;
        match self.finding {
            NoiseFinding::Worse => {
                let NoiseClaim { parts, alpha, .. } = self.claim;
                write!(f, " ({alpha} over {}, at any time)", Counted(parts.get().into(), "part", "parts"))
            }
            NoiseFinding::Undecided { more_runs: Some(more) } => {
                write!(f, ", about {} needed", Counted(more, "more run", "more runs"))
            }
            NoiseFinding::Noise | NoiseFinding::Undecided { more_runs: None } => Ok(()),
        }
    }
}
