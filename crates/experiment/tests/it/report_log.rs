//! Reports of several processes, as lines of JSON.

use std::error::Error;
use std::io::{self, BufReader, Read};

use experiment::{BreakerPolicy, Lab, LineFault, Outcome, ReadError, ReportLog, ReportWriter};

/// What a process writes that runs an experiment so often, writing after every run.
fn written(runs: u32) -> Vec<u8> {
    let lab = Lab::new().breaker(BreakerPolicy::never());
    let mut file = Vec::new();
    let mut writer = ReportWriter::new(&mut file);
    for run in 0..runs {
        lab.experiment("users")
            .control(|| run)
            .candidate("new", || if run == 1 { 0 } else { run })
            .describe_debug()
            .run();
        writer.write(&lab).expect("memory takes it");
    }
    file
}

fn read(files: &[&[u8]]) -> ReportLog {
    let mut log = ReportLog::new();
    for file in files {
        log.read("file", *file).expect("memory gives it");
    }
    log
}

#[test]
fn the_latest_line_of_each_process_counts_and_processes_are_added() {
    let (one, other) = (written(10), written(5));
    let log = read(&[&one, &other]);
    let report = &log.reports()[0];
    assert!(log.bad_lines().is_empty());
    assert_eq!((report.runs, report.candidates[0].matches(), report.candidates[0].mismatches()), (15, 13, 2));
}

#[test]
fn labs_that_write_through_one_writer_are_added_too() {
    let mut file = Vec::new();
    let mut writer = ReportWriter::new(&mut file);
    let labs = [Lab::new(), Lab::new()];
    for (lab, runs) in labs.iter().zip([5, 2]) {
        for _ in 0..runs {
            lab.experiment("users").control(|| 1).candidate("new", || 1).run();
            writer.write(lab).expect("memory takes it");
        }
    }
    labs[1].experiment("users").set_rate(experiment::Rate::percent(5.0).unwrap());
    writer.write(&labs[1]).expect("memory takes it");
    writer.write(&labs[0]).expect("memory takes it");
    let report = &read(&[&file]).reports()[0];
    assert_eq!((report.runs, report.rate), (7, 1.0), "what holds now is what was read last");
}

#[test]
fn the_same_file_read_twice_counts_once() {
    let file = written(10);
    assert_eq!(read(&[&file, &file]).reports()[0].runs, 10);
}

#[test]
fn a_truncated_line_is_told_and_the_good_ones_are_kept() {
    let mut file = written(3);
    file.truncate(file.len() - 20);
    let log = read(&[&file]);
    assert_eq!(log.reports()[0].runs, 2);
    assert_eq!(log.bad_lines()[0].to_string(), "file, line 3: it was cut off");
    assert!(
        matches!(&log.bad_lines()[0].fault, LineFault::CutOff { source, .. } if source.to_string().contains("EOF"))
    );
}

#[test]
fn garbage_between_good_lines_is_told_with_its_number() {
    let mut file = b"\nnot json\n{\"format\":1}\n{\"format\":7,\"anything\":true}\n\xff\xfe\n".to_vec();
    file.extend(written(2));
    let log = read(&[&file]);
    assert_eq!(log.reports()[0].runs, 2);
    let lines: Vec<_> = log.bad_lines().iter().map(|bad| bad.line).collect();
    assert_eq!(lines, [2, 3, 4, 5]);
    assert!(matches!(log.bad_lines()[2].fault, LineFault::LaterFormat { format: 7, .. }));
    assert_eq!(log.bad_lines()[2].fault.to_string(), "it has format 7, and this version reads up to 1");
    assert!(log.bad_lines()[2].source().is_none());
}

#[test]
fn a_reader_that_fails_keeps_what_it_read() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let file = written(2);
    let mut log = ReportLog::new();
    let failed = log.read("file", BufReader::new(file.as_slice().chain(Fails)));
    assert!(matches!(failed, Err(ReadError::Read { file, line: 3, .. }) if file == "file"));
    assert_eq!(log.reports()[0].runs, 2);
}

#[test]
fn a_line_of_the_first_format_is_still_read() {
    let line = br#"{"format":1,"source":"a","report":{"experiment":"users","runs":3,"still_running":1,"cancelled_runs":0,"rate":0.5,
        "control":{"name":"control","panicked":0,"mean_cpu":null,"latency":{"n":2,"p50":{"secs":0,"nanos":100},"p95":{"secs":0,"nanos":100},
        "p99":{"secs":0,"nanos":100},"relative_error":0.0078125,"buckets":[{"from_nanos":100,"to_nanos":100,"n":2}]},
        "latency_when_first":null,"latency_when_later":null},"control_again":null,"candidates":[{"behavior":{"name":"new","panicked":0,
        "mean_cpu":null,"latency":null,"latency_when_first":null,"latency_when_later":null},"breaker_is_open":false,"faster":1,"slower":1,
        "as_fast":0,"noise_runs":0,"candidate_only":0,"noise_only":0,"outcomes":{"match":1,"mismatch":1},
        "samples":[{"run":1,"times":1,"control":"1","candidate":"2","difference":null}],"put_into_words":1}],
        "held_back":{"time_share":4},"internal_failures":{"publish":2}}}"#;
    let line: Vec<u8> = line.iter().copied().filter(|byte| *byte != b'\n').collect();
    let log = read(&[&line]);
    assert!(log.bad_lines().is_empty(), "{:?}", log.bad_lines());
    let report = &log.reports()[0];
    assert_eq!(
        (report.runs, report.candidates[0].count(Outcome::Mismatch), report.candidates[0].samples.len()),
        (3, 1, 1)
    );
}

#[test]
fn numbers_that_cannot_be_do_no_harm() {
    let most = u64::MAX;
    let line = format!(
        r#"{{"format":1,"source":"a","report":{{"experiment":"users","runs":{most},"still_running":{most},"cancelled_runs":{most},"rate":7e300,
        "control":{{"name":"control","panicked":{most},"mean_cpu":null,"latency":{{"n":0,"p50":{{"secs":0,"nanos":0}},"p95":{{"secs":0,"nanos":0}},
        "p99":{{"secs":0,"nanos":0}},"relative_error":0.5,"buckets":[{{"from_nanos":9,"to_nanos":1,"n":{most}}},{{"from_nanos":0,"to_nanos":0,"n":{most}}}]}},
        "latency_when_first":null,"latency_when_later":null}},"control_again":null,"candidates":[{{"behavior":{{"name":"new","panicked":0,
        "mean_cpu":null,"latency":{{"n":0,"p50":{{"secs":0,"nanos":0}},"p95":{{"secs":0,"nanos":0}},"p99":{{"secs":0,"nanos":0}},
        "relative_error":0.5,"buckets":[]}},"latency_when_first":null,"latency_when_later":null}},"breaker_is_open":false,"faster":{most},
        "slower":{most},"as_fast":{most},"noise_runs":1,"candidate_only":{most},"noise_only":2,"outcomes":{{"match":{most},"mismatch":{most},
        "ignored":{most}}},"samples":[],"put_into_words":{most}}}],"held_back":{{}},"internal_failures":{{}}}}}}"#
    );
    let line = line.replace('\n', "");
    let other = line.replace(r#""source":"a""#, r#""source":"b""#);
    let log = read(&[line.as_bytes(), other.as_bytes()]);
    assert!(log.bad_lines().is_empty(), "{:?}", log.bad_lines());
    let report = &log.reports()[0];
    assert_eq!(report.runs, most);
    assert!(report.to_string().contains("experiment users"));
    assert!(report.to_markdown().contains("`users`"));
}

#[test]
fn where_a_candidate_differs_is_added_up_across_processes() {
    let written = |runs: u32| {
        let lab = Lab::new();
        for run in 0..runs {
            lab.experiment("users").control(|| (run, 0)).candidate("new", || (run, 1)).diff().run();
        }
        lab.flush().expect("nothing is published");
        let mut file = Vec::new();
        ReportWriter::new(&mut file).write(&lab).expect("memory takes it");
        file
    };
    let log = read(&[&written(3), &written(2)]);
    let differences = log.reports()[0].candidates[0].differences.clone().expect("they were taken apart");
    assert_eq!((differences.compared, differences.paths.len(), differences.paths[0].runs), (5, 1, 5));
    assert_eq!(differences.paths[0].samples.len(), 5);
}
