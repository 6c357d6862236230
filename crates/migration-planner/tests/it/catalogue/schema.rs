//! Plans as JSON, and the schema of that.

use migration_planner::Plan;

use super::{
    across, added, columns, constraints, indexes, keyless, keys, others, partitions, readers, rebuilt, tables, types,
};

#[test]
fn every_plan_of_the_catalogue_is_as_the_published_schema_says_and_is_read_back() {
    let schema = serde_json::from_str(Plan::JSON_SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let all = [
        added::cases(),
        across::cases(),
        columns::cases(),
        constraints::cases(),
        indexes::cases(),
        keyless::cases(),
        keys::cases(),
        others::cases(),
        partitions::cases(),
        readers::cases(),
        rebuilt::cases(),
        tables::cases(),
        types::cases(),
    ];
    let plans: Vec<Plan> = all.iter().flatten().filter_map(|case| case.plan().ok()).collect();
    assert!(plans.len() > 50, "{}", plans.len());
    for plan in plans {
        let json = serde_json::from_str(&plan.to_json()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", plan.change());
        assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
    }
}
