//! Leaves out one command at a time; when this finds nothing, the script is 1-minimal.

use super::Shrinker;
use crate::minimality::Minimality;
use crate::model::Model;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    shrinker.prove(Minimality::OneMinimal, |shrinker| {
        let mut at = 0;
        while at < shrinker.current().len() {
            let drafts = shrinker.current().drafts(|other| other != at);
            if !shrinker.attempt(drafts) {
                at += 1;
            }
        }
    });
}
