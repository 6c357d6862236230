//! A segment of a million ids.

use std::hint::black_box;

use peers_measure::Workload;

use crate::scenario::User;

/// The flag that is on for the members of the segment.
pub(crate) const FLAG: &str = "for-members";

/// The ids, in the order in which a table of users would give them.
pub(crate) fn members() -> Vec<String> {
    (0..1_000_000).map(|n| format!("member-{n:08}")).collect()
}

/// What looking one of these users up takes at least: one read of a table as large as the segment, 9 bytes per id, at a place
/// that is not known before the read before it. As many places as users, in the same order.
pub(crate) fn reading_in_turn() -> Workload {
    const USERS: usize = 1024;
    const STEP: usize = 9_000_000 / size_of::<usize>() / USERS;
    let mut next = vec![0; USERS * STEP];
    for user in 0..USERS {
        next[user * STEP] = (user + 389) % USERS * STEP;
    }
    let mut at = 0;
    Box::new(move |calls| {
        for _ in 0..calls {
            at = next[black_box(at)];
        }
        black_box(at);
    })
}

/// Asks in turn for 1,024 users, of whom every other one is a member, spread over the whole segment.
///
/// # Panics
/// Where not exactly the members are found.
pub(crate) fn asking<C: 'static>(
    members: &[String],
    context: impl Fn(&User) -> C,
    mut ask: impl FnMut(&str, &C) -> bool + 'static,
) -> Workload {
    let users = 1024;
    let step = members.len() / users;
    let contexts: Vec<C> = (0..users)
        .map(|n| {
            let member = &members[n * step];
            let id = if n % 2 == 0 { member.clone() } else { member.replace("member", "nobody") };
            context(&User { id, country: "US".to_owned() })
        })
        .collect();
    for (n, context) in contexts.iter().enumerate().take(16) {
        assert_eq!(ask(FLAG, context), n % 2 == 0, "user {n} of the segment");
    }
    // A stride that shares no factor with the number of users visits all of them, and no two neighbours in a row.
    let mut at = 0;
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(ask(black_box(FLAG), black_box(&contexts[at])));
            at = (at + 389) % contexts.len();
        }
    })
}
