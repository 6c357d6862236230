//! Leaves out elements of lists, and sorts those that stay.

use super::Shrinker;
use super::values::{tape, with_choices};
use crate::model::Model;
use crate::tape::{Choice, Of, Span, Tape};

/// Leaves out elements of the outer lists, joins what is left of them, then goes on with the inner ones.
pub(super) fn leave_out<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    for at in 0..shrinker.current().len() {
        let mut depth = 0;
        while tape(shrinker, at).is_some_and(|tape| tape.spans.iter().any(|span| span.depth == depth)) {
            leave_out_at_depth(shrinker, at, depth);
            join(shrinker, at);
            depth += 1;
        }
    }
}

/// Leaves out runs of elements, twice as many after each success and half as many after each failure.
fn leave_out_at_depth<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize, depth: u32) {
    let (mut first, mut count) = (0, 1);
    while let Some((tape, run)) = tape(shrinker, at).and_then(|tape| Some((tape, run_of(tape, depth, first, count)?))) {
        let choices = tape.without(run);
        let accepted = attempt(shrinker, at, &choices)
            || (count == 1 && !run.optional && attempt(shrinker, at, &lowered(&choices)));
        (first, count) = match (accepted, count) {
            (true, _) => (first, count * 2),
            (false, 1) => (first + 1, 1),
            (false, _) => (first, count / 2),
        };
    }
}

/// Makes one list of two neighbouring ones that are elements of another.
fn join<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize) {
    let mut first = 0;
    while tape(shrinker, at).is_some_and(|tape| first < tape.spans.len()) {
        let joined = tape(shrinker, at).and_then(|tape| {
            let (one, other) = neighbours(tape, first)?;
            // Between them are the end of the one list and of its element, and the start of the other.
            let (ends, starts) = (one.end.checked_sub(2)?, other.start + 1);
            let is_list = |place: usize| tape.choices.get(place).is_some_and(|choice| choice.is_structure());
            let nested = !one.optional && one.end - one.start > 3 && is_list(ends) && is_list(starts);
            nested.then(|| [&tape.choices[..ends], &tape.choices[starts..]].concat())
        });
        if !joined.is_some_and(|choices| attempt(shrinker, at, &choices)) {
            first += 1;
        }
    }
}

/// Exchanges neighbouring elements where this makes the whole simpler.
pub(super) fn sort<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    for at in 0..shrinker.current().len() {
        let mut first = 0;
        while tape(shrinker, at).is_some_and(|tape| first < tape.spans.len()) {
            let exchanged = tape(shrinker, at).and_then(|tape| {
                let (choices, (one, other)) = (&tape.choices, neighbours(tape, first)?);
                let (before, after) = (&choices[..one.start], &choices[other.end..]);
                Some([before, &choices[other.start..other.end], &choices[one.start..one.end], after].concat())
            });
            // What has sunk may sink further: start again.
            first = if exchanged.is_some_and(|choices| attempt(shrinker, at, &choices)) { 0 } else { first + 1 };
        }
    }
}

/// From the start of the element `first` of this depth to the end of the one `count - 1` after it, if they are in one list.
fn run_of(tape: &Tape, depth: u32, first: usize, count: usize) -> Option<Span> {
    let mut spans = tape.spans.iter().filter(|span| span.depth == depth).skip(first);
    let mut run = *spans.next()?;
    for span in spans.take(count - 1).take_while(|_| !run.optional) {
        if !follows(*span, run) {
            break;
        }
        run.end = span.end;
    }
    Some(run)
}

/// The element `first` and the one that follows it in its list.
fn neighbours(tape: &Tape, first: usize) -> Option<(Span, Span)> {
    let one = *tape.spans.get(first)?;
    tape.spans.iter().find(|other| follows(**other, one)).map(|other| (one, *other))
}

fn follows(other: Span, one: Span) -> bool {
    other.start == one.end && other.depth == one.depth && other.optional == one.optional
}

/// All numbers lower by one: elements that are places of other elements move along when one is left out. A range with negative
/// numbers is none of places.
fn lowered(choices: &[Choice]) -> Vec<Choice> {
    let is_place = |choice: &Choice| choice.of == Of::Numbers { below: 0 } && choice.max > 1;
    let lowered = |choice: &Choice| choice.with(choice.value.saturating_sub(1));
    choices.iter().map(|choice| if is_place(choice) { lowered(choice) } else { *choice }).collect()
}

fn attempt<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize, choices: &[Choice]) -> bool {
    let drafts = with_choices(shrinker, at, choices);
    shrinker.attempt(drafts)
}
