//! A process that is killed at any instant loses nothing that it was told is done.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use feature_flags::Flag;
use feature_flags_sqlite::{Author, SqliteStore};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::store::Place;

const STORE: &str = "FEATURE_FLAGS_SQLITE_TEST_STORE";
const ROUNDS: usize = 12;

/// Run by the test below as a process of its own: changes flags until it is killed, and says what was acknowledged.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(STORE) else { return };
    let store = SqliteStore::open(path).unwrap();
    let start = store.revision().unwrap().number();
    let mut out = std::io::stdout().lock();
    for number in start.. {
        let name = format!("flag-{}", number % 7);
        let author = Author::new("child").because(number.to_string());
        let is_there = store.flag(&name).unwrap().is_some();
        let (revision, state) = if is_there && number % 3 == 0 {
            (store.remove(&name, &author).unwrap(), "gone".to_owned())
        } else {
            (store.put(&Flag::new(&name).description(number.to_string()), &author).unwrap(), number.to_string())
        };
        // The parent kills in the middle of all this: also while a line is written.
        writeln!(out, "{revision} {name} {state}.").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn no_acknowledged_change_is_lost_when_a_writer_is_killed() {
    let place = Place::new();
    let mut chance = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut acknowledged: BTreeMap<u64, (String, String)> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let lines = write_and_kill(
            &place,
            5 + chance.next_u32() % 40,
            Duration::from_micros(u64::from(chance.next_u32() % 3_000)),
        );
        acknowledged.extend(lines);
        let store = SqliteStore::open(place.file("flags.db")).unwrap();
        let history = store.history(None, usize::MAX).unwrap();
        let newest = store.revision().unwrap().number();
        assert_eq!(history.len() as u64, newest, "each change has its entry");
        let last = acknowledged.last_key_value().map_or(0, |(revision, _)| *revision);
        assert!(newest == last || newest == last + 1, "at most the change under way is there unacknowledged");
        let mut states: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for (number, entry) in (1..).zip(history.iter().rev()) {
            assert_eq!(entry.revision().number(), number, "no entry is missing");
            let name = entry.subject().name();
            assert_eq!(states.get(name).copied().flatten(), entry.before(), "each entry follows from those before");
            states.insert(name, entry.after());
            if let Some((flag, state)) = acknowledged.get(&number) {
                assert_eq!(name, flag);
                let after = entry.after().map(|json| Flag::from_json(json).unwrap());
                let described = after.as_ref().map(|flag| flag.description_text().unwrap());
                assert_eq!(described.unwrap_or("gone"), state, "what was acknowledged is what is there");
            }
        }
        for (name, state) in states {
            let flag = store.flag(name).unwrap().map(|(flag, _)| flag.to_json());
            assert_eq!(flag.as_deref(), state, "the flags are what the history says");
        }
    }
    assert!(acknowledged.len() > ROUNDS * 4, "the writers did something");
}

/// Starts a writer, kills it once it has made some changes and a moment has passed; what it acknowledged.
fn write_and_kill(place: &Place, changes: u32, moment: Duration) -> Vec<(u64, (String, String))> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child_that_writes_until_it_is_killed", "--exact", "--nocapture"])
        .env(STORE, place.file("flags.db"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (sender, lines) = mpsc::channel();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let reading = thread::spawn(move || {
        let mut line = String::new();
        while output.read_line(&mut line).unwrap_or(0) > 0 {
            let _nobody_counts_any_more = sender.send(std::mem::take(&mut line));
        }
    });
    let mut acknowledged = Vec::new();
    while acknowledged.len() < changes as usize {
        let line = lines.recv_timeout(Duration::from_mins(1)).expect("the writer writes");
        acknowledged.extend(parsed(&line));
    }
    // Not to wait for anything, but so that the kill meets another part of the work each time.
    let until = std::time::Instant::now() + moment;
    while std::time::Instant::now() < until {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap();
    acknowledged.extend(lines.iter().filter_map(|line| parsed(&line)));
    acknowledged
}

/// `3 flag-2 gone.`; half a line tells nothing, nor do the lines of the test's own harness.
fn parsed(line: &str) -> Option<(u64, (String, String))> {
    let mut parts = line.trim_end().strip_suffix('.')?.split(' ');
    let (revision, name, state) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
    Some((revision, (name.to_owned(), state.to_owned())))
}
