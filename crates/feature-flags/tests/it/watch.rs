use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use feature_flags::{ContentId, Event, Flags, Listener};

/// Far longer than any of this takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

fn text(flag: &str) -> String {
    format!("format = 1\n[flags]\n{flag} = true\n")
}

fn serves(flags: &Flags, text: &str) -> bool {
    flags.wait_for_content(ContentId::of(text), PATIENCE)
}

fn rename_over(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, path).unwrap();
}

#[test]
fn an_edit_is_served_whichever_way_the_editor_writes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, text("a")).unwrap();
    let flags = Flags::watch_file(&path).unwrap();
    assert!(flags.enabled("a", &()));

    fs::write(&path, text("written")).unwrap();
    assert!(serves(&flags, &text("written")));
    assert!(flags.enabled("written", &()) && !flags.enabled("a", &()));

    rename_over(&path, &text("renamed"));
    assert!(serves(&flags, &text("renamed")));
    rename_over(&path, &text("renamed-again"));
    assert!(serves(&flags, &text("renamed-again")));
    assert!(flags.enabled("renamed-again", &()));

    fs::remove_file(&path).unwrap();
    assert!(flags.wait_for_source_error(PATIENCE));
    assert!(flags.enabled("renamed-again", &()), "the last good flags are served on");
    fs::write(&path, text("back")).unwrap();
    assert!(serves(&flags, &text("back")));
    assert!(flags.status().last_error().is_none());
}

#[cfg(unix)]
#[test]
fn a_link_that_is_turned_to_another_directory_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    for (name, flag) in [("v1", "a"), ("v2", "b")] {
        fs::create_dir(directory.path().join(name)).unwrap();
        fs::write(directory.path().join(name).join("flags.toml"), text(flag)).unwrap();
    }
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, directory.path().join(name)).unwrap();
    link("v1", "..data");
    link("..data/flags.toml", "flags.toml");
    let flags = Flags::watch_file(directory.path().join("flags.toml")).unwrap();
    assert!(flags.enabled("a", &()));
    link("v2", "..data_new");
    fs::rename(directory.path().join("..data_new"), directory.path().join("..data")).unwrap();
    assert!(serves(&flags, &text("b")));
}

/// Hands on what it hears.
struct Heard(Mutex<Sender<String>>);

impl Listener for Heard {
    fn event(&self, event: &Event<'_>) {
        let _nobody_listens = self.0.lock().unwrap().send(event.to_string());
    }
}

#[test]
fn a_malformed_edit_keeps_the_last_good_flags_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, text("a")).unwrap();
    let (sender, heard) = mpsc::channel();
    let flags = Flags::builder().listener(Heard(Mutex::new(sender))).watch_file(&path).unwrap();
    let before = flags.status();

    rename_over(&path, "format = 1\n[flags]\na = maybe\n");
    assert!(flags.wait_for_source_error(PATIENCE));
    assert!(flags.enabled("a", &()));
    let status = flags.status();
    assert_eq!(status.snapshot(), before.snapshot());
    let error = status.last_error().unwrap().to_owned();
    assert!(error.contains("flags.toml, line 3, column 5: "), "{error}");
    let event = format!("{error}; the last good flags are served on");
    while heard.recv_timeout(PATIENCE).expect("the listener hears of it") != event {}

    rename_over(&path, &text("mended"));
    assert!(serves(&flags, &text("mended")));
    assert!(flags.status().last_error().is_none());
}

#[test]
fn a_slip_in_one_flag_moves_nobody_and_is_listed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    let text = |share: &str, other: &str| {
        format!(
            "format = 1\n[flags]\nall = \"{share} by id\"\nhalf = {{ rollout = \"50% by id\", requires = [{other}] }}\nnew = true\n"
        )
    };
    fs::write(&path, text("100%", "")).unwrap();
    let (sender, heard) = mpsc::channel();
    let flags = Flags::builder().listener(Heard(Mutex::new(sender))).watch_file(&path).unwrap();
    let served = || -> Vec<bool> { (0..200).map(|id| flags.enabled("half", &crate::people::user(id))).collect() };
    let before = served();

    for (edit, flag, message) in [
        (text("1000%", ""), "all", "`1000%` is not at most `100%`"),
        (text("1000%", "\"half\""), "half", "it needs itself: `half` -> `half`"),
    ] {
        rename_over(&path, &edit);
        assert!(serves(&flags, &edit), "the rest of the edit is served");
        assert!(flags.enabled("all", &crate::people::user(1)), "as it was");
        assert_eq!(served(), before, "as they were");
        let status = flags.status();
        let problem = status.problems().iter().find(|problem| problem.flag() == flag).expect("it is listed");
        assert!(problem.keeps_last_good() && problem.message() == message, "{problem}");
        let event = format!("{problem}; the flag is served as it was");
        while heard.recv_timeout(PATIENCE).expect("the listener hears of it") != event {}
    }

    rename_over(&path, &text("0%", ""));
    assert!(serves(&flags, &text("0%", "")));
    assert!(!flags.enabled("all", &crate::people::user(1)) && flags.status().problems().is_empty());
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("flags.toml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for path in [pipe.as_path(), directory.path()] {
        let error = Flags::watch_file(path).unwrap_err();
        assert_eq!(error.in_one_line(), format!("{} could not be read: it is not a regular file", path.display()));
    }
}

#[test]
fn flags_from_code_come_back_when_the_file_lets_go_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, "format = 1\n[flags]\ncode = false\n").unwrap();
    let flags = Flags::builder().flag(feature_flags::Flag::new("code").enabled(true)).watch_file(&path).unwrap();
    assert!(!flags.enabled("code", &()));
    rename_over(&path, &text("other"));
    assert!(serves(&flags, &text("other")));
    assert!(flags.enabled("code", &()));
}

#[test]
fn watching_ends_with_the_last_handle() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, text("a")).unwrap();
    let (sender, heard) = mpsc::channel();
    let flags = Flags::builder().listener(Heard(Mutex::new(sender))).watch_file(&path).unwrap();
    let clone = flags.clone();
    drop(flags);
    rename_over(&path, &text("b"));
    assert!(serves(&clone, &text("b")), "a clone keeps it alive");
    drop(clone);
    // The listener goes with all the rest, once the thread that watches has let go.
    let gone = loop {
        match heard.recv_timeout(PATIENCE) {
            Ok(_) => {}
            Err(end) => break end == RecvTimeoutError::Disconnected,
        }
    };
    assert!(gone);
}
