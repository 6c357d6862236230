#[cfg(feature = "serde")]
use feature_flags::FlagValue;
use feature_flags::{Flags, Overrides, flags};

use crate::people::user;

flags! {
    /// The flags of these tests.
    pub(crate) struct AppFlags = "tests/golden/typed.toml";
}

/// What a flag of the file holds.
#[cfg(feature = "serde")]
#[derive(Debug, PartialEq, serde::Deserialize)]
struct Limits {
    requests: u32,
    burst: Vec<u8>,
}

#[cfg(feature = "serde")]
flags! {
    /// The same flags, some of them as types of these tests.
    struct TypedValues = "tests/golden/typed.toml" {
        limits: Limits,
        page_size: u16,
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_flag_with_a_type_serves_values_of_it_and_the_default_where_they_do_not_fit() {
    let flags = TypedValues::new(typed().flags().clone());
    let default = || Limits { requests: 0, burst: Vec::new() };
    assert_eq!(flags.limits(&(), default()), Limits { requests: 10, burst: vec![1, 2] });
    let mut user = user(1);
    assert_eq!(flags.page_size(&user, 0), 20);
    user.staff = true;
    assert_eq!(flags.page_size(&user, 0), 100);
    let overrides = Overrides::new().value("limits", "unlimited").value("page-size", FlagValue::from(70_000));
    let other = TypedValues::new(flags.flags().overriding(overrides));
    assert_eq!(other.limits(&(), default()), default());
    assert_eq!(other.page_size(&user, 7), 7);
    assert!(flags.new_search(&()) && !flags.r#type(&()) && flags.button(&user).is_some());
}

fn typed() -> AppFlags {
    AppFlags::new(Flags::from_toml(include_str!("../golden/typed.toml")).unwrap())
}

#[test]
fn each_flag_of_the_file_is_a_method() {
    let flags = typed();
    assert!(flags.new_search(&()));
    assert!(!flags.r#type(&()));
    let mut user = user(1);
    assert_eq!(flags.button(&user), Some(AppFlagsButton::CalmBlue));
    user.staff = true;
    assert_eq!(flags.button(&user), Some(AppFlagsButton::Loud));
}

#[test]
#[expect(deprecated, reason = "a flag that expired is deprecated, and this is what shows it")]
fn using_an_expired_flag_is_a_warning() {
    assert!(typed().old_menu(&()));
}

#[test]
fn typed_flags_follow_changes_and_overrides() {
    let flags = typed();
    assert!(flags.new_search(&()));
    for number in 0..100 {
        flags.flags().define(&format!("code-{number}"), |_: &crate::people::User| true);
        assert!(flags.new_search(&()));
    }
    let off = AppFlags::new(flags.flags().overriding(Overrides::new().off("new-search")));
    assert!(!off.new_search(&()));
    assert_eq!(flags.flags().usage()[0].count, 101, "typed or not, every use counts");
}

#[test]
fn a_name_notices_that_its_flag_is_gone_or_elsewhere() {
    use feature_flags::{EditableSource, Flag, FlagName, MemorySource};
    use std::sync::Arc;
    use std::time::Duration;
    let source = Arc::new(MemorySource::new());
    for name in ["a", "b", "c"] {
        source.put(Flag::new(name).enabled(name != "a")).unwrap();
    }
    let flags = Flags::builder().source(Arc::clone(&source)).unwrap();
    let c = FlagName::new("c");
    assert!(flags.enabled_by(&c, &()));
    // The last takes the place of the first.
    let revision = source.remove("a").unwrap();
    assert!(flags.wait_for_revision(revision, Duration::from_secs(20)));
    assert!(flags.enabled_by(&c, &()));
    let revision = source.remove("c").unwrap();
    assert!(flags.wait_for_revision(revision, Duration::from_secs(20)));
    assert!(!flags.enabled_by(&c, &()));
}
