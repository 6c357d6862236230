use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use feature_flags::{Clock, Flags, Percent, Ramp};
use proptest::prelude::*;

use crate::people::user;

/// A clock that tests set, and that counts how often it is read.
#[derive(Default)]
struct Hands {
    seconds: AtomicU64,
    read: AtomicU64,
}

impl Clock for Hands {
    fn now(&self) -> SystemTime {
        self.read.fetch_add(1, Ordering::Relaxed);
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds.load(Ordering::Relaxed))
    }
}

const DAY: u64 = 86_400;

fn flags(clock: &Arc<Hands>) -> Flags {
    let text = r#"
        format = 1
        [flags]
        ramped = '10% -> 90% over 4d from t"1970-01-11" by user.id'
        sale = { when = 'now >= t"1970-01-11" and now < t"1970-01-12"' }
        plain = { when = 'country == "US"', rollout = "50%" }
    "#;
    let flags = Flags::builder().clock(Arc::clone(clock)).toml(text).unwrap();
    assert_eq!(flags.status().problems(), []);
    flags
}

#[test]
fn a_ramp_takes_more_in_as_time_goes_by_and_nobody_out() {
    let clock = Arc::new(Hands::default());
    let flags = flags(&clock);
    let mut before = vec![false; 1_000];
    for (day, least, most) in
        [(0, 70, 130), (10, 70, 130), (11, 250, 350), (12, 450, 550), (14, 850, 950), (99, 850, 950)]
    {
        clock.seconds.store(day * DAY, Ordering::Relaxed);
        let now: Vec<bool> = (0..1_000).map(|id| flags.enabled("ramped", &user(id))).collect();
        let count = now.iter().filter(|on| **on).count();
        assert!((least..=most).contains(&count), "day {day}: {count}");
        assert!(before.iter().zip(&now).all(|(before, now)| *now || !*before), "day {day} takes somebody out");
        before = now;
    }
    let line = flags.explain("ramped", &user(before.iter().position(|on| !on).unwrap() as u64)).to_string();
    assert!(
        line.contains(", with the share at 90% now is not within 10% -> 90% over 4d from t\"1970-01-11T00:00:00Z\""),
        "{line}"
    );
}

#[test]
fn a_window_opens_and_closes_by_the_clock() {
    let clock = Arc::new(Hands::default());
    let flags = flags(&clock);
    let at = |second| {
        clock.seconds.store(second, Ordering::Relaxed);
        flags.enabled("sale", &())
    };
    assert!(!at(10 * DAY - 1) && at(10 * DAY) && at(11 * DAY - 1) && !at(11 * DAY));
}

#[test]
fn the_clock_is_read_once_and_only_for_rules_that_ask() {
    let clock = Arc::new(Hands::default());
    let flags = flags(&clock);
    let reads = |flag| {
        let before = clock.read.load(Ordering::Relaxed);
        flags.enabled(flag, &user(1));
        clock.read.load(Ordering::Relaxed) - before
    };
    clock.seconds.store(10 * DAY, Ordering::Relaxed);
    assert_eq!((reads("plain"), reads("ramped"), reads("sale")), (0, 1, 1));
}

proptest! {
    #[test]
    fn a_ramp_never_leaves_its_ends_and_never_turns_back(
        (from, to) in (0_u32..=100_000, 0_u32..=100_000),
        seconds in 0_u64..100_000_000,
        (early, late) in (0_u64..200_000_000, 0_u64..200_000_000),
    ) {
        let percent = |thousandths| Percent::from_thousandths(thousandths).unwrap();
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(50_000_000);
        let ramp = Ramp::new(percent(from), percent(to), Duration::from_secs(seconds), start);
        let at = |second| ramp.share_at(SystemTime::UNIX_EPOCH + Duration::from_secs(second));
        let (early, late) = (at(early.min(late)), at(early.max(late)));
        prop_assert!((percent(from.min(to))..=percent(from.max(to))).contains(&early));
        let goes_on = if from <= to { early <= late } else { early >= late };
        prop_assert!(goes_on);
    }
}
