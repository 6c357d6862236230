//! Section D of the catalogue.

use migration_planner::{Change, Index};

use super::case::{Case, Outcome, prove_all};
use super::{ROWS, shop};

pub(crate) fn cases() -> Vec<Case> {
    let case = |rows, change, outcome| Case::new(rows, shop(), change, outcome).with(ROWS);
    vec![
        case(
            &[83, 90],
            Change::create_index(
                "orders",
                Index::new("orders_by_code", ["code DESC"]).only_where("total > 1").comment("new"),
            ),
            Outcome::Like(
                "CREATE INDEX orders_by_code ON orders (code DESC) WHERE total > 1; COMMENT ON INDEX orders_by_code IS 'new'",
            ),
        ),
        case(&[85], Change::drop_index("users_by_name"), Outcome::Like("DROP INDEX users_by_name")),
        case(
            &[86],
            Change::replace_index("users_by_name", Index::new("users_by_name", ["name", "age"]).unique()),
            Outcome::Like("DROP INDEX users_by_name; CREATE UNIQUE INDEX users_by_name ON users (name, age)"),
        ),
        case(
            &[87],
            Change::rename_index("users_by_name", "by_name"),
            Outcome::Like("ALTER INDEX users_by_name RENAME TO by_name"),
        ),
        case(&[92], Change::analyze("users"), Outcome::Like("")),
        case(&[88], Change::reindex("users_by_name"), Outcome::Like("")),
    ]
}

#[test]
fn changes_of_indexes_reach_their_end_and_go_back_to_the_letter() {
    prove_all(&cases());
}
