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
