//! Changes the shape of what is optional: the inner of two nested values takes the place of the outer one, or goes to another place.
//!
//! Trees are built of optional values. What a failure needs is often deep in one, and leaving things out never brings it up.

use super::Shrinker;
use super::values::{tape, with_choices};
use crate::model::Model;
use crate::tape::{Choice, Span, Tape};

/// Puts optional values in the place of others that they lie in.
pub(super) fn lift<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    each_pair(shrinker, |tape, outer, inner| {
        let lies_in = outer.start < inner.start && inner.end <= outer.end;
        lies_in.then(|| {
            let choices = &tape.choices;
            [&choices[..outer.start], &choices[inner.start..inner.end], &choices[outer.end..]].concat()
        })
    });
}

/// Exchanges optional values, of which one may be none: the other then moves.
pub(super) fn exchange<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    each_pair(shrinker, |tape, one, other| {
        (one.end <= other.start).then(|| {
            let choices = &tape.choices;
            let (first, second) = (&choices[one.start..one.end], &choices[other.start..other.end]);
            let (before, between, after) =
                (&choices[..one.start], &choices[one.end..other.start], &choices[other.end..]);
            [before, second, between, first, after].concat()
        })
    });
}

/// Moves optional values in front of or behind others: three places, of which one is empty.
pub(super) fn shift<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    each_pair(shrinker, |tape, moved, other| {
        let empty = |span: &&Span| span.optional && span.end == span.start + 1;
        let beside = |span: &&Span| span.depth == other.depth && (span.start == other.end || span.end == other.start);
        let apart = moved.end <= other.start || other.end <= moved.start;
        let gap = *tape.spans.iter().find(|span| empty(span) && beside(span)).filter(|_| apart)?;
        let part = |span: Span| &tape.choices[span.start..span.end];
        // The other goes into the gap, what is moved takes its place, and leaves a gap.
        let mut places = [(gap, part(other)), (other, part(moved)), (moved, part(gap))];
        places.sort_by_key(|(span, _)| span.start);
        let (mut choices, mut copied) = (Vec::new(), 0);
        for (span, instead) in places {
            choices.extend_from_slice(tape.choices.get(copied..span.start)?);
            choices.extend_from_slice(instead);
            copied = span.end;
        }
        choices.extend_from_slice(&tape.choices[copied..]);
        Some(choices)
    });
}

/// Tries what `edit` makes of each pair of optional values, and all pairs again after each success.
fn each_pair<M: Model>(shrinker: &mut Shrinker<'_, M>, edit: impl Fn(&Tape, Span, Span) -> Option<Vec<Choice>>) {
    for at in 0..shrinker.current().len() {
        while tape(shrinker, at).is_some_and(|tape| tape.spans.iter().any(|span| span.optional)) {
            let edits = edits(tape(shrinker, at).expect("it has just been there"), &edit);
            let accepted = edits.into_iter().any(|choices| {
                let drafts = with_choices(shrinker, at, &choices);
                shrinker.attempt(drafts)
            });
            if !accepted {
                break;
            }
        }
    }
}

fn edits(tape: &Tape, edit: impl Fn(&Tape, Span, Span) -> Option<Vec<Choice>>) -> Vec<Vec<Choice>> {
    let optional: Vec<Span> = tape.spans.iter().filter(|span| span.optional).copied().collect();
    let pairs = optional.iter().flat_map(|one| optional.iter().map(move |other| (*one, *other)));
    pairs.filter_map(|(one, other)| edit(tape, one, other)).collect()
}
