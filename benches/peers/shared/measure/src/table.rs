//! All figures of a bench.

use std::fmt;

use cutover_benches::Counts;

use crate::apart;
use crate::case::{Case, Contender};
use crate::timing::{Timing, time_in_turns};

/// The figures of one contender in one case.
#[derive(Debug, Clone)]
pub struct Row {
    /// The case.
    pub case: &'static str,
    /// The library and the call.
    pub contender: &'static str,
    /// Whether it is our own crate.
    pub ours: bool,
    /// Processor time per call.
    pub timing: Timing,
    /// Instructions and allocations per call, where they were counted.
    pub counts: Option<Counts>,
}

/// All rows, in the order of the cases.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<Row>,
    titles: Vec<(&'static str, &'static str)>,
    notes: Vec<String>,
}

/// Prepares, times and counts every contender of every case, printing each case when it is done.
pub fn measure(cases: Vec<Case>) -> Table {
    let mut table = Table::default();
    let countable = cutover_benches::can_count();
    if !countable {
        table.notes.push("valgrind is not on this machine: instructions and allocations are left out".to_owned());
    }
    for case in cases {
        let from = table.rows.len();
        table.titles.push((case.name, case.title));
        table.measure_case(case, countable);
        println!("{}", Section { title: table.titles[table.titles.len() - 1].1, rows: &table.rows[from..] });
    }
    for note in &table.notes {
        println!("note: {note}");
    }
    table
}

impl Table {
    /// The median of ours in nanoseconds, where the case has one of ours.
    pub fn ours(&self, case: &str) -> Option<f64> {
        self.rows_of(case).find(|row| row.ours).map(|row| row.timing.median)
    }

    /// The row of the fastest rival, by the median.
    ///
    /// A baseline is a rival too: give it a case of its own, or use [`named`](Self::named).
    pub fn best_rival(&self, case: &str) -> Option<&Row> {
        self.rows_of(case)
            .filter(|row| !row.ours)
            .min_by(|one, other| one.timing.median.total_cmp(&other.timing.median))
    }

    /// The row of one contender.
    pub fn named(&self, case: &str, contender: &str) -> Option<&Row> {
        self.rows_of(case).find(|row| row.contender == contender)
    }

    /// All rows of ours.
    pub fn all_ours(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.ours)
    }

    fn rows_of<'a>(&'a self, case: &str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.case == case)
    }

    fn measure_case(&mut self, case: Case, countable: bool) {
        let name = case.name;
        let counts: Vec<_> = case.contenders.iter().map(|one| self.count(&case, one, countable)).collect();
        let labels: Vec<_> = case.contenders.iter().map(|one| (one.name, one.ours)).collect();
        let timings = if case.apart { time_apart(&case) } else { time_together(case) };
        for (((contender, ours), timing), counts) in labels.into_iter().zip(timings).zip(counts) {
            self.rows.push(Row { case: name, contender, ours, timing, counts });
        }
    }

    fn count(&mut self, case: &Case, contender: &Contender, countable: bool) -> Option<Counts> {
        if !countable || !contender.counted {
            return None;
        }
        let counts = apart::count(case, contender);
        if counts.is_none() {
            self.notes.push(format!("{}/{} could not be counted", case.name, contender.name));
        }
        counts
    }
}

fn time_together(case: Case) -> Vec<Timing> {
    let mut workloads: Vec<_> = case.contenders.into_iter().map(|one| (one.prepare)()).collect();
    time_in_turns(&mut workloads, case.batches, case.batch, case.clock)
}

/// Each contender has its turn so many times, in a new process each time.
const TURNS: usize = 4;

fn time_apart(case: &Case) -> Vec<Timing> {
    let mut figures = vec![Vec::new(); case.contenders.len()];
    for _ in 0..TURNS {
        for (contender, figures) in case.contenders.iter().zip(&mut figures) {
            figures.extend(apart::time(case, contender, case.batches.div_ceil(TURNS)));
        }
    }
    figures.into_iter().map(Timing::of).collect()
}

/// One case, as printed.
struct Section<'a> {
    title: &'a str,
    rows: &'a [Row],
}

impl fmt::Display for Section<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.contender.chars().count()).max().unwrap_or(0);
        writeln!(f, "\n{}", self.title)?;
        writeln!(f, "  {:width$} {:>12} {:>12} {:>13} {:>12}", "", "ns CPU", "fastest", "instructions", "allocations")?;
        for row in self.rows {
            let Timing { median, fastest } = row.timing;
            write!(f, "  {:width$} {median:>12.1} {fastest:>12.1}", row.contender)?;
            match row.counts {
                Some(Counts { instructions, allocations }) => {
                    writeln!(f, " {instructions:>13.0} {allocations:>12.2}")?;
                }
                None => writeln!(f, " {:>13} {:>12}", "-", "-")?,
            }
        }
        Ok(())
    }
}
