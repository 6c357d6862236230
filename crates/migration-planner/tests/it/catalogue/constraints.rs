//! Section C of the catalogue.

use migration_planner::{Change, Constraint};

use super::case::{Case, Outcome, prove_all};
use super::{ROWS, shop};

pub(crate) fn cases() -> Vec<Case> {
    let case = |rows, change, outcome| Case::new(rows, shop(), change, outcome).with(ROWS);
    vec![
        case(
            &[65, 66],
            Change::add_constraint(
                "orders",
                Constraint::check("total >= 0").named("total_is_sane").comment("no debts"),
            ),
            Outcome::Like(
                "ALTER TABLE orders ADD CONSTRAINT total_is_sane CHECK (total >= 0); \
                 COMMENT ON CONSTRAINT total_is_sane ON orders IS 'no debts'",
            ),
        ),
        case(
            &[68],
            Change::add_constraint("orders", Constraint::foreign_key(["id"], "users", ["id"])),
            Outcome::Like("ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES users (id)"),
        ),
        case(
            &[70],
            Change::add_constraint("orders", Constraint::foreign_key(["code"], "users", ["id"])),
            Outcome::Refused("change one of them first, or let the key do it with `converting`"),
        ),
        case(
            &[70],
            Change::add_constraint("orders", Constraint::foreign_key(["code"], "users", ["id"])).converting(),
            Outcome::Like(
                "ALTER TABLE orders ADD taken bigint; UPDATE orders SET taken = code; ALTER TABLE orders DROP code; ALTER TABLE orders RENAME \
                 taken TO code; ALTER TABLE orders ALTER code SET NOT NULL; ALTER TABLE orders ADD FOREIGN KEY (code) REFERENCES users (id)",
            ),
        ),
        case(
            &[74],
            Change::add_constraint(
                "orders",
                Constraint::unique(["code"]).named("k").defined_by("UNIQUE (code) INCLUDE (total) DEFERRABLE"),
            ),
            Outcome::Like("ALTER TABLE orders ADD CONSTRAINT k UNIQUE (code) INCLUDE (total) DEFERRABLE"),
        ),
        case(
            &[75],
            Change::add_constraint("orders", Constraint::unique(["total"])).without_rows("code > 10"),
            Outcome::Like("ALTER TABLE orders ADD UNIQUE (total)"),
        ),
        case(
            &[80],
            Change::add_constraint("orders", Constraint::exclusion("EXCLUDE USING btree (code WITH =)").named("alone")),
            Outcome::Refused("while every row of it is read"),
        ),
        case(
            &[67],
            Change::drop_constraint("orders", "orders_user_fkey"),
            Outcome::Like("ALTER TABLE orders DROP CONSTRAINT orders_user_fkey"),
        ),
        case(
            &[72],
            Change::replace_constraint(
                "orders",
                "orders_user_fkey",
                Constraint::foreign_key(["user_id"], "users", ["id"])
                    .defined_by("FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE"),
            ),
            Outcome::Like(
                "ALTER TABLE orders DROP CONSTRAINT orders_user_fkey, ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) \
                 REFERENCES users(id) ON DELETE CASCADE",
            ),
        ),
        case(
            &[76],
            Change::drop_constraint("users", "users_email_key"),
            Outcome::Like("ALTER TABLE users DROP CONSTRAINT users_email_key"),
        ),
        case(&[76], Change::drop_constraint("users", "users_pkey"), Outcome::Refused("a foreign key of `orders`")),
        case(
            &[81],
            Change::rename_constraint("users", "age_is_sane", "age_check"),
            Outcome::Like("ALTER TABLE users RENAME CONSTRAINT age_is_sane TO age_check"),
        ),
    ]
}

#[test]
fn changes_of_constraints_reach_their_end_and_go_back_to_the_letter() {
    prove_all(&cases());
}
