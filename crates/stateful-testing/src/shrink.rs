//! Making a failing sequence as short and simple as possible with few runs of the system.
//!
//! Each pass is one file. All edit the drafts of the current script and hand them to [`Shrinker::attempt`], which lets the
//! model make valid commands of them, drops what is not simpler or was tried before without asking the system, and runs the
//! rest. The model is free, runs of the system are what is paid for.

mod brackets;
mod chunks;
mod duplicates;
mod exchange;
mod merge;
mod pairs;
mod relabel;
mod reorder;
mod shrinker;
mod singles;
mod slice;
mod survey;
mod values;

pub(crate) use shrinker::{Shrinker, Shrunk};

use crate::minimality::Minimality;
use crate::model::Model;

/// Shrinks until no pass finds anything simpler or the budget is spent.
pub(crate) fn shrink<M: Model>(mut shrinker: Shrinker<'_, M>) -> Shrunk<M::Command> {
    if shrinker.current().len() == 0 {
        // Already the first state is wrong.
        return shrinker.finish(Minimality::OneMinimal);
    }
    slice::run(&mut shrinker);
    chunks::run(&mut shrinker);
    loop {
        let before = shrinker.accepted();
        brackets::run(&mut shrinker);
        singles::run(&mut shrinker);
        values::run(&mut shrinker);
        duplicates::run(&mut shrinker);
        exchange::run(&mut shrinker);
        relabel::run(&mut shrinker);
        reorder::run(&mut shrinker);
        if shrinker.accepted() != before && !shrinker.is_spent() {
            continue;
        }
        // What costs more comes when nothing else helps; after it the cheap ones get another chance.
        let dear: [fn(&mut Shrinker<'_, M>); 4] = [merge::run, pairs::run, pairs::lower_and_leave_out, survey::run];
        let helped = dear.into_iter().any(|pass| {
            pass(&mut shrinker);
            shrinker.accepted() != before
        });
        if !helped || shrinker.is_spent() {
            break;
        }
    }
    let minimality = match () {
        () if shrinker.is_spent() => Minimality::Unproved,
        () => Minimality::OneMinimal,
    };
    shrinker.finish(minimality)
}
