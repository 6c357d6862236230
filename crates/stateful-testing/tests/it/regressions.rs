//! Failing sequences are kept in a file and run first the next time.

use std::fs;
use std::path::PathBuf;

use stateful_testing::{Check, Failure, Origin, RegressionsError, check};
use tempfile::TempDir;

use crate::machines::{Numbers, Push};

fn wrong_from_57() -> Numbers {
    Numbers::with_system(|elements, element| {
        elements.push(element);
        Ok(if element >= 57 { 0 } else { elements.len() })
    })
}

struct Kept {
    _folder: TempDir,
    path: PathBuf,
}

/// A file that holds the one failure of `wrong_from_57`.
fn kept() -> Kept {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("new/todo.txt");
    let failure = check(wrong_from_57()).seed(1).regressions(&path).try_run().expect_err("the bug is planted");
    assert!(failure.to_string().contains(&format!("kept in {}", path.display())), "{failure}");
    Kept { _folder: folder, path }
}

fn error(check: &Check<Numbers>) -> RegressionsError {
    match check.try_run() {
        Err(Failure::Regressions { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_failure_is_kept_once_and_run_first() {
    let kept = kept();
    let text = fs::read_to_string(&kept.path).unwrap();
    assert!(text.ends_with("\nfailure\n  story [push 57]\n  replay push/0:57\nend\n"), "{text}");

    // Any number of cases would find it; this one is found before the first.
    let again = check(wrong_from_57()).seed(2).regressions(&kept.path).try_run();
    let Err(Failure::Falsified(again)) = again else { panic!("{again:?}") };
    assert!(matches!(again.origin(), Origin::Regression { line: 4, .. }), "{}", again.origin());
    assert_eq!(fs::read_to_string(&kept.path).unwrap(), text);
}

#[test]
fn once_mended_it_passes_and_stays() {
    let kept = kept();
    let passed = check(Numbers::right()).seed(1).cases(1).regressions(&kept.path).try_run().unwrap();
    assert!(passed.notices().is_empty());
    assert!(fs::read_to_string(&kept.path).unwrap().contains("[push 57]"));
}

#[test]
fn a_sequence_that_reads_differently_runs_and_is_reported() {
    let kept = kept();
    let shifted = Numbers { offer: |_, menu| menu.offer(1, |g| Push::Push(g.int(1..100))), ..Numbers::right() };
    let passed = check(shifted).seed(1).regressions(&kept.path).try_run().unwrap();
    let [notice] = passed.notices() else { panic!("{:?}", passed.notices()) };
    assert!(notice.contains("line 4: [push 57] reads [push 58] now"), "{notice}");
}

#[test]
fn a_sequence_that_cannot_be_made_any_more_fails() {
    let kept = kept();
    let small = Numbers { precondition: |_, Push::Push(element)| *element < 50, ..Numbers::right() };
    let error = error(&check(small).seed(1).regressions(&kept.path));
    assert!(matches!(&error, RegressionsError::Stale { line: 4, .. }), "{error}");
    assert_eq!(error.to_string(), "line 4: the model cannot make [push 57] any more: it makes []");
}

#[test]
fn a_command_that_is_gone_is_named_with_its_line() {
    let kept = kept();
    fs::write(&kept.path, fs::read_to_string(&kept.path).unwrap().replace("push/0", "shove/0")).unwrap();
    let error = error(&check(Numbers::right()).regressions(&kept.path));
    assert_eq!(error.to_string(), "line 4: there is no such command: `shove/0:57`");
}

#[test]
fn a_file_cut_in_half_fails_with_its_line() {
    let kept = kept();
    let text = fs::read_to_string(&kept.path).unwrap();
    fs::write(&kept.path, &text[..text.len() - 6]).unwrap();
    let error = error(&check(Numbers::right()).regressions(&kept.path));
    assert!(matches!(error, RegressionsError::Entry { .. }), "{error}");
}

#[test]
fn a_folder_that_cannot_be_written_does_not_hide_the_failure() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let path = folder.path().join("file/below.txt");
    // Reading finds that there is no such file in one system, and that it is no folder in another.
    match check(wrong_from_57()).seed(1).regressions(&path).try_run() {
        Err(Failure::Falsified(failure)) => assert!(failure.to_string().contains("could not be kept"), "{failure}"),
        Err(Failure::Regressions { source: RegressionsError::Io { .. }, .. }) => {}
        other => panic!("{other:?}"),
    }
}
