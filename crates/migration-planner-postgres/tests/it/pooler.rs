//! Behind a real pooler of transactions: `PgBouncer`, where it is installed.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use migration_planner::Change;
use migration_planner_postgres::{Advance, RunError, Runner, introspect};

use crate::support::{Db, answered_for, planned, quick, to_the_end};

/// A pooler with fewer sessions than clients, each given to whoever begins a transaction next. Dropping it ends it.
struct Pooler {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Pooler {
    /// `None` where it is not installed.
    fn before(db: &Db) -> Option<Self> {
        if Command::new("pgbouncer").arg("--version").output().is_err() {
            println!("SKIPPED: pgbouncer is not installed");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let sockets = db.rows("SHOW unix_socket_directories").remove(0);
        // It may not be root, and has to reach the server's socket.
        let owner = std::fs::metadata(&sockets).unwrap();
        let mut settings = String::from("[databases]\n");
        writeln!(settings, "{} = host={sockets} user=postgres pool_size=3", db.name()).unwrap();
        writeln!(settings, "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =").unwrap();
        settings.push_str("auth_type = any\npool_mode = transaction\nserver_round_robin = 1\n");
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        for path in [folder.path(), &file] {
            chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let mut command = Command::new("pgbouncer");
        command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let mut pooler = Self { process: command.spawn().unwrap(), port, _folder: folder };
        while postgres::Client::connect(&pooler.url(db), postgres::NoTls).is_err() {
            assert!(pooler.process.try_wait().unwrap().is_none(), "the pooler has ended");
            std::thread::yield_now();
        }
        Some(pooler)
    }

    fn url(&self, db: &Db) -> String {
        format!("host=127.0.0.1 port={} user=postgres dbname={}", self.port, db.name())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _gone = self.process.wait();
    }
}

#[test]
fn plans_run_through_a_pooler_of_transactions_one_runner_at_a_time() {
    let users = "CREATE TABLE users (id bigint PRIMARY KEY, name text); CREATE INDEX by_name ON users (name);
         INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 40) AS i";
    let Some(db) = Db::new(users) else { return };
    let Some(pooler) = Pooler::before(&db) else { return };
    let (before, plan) = (db.catalog(), planned(&db, &Change::rename_column("users", "name", "full_name")));
    let url = pooler.url(&db);
    assert_eq!(introspect(&url).unwrap().schema, introspect(&db.url()).unwrap().schema);
    let open = || Runner::open_with(&url, quick().direct(db.url())).unwrap();
    let mut runner = open();
    runner.begin(&plan).unwrap();
    for _ in 0..2 {
        let both = std::thread::scope(|scope| {
            let second = scope.spawn(|| open().advance());
            [runner.advance(), second.join().unwrap()]
        });
        for said in both {
            assert!(
                matches!(
                    said,
                    Ok(Advance::PhaseDone { .. } | Advance::Held { .. }) | Err(RunError::AnotherRunner { .. })
                ),
                "{said:?}"
            );
        }
    }
    runner.roll_back().unwrap();
    assert!(before.differences(&db.catalog()).is_empty());
    runner.begin(&plan).unwrap();
    answered_for(&mut runner, &plan);
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT count(full_name) FROM users"), ["40"]);
    let settings = "SELECT current_setting('lock_timeout'), current_setting('search_path')";
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    for _ in 0..6 {
        assert_eq!(crate::support::rows(&mut client, settings), ["0 \"$user\", public"], "a session kept what was set");
    }
}
