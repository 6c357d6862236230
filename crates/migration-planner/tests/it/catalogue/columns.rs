//! Section B of the catalogue.

use migration_planner::{Change, Column, ColumnSetting, Constraint, Derived};

use super::case::{Case, Outcome, prove_all};
use super::{ROWS, shop};

pub(crate) fn cases() -> Vec<Case> {
    let case = |rows, change, outcome| Case::new(rows, shop(), change, outcome).with(ROWS);
    let add = |column| Change::add_column("users", column);
    vec![
        case(&[25], add(Column::new("city", "text")), Outcome::Like("ALTER TABLE users ADD COLUMN city text")),
        case(
            &[26],
            add(Column::new("points", "int").not_null().default_value("0")),
            Outcome::Like("ALTER TABLE users ADD COLUMN points int NOT NULL DEFAULT 0"),
        ),
        case(
            &[27],
            add(Column::new("token", "uuid").not_null().default_value("gen_random_uuid()")),
            Outcome::Like("ALTER TABLE users ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid()"),
        ),
        case(
            &[28],
            add(Column::new("city", "text").not_null()).filled_with("'unknown'"),
            Outcome::Like(
                "ALTER TABLE users ADD city text; UPDATE users SET city = ''; ALTER TABLE users ALTER city SET NOT NULL",
            ),
        ),
        case(
            &[28],
            add(Column::new("handle", "text").not_null()).filled_with("upper(email)"),
            Outcome::Like(
                "ALTER TABLE users ADD handle text; UPDATE users SET handle = ''; ALTER TABLE users ALTER handle SET NOT NULL",
            ),
        ),
        case(&[28], add(Column::new("city", "text").not_null()), Outcome::Refused("say what the rows get")),
        case(
            &[31],
            add(Column::new("height", "int")).with_constraint(Constraint::check("height > 0").named("height_is_sane")),
            Outcome::Like("ALTER TABLE users ADD height int CONSTRAINT height_is_sane CHECK (height > 0)"),
        ),
        case(
            &[32],
            add(Column::new("phone", "text")).with_constraint(Constraint::unique(["phone"])),
            Outcome::Like("ALTER TABLE users ADD phone text UNIQUE"),
        ),
        case(
            &[33],
            add(Column::new("invited_by", "bigint")).with_constraint(Constraint::foreign_key(
                ["invited_by"],
                "users",
                ["id"],
            )),
            Outcome::Like("ALTER TABLE users ADD invited_by bigint REFERENCES users (id)"),
        ),
        case(&[34], add(Column::new("extra", "json")), Outcome::Like("ALTER TABLE users ADD COLUMN extra json")),
        case(&[36], Change::drop_column("users", "age"), Outcome::Like("ALTER TABLE users DROP COLUMN age")),
        case(
            &[36],
            Change::drop_column("users", "Legacy Name").filled_with("'gone'"),
            Outcome::Like("ALTER TABLE users DROP COLUMN \"Legacy Name\""),
        ),
        case(&[37], Change::drop_column("users", "id"), Outcome::Refused("a foreign key of `orders`")),
        case(
            &[42],
            Change::set_not_null("orders", "user_id"),
            Outcome::Like("ALTER TABLE orders ALTER user_id SET NOT NULL"),
        ),
        case(
            &[43],
            Change::set_not_null("users", "name").filled_with("'somebody'"),
            Outcome::Like("UPDATE users SET name = '' WHERE name IS NULL; ALTER TABLE users ALTER name SET NOT NULL"),
        ),
        case(
            &[44],
            Change::drop_not_null("users", "email"),
            Outcome::Like("ALTER TABLE users ALTER email DROP NOT NULL"),
        ),
        case(
            &[38],
            Change::rename_column("users", "name", "full_name"),
            Outcome::Like("ALTER TABLE users RENAME name TO full_name"),
        ),
        case(
            &[39],
            Change::split_column(
                "users",
                "age",
                [
                    Derived::new(Column::new("decade", "int"), "age / 10"),
                    Derived::new(Column::new("year", "int"), "age % 10"),
                ],
                Some("decade * 10 + year"),
            ),
            Outcome::Like("ALTER TABLE users ADD decade int, ADD year int, DROP age"),
        ),
        case(
            &[39],
            Change::split_column(
                "users",
                "Legacy Name",
                [
                    Derived::new(Column::new("first", "text"), "split_part(\"Legacy Name\", ' ', 1)"),
                    Derived::new(Column::new("last", "text"), "split_part(\"Legacy Name\", ' ', 2)"),
                ],
                Some("first || ' ' || last"),
            ),
            Outcome::Like("ALTER TABLE users ADD first text, ADD last text, DROP \"Legacy Name\""),
        ),
        case(
            &[40],
            Change::merge_columns(
                "orders",
                ["total", "code"],
                Derived::new(Column::new("label", "text"), "code || '/' || total"),
                ["split_part(label, '/', 2)::numeric", "split_part(label, '/', 1)::int"],
            ),
            Outcome::Like("ALTER TABLE orders ADD label text, DROP total, DROP code"),
        ),
        case(
            &[41],
            Change::set_default("users", "name", Some("'x'")),
            Outcome::Like("ALTER TABLE users ALTER name SET DEFAULT 'x'"),
        ),
        case(
            &[41],
            Change::set_default("users", "name", None),
            Outcome::Like("ALTER TABLE users ALTER name DROP DEFAULT"),
        ),
        case(
            &[45],
            Change::change_type("users", "Legacy Name", "text"),
            Outcome::Like("ALTER TABLE users ALTER \"Legacy Name\" TYPE text"),
        ),
        case(
            &[47, 48],
            Change::change_type("orders", "code", "bigint"),
            Outcome::Like(
                "ALTER TABLE orders ADD c2 bigint, DROP code; ALTER TABLE orders RENAME c2 TO code; UPDATE orders SET code = 1; ALTER TABLE orders ALTER code SET NOT NULL",
            ),
        ),
        case(
            &[52],
            Change::change_type("orders", "total", "numeric(12,4)"),
            Outcome::Like("ALTER TABLE orders ADD c2 numeric(12,4), DROP total; ALTER TABLE orders RENAME c2 TO total"),
        ),
        case(
            &[62],
            Change::transform_column("orders", "total", "text", "md5(total::text)"),
            Outcome::Like("ALTER TABLE orders ADD c2 text, DROP total; ALTER TABLE orders RENAME c2 TO total"),
        ),
        case(
            &[60],
            Change::set_column("users", "email", ColumnSetting::Statistics, "500"),
            Outcome::Like("ALTER TABLE users ALTER email SET STATISTICS 500"),
        ),
        case(
            &[60],
            Change::comment_on_column("users", "email", None),
            Outcome::Like("COMMENT ON COLUMN users.email IS NULL"),
        ),
        case(
            &[64],
            add(Column::new("type", "text")).announced(),
            Outcome::Like("ALTER TABLE users ADD COLUMN type text"),
        ),
    ]
}

#[test]
fn changes_of_columns_reach_their_end_and_go_back_to_the_letter() {
    prove_all(&cases());
}
