//! Sorts commands that can change places, so that the same bug gives the same sequence.

use super::Shrinker;
use crate::model::Model;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    for end in 1..shrinker.current().len() {
        let mut at = end;
        // The command at `end` sinks as far as it can.
        while at > 0 && at < shrinker.current().len() {
            let mut drafts = shrinker.current().drafts(|_| true);
            drafts.swap(at - 1, at);
            if !shrinker.attempt(drafts) {
                break;
            }
            at -= 1;
        }
    }
}
