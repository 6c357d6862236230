//! Usage that outlives its process.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use feature_flags::{Clock, Flag, Flags, UsageError, UsageFile, UsageReport};

#[derive(Clone, Default)]
struct HandClock(Arc<AtomicU64>);

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        second(self.0.load(Ordering::SeqCst))
    }
}

fn second(number: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(number)
}

fn flags() -> Flags {
    Flags::builder().flag(Flag::new("a").enabled(true)).flag(Flag::new("b")).build()
}

#[test]
fn what_was_counted_since_the_last_time_is_added_with_its_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("usage.json");
    let clock = HandClock(Arc::new(AtomicU64::new(100)));
    let flags = flags();
    let mut usage = UsageFile::new(&path).clock(clock.clone());
    let ask = |name: &str, times: usize| (0..times).for_each(|_| assert_eq!(flags.enabled(name, &()), name == "a"));
    ask("a", 3);
    clock.0.store(200, Ordering::SeqCst);
    usage.add(&flags).unwrap();
    ask("a", 2);
    ask("b", 1);
    clock.0.store(300, Ordering::SeqCst);
    usage.add(&flags).unwrap();
    clock.0.store(400, Ordering::SeqCst);
    usage.add(&flags).unwrap();
    let report = UsageReport::read(&path).unwrap();
    assert_eq!((report.from(), report.to()), (second(100), second(400)));
    let a = &report.of("a")[0];
    assert_eq!((a.variant.as_str(), a.enabled, a.reason.as_str(), a.count), ("on", true, "fixed", 5));
    assert_eq!((a.first, a.last), (second(100), second(300)), "nobody read it after that");
    assert_eq!((report.of("b")[0].first, report.of("b")[0].count), (second(200), 1));
    assert!(report.of("c").is_empty());
    assert_eq!(
        (report.there_since("b"), report.there_since("c")),
        (Some(second(200)), None),
        "there, but not read yet"
    );
}

#[test]
fn of_two_files_the_earlier_time_at_which_a_flag_was_there_counts() {
    let directory = tempfile::tempdir().unwrap();
    let handed_over = |name: &str, at: u64| {
        let clock = HandClock(Arc::new(AtomicU64::new(at)));
        let path = directory.path().join(name);
        UsageFile::new(&path).clock(clock).add(&flags()).unwrap();
        UsageReport::read(&path).unwrap()
    };
    let (mut early, mut late) = (handed_over("1.json", 100), handed_over("2.json", 500));
    assert_eq!((early.there_since("a"), late.there_since("a")), (Some(second(100)), Some(second(500))));
    late.merge(early.clone());
    early.merge(handed_over("3.json", 900));
    assert_eq!((early.there_since("a"), late.there_since("a")), (Some(second(100)), Some(second(100))));
}

#[test]
fn processes_that_share_a_file_or_have_one_each_add_up() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("usage.json");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (flags, mut usage) = (flags(), UsageFile::new(&path));
                for _ in 0..10 {
                    assert!(flags.enabled("a", &()));
                    usage.add(&flags).unwrap();
                }
            });
        }
    });
    let mut report = UsageReport::read(&path).unwrap();
    assert_eq!(report.of("a")[0].count, 40);
    let other = directory.path().join("other.json");
    let (flags, mut usage) = (flags(), UsageFile::new(&other));
    assert!(flags.enabled("a", &()) && !flags.enabled("b", &()));
    usage.add(&flags).unwrap();
    report.merge(UsageReport::read(&other).unwrap());
    assert_eq!((report.of("a")[0].count, report.of("b")[0].count), (41, 1));
}

#[test]
fn what_could_not_be_handed_over_is_not_lost_and_a_strange_file_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("folder").join("usage.json");
    let (flags, mut usage) = (flags(), UsageFile::new(&path));
    assert!(flags.enabled("a", &()));
    assert!(matches!(usage.add(&flags), Err(UsageError::Io { .. })));
    fs::create_dir(directory.path().join("folder")).unwrap();
    for text in ["no json", "{\"format\":2,\"from\":0,\"to\":0,\"flags\":{}}", "{\"format\":1,\"from\":0"] {
        fs::write(&path, text).unwrap();
        assert!(matches!(usage.add(&flags), Err(UsageError::Malformed { .. })), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::remove_file(&path).unwrap();
    assert!(flags.enabled("a", &()));
    usage.add(&flags).unwrap();
    assert_eq!(UsageReport::read(&path).unwrap().of("a")[0].count, 2);
}

/// The file that version 1 wrote; later versions go on reading it.
#[test]
fn usage_of_version_1_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("usage.json");
    fs::write(
        &path,
        r#"{"format":1,"from":1000,"to":9000,"flags":{"a":[{"variant":"on","enabled":true,"reason":"rule","first":1000,"last":5000,"count":12}]}}"#,
    )
    .unwrap();
    let report = UsageReport::read(&path).unwrap();
    assert_eq!((report.from(), report.of("a")[0].last, report.of("a")[0].count), (second(1), second(5), 12));
    assert_eq!(report.there_since("a"), None);
}
