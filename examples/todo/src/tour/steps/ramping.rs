//! Moving users to the new query, a share at a time.

use feature_flags::Percent;

use super::promised;
use crate::search::NEW_QUERY;
use crate::tour::progress::Progress;
use crate::tour::scene::Scene;
use crate::tour::traffic::Sightings;
use crate::tour::{TourError, screen};

/// How many searches of the staff a step has to see.
const ENOUGH: u64 = 10;

/// Turns the flag on: its rules let the staff in and nobody else yet.
pub(in crate::tour) fn staff(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    scene.edit_flags(|edit| edit.set_enabled(NEW_QUERY, true))?;
    scene.watch(progress, 2.0)?;
    scene.watch_until(progress, "searches of the staff", |scene| {
        Ok(scene.traffic.variants(|variants| variants.sightings().staff_on_new >= ENOUGH))
    })?;
    let Sightings { staff_on_new, staff_on_old, others_on_new, others_on_old } =
        scene.traffic.variants(|variants| variants.sightings());
    screen::line(&format!("staff: {staff_on_new} searches by the new query, {staff_on_old} by the old one"));
    screen::line(&format!("others: {others_on_new} by the new query, {others_on_old} by the old one"));
    promised("the flag is on for the staff only", staff_on_old == 0 && others_on_new == 0, || {
        format!("{staff_on_old} searches of the staff by the old query, {others_on_new} of others by the new one")
    })
}

/// Lets `percent` of all users in.
pub(in crate::tour) fn ramp(scene: &mut Scene, progress: &mut Progress, percent: u32) -> Result<(), TourError> {
    let share = Percent::whole(percent).expect("the steps of the tour are at most 100 %");
    scene.edit_flags(|edit| edit.set_rollout(NEW_QUERY, share))?;
    scene.watch(progress, 2.5)?;
    let (seen, flips) = (scene.traffic.variants(|variants| variants.sightings()), progress.known.flips);
    screen::line(&format!(
        "others: {} searches by the new query, {} by the old one; {flips} users flipped so far",
        seen.others_on_new, seen.others_on_old,
    ));
    promised("the share of searches follows the share of users", follows(seen, percent), || {
        format!("{} of {} searches at {percent} %", seen.others_on_new, seen.others_on_new + seen.others_on_old)
    })
}

/// Whether what was seen fits `percent`: nobody left at 100 %, and else within what chance may do to 2,000 users who
/// search unequally often: 5 standard deviations of their number.
fn follows(seen: Sightings, percent: u32) -> bool {
    let all = seen.others_on_new + seen.others_on_old;
    if percent == 100 {
        return all > 0 && seen.others_on_old == 0;
    }
    let share = f64::from(percent) / 100.0;
    let users = 1_800.0_f64.min(as_f64(all));
    let allowed = 5.0 * (share * (1.0 - share) / users).sqrt() + 1.0 / users;
    all > 0 && (as_f64(seen.others_on_new) / as_f64(all) - share).abs() <= allowed
}

#[expect(clippy::cast_precision_loss, reason = "counts of a minute are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{Sightings, follows};

    fn seen(others_on_new: u64, others_on_old: u64) -> Sightings {
        Sightings { others_on_new, others_on_old, ..Sightings::default() }
    }

    #[test]
    fn at_100_percent_nobody_may_be_left() {
        assert!(follows(seen(500, 0), 100));
        assert!(!follows(seen(500, 1), 100));
    }

    #[test]
    fn a_share_far_from_the_one_asked_for_is_noticed() {
        assert!(follows(seen(48, 452), 10));
        assert!(!follows(seen(250, 250), 10));
        assert!(!follows(seen(0, 1_000), 10));
        assert!(!follows(seen(0, 0), 10));
    }
}
