//! Which elements of two lists belong together: a longest common subsequence (Myers, "An O(ND) Difference Algorithm and Its
//! Variations", Algorithmica 1986).

use std::collections::HashMap;

use super::same::Budget;

/// Lists that differ in more elements than this are not aligned.
const MOST_EDITS: usize = 256;

/// The places of elements that belong together, in ascending order; `None` if the lists differ too much to say.
pub(super) fn align(a: &[u32], b: &[u32], budget: &Budget<'_>) -> Option<Vec<(usize, usize)>> {
    let prefix = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a_rest, b_rest) = (&a[prefix..], &b[prefix..]);
    let suffix = a_rest.iter().rev().zip(b_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a_middle, b_middle) = (&a_rest[..a_rest.len() - suffix], &b_rest[..b_rest.len() - suffix]);
    let middle = align_middle(a_middle, b_middle, budget)?;
    let mut pairs: Vec<_> = (0..prefix).map(|place| (place, place)).collect();
    pairs.extend(middle.into_iter().map(|(x, y)| (prefix + x, prefix + y)));
    pairs.extend((0..suffix).rev().map(|place| (a.len() - 1 - place, b.len() - 1 - place)));
    Some(pairs)
}

fn align_middle(a: &[u32], b: &[u32], budget: &Budget<'_>) -> Option<Vec<(usize, usize)>> {
    let common = in_common(a, b);
    if common == 0 {
        return Some(Vec::new());
    }
    if a.len() + b.len() - 2 * common > MOST_EDITS {
        return None;
    }
    let trace = search(a, b, budget)?;
    Some(walk_back(a, b, &trace))
}

/// How many elements could belong together if order did not matter: no subsequence is longer.
fn in_common(a: &[u32], b: &[u32]) -> usize {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for class in a {
        *counts.entry(*class).or_default() += 1;
    }
    let mut take = |class: &u32| match counts.get_mut(class) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    b.iter().filter(|class| take(class)).count()
}

/// For each number of edits, how far along `a` each diagonal gets; diagonal `k` of round `d` is at `(k + d) / 2`.
type Trace = Vec<Vec<usize>>;

fn search(a: &[u32], b: &[u32], budget: &Budget<'_>) -> Option<Trace> {
    let mut trace: Trace = Vec::new();
    for edits in 0..=MOST_EDITS.min(a.len() + b.len()) {
        let mut round = Vec::with_capacity(edits + 1);
        let mut is_done = false;
        for place in 0..=edits {
            let mut x = trace.last().map_or(0, |before| furthest_start(before, place));
            // `x - y` is the diagonal, `2 * place - edits`. One that left both lists goes on, but never comes back to their ends.
            let mut y = x + edits - 2 * place;
            while x < a.len() && y < b.len() && a[x] == b[y] {
                if !budget.step() {
                    return None;
                }
                x += 1;
                y += 1;
            }
            round.push(x);
            if x == a.len() && y == b.len() {
                is_done = true;
                break;
            }
        }
        if !budget.step() {
            return None;
        }
        trace.push(round);
        if is_done {
            return Some(trace);
        }
    }
    None
}

/// Where a diagonal starts in a round: down from the diagonal above it, or right from the one below, whichever is further.
fn furthest_start(before: &[usize], place: usize) -> usize {
    let down = before.get(place).copied();
    let right = place.checked_sub(1).and_then(|place| before.get(place)).map(|x| x + 1);
    down.max(right).expect("every diagonal of a round has a neighbour in the round before")
}

fn walk_back(a: &[u32], b: &[u32], trace: &Trace) -> Vec<(usize, usize)> {
    let (mut x, mut y) = (a.len(), b.len());
    let mut pairs = Vec::new();
    for edits in (0..trace.len()).rev() {
        let place = (x + edits - y) / 2;
        let start = match edits.checked_sub(1) {
            Some(before) => furthest_start(&trace[before], place),
            None => 0,
        };
        while x > start {
            x -= 1;
            y -= 1;
            pairs.push((x, y));
        }
        if let Some(before) = edits.checked_sub(1).map(|before| &trace[before]) {
            let came_down = before.get(place).copied() == Some(start);
            if came_down {
                y -= 1;
            } else {
                x -= 1;
            }
        }
    }
    pairs.reverse();
    pairs
}
