//! Counting uses of a column.

use migration_planner::{ColumnRef, ColumnUse, Evidence, Finding, Timestamp};

fn usage() -> ColumnUse {
    ColumnUse::of(ColumnRef::new("users", "legacy_name"), Timestamp::from_unix_millis(0))
}

fn look(usage: &ColumnUse, at: u64) -> Evidence {
    usage.evidence("application", "web-1", Timestamp::from_unix_millis(at))
}

#[test]
fn uses_of_the_column_are_counted_and_of_others_not() {
    let usage = usage();
    let connection = usage.connection();
    connection.read("USERS", "Legacy_Name", None);
    connection.read("users", "name", None);
    connection.updated("posts", "legacy_name", None);
    connection.updated("users", "legacy_name", Some("an_application_trigger"));
    connection.read("users", "legacy_name", Some("_cutover_sync_old_users_legacy_name"));
    connection.inserted("users", None);
    assert_eq!(look(&usage, 1).finding(), &Finding::usage(1, 1, 1, 1));
}

#[test]
fn windows_follow_each_other_without_a_gap() {
    let usage = usage();
    let (first, second) = (look(&usage, 10).observed(), look(&usage, 25).observed());
    assert_eq!((first.from().as_unix_millis(), first.to()), (0, second.from()));
    assert_eq!(second.to().as_unix_millis(), 25);
}

#[test]
fn a_use_stays_in_force_until_its_connection_is_gone() {
    let usage = usage();
    let (reader, idle) = (usage.connection(), usage.connection());
    reader.read("users", "legacy_name", None);
    for at in 1..4 {
        assert_eq!(look(&usage, at).finding(), &Finding::usage(2, 1, 0, 0));
    }
    drop(reader);
    // Until it was closed, in this window, it may have run what it had prepared.
    assert_eq!(look(&usage, 4).finding(), &Finding::usage(2, 1, 0, 0));
    assert_eq!(look(&usage, 5).finding(), &Finding::usage(1, 0, 0, 0));
    drop(idle);
}

#[test]
fn a_use_by_a_connection_that_has_gone_is_still_told_once() {
    let usage = usage();
    usage.connection().updated("users", "legacy_name", None);
    assert_eq!(look(&usage, 1).finding(), &Finding::usage(1, 0, 1, 0));
    assert_eq!(look(&usage, 2).finding(), &Finding::usage(0, 0, 0, 0));
}

#[test]
fn a_clock_that_goes_back_gives_an_empty_window() {
    let usage = usage();
    look(&usage, 10);
    assert!(look(&usage, 5).observed().length().is_zero());
}
