//! Leaves out two commands at once; when this finds nothing, the script is 2-minimal.

use super::Shrinker;
use super::values::with_choices;
use crate::model::Model;
use crate::tape::Choice;

/// Leaves out every pair of commands.
pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut first = 0;
    'restart: while first < shrinker.current().len() {
        for second in first + 1..shrinker.current().len() {
            let drafts = shrinker.current().drafts(|at| at != first && at != second);
            if shrinker.attempt(drafts) {
                first = 0;
                continue 'restart;
            }
        }
        first += 1;
    }
}

/// Lowers a number by one and leaves out one command or two with it: a smaller buffer needs fewer elements to fill it.
pub(super) fn lower_and_leave_out<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut at = 0;
    while at < shrinker.current().len() {
        let places = shrinker.current().entries[at].tape.choices.len();
        let accepted = (0..places).any(|place| {
            let mut choices = shrinker.current().entries[at].tape.choices.clone();
            if choices[place].value == 0 || choices[place].mark != 0 {
                return false;
            }
            choices[place] = Choice { value: choices[place].value - 1, ..choices[place] };
            let lowered = with_choices(shrinker, at, &choices);
            let others: Vec<usize> = (0..lowered.len()).filter(|other| *other != at).collect();
            let without = |gone: &[usize]| {
                let kept = lowered.iter().enumerate().filter(|(other, _)| !gone.contains(other));
                kept.map(|(_, draft)| draft.clone()).collect()
            };
            others.iter().any(|first| {
                shrinker.attempt(without(&[*first]))
                    || others
                        .iter()
                        .filter(|second| *second > first)
                        .any(|second| shrinker.attempt(without(&[*first, *second])))
            })
        });
        at = if accepted { 0 } else { at + 1 };
    }
}
