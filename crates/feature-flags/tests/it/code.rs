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
