//! How migration tools name, order and run their files.

use migration_planner::{Layout, LayoutError, Migration};

fn read(layout: Layout, files: &[(&str, &str)]) -> Vec<(String, String, bool)> {
    let told = |of: &Migration| (of.version().to_owned(), of.path().to_owned(), of.is_in_transaction());
    layout.read(files.iter().copied()).unwrap().iter().map(told).collect()
}

fn told(of: &[(&str, &str, bool)]) -> Vec<(String, String, bool)> {
    of.iter().map(|(version, path, wrapped)| ((*version).to_owned(), (*path).to_owned(), *wrapped)).collect()
}

#[test]
fn each_layout_is_told_from_its_names() {
    for (paths, layout) in [
        (&["m/1_a/up.sql", "m/1_a/down.sql"][..], Some(Layout::Diesel)),
        (&["20220101_a.sql"], Some(Layout::Sqlx)),
        (&["1_a.up.sql", "1_a.down.sql"], Some(Layout::Sqlx)),
        (&["V1__a.sql", "U2__b.sql"], Some(Layout::Refinery)),
        (&["V1__a.sql", "R__views.sql"], Some(Layout::Flyway)),
        (&["V1_2__a.sql"], Some(Layout::Flyway)),
        (&["V1__a.sql", "V1__a.sql.conf"], Some(Layout::Flyway)),
        (&["schema.sql", "1_a.sql"], Some(Layout::Plain)),
        (&["readme.md"], None),
        (&[], None),
    ] {
        assert_eq!(Layout::detect(paths), layout, "{paths:?}");
    }
}

#[test]
fn sqlx_orders_by_number_leaves_out_what_undoes_and_asks_the_first_line_for_the_transaction() {
    let files =
        [("10_b.up.sql", "SELECT 1"), ("10_b.down.sql", ""), ("9_a.sql", "-- no-transaction\nSELECT 1"), ("x.sql", "")];
    assert_eq!(read(Layout::Sqlx, &files), told(&[("9", "9_a.sql", false), ("10", "10_b.up.sql", true)]));
}

#[test]
fn diesel_runs_in_a_transaction_unless_a_file_beside_it_does_not_ask_for_one() {
    let files = [
        ("2020-01-02-000000_b/up.sql", ""),
        ("2020-01-02-000000_b/metadata.toml", "run_in_transaction = false"),
        ("2020-01-01-000000_a/up.sql", ""),
        ("2020-01-01-000000_a/down.sql", ""),
        ("2020-01-03-000000_c/up.sql", ""),
        ("2020-01-03-000000_c/metadata.toml", "run_in_transaction = true # yes"),
        // diesel takes a missing key for false.
        ("2020-01-04-000000_d/up.sql", ""),
        ("2020-01-04-000000_d/metadata.toml", ""),
    ];
    assert_eq!(
        read(Layout::Diesel, &files),
        told(&[
            ("20200101000000", "2020-01-01-000000_a/up.sql", true),
            ("20200102000000", "2020-01-02-000000_b/up.sql", false),
            ("20200103000000", "2020-01-03-000000_c/up.sql", true),
            ("20200104000000", "2020-01-04-000000_d/up.sql", false),
        ])
    );
}

#[test]
fn flyway_orders_by_the_parts_of_a_version_and_runs_repeatable_ones_last() {
    let files = [
        ("R__views.sql", "SELECT 1"),
        ("V1_10__c.sql", "SELECT 1"),
        ("V1_2__b.sql", "CREATE INDEX CONCURRENTLY i ON t (a)"),
        ("V1__a.sql", "SELECT 1"),
        ("V1__a.sql.conf", "executeInTransaction=false"),
        ("U1__undo.sql", ""),
    ];
    assert_eq!(
        read(Layout::Flyway, &files),
        told(&[
            ("1", "V1__a.sql", false),
            ("1.2", "V1_2__b.sql", false),
            ("1.10", "V1_10__c.sql", true),
            ("R views", "R__views.sql", true),
        ])
    );
}

#[test]
fn the_others_have_their_own_order_and_transactions() {
    assert_eq!(
        read(Layout::Refinery, &[("V10__b.sql", ""), ("V9__a.sql", ""), ("U9.5__between.sql", "")]),
        told(&[("9", "V9__a.sql", true), ("9.5", "U9.5__between.sql", true), ("10", "V10__b.sql", true)])
    );
    assert_eq!(
        read(
            Layout::GolangMigrate,
            &[("2_b.up.sql", "SELECT 1; SELECT 2"), ("1_a.up.sql", "SELECT 1"), ("1_a.down.sql", "")]
        ),
        told(&[("1", "1_a.up.sql", false), ("2", "2_b.up.sql", true)])
    );
    assert_eq!(
        read(Layout::Plain, &[("b.sql", ""), ("a/c.sql", ""), ("notes.txt", "")]),
        told(&[("c", "a/c.sql", false), ("b", "b.sql", false)])
    );
}

#[test]
fn what_is_no_migration_and_what_has_no_order_is_refused() {
    let nothing = Layout::Refinery.read([("1_a.sql", "")]).unwrap_err();
    assert_eq!(nothing.to_string(), "no file is named as refinery names migrations: V1__name.sql");
    let same = Layout::Sqlx.read([("1_a.sql", ""), ("01_b.sql", "")]).unwrap_err();
    assert!(matches!(same, LayoutError::SameVersion { .. }), "{same}");
    assert_eq!(same.to_string(), "01_b.sql and 1_a.sql both have version 01");
    assert_eq!(
        "rails".parse::<Layout>().unwrap_err().to_string(),
        "no layout is called rails; there are: plain, sqlx, diesel, refinery, flyway, golang-migrate"
    );
    for layout in Layout::ALL {
        assert_eq!(layout.to_string().parse::<Layout>().unwrap(), *layout);
    }
}

#[test]
fn what_undoes_a_migration_is_found_beside_it() {
    for (layout, up, down) in [
        (Layout::Sqlx, "m/1_a.up.sql", "m/1_a.down.sql"),
        (Layout::GolangMigrate, "1_a.up.sql", "1_a.down.sql"),
        (Layout::Diesel, "m/1_a/up.sql", "m/1_a/down.sql"),
        (Layout::Flyway, "db/V1.2__a.sql", "db/U1.2__a.sql"),
    ] {
        let migrations = layout.read([(up, "SELECT 1"), (down, "SELECT 2")]).unwrap();
        assert_eq!(migrations.len(), 1, "{layout}");
        assert_eq!(migrations[0].undo(), Some((down, "SELECT 2")), "{layout}");
    }
    // sqlx and refinery have files that only go forward; refinery's U is not what undoes.
    let migrations = Layout::Refinery.read([("V1__a.sql", ""), ("U1.1__b.sql", "")]).unwrap();
    assert!(migrations.iter().all(|of| of.undo().is_none()) && migrations.len() == 2);
    assert!(Layout::Sqlx.read([("1_a.sql", "")]).unwrap()[0].undo().is_none());
}

#[test]
fn files_with_both_ways_are_run_the_way_up() {
    let goose = "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n";
    let dbmate = "-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down\nSELECT 2;\n";
    let migrations = Layout::Plain.read([("1.sql", goose), ("2.sql", dbmate), ("3.sql", "DROP TABLE a")]).unwrap();
    let told: Vec<_> = migrations.iter().map(|of| (of.is_in_transaction(), of.text().contains("DROP TABLE"))).collect();
    assert_eq!(told, [(true, false), (false, false), (false, true)]);
    assert_eq!(
        migrations[0].undo().map(|(path, text)| (path, text.trim_start())),
        Some(("1.sql", "-- +goose Down\nDROP TABLE a;\n"))
    );
}

#[test]
fn flyways_baseline_is_for_new_databases_only() {
    let all = [("V1__a.sql", ""), ("V2__b.sql", ""), ("B2__all.sql", ""), ("B1__old.sql", ""), ("V3__c.sql", "")];
    let paths =
        |files: &[(&str, &str)]| read(Layout::Flyway, files).into_iter().map(|(_, path, _)| path).collect::<Vec<_>>();
    assert_eq!(paths(&all), ["V1__a.sql", "V2__b.sql", "V3__c.sql"]);
    assert_eq!(paths(&all[2..]), ["B2__all.sql", "V3__c.sql"]);
}

#[test]
fn a_version_that_no_tool_can_keep_is_refused_and_not_left_out() {
    let digits = "9".repeat(25);
    for (layout, path) in [
        (Layout::Sqlx, format!("{digits}_a.sql")),
        (Layout::GolangMigrate, format!("{digits}_a.up.sql")),
        (Layout::Refinery, format!("V{digits}__a.sql")),
        (Layout::Flyway, format!("V1.{digits}__a.sql")),
    ] {
        let error = layout.read([(path.as_str(), ""), ("1_a.up.sql", ""), ("V1__a.sql", "")]).unwrap_err();
        assert!(matches!(error, LayoutError::VersionTooLarge { .. }), "{layout}: {error}");
        assert!(error.to_string().starts_with(&path), "{error}");
    }
}
