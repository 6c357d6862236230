//! Values that move from one table to another: the catalogs, and what old and new versions find of what the others wrote.

use migration_planner::{Change, Column, Constraint, Schema, Table};

use super::case::{Case, Outcome, prove_all};
use super::database::Target;
use super::story::{Chapter, tell};

fn users(with: &[(&str, &str)]) -> Table {
    let table = Table::new("users")
        .with_column(Column::new("id", "bigint").not_null())
        .with_column(Column::new("name", "text"));
    with.iter()
        .fold(table, |table, (name, kind)| table.with_column(Column::new(*name, *kind)))
        .with_constraint(Constraint::primary_key(["id"]).named("users_pkey"))
}

fn profiles(with: &[(&str, &str)]) -> Table {
    let table = Table::new("profiles").with_column(Column::new("user_id", "bigint").not_null());
    with.iter()
        .fold(table, |table, (name, kind)| table.with_column(Column::new(*name, *kind)))
        .with_constraint(Constraint::primary_key(["user_id"]).named("profiles_pkey"))
        .with_constraint(Constraint::foreign_key(["user_id"], "users", ["id"]).named("profiles_user_id_fkey"))
}

const BOTH: [(&str, &str); 2] = [("bio", "text"), ("likes", "json")];

/// 12: columns move to a table that is there.
fn moved() -> Case {
    let schema = Schema::new().with_table(users(&BOTH)).with_table(profiles(&[("city", "text")]));
    Case::new(
        &[12],
        schema,
        Change::move_columns("users", ["bio", "likes"], "profiles", [("id", "user_id")]),
        Outcome::Like("ALTER TABLE profiles ADD bio text, ADD likes json; ALTER TABLE users DROP bio, DROP likes"),
    )
    .with(
        "INSERT INTO users SELECT i, 'n', 'bio ' || i, '{\"n\": 1}' FROM generate_series(1, 20) AS i; INSERT INTO profiles SELECT i, 'c' FROM \
         generate_series(1, 15) AS i",
    )
}

/// 9: a table is split.
fn split() -> Case {
    Case::new(
        &[9],
        Schema::new().with_table(users(&BOTH)),
        Change::split_table("users", ["bio", "likes"], profiles(&BOTH), [("id", "user_id")]),
        Outcome::Like(
            "CREATE TABLE profiles (user_id bigint NOT NULL, bio text, likes json, CONSTRAINT profiles_pkey PRIMARY KEY (user_id), CONSTRAINT \
             profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)); ALTER TABLE users DROP bio, DROP likes",
        ),
    )
    .with("INSERT INTO users SELECT i, 'n', 'bio ' || i, '{\"n\": 1}' FROM generate_series(1, 20) AS i")
}

/// 10: two tables become one.
fn merged() -> Case {
    Case::new(
        &[10],
        Schema::new().with_table(users(&[])).with_table(profiles(&BOTH)),
        Change::merge_tables("profiles", "users", [("user_id", "id")]),
        Outcome::Like("ALTER TABLE users ADD bio text, ADD likes json; DROP TABLE profiles"),
    )
    .with(
        "INSERT INTO users SELECT i, 'n' FROM generate_series(1, 20) AS i; INSERT INTO profiles SELECT i, 'bio ' || i, '{\"n\": 1}' FROM \
         generate_series(1, 15) AS i",
    )
}

/// 11: a reference becomes rows.
fn junction() -> Case {
    let orders = Table::new("orders")
        .with_column(Column::new("id", "bigint").not_null())
        .with_column(Column::new("user_id", "bigint"))
        .with_constraint(Constraint::primary_key(["id"]).named("orders_pkey"))
        .with_constraint(Constraint::foreign_key(["user_id"], "users", ["id"]).named("orders_user_id_fkey"));
    let buyers = Table::new("buyers")
        .with_column(Column::new("order_id", "bigint").not_null())
        .with_column(Column::new("user_id", "bigint").not_null())
        .with_constraint(Constraint::primary_key(["order_id", "user_id"]).named("buyers_pkey"));
    Case::new(
        &[11],
        Schema::new().with_table(users(&[])).with_table(orders),
        Change::make_junction("orders", "user_id", buyers, "order_id", "user_id"),
        Outcome::Like(
            "CREATE TABLE buyers (order_id bigint NOT NULL, user_id bigint NOT NULL, CONSTRAINT buyers_pkey PRIMARY KEY (order_id, user_id)); \
             ALTER TABLE orders DROP user_id",
        ),
    )
    .with("INSERT INTO users SELECT i, 'n' FROM generate_series(1, 40) AS i; INSERT INTO orders SELECT i, NULLIF(i % 4, 0) FROM generate_series(1, 20) AS i")
}

pub(crate) fn cases() -> Vec<Case> {
    let ambiguous = Change::move_columns("users", ["bio"], "profiles", [("id", "city")]);
    let schema = Schema::new().with_table(users(&BOTH)).with_table(profiles(&[("city", "bigint")]));
    vec![
        split(),
        merged(),
        junction(),
        moved(),
        Case::new(&[12], schema, ambiguous, Outcome::Refused("`profiles` is not unique by city")),
    ]
}

#[test]
fn what_moves_between_tables_reaches_its_end_and_goes_back_to_the_letter() {
    prove_all(&cases());
}

/// Both tables say the same of every row that is in both.
const EQUAL: &str = "SELECT NOT EXISTS (SELECT FROM users AS u JOIN profiles AS p ON p.user_id = u.id WHERE (u.bio, u.likes::text) IS DISTINCT FROM \
                     (p.bio, p.likes::text))";

fn holds(target: &Target, query: &str) {
    assert_eq!(target.ask(query), "t", "{query}");
}

#[test]
fn moved_columns_are_the_same_in_both_places_whoever_writes() {
    tell(&moved(), |target, chapter| match chapter {
        Chapter::Done("expand" | "backfill") => {
            // A version that knows the old place, and one that knows the new one.
            target.write("DELETE FROM profiles WHERE user_id > 100; DELETE FROM users WHERE id > 100; UPDATE users SET bio = '' WHERE id = 1");
            target.write("UPDATE users SET bio = 'by old' WHERE id = 1; INSERT INTO users VALUES (101, 'n', 'old', '[1]') ON CONFLICT DO NOTHING; INSERT INTO profiles VALUES (101, 'c') ON CONFLICT DO NOTHING");
            target.write("UPDATE profiles SET bio = 'by new', likes = '[2]' WHERE user_id = 2; INSERT INTO users (id) VALUES (102) ON CONFLICT DO NOTHING; INSERT INTO profiles VALUES (102, 'c', 'new', '[3]') ON CONFLICT DO NOTHING");
            holds(
                target,
                "SELECT (SELECT bio FROM profiles WHERE user_id = 1) = 'by old' AND (SELECT bio FROM profiles WHERE user_id = 101) = 'old'",
            );
            holds(
                target,
                "SELECT (SELECT bio FROM users WHERE id = 2) = 'by new' AND (SELECT likes::text FROM users WHERE id = 102) = '[3]'",
            );
            if chapter == Chapter::Done("backfill") {
                holds(target, EQUAL);
            }
        }
        Chapter::Undone("expand") => {
            holds(target, "SELECT count(*) = 22 AND count(*) FILTER (WHERE bio IN ('by new', 'new')) = 2 FROM users");
        }
        Chapter::End => {
            holds(
                target,
                "SELECT count(*) = 17 AND bool_and(bio IS NOT NULL) AND count(*) FILTER (WHERE bio IN ('by old', 'old', 'by new', 'new')) = 4 FROM profiles",
            );
        }
        _ => {}
    });
}

#[test]
fn a_split_table_is_whole_in_both_forms_whoever_writes() {
    tell(&split(), |target, chapter| match chapter {
        Chapter::Done("expand" | "backfill") => {
            target.write("DELETE FROM profiles WHERE user_id > 100; DELETE FROM users WHERE id > 100");
            target.write(
                "UPDATE users SET bio = 'by old' WHERE id = 1; INSERT INTO users VALUES (101, 'n', 'old', '[1]')",
            );
            target.write("INSERT INTO users (id) VALUES (102) ON CONFLICT DO NOTHING; INSERT INTO profiles VALUES (102, 'new', '[3]') ON CONFLICT (user_id) DO UPDATE SET bio = 'newer'");
            target.write("UPDATE profiles SET bio = 'by new' WHERE user_id = 1");
            holds(
                target,
                "SELECT (SELECT bio FROM users WHERE id = 1) = 'by new' AND (SELECT bio FROM users WHERE id = 102) LIKE 'new%'",
            );
            holds(target, "SELECT (SELECT bio FROM profiles WHERE user_id = 101) = 'old'");
            target.write("INSERT INTO users VALUES (103, 'n', 'goes', NULL)");
            holds(target, "SELECT bio = 'goes' FROM profiles WHERE user_id = 103");
            target.write("DELETE FROM profiles WHERE user_id = 103; DELETE FROM users WHERE id = 103");
            if chapter == Chapter::Done("backfill") {
                holds(target, EQUAL);
                holds(target, "SELECT (SELECT count(*) FROM users) = (SELECT count(*) FROM profiles)");
            }
        }
        Chapter::Undone("expand") => holds(target, "SELECT count(*) = 22 AND bool_and(bio IS NOT NULL) FROM users"),
        Chapter::End => holds(
            target,
            "SELECT count(*) = 22 AND bool_and(bio IS NOT NULL) AND count(*) FILTER (WHERE bio = 'by new') = 1 FROM profiles",
        ),
        _ => {}
    });
}

#[test]
fn merged_tables_say_the_same_whoever_writes() {
    tell(&merged(), |target, chapter| match chapter {
        Chapter::Done("expand" | "backfill") => {
            target.write("DELETE FROM profiles WHERE user_id > 100; DELETE FROM users WHERE id > 100; UPDATE profiles SET bio = '' WHERE user_id IN (1, 3)");
            target.write("UPDATE profiles SET bio = 'by old' WHERE user_id = 1; INSERT INTO users (id) VALUES (101) ON CONFLICT DO NOTHING; INSERT INTO profiles VALUES (101, 'old', '[1]') ON CONFLICT DO NOTHING");
            target.write("UPDATE users SET bio = 'by new' WHERE id IN (2, 20); INSERT INTO users (id, bio) VALUES (102, 'new') ON CONFLICT DO NOTHING");
            holds(
                target,
                "SELECT (SELECT bio FROM users WHERE id = 1) = 'by old' AND (SELECT bio FROM users WHERE id = 101) = 'old'",
            );
            // One that had no row of its own has one now.
            holds(
                target,
                "SELECT count(*) = 3 FROM profiles WHERE bio IN ('by new', 'new') AND user_id IN (2, 20, 102)",
            );
            target.write("DELETE FROM profiles WHERE user_id = 3");
            holds(target, "SELECT bio IS NULL FROM users WHERE id = 3");
            if chapter == Chapter::Done("backfill") {
                holds(target, EQUAL);
            }
        }
        Chapter::Undone("expand") => {
            holds(
                target,
                "SELECT count(*) = 17 AND count(*) FILTER (WHERE bio IN ('by new', 'new')) = 3 FROM profiles",
            );
        }
        Chapter::End => holds(target, "SELECT count(*) = 22 AND count(bio) = 17 FROM users"),
        _ => {}
    });
}

#[test]
fn a_reference_and_its_rows_are_in_step_whoever_writes() {
    let equal = "SELECT NOT EXISTS (SELECT FROM orders AS o WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT FROM buyers AS b WHERE b.order_id = o.id AND \
                 b.user_id = o.user_id)) AND NOT EXISTS (SELECT FROM buyers AS b JOIN orders AS o ON o.id = b.order_id WHERE o.user_id IS NULL)";
    tell(&junction(), |target, chapter| match chapter {
        Chapter::Done("expand" | "backfill") => {
            target.write("DELETE FROM orders WHERE id > 100; UPDATE orders SET user_id = 3 WHERE id = 4");
            target.write("UPDATE orders SET user_id = 30 WHERE id = 1; INSERT INTO orders VALUES (101, 31) ON CONFLICT DO NOTHING; UPDATE orders SET user_id = NULL WHERE id = 2");
            holds(
                target,
                "SELECT (SELECT user_id FROM buyers WHERE order_id = 1) = 30 AND (SELECT user_id FROM buyers WHERE order_id = 101) = 31 AND NOT EXISTS (SELECT FROM buyers WHERE order_id = 2)",
            );
            target.write("INSERT INTO buyers VALUES (4, 33), (4, 34), (1, 35) ON CONFLICT DO NOTHING");
            holds(
                target,
                "SELECT (SELECT user_id FROM orders WHERE id = 4) = 3 AND (SELECT user_id FROM orders WHERE id = 1) = 30",
            );
            target.write("DELETE FROM buyers WHERE (order_id, user_id) IN ((4, 3), (4, 33), (1, 30))");
            holds(
                target,
                "SELECT (SELECT user_id FROM orders WHERE id = 4) = 34 AND (SELECT user_id FROM orders WHERE id = 1) = 35",
            );
            // What the column held goes, and another one takes its place; the old version then puts one in the place of that.
            target.write("UPDATE orders SET user_id = 36 WHERE id = 1");
            holds(target, "SELECT string_agg(user_id::text, ',') = '36' FROM buyers WHERE order_id = 1");
            if chapter == Chapter::Done("backfill") {
                holds(target, equal);
            }
        }
        Chapter::Undone("expand") => {
            holds(target, "SELECT count(*) = 21 AND count(*) FILTER (WHERE user_id IN (31, 34, 36)) = 3 FROM orders");
        }
        Chapter::End => holds(
            target,
            "SELECT (SELECT count(*) FROM orders) = 21 AND (SELECT count(*) FROM buyers) = 16 FROM orders LIMIT 1",
        ),
        _ => {}
    });
}
