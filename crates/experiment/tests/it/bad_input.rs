//! What is refused, and with which error: one test for each input that cannot be.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use experiment::{
    CandidateList, Lab, NameError, Operation, Outcome, PromoteError, Rate, RateError, Reason, Threshold, ThresholdError,
};

#[test]
fn an_experiment_without_a_name() {
    let lab = Lab::new();
    assert!(matches!(lab.define(""), Err(NameError::Empty { .. })));
    // A call that is made all the same runs its control.
    assert_eq!(lab.experiment("").control(|| 1).candidate("new", || unreachable!("it takes no part")).run(), 1);
}

#[test]
fn a_candidate_without_a_name() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let lab = Lab::new().on_failure(move |failure| keep.lock().unwrap().push(failure.operation()));
    assert_eq!(lab.experiment("x").control(|| 1).candidate("", || unreachable!("it has no name")).run(), 1);
    assert_eq!(*told.lock().unwrap(), [Operation::Name]);
    assert!(matches!(lab.experiment("x").declare_candidate(""), Err(NameError::Empty { .. })));
}

#[test]
fn a_name_of_two_candidates() {
    let lab = Lab::new();
    let mut reasons = Vec::new();
    let call =
        lab.experiment("x").control(|| 1).candidate("new", || 1).candidate("new", || unreachable!("it is taken"));
    call.after(|result| reasons.extend(result.candidates().map(|candidate| (candidate.outcome, candidate.reason))))
        .run();
    assert_eq!(reasons, [(Outcome::Match, None), (Outcome::Skipped, Some(Reason::InvalidName))]);

    let mut list: CandidateList<fn() -> u32> = CandidateList::new();
    list.push("new", || 1).unwrap();
    assert!(matches!(list.push("new", || 2), Err(NameError::Duplicate { name: "new", .. })));
}

#[test]
fn a_rate_that_is_negative() {
    assert!(matches!(Rate::new(-0.1), Err(RateError::OutOfRange { .. })));
    assert!(matches!(Rate::percent(-1.0), Err(RateError::OutOfRange { .. })));
    assert!(matches!(Rate::percent(100.1), Err(RateError::OutOfRange { .. })));
}

#[test]
fn a_rate_that_is_no_number() {
    assert!(matches!(Rate::new(f64::NAN), Err(RateError::NotANumber { .. })));
    assert!(matches!(Rate::percent(f64::INFINITY), Err(RateError::OutOfRange { .. })));
    assert!(verdict::Rate::new(f64::NAN).is_err() && verdict::Rate::new(-0.1).is_err());
}

#[test]
fn a_concurrency_of_zero() {
    // `Limits::concurrency`, and the threads and the queue of a `Pool`, take numbers that cannot be zero: the mistake is told
    // where the number is made.
    assert_eq!(NonZeroUsize::new(0), None);
    assert!("0".parse::<NonZeroUsize>().is_err(), "nor can it come from a file of settings");
}

#[test]
fn a_threshold_that_can_never_be_reached() {
    assert!(matches!(Threshold::new(0, 10), Err(ThresholdError::OutOfRange { .. })));
}

#[test]
fn a_candidate_to_promote_that_nobody_knows() {
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    let refused = lab.experiment("x").promote("nwe");
    assert!(
        matches!(&refused, Err(PromoteError::UnknownCandidate { candidate, known, .. }) if candidate == "nwe" && *known == ["new"])
    );
    assert_eq!(lab.experiment("x").promoted(), None);
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 2).run(), 1, "nothing changed");
}

#[cfg(feature = "json")]
mod lines_of_json {
    use super::*;
    use experiment::{Claims, LineFault, ReportLog, ReportWriter};

    /// Two good lines.
    fn written() -> String {
        let lab = Lab::new();
        let mut lines = Vec::new();
        let mut writer = ReportWriter::new(&mut lines);
        for _ in 0..2 {
            lab.experiment("x").control(|| 1).candidate("new", || 1).run();
            writer.write(&lab).expect("memory takes it");
        }
        String::from_utf8(lines).expect("JSON is text")
    }

    fn read(lines: &str) -> ReportLog {
        let mut log = ReportLog::new();
        log.read("a.jsonl", lines.as_bytes()).expect("memory gives it");
        log
    }

    #[test]
    fn a_line_that_cannot_be_read() {
        let log = read(&format!("{}{{\"format\": oops\n{}", written(), written()));
        assert_eq!(log.bad_lines()[0].to_string(), "a.jsonl, line 3: it is no report");
        assert!(matches!(log.bad_lines()[0].fault, LineFault::NotAReport { .. }));
        assert_eq!((log.bad_lines().len(), log.reports()[0].runs), (1, 4), "the lines before and after it are kept");
    }

    #[test]
    fn a_line_that_was_cut_off() {
        let lines = written();
        let log = read(&lines[..lines.len() - 9]);
        assert_eq!(log.bad_lines()[0].to_string(), "a.jsonl, line 2: it was cut off");
        assert_eq!((log.bad_lines().len(), log.reports()[0].runs), (1, 1), "the line before it is kept");
    }

    #[test]
    fn numbers_that_cannot_be() {
        // Somebody wrote them by hand; the report is taken, and its verdicts say what can be said.
        let lines = written()
            .replace("\"noise_runs\":0", "\"noise_runs\":1")
            .replace("\"candidate_only\":0", "\"candidate_only\":7");
        let log = read(&lines);
        assert_eq!(log.reports()[0].verdicts(&Claims::default()).len(), 1);
    }
}

#[test]
fn a_name_that_cannot_be_used_gets_no_row_in_the_report() {
    let lab = Lab::new();
    for name in ["", "control", "control again"] {
        lab.experiment("x").control(|| 1).candidate("new", || 1).candidate(name, || 1).run();
    }
    let report = lab.experiment("x").report();
    let names: Vec<_> = report.candidates.iter().map(|candidate| candidate.behavior.name.clone()).collect();
    assert_eq!((names, report.control_again.is_some()), (vec!["new".into()], false));
    assert_eq!(report.internal_failures[&Operation::Name], 3);
}
