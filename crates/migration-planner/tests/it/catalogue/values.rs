//! What old and new versions of an application find in columns that a plan keeps in step, in every phase and after going back.

use migration_planner::{Change, Column, Constraint, Derived, Generated, Identity, Schema, Table};

use super::case::{Case, Outcome};
use super::database::Target;
use super::keys::{NARROW, narrow};
use super::rebuilt::{ROOMS, full, rooms};
use super::story::{Chapter, tell};
use super::types::{THINGS, kinds};
use super::{ROWS, shop};

fn case(change: Change) -> Case {
    Case::new(&[], shop(), change, Outcome::Like("")).with(ROWS)
}

fn holds(target: &Target, query: &str) {
    assert_eq!(target.ask(query), "t", "{query}");
}

#[test]
fn a_renamed_column_has_both_names_and_one_value() {
    tell(&case(Change::rename_column("users", "name", "full_name")), |target, chapter| match chapter {
        Chapter::Done("expand" | "backfill") => {
            target.write("UPDATE users SET name = 'by old' WHERE id = 1; UPDATE users SET full_name = 'by new' WHERE id = 2; UPDATE users SET name = NULL WHERE id = 4; UPDATE users SET full_name = NULL WHERE id = 6");
            holds(target, "SELECT bool_and(name IS NOT DISTINCT FROM full_name) FROM users WHERE id IN (1, 2, 4, 6)");
            if chapter == Chapter::Done("backfill") {
                holds(target, "SELECT bool_and(name IS NOT DISTINCT FROM full_name) AND count(*) = 20 FROM users");
            }
        }
        Chapter::Undone("expand") => holds(
            target,
            "SELECT string_agg(name, ',' ORDER BY id) = 'by old,by new' AND count(*) = 2 FROM users WHERE id IN (1, 2)",
        ),
        Chapter::End => holds(target, "SELECT count(*) = 20 AND count(full_name) = 9 FROM users"),
        _ => {}
    });
}

#[test]
fn split_and_merged_columns_mean_the_same_whoever_writes() {
    let split = Change::split_column(
        "users",
        "age",
        [Derived::new(Column::new("decade", "int"), "age / 10"), Derived::new(Column::new("year", "int"), "age % 10")],
        Some("decade * 10 + year"),
    );
    tell(&case(split), |target, chapter| match chapter {
        Chapter::Done("expand" | "backfill") => {
            target.write("UPDATE users SET age = 47 WHERE id = 1; UPDATE users SET decade = 9, year = 3 WHERE id = 2; UPDATE users SET year = 5 WHERE id = 2");
            holds(
                target,
                "SELECT (SELECT (decade, year) = (4, 7) FROM users WHERE id = 1) AND (SELECT age = 95 FROM users WHERE id = 2)",
            );
            if chapter == Chapter::Done("backfill") {
                holds(target, "SELECT bool_and(age = decade * 10 + year) AND count(*) = 20 FROM users");
            }
        }
        Chapter::Undone("expand") => holds(target, "SELECT sum(age) = 47 + 95 + 207 FROM users"),
        Chapter::End => holds(target, "SELECT sum(decade * 10 + year) = 47 + 95 + 207 FROM users"),
        _ => {}
    });
    let label = Derived::new(Column::new("label", "text"), "total || '/' || code");
    let backs = ["split_part(label, '/', 1)::numeric", "split_part(label, '/', 2)::int"];
    tell(&case(Change::merge_columns("orders", ["total", "code"], label, backs)), |target, chapter| match chapter {
        Chapter::Done("expand" | "backfill") => {
            target.write(
                "UPDATE orders SET total = 5, code = 6 WHERE id = 1; UPDATE orders SET label = '7.25/8' WHERE id = 2",
            );
            holds(
                target,
                "SELECT (SELECT label = '5.00/6' FROM orders WHERE id = 1) AND (SELECT (total, code) = (7.25, 8) FROM orders WHERE id = 2)",
            );
            if chapter == Chapter::Done("backfill") {
                holds(target, "SELECT bool_and(label = total || '/' || code) AND count(*) = 20 FROM orders");
            }
        }
        Chapter::Undone("expand") => holds(target, "SELECT (total, code) = (7.25, 8) FROM orders WHERE id = 2"),
        Chapter::End => holds(target, "SELECT count(*) = 20 AND count(label) = 20 FROM orders"),
        _ => {}
    });
}

/// Writes the column by its name in every phase: before the swap that is the old form, after it the new one.
fn changes_type(change: Change, writes: &[&str], new: &str, old: &str, finally: &str) {
    let case = Case::new(&[], kinds(), change, Outcome::Like("")).with(THINGS);
    let write = |target: &Target| writes.iter().for_each(|sql| target.write(sql));
    tell(&case, |target, chapter| match chapter {
        Chapter::Done("expand") => write(target),
        Chapter::Done("backfill") => {
            write(target);
            holds(target, new);
        }
        Chapter::Done("swap") => {
            write(target);
            holds(target, old);
        }
        Chapter::Undone("swap") => {
            holds(target, new);
            write(target);
        }
        Chapter::Undone("expand") | Chapter::End => holds(target, finally),
        _ => {}
    });
}

#[test]
fn the_forms_of_a_column_that_changes_its_type_say_the_same() {
    changes_type(
        Change::change_type("things", "at", "timestamp with time zone"),
        &[
            "SET timezone TO 'Asia/Tokyo'; UPDATE things SET at = '2026-06-01 12:00:00' WHERE id = 1",
            "UPDATE things SET at = NULL WHERE id = 2",
        ],
        "SELECT bool_and(_cutover_new_at IS NOT DISTINCT FROM timezone('UTC', at)) AND count(*) = 20 FROM things",
        "SELECT bool_and(at IS NOT DISTINCT FROM timezone('UTC', _cutover_old_at)) AND count(*) = 20 FROM things",
        "SELECT count(*) = 20 AND count(at) = 19 FROM things",
    );
    changes_type(
        Change::change_type("things", "note", "jsonb"),
        &["UPDATE things SET note = '{\"b\": 1, \"a\": 2}' WHERE id = 1"],
        "SELECT bool_and(note::jsonb = _cutover_new_note) AND count(*) = 20 FROM things",
        "SELECT bool_and(_cutover_old_note::jsonb = note) AND count(*) = 20 FROM things",
        "SELECT count(note) = 20 AND count(*) FILTER (WHERE note::jsonb = '{\"a\": 2, \"b\": 1}') = 1 FROM things",
    );
    changes_type(
        Change::change_type("things", "size", "text"),
        &["UPDATE things SET size = 'large' WHERE id = 1"],
        "SELECT bool_and(size::text IS NOT DISTINCT FROM _cutover_new_size) FROM things",
        "SELECT bool_and(_cutover_old_size::text IS NOT DISTINCT FROM size) FROM things",
        "SELECT size::text = 'large' FROM things WHERE id = 1",
    );
    changes_type(
        Change::change_type("things", "uid", "uuid"),
        &["UPDATE things SET uid = '00000000-0000-0000-0000-000000000001' WHERE id = 1"],
        "SELECT bool_and(uid::uuid = _cutover_new_uid) FROM things",
        "SELECT bool_and(_cutover_old_uid::uuid = uid) FROM things",
        "SELECT uid::uuid = '00000000-0000-0000-0000-000000000001' AND count(*) OVER () = 1 FROM things WHERE id = 1",
    );
}

#[test]
fn a_value_that_cannot_be_converted_is_found_before_anything_is_changed_and_refused_from_then_on() {
    let change = Change::change_type("things", "uid", "uuid");
    let case = Case::new(&[], kinds(), change, Outcome::Like("")).with(THINGS);
    let plan = case.plan().unwrap();
    let Some(target) = Target::new(&case.schema, case.data) else { return };
    target.write("UPDATE things SET uid = 'no uuid' WHERE id = 3");
    let hold = &plan.phases()[0];
    let before = target.catalog();
    let said = target.try_forward(hold).unwrap_err();
    assert!(said.contains("1 rows of things where NOT (uid::text ~*"), "{said}");
    assert_eq!(target.catalog(), before);
    target.write("UPDATE things SET uid = md5('3') WHERE id = 3");
    target.forward(hold);
    assert!(
        target
            .run(&["UPDATE things SET uid = 'no uuid' WHERE id = 3"], true)
            .unwrap_err()
            .contains("_cutover_valid_uid")
    );
}

#[test]
fn a_key_and_all_that_refer_to_it_change_together_and_no_reference_is_lost() {
    let case = Case::new(&[], narrow(), Change::change_type("users", "id", "bigint"), Outcome::Like("")).with(NARROW);
    let sound = "SELECT (SELECT count(*) FROM posts JOIN users ON users.id = posts.author) = (SELECT count(*) FROM posts) AND (SELECT count(*) FROM users \
                 WHERE boss IS NOT NULL AND boss NOT IN (SELECT id FROM users)) = 0";
    tell(&case, |target, chapter| match chapter {
        Chapter::Done("expand" | "backfill" | "swap") | Chapter::Undone("swap" | "backfill") => {
            target.write("WITH new AS (INSERT INTO users (name, boss) VALUES ('new', 1) RETURNING id) INSERT INTO posts (author) SELECT id FROM new");
            assert!(
                target.run(&["INSERT INTO posts (author) VALUES (12345)"], true).unwrap_err().contains("foreign key")
            );
            // Its posts go with it.
            target.write("WITH new AS (INSERT INTO users (name) VALUES ('gone') RETURNING id) INSERT INTO posts (author) SELECT id FROM new; DELETE FROM users WHERE name = 'gone'");
            holds(target, sound);
            match chapter {
                Chapter::Done("backfill") => holds(
                    target,
                    "SELECT (SELECT bool_and(id = _cutover_new_id AND boss IS NOT DISTINCT FROM _cutover_new_boss) FROM users) AND (SELECT bool_and(author = \
                     _cutover_new_author) FROM posts)",
                ),
                Chapter::Done("swap") => holds(
                    target,
                    "SELECT (SELECT bool_and(id = _cutover_old_id AND boss IS NOT DISTINCT FROM _cutover_old_boss) FROM users) AND (SELECT bool_and(author = \
                     _cutover_old_author) FROM posts)",
                ),
                _ => {}
            }
        }
        Chapter::End => {
            target.write("INSERT INTO users (id, name) VALUES (3000000000, 'far')");
            holds(target, sound);
            holds(target, "SELECT count(*) = 20 + 8 FROM posts");
        }
        _ => {}
    });
}

#[test]
fn rows_that_are_there_and_rows_that_come_are_numbered_computed_and_filled() {
    let add = |column| case(Change::add_column("users", column));
    tell(&add(Column::new("number", "bigint").identity(Identity::ByDefault)), |target, chapter| {
        if let Chapter::Done(_) | Chapter::End = chapter {
            target.write(
                "DELETE FROM users WHERE id = 99; INSERT INTO users (id, email, \"Legacy Name\") VALUES (99, 'x', 'y')",
            );
            holds(target, "SELECT count(DISTINCT number) = 21 AND min(number) > 0 FROM users");
        }
    });
    tell(&add(Column::new("greeting", "text").generated(Generated::stored("'hi ' || name"))), |target, chapter| {
        if let Chapter::Done(_) | Chapter::End = chapter {
            target.write("DELETE FROM users WHERE id = 99; INSERT INTO users (id, email, name, \"Legacy Name\") VALUES (99, 'x', 'ann', 'y'); UPDATE users SET name = 'bob', greeting = 'no' WHERE id = 1");
            holds(target, "SELECT bool_and(greeting IS NOT DISTINCT FROM 'hi ' || name) AND count(*) = 21 FROM users");
        }
    });
    let filled =
        case(Change::add_column("users", Column::new("handle", "text").not_null()).filled_with("upper(email)"));
    tell(&filled, |target, chapter| match chapter {
        Chapter::Done("expand") => {
            target.write(
                "DELETE FROM users WHERE id = 99; INSERT INTO users (id, email, \"Legacy Name\") VALUES (99, 'x', 'y')",
            );
            holds(target, "SELECT bool_and(handle = upper(email)) AND count(*) = 21 FROM users");
        }
        Chapter::End => {
            assert!(
                target.run(&["INSERT INTO users (id, email, \"Legacy Name\") VALUES (100, 'z', 'y')"], true).is_err()
            );
        }
        _ => {}
    });
}

#[test]
fn a_table_that_is_made_anew_has_every_row_whoever_writes_and_whichever_way_the_plan_goes() {
    let change = Change::rebuild_table("rooms", rooms().option("fillfactor", "70"));
    let case = Case::new(&[], full(), change, Outcome::Like("")).with(ROOMS);
    let same = |other: &str| {
        format!(
            "SELECT (SELECT count(*) FROM rooms) = (SELECT count(*) FROM {other}) AND NOT EXISTS (SELECT FROM rooms AS a WHERE NOT EXISTS (SELECT FROM {other} AS \
             b WHERE (a.id, a.number, a.changes, a.double, a.within) IS NOT DISTINCT FROM (b.id, b.number, b.changes, b.double, b.within)))"
        )
    };
    let write = |target: &Target| {
        target.write("INSERT INTO rooms (number, within) VALUES (50, 1), (51, 1); UPDATE rooms SET number = number + 1 WHERE id = 3; DELETE FROM rooms WHERE number = 51");
        target.write("INSERT INTO keys SELECT coalesce(max(id), 0) + 1, (SELECT max(id) FROM rooms) FROM keys");
    };
    tell(&case, |target, chapter| match chapter {
        Chapter::Done("expand") => write(target),
        Chapter::Done("backfill") | Chapter::Undone("swap") => {
            write(target);
            holds(target, &same("_cutover_new_rooms"));
        }
        Chapter::Done("swap") => {
            write(target);
            holds(target, &same("_cutover_old_rooms"));
        }
        Chapter::Undone("expand") | Chapter::End => {
            write(target);
            // The application's own trigger has counted each of its updates once.
            holds(target, "SELECT number - 3 = changes - 1 FROM rooms WHERE id = 3");
            holds(target, "SELECT count(*) = count(DISTINCT id) AND bool_and(double = number * 2) FROM rooms");
            holds(target, "SELECT count(*) = 0 FROM keys WHERE room NOT IN (SELECT id FROM rooms)");
        }
        _ => {}
    });
}

#[test]
fn rows_of_a_table_that_was_partitioned_all_come_back_with_it() {
    let log = Table::new("log")
        .with_column(Column::new("id", "bigint").not_null())
        .with_column(Column::new("line", "text"))
        .with_constraint(Constraint::primary_key(["id"]).named("log_pkey"));
    let change = Change::partition_table("log", "RANGE (id)", "log_old", "FOR VALUES FROM (MINVALUE) TO (100)")
        .with_partition("log_new", "FOR VALUES FROM (100) TO (MAXVALUE)");
    let case = Case::new(&[], Schema::new().with_table(log), change, Outcome::Like(""))
        .with("INSERT INTO log SELECT i, 'l' || i FROM generate_series(1, 20) AS i");
    tell(&case, |target, chapter| match chapter {
        Chapter::Done("expand") => {
            target.write("INSERT INTO log VALUES (150, 'later') ON CONFLICT (id) DO UPDATE SET line = 'again'");
            holds(target, "SELECT (SELECT count(*) FROM log) = 21 AND (SELECT count(*) FROM log_new) = 1");
        }
        Chapter::Undone("expand") => {
            holds(target, "SELECT count(*) = 21 AND max(id) = 150 FROM log");
            target.write("DELETE FROM log WHERE id = 150");
        }
        _ => {}
    });
}
