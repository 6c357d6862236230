//! Columns, indexes and extensions that need more than one statement, or get another answer than a plan.

use migration_planner::{Change, Column, Generated, Identity, Index, Object, ObjectKind, Schema, Table};

use super::case::{Case, Outcome, prove_all};
use super::{ROWS, shop};

fn object(sql: &str) -> Object {
    Object::parse(sql).unwrap()
}

fn viewed() -> Schema {
    shop()
        .with_table(Table::new("orders_gho").with_column(Column::new("id", "bigint")))
        .with_object(object("CREATE DOMAIN percent AS integer CONSTRAINT in_range CHECK (VALUE >= 0 AND VALUE <= 100)"))
        .with_object(object("CREATE EXTENSION citext VERSION '1.5'"))
        .with_object(
            object("CREATE VIEW ages AS SELECT id, age FROM users")
                .with_attached(["COMMENT ON VIEW ages IS 'how old'"]),
        )
        .with_object(object(
            "CREATE FUNCTION oldest() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT max(age) FROM users); END'",
        ))
        .with_object(object("CREATE PUBLICATION feed FOR TABLE users (id, age)"))
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |rows, change, outcome| Case::new(rows, viewed(), change, outcome).with(ROWS);
    let add = |column| Change::add_column("users", column);
    let like = Outcome::Like;
    let broken = shop();
    let orders =
        broken.table(&"orders".into()).unwrap().clone().with_index(Index::new("orders_by_code", ["code"]).invalid());
    let broken = broken.with_table(orders);
    vec![
        case(
            &[29],
            add(Column::new("number", "bigint").identity(Identity::Always)),
            like("ALTER TABLE users ADD number bigint GENERATED ALWAYS AS IDENTITY"),
        ),
        case(&[29], add(Column::new("number", "serial").not_null()), like("ALTER TABLE users ADD number serial")),
        case(
            &[30],
            add(Column::new("greeting", "text").generated(Generated::stored("'hi ' || name"))),
            like(
                "ALTER TABLE users ADD greeting text; CREATE FUNCTION users_greeting_generated() RETURNS trigger LANGUAGE plpgsql AS \
                 $cutover$ BEGIN NEW.greeting := (SELECT ('hi ' || name) FROM (SELECT NEW.*) AS users); RETURN NEW; END $cutover$; CREATE \
                 TRIGGER zz_greeting_generated BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION users_greeting_generated()",
            ),
        ),
        case(
            &[35],
            add(Column::new("share", "percent").default_value("50")),
            like(
                "ALTER TABLE users ADD share integer DEFAULT 50 CONSTRAINT in_range CHECK (share >= 0 AND share <= 100)",
            ),
        ),
        case(&[37], Change::drop_column("users", "age"), Outcome::Refused("the view `ages`")),
        case(
            &[37],
            Change::drop_column("users", "age").replacing([
                object("CREATE VIEW ages AS SELECT id FROM users"),
                object("CREATE FUNCTION oldest() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
                object("CREATE PUBLICATION feed FOR TABLE users (id)"),
            ]),
            like(
                "DROP VIEW ages; CREATE VIEW ages AS SELECT id FROM users; CREATE OR REPLACE FUNCTION oldest() RETURNS int LANGUAGE sql AS \
                 'SELECT 1'; DROP PUBLICATION feed; CREATE PUBLICATION feed FOR TABLE users (id); ALTER TABLE users DROP age",
            ),
        ),
        case(
            &[63],
            Change::replace_column("orders", Column::new("total", "text")),
            like("ALTER TABLE orders DROP total; ALTER TABLE orders ADD total text"),
        ),
        Case::new(&[89], broken, Change::reindex("orders_by_code"), like("REINDEX INDEX orders_by_code"))
            .with("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_by_code'::regclass"),
        // The linter advises against them; who wants them has them built without anybody waiting.
        case(
            &[91],
            Change::create_index("orders", Index::new("orders_by_all", ["user_id", "total", "code", "id"])),
            like("CREATE INDEX orders_by_all ON orders (user_id, total, code, id)"),
        ),
        case(
            &[91],
            Change::create_index("orders", Index::new("orders_hash", ["code"]).using("hash")),
            like("CREATE INDEX orders_hash ON orders USING hash (code)"),
        ),
        case(
            &[91],
            Change::create_index("orders", Index::new("orders_by_buyer", ["user_id"])),
            Outcome::Refused("would order the same as `orders_by_user`, which is there"),
        ),
        // What another tool left behind goes like any table, once nobody uses it; a plan's own goes by the plan.
        case(&[24], Change::drop_table("orders_gho"), like("DROP TABLE orders_gho")),
        case(
            &[24],
            Change::drop_table("_cutover_old_orders"),
            Outcome::Refused("the prefix of the planner's own objects"),
        ),
        case(&[97], Change::create(object("CREATE EXTENSION pg_trgm")), like("CREATE EXTENSION pg_trgm")),
        case(&[97], Change::update_extension("citext", "1.6"), like("ALTER EXTENSION citext UPDATE TO '1.6'")),
        case(&[97], Change::drop_object(ObjectKind::Extension, "citext"), like("DROP EXTENSION citext")),
    ]
}

#[test]
fn additions_reach_their_end_and_go_back_to_the_letter() {
    prove_all(&cases());
}
