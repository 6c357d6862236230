//! What came of the cases of a part.

use std::collections::{BTreeMap, BTreeSet};

use cutover_benches::{Exam, asked_case, full_form};

use super::exceptions;
use super::reach::{Counts, Reached};

/// What came of the cases of a part, said case by case.
#[derive(Debug)]
pub(crate) struct Tally {
    part: &'static str,
    right: usize,
    /// Right but for the order of columns.
    unordered: usize,
    wrong: usize,
    /// Wrong, and not listed as such.
    unknown: usize,
    /// Right, and listed as wrong.
    outdated: usize,
    /// Why cases were left out, with those that were.
    left_out: BTreeMap<String, Vec<String>>,
    seen: BTreeSet<String>,
}

impl Tally {
    pub(crate) fn of(part: &'static str) -> Self {
        let (left_out, seen) = (BTreeMap::new(), BTreeSet::new());
        Self { part, right: 0, unordered: 0, wrong: 0, unknown: 0, outdated: 0, left_out, seen }
    }

    /// Whether the command line asks for this case: for all, or with `--case TEXT` for those that have the text in their names.
    pub(crate) fn asks_for(&self, case: &str) -> bool {
        asked_case().is_none_or(|text| format!("{}/{case}", self.part).contains(&text))
    }

    /// Counts a case, and says so if it is not right, or is though it is listed as one that is not.
    pub(crate) fn count(&mut self, case: &str, outcome: Result<(), String>) {
        self.seen.insert(case.to_owned());
        let known = exceptions::reason(self.part, case);
        let name = format!("{}/{case}", self.part);
        match (outcome, known) {
            (Ok(()), None) => self.right += 1,
            (Ok(()), Some(reason)) => {
                (self.right, self.outdated) = (self.right + 1, self.outdated + 1);
                println!("  {name}: reached, and listed as a case that is not ({reason})");
            }
            (Err(said), known) => {
                self.wrong += 1;
                self.unknown += usize::from(known.is_none());
                let known = known.map(|reason| format!(" (known: {reason})")).unwrap_or_default();
                println!("  {name}{known}: {}", said.replace('\n', "\n    "));
            }
        }
    }

    /// Counts a case in which columns may come to stand in another order, if that is said.
    pub(crate) fn count_somehow(&mut self, case: &str, outcome: Result<(Counts, Reached), String>) {
        self.unordered += usize::from(matches!(outcome, Ok((_, Reached::ButForOrder))));
        self.count(case, outcome.map(drop));
    }

    /// Leaves a case out, which is none of ours for this reason.
    pub(crate) fn leave_out(&mut self, case: &str, reason: impl Into<String>) {
        self.left_out.entry(reason.into()).or_default().push(case.to_owned());
    }

    /// Says how many cases came out right, and fails the exam if fewer than `percent` of them did in the long form, if one did not that
    /// is not listed, or if one did that is.
    ///
    /// Of some cases, only those may be wrong that are known to be: a few cases more or less of them say nothing of the share.
    pub(crate) fn report(&self, exam: &mut Exam, percent: usize) {
        let part = self.part;
        for (reason, cases) in &self.left_out {
            println!("  {part}: {} left out: {reason}", cases.len());
            println!("    {}", cases.join(", "));
        }
        let total = self.right + self.wrong;
        let left_out: usize = self.left_out.values().map(Vec::len).sum();
        let (right, unordered, all) = (self.right, self.unordered, total + left_out);
        println!(
            "  {part}: {right} of {total} reached ({unordered} but for the order of columns), {left_out} of {all} cases left out"
        );
        exam.part(&format!("{part}-reached-or-listed"), total - self.unknown - self.outdated, total);
        if full_form() && asked_case().is_none() {
            exam.check(&format!("{part}-at-least-{percent}-percent"), total > 0 && self.right * 100 >= total * percent);
            let gone: Vec<&str> = exceptions::of(part).filter(|case| !self.seen.contains(*case)).collect();
            if !gone.is_empty() {
                println!("  {part}: listed, but no case: {}", gone.join(", "));
            }
            exam.check(&format!("{part}-list-is-of-cases"), gone.is_empty());
        }
    }
}
