//! What is not as it should be gives a typed error, and leaves the database as it was or at a point to resume from.

use std::io::{Read, Write};
use std::net::TcpListener;

use migration_planner::{Change, Plan, PlanFileError, Planner, Refusal, Schema, Server};
use migration_planner_postgres::{Advance, DatabaseError, RunError, Runner, introspect};

use crate::support::{Db, answered_for, begun, planned, quick, to_the_end};

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text, legacy_name text);
     INSERT INTO users SELECT i, 'n' || i, 'l' || i FROM generate_series(1, 40) AS i;";

fn drop_legacy() -> Change {
    Change::drop_column("users", "legacy_name")
}

#[test]
fn an_address_that_is_none_is_said_without_its_password() {
    let error = Runner::open("postgresql://ada:s3cret@host:port/db").unwrap_err();
    assert!(matches!(error, DatabaseError::BadAddress { .. }), "{error:?}");
    let all = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(!all.contains("s3cret"), "{all}");
    assert!(matches!(Runner::open("host=/nowhere user=x dbname=y"), Err(DatabaseError::CannotConnect { .. })));
}

#[test]
#[cfg(not(feature = "tls"))]
fn an_address_that_asks_for_encryption_is_refused_with_the_feature_that_it_takes() {
    for mode in ["require", "verify-ca", "verify-full"] {
        // Nobody is there: nothing is sent.
        let error = Runner::open(&format!("host=/nowhere user=x dbname=y sslmode={mode}")).unwrap_err();
        assert!(matches!(&error, DatabaseError::CannotEncrypt { mode: asked, .. } if asked == mode), "{error:?}");
        assert!(error.to_string().contains("the Cargo feature `tls`"), "{error}");
    }
}

#[test]
fn a_role_that_may_not_make_the_journal_is_told_so_and_nothing_is_made() {
    let Some(db) = Db::new(USERS) else { return };
    let plan = planned(&db, &drop_legacy());
    let mut runner = Runner::open(&as_role(&db, "may_nothing")).unwrap();
    let error = runner.begin(&plan).unwrap_err();
    let RunError::Database(DatabaseError::MissingPrivilege { privilege, .. }) = &error else { panic!("{error:?}") };
    assert!(privilege.contains(db.name()), "{privilege}");
    assert_eq!(db.rows("SELECT count(*) FROM pg_namespace WHERE nspname = 'cutover'"), ["0"]);
}

#[test]
fn a_role_that_does_not_own_the_table_is_told_so_and_can_go_on_once_it_does() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut owner, _) = begun(&db, &Change::rename_column("users", "name", "full_name"));
    let url = as_role(&db, "no_owner");
    db.run("GRANT USAGE ON SCHEMA cutover TO no_owner; GRANT ALL ON ALL TABLES IN SCHEMA cutover TO no_owner");
    let mut runner = Runner::open_with(&url, quick()).unwrap();
    let before = db.catalog();
    assert_eq!(runner.dry_run().unwrap().missing_privileges.len(), 1);
    let error = runner.advance().unwrap_err();
    let RunError::Database(DatabaseError::MissingPrivilege { privilege, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(privilege, "must be owner of table users");
    assert!(before.differences(&db.catalog()).is_empty());
    assert!(matches!(owner.advance().unwrap(), Advance::PhaseDone { .. }));
}

/// The address of the database as a role of its own, without any rights that were not given to it.
fn as_role(db: &Db, role: &str) -> String {
    // Roles belong to the server, which other tests share.
    let make = format!("DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    db.run(&make);
    db.url().replace("postgres@", &format!("{role}@"))
}

#[test]
fn a_connection_that_is_cut_in_a_step_leaves_a_plan_that_resumes() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &Change::rename_column("users", "name", "full_name"));
    let before = db.catalog();
    let cut = runner.advance_with(|progress| {
        if matches!(progress, migration_planner_postgres::Progress::Statement { index: 1, .. }) {
            db.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cutover-%'");
        }
    });
    assert!(matches!(cut, Err(RunError::Database(DatabaseError::ConnectionLost { .. }))), "{cut:?}");
    assert!(before.differences(&db.catalog()).is_empty());
    answered_for(&mut runner, &plan);
    to_the_end(&mut runner);
}

#[test]
fn a_statement_that_somebody_cancels_is_told_so() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &Change::sql(["SELECT pg_sleep(60)"], Some(&["SELECT 1"])));
    let (mut admin, url) = (db.connect(), db.url());
    let cancelling = std::thread::spawn(move || {
        let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_sleep(60)'";
        while admin.query(cancel, &[]).unwrap().is_empty() {
            std::thread::yield_now();
        }
        url
    });
    let error = runner.advance().unwrap_err();
    assert!(matches!(error, RunError::Database(DatabaseError::Cancelled { .. })), "{error:?}");
    cancelling.join().unwrap();
    assert_eq!(runner.journal().unwrap().len(), 1);
}

#[test]
fn a_plan_changed_by_hand_is_refused_in_a_file_and_in_the_database() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &drop_legacy());
    let edited = plan.to_json().replace("DROP COLUMN _cutover_gone_legacy_name", "DROP COLUMN name");
    assert!(edited != plan.to_json());
    assert!(matches!(Plan::from_json(&edited), Err(PlanFileError::HashMismatch { .. })));
    db.connect().execute("UPDATE cutover.plan SET json = $1", &[&edited]).unwrap();
    assert!(matches!(runner.advance(), Err(RunError::StoredPlan { source: PlanFileError::HashMismatch { .. }, .. })));
    assert!(matches!(runner.roll_back(), Err(RunError::StoredPlan { .. })));
}

#[test]
fn a_plan_for_another_database_or_server_is_refused_and_nothing_is_made() {
    let Some(db) = Db::new(USERS) else { return };
    let other = Db::new("CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, legacy_name text)").unwrap();
    let mut runner = Runner::open(&other.url()).unwrap();
    let error = runner.begin(&planned(&db, &drop_legacy())).unwrap_err();
    assert!(matches!(error, RunError::OtherDatabase { .. }), "{error:?}");

    let found = introspect(&db.url()).unwrap();
    let later = Planner::new(&found.schema, Server::postgres(99, 0)).plan(&drop_legacy()).unwrap();
    let lite = Planner::new(&found.schema, Server::sqlite(3, 54, 1)).plan(&drop_legacy()).unwrap();
    for plan in [later, lite] {
        let error = runner.begin(&plan).unwrap_err();
        assert!(matches!(error, RunError::OtherServer { .. }), "{error:?}");
    }
    assert!(matches!(runner.status(), Err(RunError::NoPlan)));
    assert_eq!(other.rows("SELECT count(*) FROM pg_namespace WHERE nspname = 'cutover'"), ["0"]);
}

#[test]
fn a_second_plan_waits_for_the_first_to_end() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &drop_legacy());
    let second = planned(&db, &Change::drop_column("users", "name"));
    assert!(matches!(runner.begin(&second), Err(RunError::PlanUnderWay { .. })));
    runner.roll_back().unwrap();
    runner.begin(&second).unwrap();
}

#[test]
fn a_plan_that_ends_transactions_is_refused_before_anything_is_made() {
    let Some(db) = Db::new(USERS) else { return };
    let plan =
        Planner::new(&Schema::new(), Server::postgres(15, 0)).plan(&Change::sql(["SELECT 1; COMMIT"], None)).unwrap();
    let error = Runner::open(&db.url()).unwrap().begin(&plan).unwrap_err();
    assert!(matches!(error, RunError::EndsTransaction { .. }), "{error:?}");
}

#[test]
fn names_that_are_not_there_are_refused_with_the_nearest_ones() {
    let Some(db) = Db::new(USERS) else { return };
    let found = introspect(&db.url()).unwrap();
    let refusal =
        Planner::new(&found.schema, found.server).plan(&Change::drop_column("users", "legacyname")).unwrap_err();
    assert!(
        matches!(refusal, Refusal::UnknownColumn { .. }) && refusal.to_string().contains("legacy_name"),
        "{refusal}"
    );
}

#[test]
fn a_journal_of_a_later_version_is_not_touched() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &drop_legacy());
    db.run("UPDATE cutover.format SET version = 2");
    assert!(matches!(runner.advance(), Err(RunError::Journal { .. })));
    assert!(matches!(runner.begin(&plan), Err(RunError::Journal { .. })));
}

#[test]
fn a_check_that_fails_leaves_the_phase_where_it_is() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &Change::set_not_null("users", "name"));
    answered_for(&mut runner, &plan);
    db.run("UPDATE users SET name = NULL WHERE id = 7");
    let failed = loop {
        match runner.advance() {
            Ok(Advance::PhaseDone { .. }) => {}
            other => break other,
        }
    };
    assert!(matches!(failed, Err(RunError::StepFailed { .. })), "{failed:?}");
    db.run("UPDATE users SET name = 'seven' WHERE id = 7");
    to_the_end(&mut runner);
    assert_eq!(
        db.rows("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'name'"),
        ["t"]
    );
}

#[test]
fn a_server_that_is_too_old_is_refused_by_its_version() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || old_server(&listener));
    let error = Runner::open(&format!("host=127.0.0.1 port={port} user=x dbname=y sslmode=disable")).unwrap_err();
    server.join().unwrap();
    let DatabaseError::UnsupportedVersion { found, oldest, .. } = error else { panic!("{error:?}") };
    assert_eq!((found.to_string().as_str(), oldest.to_string().as_str()), ("12.7", "15.0"));
}

/// As much of PostgreSQL's protocol as it takes to say that the version is 12.7.
fn old_server(listener: &TcpListener) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut startup).unwrap();
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind][..], &length, body].concat()
    };
    let ready = message(b'Z', b"I");
    stream.write_all(&[message(b'R', &[0, 0, 0, 0]), ready.clone()].concat()).unwrap();
    // The statement that asks, up to its Sync.
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head).unwrap();
        let mut body = vec![0; u32::from_be_bytes(head[1..].try_into().unwrap()) as usize - 4];
        stream.read_exact(&mut body).unwrap();
        if head[0] == b'S' {
            break;
        }
    }
    let mut column = vec![0, 1];
    column.extend(b"version\0");
    column.extend([0, 0, 0, 0, 0, 0]); // no table
    column.extend(23_u32.to_be_bytes()); // int4
    column.extend([0, 4, 0xff, 0xff, 0xff, 0xff, 0, 1]); // four bytes, in binary
    let row = [&[0, 1, 0, 0, 0, 4][..], &120_007_i32.to_be_bytes()].concat();
    let answers = [
        message(b'1', b""),
        message(b'2', b""),
        message(b'T', &column),
        message(b'D', &row),
        message(b'C', b"SELECT 1\0"),
        ready,
    ];
    stream.write_all(&answers.concat()).unwrap();
    let mut rest = Vec::new();
    let _gone = stream.read_to_end(&mut rest);
}
