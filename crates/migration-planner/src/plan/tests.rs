use serde_json::Value;

use super::Content;
use crate::Plan;
use crate::hash::Fingerprint;

/// A plan as it stands in a file.
#[derive(schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is of use")]
struct PlanFile {
    /// The version of the form.
    #[schemars(extend("const" = super::FORMAT))]
    format: u64,
    /// SHA-256 of the content in its canonical form: members sorted by name, no white space.
    hash: Fingerprint,
    /// The content.
    plan: Content,
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/plan.schema.json");
    let schema = format!("{:#}\n", schemars::schema_for!(PlanFile).as_value());
    if std::env::var_os("CUTOVER_BLESS").is_some() {
        std::fs::write(path, &schema).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == schema, "run this test once with CUTOVER_BLESS set");
}

#[test]
fn the_schema_is_valid_and_refuses_what_is_no_plan() {
    let schema: Value = serde_json::from_str(Plan::JSON_SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let golden: Value = serde_json::from_str(include_str!("../../tests/it/plan_v1.json")).unwrap();
    assert!(validator.is_valid(&golden), "{:?}", validator.validate(&golden).err());
    for (pointer, value) in
        [("/format", Value::from(2)), ("/plan/phases/0/kind", Value::from("x")), ("/plan", Value::Null)]
    {
        let mut changed = golden.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&changed), "{pointer}");
    }
    let mut more = golden.clone();
    more["plan"]["approvals"] = Value::from(1);
    assert!(!validator.is_valid(&more));
}
