//! A rate verdict in words.

use super::{RateFinding, RateVerdict};
use crate::words::{Counted, Percent, Thousands};
use std::fmt;

impl fmt::Display for RateVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compared = self.tally().compared();
        write!(
            f,
            "{}, {}: ",
            Counted(compared.runs(), "run", "runs"),
            Counted(compared.events(), "mismatch", "mismatches")
        )?;
        self.fmt_finding(f)?;
        self.fmt_missing(f)?;
        let coverage = self.tally().coverage();
        if coverage < 1.0 {
            write!(f, "; {} of the calls took part", Percent::nearest(coverage))?;
        }
        Ok(())
    }
}

impl RateVerdict {
    fn fmt_finding(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at_any_time = format_args!("({}, at any time)", self.claim().alpha());
        let beyond = match self.excess() {
            Some(excess) => excess,
            None => self.rate(),
        };
        let rate = if self.noise().is_some() { "the mismatch rate beyond noise" } else { "the mismatch rate" };
        match self.finding() {
            RateFinding::Matches => {
                write!(f, "the mismatch rate is below {} {at_any_time}", Percent::up(self.rate().upper()))
            }
            RateFinding::Differs => write!(f, "{rate} is above {} {at_any_time}", Percent::down(beyond.lower())),
            RateFinding::NoWorseThanNoise => {
                write!(f, "no worse than noise, {rate} is below {} {at_any_time}", Percent::up(beyond.upper()))
            }
            RateFinding::Undecided { more_runs } => {
                f.write_str("undecided, ")?;
                if beyond.upper() < 1.0 {
                    write!(f, "{rate} is below {} {at_any_time}, ", Percent::up(beyond.upper()))?;
                }
                let claimed = self.claim().at_most();
                match more_runs {
                    Some(more) => {
                        write!(f, "about {} needed to decide on {claimed}", Counted(more, "more run", "more runs"))
                    }
                    None => write!(f, "too close to {claimed} to say how many more runs are needed"),
                }
            }
        }
    }

    fn fmt_missing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = self.tally();
        if tally.missing() == 0 {
            return Ok(());
        }
        let kinds = [
            (tally.dropped, "dropped"),
            (tally.timed_out, "timed out"),
            (tally.panicked, "panicked"),
            (tally.cancelled, "cancelled"),
        ];
        for (count, what) in kinds {
            if count > 0 {
                write!(f, ", {} {what}", Thousands(count))?;
            }
        }
        let worst = self.worst_case();
        if worst < 1.0 {
            write!(f, " (counted as mismatches: below {})", Percent::up(worst))
        } else {
            f.write_str(" (counted as mismatches: no bound)")
        }
    }
}
