//! Every row of the catalogue that is planned, carried out and undone by the runner: the planner's own cases, which it tries with a
//! loop of its own, so that what the two do can be told apart.

mod case;
#[path = "../../../../migration-planner/tests/it/catalogue/columns.rs"]
mod columns;
#[path = "../../../../migration-planner/tests/it/catalogue/constraints.rs"]
mod constraints;
#[path = "../../../../migration-planner/tests/it/catalogue/indexes.rs"]
mod indexes;
#[path = "../../../../migration-planner/tests/it/catalogue/others.rs"]
mod others;
#[path = "../../../../migration-planner/tests/it/catalogue/shop.rs"]
mod shop;
#[path = "../../../../migration-planner/tests/it/catalogue/tables.rs"]
mod tables;

pub(crate) use shop::{ROWS, shop};

/// How many of the cases that are planned are as they should be, and how many there are.
#[allow(dead_code, reason = "an exam asks")]
pub(crate) fn proved() -> (usize, usize) {
    let cases = [columns::cases(), constraints::cases(), indexes::cases(), others::cases(), tables::cases()];
    let planned: Vec<case::Case> = cases.into_iter().flatten().filter(case::Case::is_planned).collect();
    (planned.len() - case::failing(&planned, case::Form::Long).len(), planned.len())
}
