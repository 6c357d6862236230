//! What a call does with a mismatch whose results are `Serialize`.

#![allow(clippy::type_complexity, reason = "a call is its type: that is what saves the boxes")]

use std::sync::Arc;

use serde::Serialize;

use super::pairing::Pairing;
use super::rules::{Rule, Rules};
use super::tree::Tree;
use super::worker::{Job, Part};
use crate::comparison;
use crate::failure::{Operation, contain};
use crate::how::{Case, How};
use crate::mismatch::Reaction;
use crate::run::Run;

/// Takes differences apart that no rule of the call excuses.
#[derive(Debug, Clone, Copy)]
pub struct AndDiff<I, R> {
    earlier: I,
    rules: R,
}

impl<A, B, I, R> comparison::Rules<A, B> for AndDiff<I, R>
where
    R: AsRef<Rules>,
    A: Serialize + ?Sized,
    B: Serialize + ?Sized,
    I: comparison::Rules<A, B>,
{
    fn excuse(&self, control: &A, candidate: &B, ask: &mut dyn FnMut(&dyn Fn() -> bool) -> bool) -> bool {
        self.earlier.excuse(control, candidate, ask)
    }

    fn take_apart(&self, control: &A, candidate: &B, case: &Case<'_>) -> Option<String> {
        let rules = self.rules.as_ref();
        take_apart(rules, control, candidate, case);
        let raises = case.setup.reaction() == Reaction::Raise;
        let words = if raises { in_words(rules, control, candidate) } else { None };
        self.earlier.take_apart(control, candidate, case).or(words)
    }
}

/// So many differences are in the words of a mismatch that is raised.
const MOST_LINES: usize = 50;

/// The differences, a line for each; `None` if they cannot be told, which has been counted by then.
#[cold]
fn in_words<A, B>(rules: &Rules, control: &A, candidate: &B) -> Option<String>
where
    A: Serialize + ?Sized,
    B: Serialize + ?Sized,
{
    let differences = contain(|| rules.differences(control, candidate)).ok()?.ok()?;
    let mut lines: Vec<_> = differences.changes().iter().take(MOST_LINES).map(ToString::to_string).collect();
    let left_out = differences.changes().len() - lines.len();
    if left_out > 0 {
        lines.push(format!("({left_out} more)"));
    }
    if lines.is_empty() {
        lines.push("(no difference under the rules: only the comparator tells them apart)".to_owned());
    }
    if !differences.is_complete() {
        lines.push("(some of it was not compared: it is beyond the limits)".to_owned());
    }
    if !rules.rule_set().rules.iter().any(|(_, rule)| *rule == Rule::Show) {
        lines.push("(values are hidden: rules with `show(\"**\")` show them)".to_owned());
    }
    Some(lines.join("\n"))
}

/// Serialises both results into trees on this thread, and leaves the rest to the lab's worker.
#[cold]
fn take_apart<A, B>(rules: &Rules, control: &A, candidate: &B, case: &Case<'_>)
where
    A: Serialize + ?Sized,
    B: Serialize + ?Sized,
{
    let Case { setup, candidate: name, run, now, pairing } = *case;
    let record = setup.recorder().candidate(name).differences();
    let now_nanos = setup.equipment.nanos(now);
    let pairing = pairing.map(|pairing| pairing.get_or_init(|| Box::new(Pairing::new(setup, now_nanos))));
    let admitted = match pairing {
        Some(pairing) => record.admits_as(pairing.is_admitted()),
        None => record.admits(now_nanos),
    };
    if !admitted {
        return;
    }
    let limits = rules.rule_set().limits;
    let mut stopwatch = setup.equipment.clock.start();
    let trees = contain(|| Ok::<_, String>((Tree::of(control, limits)?, Tree::of(candidate, limits)?)));
    record.delayed(stopwatch.lap());
    if let Some(panic) = stopwatch.failure() {
        setup.failed(Operation::Clock, Some(name), panic.message());
    }
    let fail = |message: Option<&str>| {
        record.count_unserializable();
        setup.failed(Operation::Describe, Some(name), message);
    };
    match trees {
        Ok(Ok((control, candidate))) => {
            let part = Part { control, candidate, rules: rules.clone(), record: Arc::clone(record) };
            match pairing {
                Some(pairing) => pairing.keep(name, part),
                None => setup.equipment.differ.submit(Job { run, parts: vec![part], pairs: Vec::new() }),
            }
        }
        Ok(Err(message)) => fail(Some(&message)),
        Err(panic) => fail(panic.message()),
    }
}

impl<'lab, T, F, V, L, P, C, I, D, E, W> Run<'lab, T, F, V, L, How<P, C, I, D, E>, W>
where
    V: Serialize,
{
    /// Finds out where results differ, and counts it path by path in the [`Report`](crate::Report), without values: as
    /// [`diff_by`](Run::diff_by) without rules.
    ///
    /// ```
    /// # #[derive(serde::Serialize, PartialEq, Clone)] struct User { id: u32, email: String }
    /// # let old = vec![User { id: 1, email: "a@x".into() }, User { id: 2, email: "b@x".into() }];
    /// # let (mut new, lab) = (old.clone(), experiment::Lab::new());
    /// # new[1].email = "B@x".into();
    /// lab.experiment("users-query").control(|| old.clone()).candidate("new", || new.clone()).diff().run();
    ///
    /// lab.flush()?;
    /// let report = lab.experiment("users-query").report();
    /// let differences = report.candidates[0].differences.as_ref().expect("the call asked for them");
    /// assert_eq!(differences.paths[0].path, "[*].email");
    /// # Ok::<(), experiment::PublishError>(())
    /// ```
    #[inline]
    pub fn diff(self) -> Run<'lab, T, F, V, L, How<P, C, AndDiff<I, Rules>, D, E>, W> {
        self.diff_by(Rules::new())
    }

    /// As [`diff`](Run::diff), by [`Rules`] that say what counts as a difference and which values may be shown. Give a reference where the call does not
    /// outlive the rules, else a clone.
    ///
    /// The results are still compared by `PartialEq`, or as the call says; the rules decide if they are also given to
    /// [`compare_by`](Run::compare_by).
    ///
    /// A match costs nothing more. Of the mismatches that no rule excuses the first five of a candidate, and then at most
    /// ten per second, are serialised on the thread that compares, which takes about a microsecond per kilobyte, within the
    /// [`Limits`](super::Limits). In runs in which the control runs a second time ([`control_again`](Run::control_again)) either
    /// all mismatches are or none, five such runs of the experiment at first and then ten per second. The lab's worker does the rest; [`Lab::flush`](crate::Lab::flush) waits for it.
    ///
    /// A mismatch that is raised ([`Reaction::Raise`](crate::Reaction::Raise), for tests) says where the results differ:
    ///
    /// ```should_panic
    /// use experiment::diff::Rules;
    /// use experiment::{Lab, Reaction};
    ///
    /// let lab = Lab::new().reaction(Reaction::Raise);
    /// let rules = Rules::new().show("**")?;
    /// lab.experiment("x").control(|| [1, 2, 3]).candidate("new", || [1, 0, 3]).diff_by(&rules).run();
    /// # Ok::<(), experiment::diff::RuleError>(())
    /// ```
    #[inline]
    pub fn diff_by<R: AsRef<Rules>>(self, rules: R) -> Run<'lab, T, F, V, L, How<P, C, AndDiff<I, R>, D, E>, W> {
        self.with_how(|How { projection, comparator, rules: earlier, describe, explain }| How {
            projection,
            comparator,
            rules: AndDiff { earlier, rules },
            describe,
            explain,
        })
    }
}
