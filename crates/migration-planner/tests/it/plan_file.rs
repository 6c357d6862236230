//! The stable JSON form of plans.

use migration_planner::{Change, Column, Index, Plan, PlanFileError, Planner, Schema, Server, Table};
use proptest::prelude::*;

/// A plan as version 0.1 of this crate wrote it. Never edit it: later versions must read it.
const GOLDEN: &str = include_str!("plan_v1.json");

pub(crate) fn plan(change: &Change) -> Plan {
    let users = Table::new("users")
        .with_column(Column::new("id", "INTEGER").primary_key())
        .with_column(Column::new("name", "TEXT").not_null().default_value("''"))
        .with_column(Column::new("legacy_name", "TEXT"))
        .with_index(
            Index::new("users_legacy", ["legacy_name"]).defined_by("CREATE INDEX users_legacy ON users(legacy_name)"),
        );
    let server = Server::sqlite(3, 54, 1).with_rows("users", 100_000);
    Planner::new(&Schema::new().with_table(users), server).plan(change).unwrap()
}

#[test]
fn a_plan_of_the_first_version_is_read_and_written_back_unchanged() {
    let read = Plan::from_json(GOLDEN).unwrap();
    assert_eq!(read.to_json(), GOLDEN);
    assert_eq!(read.phases().len(), 4);
}

#[test]
fn a_plan_is_read_back_as_it_was() {
    for change in [Change::drop_column("users", "legacy_name"), Change::rename_column("users", "name", "full_name")] {
        let plan = plan(&change);
        assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
    }
}

#[test]
fn a_plan_of_a_later_format_is_refused_by_name() {
    let later = GOLDEN.replacen("\"format\": 1", "\"format\": 2", 1);
    assert!(matches!(Plan::from_json(&later), Err(PlanFileError::Format { found: 2, known: 1, .. })));
}

#[test]
fn text_that_is_no_plan_is_refused() {
    assert!(matches!(Plan::from_json("{"), Err(PlanFileError::Malformed { .. })));
    assert!(matches!(Plan::from_json("{}"), Err(PlanFileError::NotAPlan)));
    assert!(matches!(Plan::from_json("[1]"), Err(PlanFileError::NotAPlan)));
}

#[test]
fn a_member_this_version_does_not_know_is_refused_even_with_a_right_hash() {
    let mut file: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    file["plan"]["approvals"] = serde_json::json!(2);
    let Err(PlanFileError::HashMismatch { actual, .. }) = Plan::from_json(&file.to_string()) else { panic!() };
    file["hash"] = serde_json::json!(actual.as_str());
    assert!(matches!(Plan::from_json(&file.to_string()), Err(PlanFileError::Malformed { .. })));
}

#[test]
fn white_space_and_the_order_of_members_may_change() {
    let file: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(Plan::from_json(&file.to_string()).unwrap(), Plan::from_json(GOLDEN).unwrap());
}

proptest! {
    #[test]
    fn any_edit_of_the_content_is_noticed(at in 0..GOLDEN.len(), with in "[a-z0-9]") {
        let mut edited = GOLDEN.to_owned();
        prop_assume!(GOLDEN.is_char_boundary(at) && GOLDEN.is_char_boundary(at + 1));
        edited.replace_range(at..=at, &with);
        prop_assume!(serde_json::from_str::<serde_json::Value>(&edited).ok() != serde_json::from_str(GOLDEN).ok());
        prop_assert!(Plan::from_json(&edited).is_err());
    }

    #[test]
    fn no_text_makes_reading_panic(text in "\\PC*") {
        let _unused = Plan::from_json(&text);
    }
}
