//! A disk that is full, really: a tablespace on a file system in memory that holds a few megabytes.

use std::path::{Path, PathBuf};
use std::process::Command;

use migration_planner::{Change, Index};
use migration_planner_postgres::{Advance, DatabaseError, RunError};

use crate::support::{Db, answered_for, begun, to_the_end};

/// A file system that is as large as it says; `None` where this process may not mount one. Dropping it takes it away.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mounted(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size},mode=0777");
        let mut mount = Command::new("mount");
        let done = mount.args(["-t", "tmpfs", "-o", &options, "none"]).arg(folder.path()).output();
        let is_there = done.is_ok_and(|done| done.status.success());
        if !is_there {
            println!("SKIPPED: this process may not mount a file system, so no disk can be filled");
        }
        is_there.then_some(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Everything that is free, taken by a file.
    fn fill(&self) -> PathBuf {
        let file = self.path().join("ballast");
        let _full = Command::new("dd")
            .args(["if=/dev/zero", "bs=64k", "status=none"])
            .arg(format!("of={}", file.display()))
            .status();
        file
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_disk_that_is_full_leaves_a_plan_that_resumes() {
    let Some(db) = Db::new("CREATE TABLE users (id bigint PRIMARY KEY, name text)") else { return };
    let Some(disk) = SmallDisk::mounted("24m") else { return };
    // The server's user makes its own folder in it.
    let space = format!("small_{}", db.name());
    db.run(&format!("CREATE TABLESPACE {space} LOCATION '{}'", folder_of_server(&db, disk.path())));
    let _dropped_after = DropSpace { db: &db, space: &space };
    db.run(&format!("ALTER TABLE users SET TABLESPACE {space}; INSERT INTO users SELECT i, repeat('x', 200) FROM generate_series(1, 20000) AS i"));

    // An index that has no room leaves nothing behind.
    let (mut runner, _) = begun(&db, &Change::create_index("users", Index::new("by_name", ["name"])));
    db.run(&format!("ALTER DATABASE {} SET default_tablespace = {space}", db.name()));
    let before = db.catalog();
    let ballast = disk.fill();
    let full = runner.advance();
    assert!(matches!(full, Err(RunError::Database(DatabaseError::DiskFull { .. }))), "{full:?}");
    assert!(before.differences(&db.catalog()).is_empty());
    std::fs::remove_file(&ballast).unwrap();
    assert_eq!(runner.advance().unwrap(), Advance::Finished);
    db.run("DROP INDEX by_name");
    db.run(&format!("ALTER DATABASE {} RESET default_tablespace", db.name()));

    // Batches keep what was committed.
    let (mut runner, plan) = begun(&db, &Change::fill("users", "name = repeat('y', 210)", "name !~ '^y'"));
    answered_for(&mut runner, &plan);
    let ballast = disk.fill();
    let full = runner.advance();
    assert!(matches!(full, Err(RunError::Database(DatabaseError::DiskFull { .. }))), "{full:?}");
    let done = db.rows("SELECT count(*) FROM users WHERE name ~ '^y'");
    let cursor = db.rows("SELECT coalesce(max(rows), 0) FROM cutover.cursor");
    assert_eq!(done, cursor, "a batch was half done");
    std::fs::remove_file(&ballast).unwrap();
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT count(*) FROM users WHERE name !~ '^y'"), ["0"]);
}

/// A folder that belongs to the server's user, made by the server itself.
fn folder_of_server(db: &Db, within: &Path) -> String {
    let folder = within.join("space");
    db.run(&format!("COPY (SELECT 1) TO PROGRAM 'mkdir -m 700 {}'", folder.display()));
    folder.display().to_string()
}

/// A tablespace belongs to the server, which other tests share.
struct DropSpace<'a> {
    db: &'a Db,
    space: &'a str,
}

impl Drop for DropSpace<'_> {
    fn drop(&mut self) {
        let mut client = self.db.connect();
        let _as_far_as_it_goes = client.batch_execute("DROP TABLE IF EXISTS users CASCADE");
        let _as_far_as_it_goes = client.batch_execute(&format!("DROP TABLESPACE {}", self.space));
    }
}
