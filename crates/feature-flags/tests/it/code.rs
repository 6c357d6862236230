use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use feature_flags::{Flags, MapContext, Reason};

use crate::people::{Organisation, User, user};

#[test]
fn a_flag_may_be_a_function_over_the_applications_own_type() {
    let flags = Flags::builder().build();
    flags.define("foo", |user: &User| user.staff);
    let mut user = user(1);
    assert!(!flags.enabled("foo", &user));
    user.staff = true;
    let decision = flags.decide("foo", &user);
    assert_eq!((decision.enabled(), decision.reason()), (true, Reason::Function));
}

#[test]
fn a_function_over_another_type_serves_the_default() {
    let flags = Flags::builder().define("foo", |_: &User| true).build();
    assert_eq!(flags.decide("foo", &MapContext::new()).reason(), Reason::FunctionFailed);
    assert!(!flags.enabled("foo", &Organisation::default()));
    assert!(flags.enabled("foo", &(Organisation::default(), user(1))), "one of several contexts is a user");
}

#[test]
fn a_function_that_panics_serves_the_default() {
    let flags = Flags::builder().define("foo", |user: &User| user.roles[99].is_empty()).build();
    assert_eq!(flags.decide("foo", &user(1)).reason(), Reason::FunctionFailed);
    assert!(!flags.enabled("foo", &user(1)));
}

#[test]
fn rules_name_groups_of_any_type() {
    let flags =
        Flags::from_toml("format = 1\n[flags]\nf = { when = 'group(\"big\")' }\ng = { when = 'not group(\"big\")' }")
            .unwrap();
    assert!(!flags.enabled("f", &user(1)) && !flags.enabled("g", &user(1)), "nobody defined the group yet");
    flags.group("big", |user: &User| user.organisation.seats > 10);
    flags.group("big", |organisation: &Organisation| organisation.seats > 10);
    assert!(flags.enabled("f", &user(1)));
    assert!(flags.enabled("f", &Organisation { seats: 11, ..Organisation::default() }));
    assert!(flags.enabled("g", &Organisation::default()));
    assert!(!flags.enabled("g", &MapContext::new()), "a map is neither in it nor out of it");
}

#[test]
fn a_file_wins_over_code_so_that_a_flag_can_be_turned_off() {
    let flags = Flags::builder()
        .define("foo", |_: &User| true)
        .define("bar", |_: &User| true)
        .toml("format = 1\n[flags]\nfoo = false")
        .unwrap();
    assert_eq!(flags.decide("foo", &user(1)).reason(), Reason::Disabled);
    assert!(flags.enabled("bar", &user(1)));
}

/// A group whose function asks for a flag that asks for the group, and a flag in code that asks for itself. No lint can
/// see such a circle, and without an end it would fill the stack and take the process along.
#[test]
fn functions_that_ask_for_each_other_without_end_fail_and_nothing_else_does() {
    let here: Arc<OnceLock<Flags>> = Arc::default();
    let calls = Arc::new(AtomicUsize::new(0));
    let asking = |name: &'static str| {
        let (here, calls) = (Arc::clone(&here), Arc::clone(&calls));
        move |user: &User| {
            calls.fetch_add(1, Ordering::Relaxed);
            here.get().is_some_and(|flags| flags.enabled(name, user))
        }
    };
    let flags = Flags::builder()
        .group("circle", asking("by-group"))
        .define("itself", asking("itself"))
        .define("asks-another", asking("staff-only"))
        .toml("format = 1\n[flags]\nby-group = { when = 'not group(\"circle\")' }\nstaff-only = { when = 'staff' }")
        .unwrap();
    assert!(here.set(flags.clone()).is_ok());
    let mut visitor = user(1);
    visitor.staff = true;
    // Seventeen are one too many, and that one is in the group as little as out of it.
    let _some_answer = flags.enabled("by-group", &visitor);
    assert_eq!(calls.swap(0, Ordering::Relaxed), 16);
    assert!(!flags.enabled("itself", &visitor));
    assert_eq!(calls.swap(0, Ordering::Relaxed), 16);
    assert!(flags.explain("itself", &visitor).to_string().starts_with("itself is off"));
    // Whoever asks once is answered as ever, also after those who asked too often.
    assert!(flags.enabled("asks-another", &visitor));
}
