//! Noise at many paths at once: as seldom as it says is any of them ever found worse than it is, and one that is worse is found.

use super::super::dice::Dice;
use super::{ALPHA, Allowed, Ever, Hall, IN_RANGE};
use std::num::NonZeroU32;
use verdict::Counts;
use verdict::judge::{NoiseClaim, NoiseFinding};
use verdict::pairs::Discordant;

/// As many as a report of `experiment` holds.
const PATHS: NonZeroU32 = NonZeroU32::new(64).expect("it is not 0");

/// The runs of a stream.
const RUNS: u64 = 1_000;

impl Hall<'_> {
    pub(super) fn paths(&mut self) {
        let claim = NoiseClaim::new(PATHS, ALPHA);
        let found = |counts: Counts| {
            let runs = Discordant::new(counts.events(), counts.others(), counts.runs()).expect(IN_RANGE);
            (claim.judge(runs).finding() == NoiseFinding::Worse, runs.p_value())
        };
        let allowed = Allowed::new(RUNS, |counts| !found(counts).0);
        let naive = Allowed::new(RUNS, |counts| found(counts).1 >= 2.0 * ALPHA.get() || counts.share() <= 0.5);
        self.noise_at_all_paths(&allowed, &naive);
        self.one_path_is_worse(&allowed);
    }

    /// Every path differs as often on the one side as on the other: some often, some seldom, half of them always together. Looked at
    /// after every run, no path may be found worse.
    fn noise_at_all_paths(&mut self, allowed: &Allowed, naive: &Allowed) {
        self.simulate("coverage-noise-by-path", |stream| {
            let mut dice = Dice::new(61, stream);
            let mut ever = Ever::default();
            let mut paths = [(0_u64, 0_u64); PATHS.get() as usize];
            for _ in 0..RUNS {
                let together = dice.happens(0.3).then(|| dice.happens(0.5));
                for (place, (candidate, discordant)) in paths.iter_mut().enumerate() {
                    let side = match place {
                        0..32 => together,
                        32..48 => dice.happens(0.5).then(|| dice.happens(0.5)),
                        _ => dice.happens(0.02).then(|| dice.happens(0.5)),
                    };
                    let Some(is_candidate) = side else { continue };
                    *discordant += 1;
                    *candidate += u64::from(is_candidate);
                    ever.anytime |= !allowed.holds(*candidate, *discordant);
                    ever.naive |= *discordant >= 10 && !naive.holds(*candidate, *discordant);
                }
            }
            ever
        });
    }

    /// The control differs from itself in a tenth of the runs at a path, and the candidate in three: within 300 runs that is found
    /// in 95 of 100 streams, although alpha is split over 64 paths.
    fn one_path_is_worse(&mut self, allowed: &Allowed) {
        let mut found = 0;
        for stream in 0..self.streams {
            let mut dice = Dice::new(62, stream);
            let (mut candidate, mut discordant) = (0, 0);
            found += u64::from((0..300).any(|_| {
                let (differs, noise) = (dice.happens(0.3), dice.happens(0.1));
                if differs != noise {
                    discordant += 1;
                    candidate += u64::from(differs);
                }
                discordant > 0 && !allowed.holds(candidate, discordant)
            }));
        }
        println!("verdict/noise-by-path-found: in {found} of {} streams within 300 runs", self.streams);
        self.exam.check("noise-by-path-found", found * 100 >= self.streams * 95);
    }
}
