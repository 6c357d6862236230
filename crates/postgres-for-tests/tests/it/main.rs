//! The server for tests, as tests use it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic and print")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use postgres_for_tests::{ADDRESS, Cluster, ClusterError, Durability, database};

/// What `psql` answers at a URL; a failure is its first line.
fn ask(url: &str, sql: &str) -> Result<String, String> {
    let output = Command::new(postgres_for_tests::program("psql")).args(["-XAtq", url, "-c", sql]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn own_cluster(durability: Durability) -> Option<Cluster> {
    match Cluster::start(durability) {
        Ok(cluster) => Some(cluster),
        Err(ClusterError::NotInstalled) if std::env::var_os("CI").is_none() => {
            println!("SKIPPED: PostgreSQL is not installed");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn each_database_is_empty_and_its_own() {
    let Some(one) = database() else { return };
    let other = database().expect("there was a server a moment ago");
    ask(&one.url(), "CREATE TABLE mine (id int)").unwrap();
    assert_eq!(ask(&one.url(), "SELECT count(*) FROM mine").unwrap(), "0");
    assert!(ask(&other.url(), "SELECT count(*) FROM mine").unwrap_err().contains("does not exist"));
}

#[test]
fn a_copy_has_what_the_original_has_and_a_dropped_database_is_gone() {
    let Some(one) = database() else { return };
    ask(&one.url(), "CREATE TABLE mine AS SELECT 7 AS id").unwrap();
    let copy = one.copy().unwrap();
    let url = one.url();
    drop(one);
    assert!(ask(&url, "SELECT 1").unwrap_err().contains("does not exist"));
    assert_eq!(ask(&copy.url(), "SELECT id FROM mine").unwrap(), "7");
}

#[test]
fn a_durable_server_keeps_what_was_committed_before_it_crashed() {
    let Some(mut cluster) = own_cluster(Durability::Durable) else { return };
    let url = cluster.url("postgres");
    assert_eq!(ask(&url, "SHOW fsync").unwrap(), "on");
    ask(&url, "CREATE TABLE kept AS SELECT 7 AS id").unwrap();
    cluster.crash_and_restart().unwrap();
    assert_eq!(ask(&url, "SELECT id FROM kept").unwrap(), "7");
}

#[test]
fn a_dropped_server_leaves_nothing_behind() {
    let Some(cluster) = own_cluster(Durability::Fast) else { return };
    let (url, directory) = (cluster.url("postgres"), directory_of(&cluster.address()));
    assert_eq!(ask(&url, "SELECT 1").unwrap(), "1");
    drop(cluster);
    assert!(ask(&url, "SELECT 1").is_err());
    assert!(!directory.exists());
}

fn directory_of(address: &str) -> std::path::PathBuf {
    address.split(' ').find_map(|word| word.strip_prefix("host=")).unwrap().into()
}

/// The process that is killed: starts a server of its own, says where, and waits for its end.
#[test]
fn child() {
    if std::env::var_os("CUTOVER_TEST_CHILD").is_none() {
        return;
    }
    let cluster = Cluster::start(Durability::Fast).unwrap();
    println!("\naddress {}", cluster.address());
    loop {
        std::thread::park();
    }
}

#[test]
fn a_server_does_not_outlive_a_process_that_was_killed() {
    if own_cluster(Durability::Fast).is_none() {
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env("CUTOVER_TEST_CHILD", "1")
        .env_remove(ADDRESS)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines.map(Result::unwrap).find_map(|line| line.strip_prefix("address ").map(str::to_owned)).unwrap();
    let directory = directory_of(&said);
    assert!(directory.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let started = Instant::now();
    while directory.exists() {
        assert!(started.elapsed() < Duration::from_mins(1), "the directory is still there");
        std::thread::yield_now();
    }
}
