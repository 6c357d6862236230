//! Making a failing sequence as short and simple as possible with few runs of the system.
//!
//! Each pass is one file. All edit the drafts of the current script and hand them to [`Shrinker::attempt`], which lets the
//! model make valid commands of them, drops what is not simpler or was tried before without asking the system, and runs the
//! rest. The model is free, runs of the system are what is paid for.

mod brackets;
mod chunks;
mod duplicates;
mod elements;
mod exchange;
mod explain;
mod faults;
mod jump;
mod merge;
mod nested;
mod pairs;
mod ranges;
mod relabel;
mod reorder;
mod replace;
mod shrinker;
mod singles;
mod slice;
mod survey;
mod values;

pub(crate) use explain::{Free, free_arguments};
pub(crate) use shrinker::{Shrinker, Shrunk};

use crate::minimality::Minimality;
use crate::model::Model;
use crate::panics;

/// Shrinks until no pass finds anything simpler or the budget is spent.
pub(crate) fn shrink<M: Model>(mut shrinker: Shrinker<'_, M>) -> Shrunk<'_, M> {
    if shrinker.current().len() == 0 {
        // Already the first state is wrong.
        shrinker.prove(Minimality::TwoMinimal, |_| {});
        return shrinker.finish();
    }
    faults::run(&mut shrinker);
    slice::run(&mut shrinker);
    chunks::run(&mut shrinker);
    loop {
        let before = shrinker.accepted();
        shrinker.reserve(false);
        brackets::run(&mut shrinker);
        singles::run(&mut shrinker);
        // What follows changes the script in ways that call for the single commands to be tried again.
        shrinker.reserve(true);
        values::simplify_all(&mut shrinker);
        elements::leave_out(&mut shrinker);
        values::run(&mut shrinker);
        duplicates::run(&mut shrinker);
        exchange::run(&mut shrinker);
        relabel::run(&mut shrinker);
        reorder::run(&mut shrinker);
        if shrinker.accepted() != before && !shrinker.is_spent() {
            continue;
        }
        // What costs more comes when nothing else helps; after it the cheap ones get another chance.
        let dear: [fn(&mut Shrinker<'_, M>); 14] = [
            faults::run,
            nested::lift,
            elements::sort,
            nested::exchange,
            nested::shift,
            ranges::run,
            merge::run,
            jump::run,
            pairs::run,
            pairs::change_and_leave_out,
            replace::run,
            replace::with_another_end,
            // In a large model this spends all that is left.
            survey::run,
            survey::with_more_values,
        ];
        let helped = dear.into_iter().any(|pass| {
            // These go through states that no sequence has been in, where the model may panic.
            drop(panics::catch(|| pass(&mut shrinker)));
            shrinker.accepted() != before
        });
        if !helped || shrinker.is_spent() {
            break;
        }
    }
    shrinker.reserve(false);
    if !shrinker.is_proved() {
        singles::run(&mut shrinker);
    }
    shrinker.finish()
}

#[cfg(test)]
mod tests;
