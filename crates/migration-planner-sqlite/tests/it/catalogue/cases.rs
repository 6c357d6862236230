//! The rows of the catalogue on SQLite.

use migration_planner::{
    Change, Column, ColumnSetting, Constraint, Derived, Generated, Identity, Index, Object, ObjectKind, Table,
};

use super::case::{Case, Outcome};

fn object(sql: &str) -> Object {
    Object::parse(sql).unwrap()
}

const AGE: &str = "age INTEGER, ";
const LEGACY: &str = "\"Legacy Name\" VARCHAR(40), CONSTRAINT sane";
const LEGACY_COLUMN: &str = "\"Legacy Name\" VARCHAR(40), ";
const MEMOS: &str = "CREATE TABLE memos (user_id INTEGER PRIMARY KEY, text TEXT COLLATE nocase, at INTEGER);";
const CODE: &str = "code INT NOT NULL";
const TOTAL: &str = "total NUMERIC";
const NAME: &str = "name TEXT DEFAULT 'nobody'";
const SANE: &str = ", CONSTRAINT sane CHECK (age >= 0)";
const END_OF_ORDERS: &str = "STORED);";
const SHORT: &str = "CREATE VIEW short_names AS SELECT name FROM names WHERE length(name) < 5";
const PARTS: &str = "CREATE TABLE parts (id INT PRIMARY KEY, label TEXT, made TEXT);";
const PLAIN: &str = "CREATE TABLE plain (a TEXT, b TEXT);";

pub(super) fn cases() -> Vec<Case> {
    [tables(), across(), columns(), types(), constraints(), indexes(), others(), refused()]
        .into_iter()
        .flatten()
        .collect()
}

fn tables() -> Vec<Case> {
    let case = Case::new;
    let notes = Table::new("notes")
        .with_column(Column::new("id", "INTEGER").primary_key())
        .with_column(Column::new("user_id", "INTEGER").not_null().default_value("0"))
        .with_constraint(Constraint::foreign_key(["user_id"], "users", ["id"]))
        .with_index(Index::new("notes_by_user", ["user_id"]));
    vec![
        case(
            &[1, 2],
            Change::create_table(notes),
            Outcome::Like(&[(
                "",
                "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL DEFAULT 0, FOREIGN KEY (user_id) REFERENCES users (id)); \
                 CREATE INDEX notes_by_user ON notes (user_id);",
            )]),
        ),
        case(&[3], Change::create_table(Table::new("users")), Outcome::Refused("exists already")),
        case(
            &[3],
            Change::replace_table(Table::new("memos").with_column(Column::new("number", "INTEGER").primary_key())),
            Outcome::Like(&[(MEMOS, "CREATE TABLE memos (number INTEGER PRIMARY KEY);")]),
        ),
        case(&[4], Change::drop_table("users"), Outcome::Refused("a foreign key of `orders`")),
        case(
            &[4, 5],
            Change::drop_table("orders"),
            Outcome::Like(&[
                (
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, total NUMERIC, code INT NOT NULL, twice INT AS (code * 2) STORED);",
                    "",
                ),
                ("CREATE INDEX orders_by_user ON orders (user_id);", ""),
                (
                    "CREATE TRIGGER stamp AFTER UPDATE OF total ON orders BEGIN UPDATE plain SET b = 'seen' WHERE a = NEW.id; END;",
                    "",
                ),
            ]),
        ),
        case(
            &[6],
            Change::rename_table("orders", "sales"),
            Outcome::Like(&[("TABLE orders", "TABLE sales"), ("ON orders", "ON sales")]),
        ),
        case(
            &[6],
            Change::rename_table("plain", "fancy"),
            Outcome::Like(&[("TABLE plain", "TABLE fancy"), ("UPDATE plain", "UPDATE fancy")]),
        ),
        case(
            &[13, 61],
            Change::rebuild_table(
                "plain",
                Table::new("plain")
                    .with_column(Column::new("b", "TEXT"))
                    .with_column(Column::new("a", "TEXT"))
                    .strict(),
            ),
            Outcome::Like(&[(PLAIN, "CREATE TABLE plain (b TEXT, a TEXT) STRICT;")]),
        ),
        // Every row is written anew, in order and without gaps.
        case(&[21], Change::rebuild_table("plain", plain()), Outcome::Like(&[])),
        case(
            &[22],
            Change::rebuild_table("parts", parts().without_rowid()),
            Outcome::Like(&[(PARTS, "CREATE TABLE parts (id INT PRIMARY KEY, label TEXT, made TEXT) WITHOUT ROWID;")]),
        ),
        case(&[22], Change::rebuild_table("plain", plain().without_rowid()), Outcome::Refused("needs a primary key")),
        case(&[8, 101], Change::delete_rows("orders", "code > 5"), Outcome::Like(&[])),
        case(&[101], Change::fill("orders", "total = 0", "total <> 0"), Outcome::Like(&[])),
        case(
            &[101],
            Change::sql(["CREATE TABLE own (id INT)"], Some(&["DROP TABLE own"])),
            Outcome::Like(&[("", "CREATE TABLE own (id INT);")]),
        ),
    ]
}

fn plain() -> Table {
    Table::new("plain").with_column(Column::new("a", "TEXT")).with_column(Column::new("b", "TEXT"))
}

fn parts() -> Table {
    Table::new("parts")
        .with_column(Column::new("id", "INT").primary_key())
        .with_column(Column::new("label", "TEXT"))
        .with_column(Column::new("made", "TEXT"))
}

/// A table whose rows are those of `users` in another place.
pub(super) fn legacy() -> Table {
    Table::new("legacy")
        .with_column(Column::new("user_id", "INTEGER").primary_key())
        .with_column(Column::new("Legacy Name", "VARCHAR(40)"))
}

pub(super) fn buyers() -> Table {
    Table::new("buyers")
        .with_column(Column::new("order_id", "INTEGER").not_null())
        .with_column(Column::new("user_id", "INTEGER").not_null())
        .with_constraint(Constraint::primary_key(["order_id", "user_id"]))
        .without_rowid()
}

fn across() -> Vec<Case> {
    let case = Case::new;
    vec![
        case(
            &[9],
            Change::split_table("users", ["Legacy Name"], legacy(), [("id", "user_id")]),
            Outcome::Like(&[
                (LEGACY_COLUMN, ""),
                ("", "CREATE TABLE legacy (user_id INTEGER PRIMARY KEY, \"Legacy Name\" VARCHAR(40));"),
            ]),
        ),
        case(
            &[10],
            Change::merge_tables("memos", "users", [("user_id", "id")]),
            Outcome::Like(&[
                (MEMOS, ""),
                ("VARCHAR(40), CONSTRAINT sane", "VARCHAR(40), text TEXT COLLATE nocase, at INTEGER, CONSTRAINT sane"),
            ]),
        ),
        case(
            &[11],
            Change::make_junction("orders", "user_id", buyers(), "order_id", "user_id"),
            Outcome::Like(&[
                ("user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, ", ""),
                ("CREATE INDEX orders_by_user ON orders (user_id);", ""),
                (
                    "",
                    "CREATE TABLE buyers (order_id INTEGER NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (order_id, user_id)) WITHOUT ROWID;",
                ),
            ]),
        ),
        case(
            &[12],
            Change::move_columns("users", ["Legacy Name"], "memos", [("id", "user_id")]),
            Outcome::Like(&[(LEGACY_COLUMN, ""), ("at INTEGER);", "at INTEGER, \"Legacy Name\" VARCHAR(40));")]),
        ),
    ]
}

fn columns() -> Vec<Case> {
    let case = Case::new;
    let add = |column| Change::add_column("users", column);
    let none: [&str; 0] = [];
    vec![
        case(
            &[25],
            add(Column::new("city", "TEXT")),
            Outcome::Like(&[(LEGACY, "\"Legacy Name\" VARCHAR(40), city TEXT, CONSTRAINT sane")]),
        ),
        case(
            &[26],
            add(Column::new("points", "INT").not_null().default_value("0")),
            Outcome::Like(&[(LEGACY, "\"Legacy Name\" VARCHAR(40), points INT NOT NULL DEFAULT 0, CONSTRAINT sane")]),
        ),
        case(
            &[27],
            add(Column::new("token", "INT").not_null().default_value("random()")),
            Outcome::Like(&[(
                LEGACY,
                "\"Legacy Name\" VARCHAR(40), token INT NOT NULL DEFAULT (random()), CONSTRAINT sane",
            )]),
        ),
        case(
            &[28],
            add(Column::new("handle", "TEXT").not_null()).filled_with("upper(email)"),
            Outcome::Like(&[(LEGACY, "\"Legacy Name\" VARCHAR(40), handle TEXT NOT NULL, CONSTRAINT sane")]),
        ),
        case(&[28], add(Column::new("handle", "TEXT").not_null()), Outcome::Refused("say what the rows get")),
        case(
            &[29],
            Change::add_column("plain", Column::new("number", "INTEGER").primary_key()),
            Outcome::Like(&[(PLAIN, "CREATE TABLE plain (a TEXT, b TEXT, number INTEGER PRIMARY KEY);")]),
        ),
        case(&[29], add(Column::new("number", "INTEGER").primary_key()), Outcome::Refused("a table that has none")),
        case(
            &[29],
            add(Column::new("number", "INT").identity(Identity::Always)),
            Outcome::Refused("`INTEGER PRIMARY KEY`"),
        ),
        case(
            &[30],
            add(Column::new("greeting", "TEXT").generated(Generated::stored("'hi ' || name"))),
            Outcome::Like(&[(
                LEGACY,
                "\"Legacy Name\" VARCHAR(40), greeting TEXT GENERATED ALWAYS AS ('hi ' || name) STORED, CONSTRAINT sane",
            )]),
        ),
        case(
            &[31, 35],
            add(Column::new("height", "INT")).with_constraint(Constraint::check("height > 0")),
            Outcome::Like(&[
                (LEGACY, "\"Legacy Name\" VARCHAR(40), height INT, CONSTRAINT sane"),
                (SANE, ", CONSTRAINT sane CHECK (age >= 0), CHECK (height > 0)"),
            ]),
        ),
        case(
            &[32],
            add(Column::new("phone", "TEXT")).with_constraint(Constraint::unique(["phone"])),
            Outcome::Like(&[
                (LEGACY, "\"Legacy Name\" VARCHAR(40), phone TEXT, CONSTRAINT sane"),
                (SANE, ", CONSTRAINT sane CHECK (age >= 0), UNIQUE (phone)"),
            ]),
        ),
        case(
            &[33],
            add(Column::new("boss", "INT")).with_constraint(Constraint::foreign_key(["boss"], "users", ["id"])),
            Outcome::Like(&[
                (LEGACY, "\"Legacy Name\" VARCHAR(40), boss INT, CONSTRAINT sane"),
                (SANE, ", CONSTRAINT sane CHECK (age >= 0), FOREIGN KEY (boss) REFERENCES users (id)"),
            ]),
        ),
        case(
            &[34],
            add(Column::new("extra", "TEXT")),
            Outcome::Like(&[(LEGACY, "\"Legacy Name\" VARCHAR(40), extra TEXT, CONSTRAINT sane")]),
        ),
        case(
            &[36],
            Change::drop_column("users", "Legacy Name"),
            Outcome::Like(&[(", \"Legacy Name\" VARCHAR(40)", "")]),
        ),
        case(
            &[37],
            Change::drop_column("parts", "made").replacing([object("CREATE VIEW labels AS SELECT label FROM parts")]),
            Outcome::Like(&[(", made TEXT", ""), ("SELECT label, made FROM parts", "SELECT label FROM parts")]),
        ),
        case(
            &[37],
            Change::drop_column("parts", "made")
                .replacing([object("CREATE VIEW labels AS SELECT made, label FROM parts")]),
            Outcome::Refused("the view `labels`"),
        ),
        case(&[37], Change::drop_column("users", "name"), Outcome::Refused("the view `names`")),
        case(&[38], Change::rename_column("plain", "a", "c"), Outcome::Refused("the trigger `stamp`")),
        case(
            &[38],
            Change::rename_column("users", "Legacy Name", "legacy"),
            Outcome::Like(&[("\"Legacy Name\"", "legacy")]),
        ),
        case(
            &[39],
            Change::split_column("users", "age", [Derived::new(Column::new("decade", "INT"), "age / 10")], None),
            Outcome::Refused("the check `age >= 0`"),
        ),
        case(&[39], split(), Outcome::Like(&[(LEGACY, "first TEXT, last TEXT NOT NULL DEFAULT '', CONSTRAINT sane")])),
        case(
            &[40],
            Change::merge_columns(
                "plain",
                ["a", "b"],
                Derived::new(Column::new("both", "TEXT"), "a || '/' || b"),
                ["substr(both, 1, instr(both, '/') - 1)", "substr(both, instr(both, '/') + 1)"],
            ),
            Outcome::Refused("the trigger `stamp`"),
        ),
        case(
            &[40],
            Change::merge_columns(
                "users",
                ["Legacy Name"],
                Derived::new(Column::new("legacy", "TEXT"), "upper(\"Legacy Name\")"),
                none,
            ),
            Outcome::Like(&[(LEGACY, "legacy TEXT, CONSTRAINT sane")]),
        ),
        case(
            &[41],
            Change::set_default("users", "age", Some("18")),
            Outcome::Like(&[(AGE, "age INTEGER DEFAULT 18, ")]),
        ),
        case(&[41], Change::set_default("users", "name", None), Outcome::Like(&[(NAME, "name TEXT")])),
        case(&[42], Change::set_not_null("orders", "total"), Outcome::Like(&[(TOTAL, "total NUMERIC NOT NULL")])),
        case(
            &[43],
            Change::set_not_null("users", "name").filled_with("'somebody'"),
            Outcome::Like(&[(NAME, "name TEXT NOT NULL DEFAULT 'nobody'")]),
        ),
        case(&[44], Change::drop_not_null("orders", "code"), Outcome::Like(&[(CODE, "code INT")])),
        case(
            &[59],
            Change::drop_expression("orders", "twice"),
            Outcome::Like(&[("twice INT AS (code * 2) STORED", "twice INT")]),
        ),
        case(
            &[63],
            Change::replace_column("users", Column::new("Legacy Name", "BLOB")),
            Outcome::Like(&[(LEGACY, "\"Legacy Name\" BLOB, CONSTRAINT sane")]),
        ),
        case(
            &[64],
            add(Column::new("type", "TEXT")).announced(),
            Outcome::Like(&[(LEGACY, "\"Legacy Name\" VARCHAR(40), type TEXT, CONSTRAINT sane")]),
        ),
    ]
}

pub(super) fn split() -> Change {
    Change::split_column(
        "users",
        "Legacy Name",
        [
            Derived::new(Column::new("first", "TEXT"), "substr(\"Legacy Name\", 1, 1)"),
            Derived::new(
                Column::new("last", "TEXT").not_null().default_value("''"),
                "coalesce(substr(\"Legacy Name\", 2), '')",
            ),
        ],
        Some("first || last"),
    )
}

fn types() -> Vec<Case> {
    let case = Case::new;
    let to = |column: &str, data_type: &str| Change::change_type("orders", column, data_type);
    vec![
        case(&[45, 51], Change::change_type("users", "Legacy Name", "TEXT"), Outcome::Like(&[("VARCHAR(40)", "TEXT")])),
        case(
            &[46, 47, 48, 50],
            to("user_id", "BIGINT"),
            Outcome::Like(&[("user_id INTEGER REFERENCES", "user_id BIGINT REFERENCES")]),
        ),
        case(
            &[49],
            Change::change_type("parts", "id", "BIGINT"),
            Outcome::Like(&[("id INT PRIMARY KEY", "id BIGINT PRIMARY KEY")]),
        ),
        case(&[52], to("total", "REAL"), Outcome::Like(&[(TOTAL, "total REAL")])),
        case(
            &[57],
            Change::change_type("users", "Legacy Name", "INTEGER")
                .convertible_when("\"Legacy Name\" NOT GLOB '*[^0-9]*'"),
            Outcome::Like(&[("VARCHAR(40)", "INTEGER")]),
        ),
        case(
            &[53, 54, 55, 56],
            to("total", "TEXT").converted_by("printf('%.2f', total)", Some("CAST(total AS NUMERIC)")),
            Outcome::Like(&[(TOTAL, "total TEXT")]),
        ),
        case(
            &[62],
            Change::transform_column("users", "Legacy Name", "TEXT", "hex(\"Legacy Name\")"),
            Outcome::Like(&[("VARCHAR(40)", "TEXT")]),
        ),
    ]
}

fn constraints() -> Vec<Case> {
    let case = Case::new;
    let orders = |constraint| Change::add_constraint("orders", constraint);
    vec![
        case(
            &[65],
            orders(Constraint::check("total >= 0").named("no_debts")),
            Outcome::Like(&[(END_OF_ORDERS, "STORED, CONSTRAINT no_debts CHECK (total >= 0));")]),
        ),
        case(
            &[65],
            Change::add_constraint("users", Constraint::check("age > 1").named("sane")),
            Outcome::Refused("constraint `sane` exists already"),
        ),
        case(&[67], Change::drop_constraint("users", "sane"), Outcome::Like(&[(SANE, "")])),
        // Values are compared as the type of what is referred to compares them.
        case(
            &[70],
            orders(Constraint::foreign_key(["total"], "users", ["id"])),
            Outcome::Like(&[(END_OF_ORDERS, "STORED, FOREIGN KEY (total) REFERENCES users (id));")]),
        ),
        case(
            &[68, 71],
            orders(Constraint::foreign_key(["code"], "users", ["id"]))
                .indexed_by(Index::new("orders_by_code", ["code"])),
            Outcome::Like(&[
                (END_OF_ORDERS, "STORED, FOREIGN KEY (code) REFERENCES users (id));"),
                ("", "CREATE INDEX orders_by_code ON orders (code);"),
            ]),
        ),
        case(
            &[69],
            orders(Constraint::foreign_key(["code"], "users", ["id"])).with_constraint(Constraint::foreign_key(
                ["id"],
                "users",
                ["id"],
            )),
            Outcome::Like(&[(
                END_OF_ORDERS,
                "STORED, FOREIGN KEY (code) REFERENCES users (id), FOREIGN KEY (id) REFERENCES users (id));",
            )]),
        ),
        case(
            &[72],
            Change::replace_constraint("users", "sane", Constraint::check("age > 0")),
            Outcome::Like(&[(SANE, ", CONSTRAINT sane CHECK (age > 0)")]),
        ),
        case(&[74], orders(Constraint::unique(["code"])), Outcome::Like(&[(END_OF_ORDERS, "STORED, UNIQUE (code));")])),
        case(
            &[75],
            orders(Constraint::unique(["total"])).without_rows("code > 10"),
            Outcome::Like(&[(END_OF_ORDERS, "STORED, UNIQUE (total));")]),
        ),
        case(
            &[76],
            Change::drop_constraint("users", "one_each"),
            Outcome::Like(&[(" CONSTRAINT one_each UNIQUE ON CONFLICT ABORT", "")]),
        ),
        case(
            &[77, 78],
            Change::add_constraint("plain", Constraint::primary_key(["a"])),
            Outcome::Like(&[(PLAIN, "CREATE TABLE plain (a TEXT, b TEXT, PRIMARY KEY (a));")]),
        ),
        case(
            &[79],
            Change::replace_constraint("orders", "orders_pkey", Constraint::primary_key(["id", "code"])),
            Outcome::Like(&[
                ("(id INTEGER PRIMARY KEY, user_id", "(id INTEGER, user_id"),
                (END_OF_ORDERS, "STORED, PRIMARY KEY (id, code));"),
            ]),
        ),
        case(
            &[80],
            orders(Constraint::exclusion("EXCLUDE USING gist (code WITH =)")),
            Outcome::Refused("SQLite has no exclusion constraints"),
        ),
        case(
            &[81],
            Change::rename_constraint("users", "sane", "age_check"),
            Outcome::Like(&[("CONSTRAINT sane", "CONSTRAINT age_check")]),
        ),
    ]
}

fn indexes() -> Vec<Case> {
    let case = Case::new;
    vec![
        case(
            &[83, 90],
            Change::create_index("orders", Index::new("orders_by_code", ["code"]).only_where("total > 1")),
            Outcome::Like(&[("", "CREATE INDEX orders_by_code ON orders (code) WHERE total > 1;")]),
        ),
        case(
            &[85],
            Change::drop_index("users_by_name"),
            Outcome::Like(&[("CREATE INDEX users_by_name ON users (lower(name));", "")]),
        ),
        case(
            &[86],
            Change::replace_index("users_by_name", Index::new("users_by_name", ["name", "age"]).unique()),
            Outcome::Like(&[(
                "CREATE INDEX users_by_name ON users (lower(name));",
                "CREATE UNIQUE INDEX users_by_name ON users (name, age);",
            )]),
        ),
        case(
            &[87],
            Change::rename_index("users_by_name", "by_name"),
            Outcome::Like(&[("INDEX users_by_name", "INDEX by_name")]),
        ),
        case(&[88, 89], Change::reindex("users_by_name"), Outcome::Like(&[])),
        case(
            &[91],
            Change::create_index("orders", Index::new("again", ["user_id"])),
            Outcome::Refused("would order the same as `orders_by_user`"),
        ),
        case(&[92], Change::analyze("users"), Outcome::Like(&[])),
    ]
}

fn others() -> Vec<Case> {
    let case = Case::new;
    vec![
        case(
            &[95],
            Change::create(object("CREATE VIEW ages AS SELECT age FROM users")),
            Outcome::Like(&[("", "CREATE VIEW ages AS SELECT age FROM users;")]),
        ),
        case(
            &[95],
            Change::replace(object("CREATE VIEW short_names AS SELECT name FROM names")),
            Outcome::Like(&[(SHORT, "CREATE VIEW short_names AS SELECT name FROM names")]),
        ),
        case(
            &[95],
            Change::drop_object(ObjectKind::View, "short_names"),
            Outcome::Like(&[("CREATE VIEW short_names AS SELECT name FROM names WHERE length(name) < 5;", "")]),
        ),
        case(&[95], Change::drop_object(ObjectKind::View, "names"), Outcome::Refused("the view `short_names`")),
        case(
            &[96],
            Change::replace(
                object("CREATE TRIGGER stamp AFTER UPDATE OF total ON orders BEGIN SELECT 1; END").on_table("orders"),
            ),
            Outcome::Like(&[("BEGIN UPDATE plain SET b = 'seen' WHERE a = NEW.id; END", "BEGIN SELECT 1; END")]),
        ),
    ]
}

fn refused() -> Vec<Case> {
    let case = |rows, change, reason| Case::new(rows, change, Outcome::Refused(reason));
    let columns: [&str; 0] = [];
    vec![
        case(&[7], Change::move_table("users", "archive"), "reach no other file"),
        case(&[14], Change::partition_table("users", "RANGE (id)", "old", "DEFAULT"), "UNION ALL"),
        case(&[15, 16, 73, 84], Change::attach_partition("users", "old", "DEFAULT", "true"), "UNION ALL"),
        case(&[17, 18], Change::detach_partition("users", "old", "true"), "UNION ALL"),
        case(
            &[19, 20, 22],
            Change::set_table_option("users", "fillfactor", Some("70")),
            "no settings of single tables",
        ),
        case(&[23], Change::set_replica_identity("users", "FULL"), "SQLite publishes nothing"),
        case(
            &[58],
            Change::set_identity("users", "id", Some(Identity::Always)),
            "rows are numbered by `INTEGER PRIMARY KEY`",
        ),
        case(
            &[60],
            Change::set_column("users", "age", ColumnSetting::Statistics, "1"),
            "no settings of single tables and columns",
        ),
        case(&[60], Change::comment_on_column("users", "age", Some("x")), "comments only as part of the text"),
        case(&[66], Change::validate_constraint("users", "sane"), "holds for all rows from the start"),
        case(&[82], Change::add_domain_check("percent", "low", "VALUE > 0"), "no types of one's own"),
        case(&[93], Change::create(object("CREATE TYPE mood AS ENUM ('good')")), "no types of one's own"),
        case(&[93], Change::add_enum_value("mood", "bad", None), "no types of one's own"),
        case(&[94], Change::rename_enum_value("mood", "bad", "worse"), "no types of one's own"),
        case(&[95], Change::refresh_view("sums"), "no materialized views"),
        case(&[97], Change::create(object("CREATE EXTENSION citext")), "SQLite has none of these"),
        case(&[97], Change::update_extension("citext", "2"), "libraries of the application"),
        case(&[98], Change::create(object("CREATE SEQUENCE ids")), "SQLite has no sequences"),
        case(&[98], Change::create(object("CREATE SCHEMA audit")), "is one schema"),
        case(&[99], Change::grant("SELECT", "users", "PUBLIC"), "SQLite has no roles"),
        case(&[99], Change::set_row_security("users", true, false), "SQLite has no roles"),
        case(&[100], Change::publish("feed", "users", columns), "SQLite publishes nothing"),
        case(&[24], Change::drop_table("_cutover_new_plain"), "prefix of the planner's own objects"),
        case(&[49], Change::change_type("users", "id", "BIGINT"), "numbers rows with 64 bits"),
        case(&[102], Change::sql(["BEGIN; DELETE FROM plain; COMMIT"], None), "leave BEGIN, COMMIT and ROLLBACK away"),
        case(&[10], Change::merge_tables("orders", "users", [("id", "id")]), "trigger `stamp` would fire"),
        case(&[12], Change::move_columns("users", ["age"], "orders", [("id", "id")]), "the check `age >= 0`"),
        case(&[12], Change::move_columns("orders", ["total"], "users", [("id", "id")]), "the trigger `stamp`"),
        case(
            &[12],
            Change::move_columns("users", ["Legacy Name"], "orders", [("id", "user_id")]),
            "`orders` is not unique by user_id",
        ),
    ]
}
