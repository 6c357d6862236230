//! The distributions of the durations as a drawing.

#![allow(clippy::cast_precision_loss, reason = "a drawing has a thousand places, and an f64 more digits than that")]

use std::fmt::Write;
use std::time::Duration;

use super::writer::Html;
use crate::latency::LatencyBucket;
use crate::report::{BehaviorReport, LatencyReport, Report, figures};

/// Where things are, in units of the drawing.
const WIDTH: f64 = 900.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 18.0;
const ROW: f64 = 70.0;
const BARS: f64 = 48.0;
const AXIS: f64 = 30.0;

/// How many bars a distribution has.
const BINS: u16 = 90;

/// More behaviours are in the table only.
const MOST_ROWS: usize = 24;

/// Draws the distribution of every behaviour that returned over one logarithmic axis, with marks at the quantiles.
pub(super) fn draw(html: &mut Html, report: &Report) {
    let rows: Vec<_> = report.behaviors().filter_map(Row::of).take(MOST_ROWS).collect();
    let Some(scale) = Scale::of(&rows) else { return };
    let height = ROW.mul_add(rows.len() as f64, TOP + AXIS);
    let view = format!("0 0 {WIDTH} {height}");
    let words = "How durations are distributed: a row of bars per behaviour over a logarithmic axis of time, with marks at \
                 the median, the 95th and the 99th percentile. The table after it holds the same figures.";
    let attributes =
        [("xmlns", "http://www.w3.org/2000/svg"), ("viewBox", view.as_str()), ("role", "img"), ("aria-label", words)];
    html.element("svg", &attributes, |html| {
        axis(html, &scale, height);
        let tallest = rows.iter().flat_map(|row| row.shares(&scale)).fold(0.0, f64::max);
        for (place, row) in rows.iter().enumerate() {
            draw_row(html, row, &scale, tallest, ROW.mul_add(place as f64, TOP));
        }
    });
}

struct Row<'r> {
    name: &'r str,
    latency: &'r LatencyReport,
    n: f64,
}

impl<'r> Row<'r> {
    fn of(behavior: &'r BehaviorReport) -> Option<Self> {
        let latency = behavior.latency.as_ref()?;
        let n: f64 = latency.buckets.iter().map(|bucket| bucket.n as f64).sum();
        (n > 0.0).then_some(Self { name: &behavior.name, latency, n })
    }

    /// The share of the durations in each bin. What is spread over several is divided among them by their widths.
    fn shares(&self, scale: &Scale) -> Vec<f64> {
        let mut shares = vec![0.0; usize::from(BINS)];
        for LatencyBucket { from_nanos, to_nanos, n } in &self.latency.buckets {
            let from = scale.bin(*from_nanos as f64);
            let to = scale.bin(to_nanos.saturating_add(1) as f64).max(from);
            let share = *n as f64 / self.n;
            let width = (to - from).max(1e-9);
            for (place, bin) in shares.iter_mut().enumerate() {
                let (start, end) = (place as f64, place as f64 + 1.0);
                let overlap = (to.min(end) - from.max(start)).max(0.0);
                // One that is narrower than can be told is in the bin of its start.
                let part =
                    if to - from < 1e-9 { f64::from(u8::from((start..end).contains(&from))) } else { overlap / width };
                *bin += share * part;
            }
        }
        shares
    }
}

/// From nanoseconds to places.
struct Scale {
    lowest: f64,
    highest: f64,
}

impl Scale {
    fn of(rows: &[Row<'_>]) -> Option<Self> {
        let edges = rows.iter().flat_map(|row| &row.latency.buckets).filter(|bucket| bucket.n > 0);
        let edges = edges.flat_map(|bucket| [bucket.from_nanos, bucket.to_nanos.saturating_add(1)]);
        let (lowest, highest) = edges.fold(None, |range: Option<(u64, u64)>, edge| match range {
            Some((lowest, highest)) => Some((lowest.min(edge), highest.max(edge))),
            None => Some((edge, edge)),
        })?;
        // Some air on both sides, and no logarithm of nothing.
        Some(Self { lowest: (lowest.max(1) as f64 / 1.1).log10(), highest: (highest.max(2) as f64 * 1.1).log10() })
    }

    /// Between 0 and 1.
    fn share(&self, nanos: f64) -> f64 {
        ((nanos.max(1.0).log10() - self.lowest) / (self.highest - self.lowest)).clamp(0.0, 1.0)
    }

    fn bin(&self, nanos: f64) -> f64 {
        (self.share(nanos) * f64::from(BINS)).min(f64::from(BINS) - 1e-6)
    }

    fn x(&self, nanos: f64) -> f64 {
        self.share(nanos).mul_add(WIDTH - LEFT - RIGHT, LEFT)
    }

    /// Durations for the axis, each with a place of its own: 1, 2 and 5 times powers of ten, and fewer of them where many
    /// would stand.
    fn ticks(&self) -> Vec<f64> {
        let steps: &[f64] = match self.highest - self.lowest {
            decades if decades < 1.5 => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            decades if decades < 4.0 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let powers = (0..20).map(|power| 10_f64.powi(power));
        let all = powers.flat_map(|power| steps.iter().map(move |step| power * step));
        all.filter(|nanos| (self.lowest..=self.highest).contains(&nanos.log10())).collect()
    }
}

fn axis(html: &mut Html, scale: &Scale, height: f64) {
    let (bottom, words) = (place(height - AXIS), place(height - AXIS + 18.0));
    for nanos in scale.ticks() {
        let x = place(scale.x(nanos));
        html.empty("line", &[("class", "grid"), ("x1", &x), ("x2", &x), ("y1", "4"), ("y2", &bottom)]);
        let name = figures::duration(Duration::from_secs_f64(nanos / 1e9));
        html.element("text", &[("class", "faint"), ("x", &x), ("y", &words), ("text-anchor", "middle")], |html| {
            html.text(&name);
        });
    }
}

fn draw_row(html: &mut Html, row: &Row<'_>, scale: &Scale, tallest: f64, top: f64) {
    let LatencyReport { n, p50, p95, p99, .. } = row.latency;
    let marks = [("p50", p50), ("p95", p95), ("p99", p99)];
    let quantiles: Vec<_> =
        marks.iter().map(|(name, nanos)| format!("{name} {}", figures::duration(**nanos))).collect();
    let words = format!("{}: n {}, {}", row.name, figures::count(*n), quantiles.join(", "));
    let foot = top + BARS;
    html.element("g", &[], |html| {
        html.plain("title", &words);
        let y = place(foot - BARS / 2.0);
        html.element("text", &[("x", "4"), ("y", &y)], |html| html.text(&shortened(row.name)));
        let y = place(foot - BARS / 2.0 + 16.0);
        html.element("text", &[("class", "faint"), ("x", "4"), ("y", &y)], |html| {
            html.text(&format!("n {}", figures::count(*n)));
        });
        html.empty("path", &[("class", "bars"), ("d", &bars(&row.shares(scale), tallest, foot))]);
        let (y1, y2) = (place(foot - BARS), place(foot + 4.0));
        for (name, duration) in marks {
            let x = place(scale.x(duration.as_nanos() as f64));
            html.empty("line", &[("class", "mark"), ("x1", &x), ("x2", &x), ("y1", &y1), ("y2", &y2)]);
            let attributes = [("class", "faint"), ("x", x.as_str()), ("y", y1.as_str()), ("text-anchor", "middle")];
            html.element("text", &attributes, |html| html.text(name));
        }
    });
}

/// All bars of a row as one path.
fn bars(shares: &[f64], tallest: f64, foot: f64) -> String {
    let width = (WIDTH - LEFT - RIGHT) / f64::from(BINS);
    let mut path = String::new();
    for (bin, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        // What is there is seen, however little it is.
        let height = (share / tallest * BARS).clamp(0.5, BARS);
        let x = width.mul_add(bin as f64, LEFT);
        write!(path, "M{x:.1} {foot:.1}v-{height:.1}h{width:.1}v{height:.1}z").expect("a string takes everything");
    }
    path
}

fn place(place: f64) -> String {
    format!("{place:.1}")
}

/// A name that fits beside the bars; the title of the row has all of it.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 18;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
