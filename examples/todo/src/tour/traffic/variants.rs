//! Who was answered by which query, and whether anybody changed without having been moved.

use std::collections::{BTreeMap, BTreeSet};

use crate::tour::seed::is_staff;

/// The query that answered a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tour) enum Variant {
    Old,
    New,
}

/// Searches of one stage, by who asked and what answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::tour) struct Sightings {
    pub(in crate::tour) staff_on_new: u64,
    pub(in crate::tour) staff_on_old: u64,
    pub(in crate::tour) others_on_new: u64,
    pub(in crate::tour) others_on_old: u64,
}

/// Keeps the last variant of every user.
///
/// A ramp moves users from old to new, at its edits only. So a user who goes back has flipped, and so has one who changes
/// between two searches that were both sent and answered while no edit was under way.
#[derive(Debug, Default)]
pub(in crate::tour) struct Variants {
    /// Grows by one when an edit of the flags begins, and again once it is served. Even numbers are quiet times.
    stage: u32,
    last: BTreeMap<i64, (Variant, u32)>,
    flips: u64,
    sightings: Sightings,
}

impl Variants {
    /// Goes on from what an earlier process saw.
    pub(in crate::tour) fn resumed(on_new: &BTreeSet<i64>) -> Self {
        Self { last: on_new.iter().map(|&user| (user, (Variant::New, 0))).collect(), ..Self::default() }
    }

    /// The stage a search that is about to be sent belongs to.
    pub(super) fn stage(&self) -> u32 {
        self.stage
    }

    /// An edit of the flags is about to be saved: until it is served, users may be moved at any moment.
    pub(in crate::tour) fn edit_begins(&mut self) {
        self.stage = (self.stage + 1) | 1;
    }

    /// The edit is served: searches sent from now on are of a new, quiet stage.
    pub(in crate::tour) fn edit_is_served(&mut self) {
        self.stage = (self.stage | 1) + 1;
        self.sightings = Sightings::default();
    }

    /// What was seen since the stage began, of searches sent in it.
    pub(in crate::tour) fn sightings(&self) -> Sightings {
        self.sightings
    }

    /// Notes that a search of `user`, sent in `stage`, was answered by `variant`.
    pub(super) fn note(&mut self, user: i64, variant: Variant, stage: u32) {
        let flipped = match self.last.insert(user, (variant, stage)) {
            Some((Variant::New, _)) => variant == Variant::Old,
            Some((Variant::Old, before)) => {
                let quiet = self.stage.is_multiple_of(2) && before == self.stage && stage == self.stage;
                variant == Variant::New && quiet
            }
            None => false,
        };
        self.flips += u64::from(flipped);
        if stage == self.stage {
            let count = match (is_staff(user), variant) {
                (true, Variant::New) => &mut self.sightings.staff_on_new,
                (true, Variant::Old) => &mut self.sightings.staff_on_old,
                (false, Variant::New) => &mut self.sightings.others_on_new,
                (false, Variant::Old) => &mut self.sightings.others_on_old,
            };
            *count += 1;
        }
    }

    /// How often a user changed without having been moved, since the last call.
    pub(in crate::tour) fn take_flips(&mut self) -> u64 {
        std::mem::take(&mut self.flips)
    }

    /// The users last seen on the new query.
    pub(in crate::tour) fn on_new(&self) -> BTreeSet<i64> {
        self.last.iter().filter(|(_, (variant, _))| *variant == Variant::New).map(|(&user, _)| user).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Variant, Variants};

    #[test]
    fn a_user_moved_by_an_edit_has_not_flipped() {
        let mut variants = Variants::default();
        variants.note(1, Variant::Old, variants.stage());
        variants.edit_begins();
        variants.edit_is_served();
        variants.note(1, Variant::New, variants.stage());
        assert_eq!(variants.take_flips(), 0);
    }

    #[test]
    fn a_user_moved_while_an_edit_is_under_way_has_not_flipped_whenever_the_search_was_sent() {
        let mut variants = Variants::default();
        variants.note(1, Variant::Old, variants.stage());
        let sent_before = variants.stage();
        variants.edit_begins();
        variants.note(1, Variant::New, sent_before);
        variants.note(2, Variant::Old, variants.stage());
        variants.note(2, Variant::New, variants.stage());
        assert_eq!(variants.take_flips(), 0);
    }

    #[test]
    fn a_user_who_goes_back_has_flipped_even_across_an_edit() {
        let mut variants = Variants::default();
        variants.note(1, Variant::New, variants.stage());
        variants.edit_begins();
        variants.edit_is_served();
        variants.note(1, Variant::Old, variants.stage());
        assert_eq!(variants.take_flips(), 1);
    }

    #[test]
    fn a_user_who_changes_between_edits_has_flipped() {
        let mut variants = Variants::default();
        variants.note(1, Variant::Old, variants.stage());
        variants.note(1, Variant::New, variants.stage());
        assert_eq!(variants.take_flips(), 1);
    }

    #[test]
    fn what_an_earlier_process_saw_still_counts() {
        let mut variants = Variants::resumed(&[5].into());
        variants.note(5, Variant::Old, variants.stage());
        assert_eq!(variants.take_flips(), 1);
    }
}
