use super::{Regression, RegressionsError, parse, print};

/// What the first release wrote; every later one must read it.
const FORMAT_1: &str = "stateful-testing regressions, format 1
# Sequences that failed once; they run before anything else. Commit this file with the fix.

failure
  story [add \"Test Todo\" 1, delete \"\" 2]
  replay add/0:0 delete/1:0,1
end
";

#[test]
fn the_first_format_is_read_and_written() {
    let regressions = parse(FORMAT_1).unwrap();
    let expected = Regression {
        line: 4,
        story: "[add \"Test Todo\" 1, delete \"\" 2]".to_owned(),
        replay: "add/0:0 delete/1:0,1".to_owned(),
    };
    assert_eq!(regressions, [expected]);
    assert_eq!(print(&regressions), FORMAT_1);
}

#[test]
fn a_file_cut_anywhere_within_an_entry_is_an_error_with_its_line() {
    let start = FORMAT_1.find("failure").unwrap() + 1;
    for end in start..FORMAT_1.len() - 2 {
        // Cut within the last value of a line, the line is complete as far as anybody can tell; the missing `end` shows it.
        assert!(matches!(parse(&FORMAT_1[..end]), Err(RegressionsError::Entry { line: 4.., .. })), "cut at {end}");
    }
}

#[test]
fn a_file_of_another_version_is_an_error() {
    let newer = FORMAT_1.replace("format 1", "format 2");
    assert!(matches!(parse(&newer), Err(RegressionsError::Header { .. })));
    assert!(matches!(parse(""), Err(RegressionsError::Header { .. })));
}
