//! Changes two numbers at once: moves both by as much, so that their difference stays; or moves one towards the simplest and a later
//! one as far the other way, so that their sum stays.

use super::Shrinker;
use super::values::edited;
use crate::model::Model;
use crate::tape::Choice;

/// A choice: the entry it is in, and its place there.
type Place = (usize, usize);

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut first = 0;
    while let Some(places) = numbers(shrinker).get(first..).filter(|rest| rest.len() > 1).map(<[_]>::to_vec) {
        for second in &places[1..] {
            keep_the_difference(shrinker, places[0], *second);
            keep_the_sum(shrinker, places[0], *second);
        }
        first += 1;
    }
}

/// Where the choices are that are numbers.
fn numbers<M: Model>(shrinker: &Shrinker<'_, M>) -> Vec<Place> {
    let entries = shrinker.current().entries.iter().enumerate();
    entries
        .flat_map(|(at, entry)| {
            let numbers =
                entry.tape.choices.iter().enumerate().filter(|(_, choice)| choice.is_number() && choice.max > 1);
            numbers.map(move |(place, _)| (at, place))
        })
        .collect()
}

/// The two choices, if they are of the same range.
fn both<M: Model>(shrinker: &Shrinker<'_, M>, one: Place, other: Place) -> Option<(Choice, Choice)> {
    let choice = |(at, place): Place| shrinker.current().entries.get(at)?.tape.choices.get(place).copied();
    let (one, other) = (choice(one)?, choice(other)?);
    (one.max == other.max && one.of == other.of).then_some((one, other))
}

fn keep_the_difference<M: Model>(shrinker: &mut Shrinker<'_, M>, one: Place, other: Place) {
    let Some((first, second)) = both(shrinker, one, other) else { return };
    let (x, y) = (first.offset(), second.offset());
    // Equal numbers are lowered together elsewhere.
    if x != y {
        let end = second.farthest(-x.signum()).offset();
        advance(x.abs().min((y - end).abs()), |by| {
            let by = by * x.signum();
            attempt(shrinker, [(one, first.at_offset(x - by)), (other, second.at_offset(y - by))])
        });
    }
}

fn keep_the_sum<M: Model>(shrinker: &mut Shrinker<'_, M>, one: Place, other: Place) {
    let Some((first, second)) = both(shrinker, one, other) else { return };
    let (x, y) = (first.offset(), second.offset());
    let end = second.farthest(x.signum()).offset();
    let moved = |shrinker: &mut Shrinker<'_, M>, by: i128| {
        let by = by * x.signum();
        let raised = second.at_offset(y + by).or_else(|| second.wrapped_at(y + by));
        raised.is_some() && attempt(shrinker, [(one, first.at_offset(x - by)), (other, raised)])
    };
    let room = x.abs().min((end - y).abs());
    // Sums of whole machine words are kept over the end of the range as well.
    let over = x != 0 && room < x.abs() && moved(shrinker, x.abs());
    if !over {
        advance(room, |by| moved(shrinker, by));
    }
}

/// Finds the largest number up to `most` for which `by` succeeds, if it does so for 1 or for `most`.
///
/// Most pairs of numbers have nothing to do with each other: two runs show that.
fn advance(most: i128, mut by: impl FnMut(i128) -> bool) {
    if most == 0 || by(most) || most == 1 || !by(1) {
        return;
    }
    let (mut near, mut too_far) = (1, most);
    while too_far - near > 1 {
        let middle = near + (too_far - near) / 2;
        if by(middle) {
            near = middle;
        } else {
            too_far = middle;
        }
    }
}

fn attempt<M: Model>(shrinker: &mut Shrinker<'_, M>, changes: [(Place, Option<Choice>); 2]) -> bool {
    let drafts = edited(shrinker, |at, entry| {
        let mut choices = entry.tape.choices.clone();
        for ((changed, place), choice) in changes {
            if let (true, Some(old), Some(new)) = (changed == at, choices.get_mut(place), choice) {
                *old = new;
            }
        }
        entry.draft_with(choices)
    });
    shrinker.attempt(drafts)
}
