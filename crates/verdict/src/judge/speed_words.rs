//! A speed verdict in words.

use super::{SpeedFinding, SpeedMeasure, SpeedVerdict};
use crate::words::{Counted, Percent};
use std::fmt;

impl fmt::Display for SpeedVerdict {
    /// `{:#}` leaves out the number of runs, for a sentence that has said it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            write!(f, "{}: ", Counted(self.runs(), "run", "runs"))?;
        }
        match self.measure() {
            SpeedMeasure::TypicalRatio => f.write_str("typically ")?,
            SpeedMeasure::QuantileRatio(quantile) => write!(f, "{quantile} ")?,
            SpeedMeasure::FasterShare => return self.fmt_share(f),
        }
        self.fmt_ratio(f)
    }
}

impl SpeedVerdict {
    fn fmt_ratio(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alpha = self.claim().alpha();
        let (low, high) = (self.bounds().lower(), self.bounds().upper());
        let seen = self.estimate();
        match self.finding() {
            SpeedFinding::Faster => {
                let (least, most) = (Percent::down(1.0 - high), Percent::up(1.0 - low));
                write!(f, "{} faster ({}-{most}; {alpha}, at any time)", Percent::nearest(1.0 - seen), least.bare())
            }
            SpeedFinding::Slower => {
                let least = Percent::down(low - 1.0);
                write!(f, "{} slower ", Percent::nearest(seen - 1.0))?;
                if high.is_finite() {
                    write!(f, "({}-{}; {alpha}, at any time)", least.bare(), Percent::up(high - 1.0))
                } else {
                    write!(f, "(at least {least}; {alpha}, at any time)")
                }
            }
            SpeedFinding::Equivalent => {
                write!(f, "equivalent within {} (", self.claim().within())?;
                fmt_range(f, low, high)?;
                write!(f, "; {alpha}, at any time)")
            }
            SpeedFinding::Undecided { more_runs } => {
                f.write_str("undecided")?;
                if low > 0.0 && high.is_finite() {
                    f.write_str(" (")?;
                    fmt_range(f, low, high)?;
                    write!(f, "; {alpha}, at any time)")?;
                }
                fmt_more(f, more_runs)
            }
        }
    }

    fn fmt_share(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (self.bounds().lower(), self.bounds().upper());
        match self.finding() {
            SpeedFinding::Faster | SpeedFinding::Slower => {}
            SpeedFinding::Equivalent => {
                write!(f, "neither by more than {} of the runs, ", self.claim().within())?;
            }
            SpeedFinding::Undecided { .. } => f.write_str("undecided, ")?,
        }
        write!(
            f,
            "faster in {} of {} ({}-{}; {}, at any time)",
            Percent::nearest(self.estimate()),
            if f.alternate() { "the runs" } else { "them" },
            Percent::down(low).bare(),
            Percent::up(high),
            self.claim().alpha()
        )?;
        if let SpeedFinding::Undecided { more_runs } = self.finding() { fmt_more(f, more_runs) } else { Ok(()) }
    }
}

/// From a factor below 1 or above it to another, both in words, and both rounded outwards.
fn fmt_range(f: &mut fmt::Formatter<'_>, low: f64, high: f64) -> fmt::Result {
    fmt_end(f, low, Percent::up, Percent::down)?;
    f.write_str(" to ")?;
    fmt_end(f, high, Percent::down, Percent::up)
}

fn fmt_end(
    f: &mut fmt::Formatter<'_>,
    factor: f64,
    round_faster: fn(f64) -> Percent,
    round_slower: fn(f64) -> Percent,
) -> fmt::Result {
    if factor < 1.0 {
        write!(f, "{} faster", round_faster(1.0 - factor))
    } else {
        write!(f, "{} slower", round_slower(factor - 1.0))
    }
}

fn fmt_more(f: &mut fmt::Formatter<'_>, more_runs: Option<u64>) -> fmt::Result {
    match more_runs {
        Some(more) => write!(f, ", about {} needed", Counted(more, "more run", "more runs")),
        None => f.write_str(", too early or too close to say how many more runs are needed"),
    }
}
