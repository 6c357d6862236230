use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

fn line(number: usize) -> Vec<u8> {
    format!("{{\"format\":1,\"n\":{number}}}\n").into_bytes()
}

/// The lines in all files, the oldest first.
fn lines_in(path: &Path) -> Vec<u8> {
    let files = files_of(path).unwrap().into_iter();
    files.flat_map(|file| fs::read(file).unwrap_or_default()).collect()
}

fn lines(numbers: std::ops::Range<usize>) -> Vec<u8> {
    numbers.flat_map(line).collect()
}

#[test]
fn a_full_file_is_moved_aside_and_the_oldest_is_removed() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let mut file = RotatingFile::open(path.clone(), 3 * line(1).len() as u64, 3).unwrap();
    (0..9).for_each(|number| file.write(&line(number)).unwrap());
    assert_eq!(lines_in(&path), lines(0..9));
    file.write(&line(9)).unwrap();
    assert_eq!(lines_in(&path), lines(3..10).into_iter().collect::<Vec<_>>());
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a.jsonl", "a.jsonl.1", "a.jsonl.2", "a.jsonl.lock"]);
}

#[test]
fn a_single_file_begins_again_when_it_is_full() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let mut file = RotatingFile::open(path.clone(), 2 * line(1).len() as u64, 1).unwrap();
    file.write(&lines(0..5)).unwrap();
    assert_eq!(lines_in(&path), lines(4..5));
}

#[test]
fn a_line_is_never_split_over_two_files_and_one_that_fits_nowhere_is_lost_alone() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let mut file = RotatingFile::open(path.clone(), 50, 10).unwrap();
    let long = [b"{\"format\":1,\"".as_slice(), &[b'x'; 60], b"\":1}\n"].concat();
    let batch = [lines(0..3), long, lines(3..5)].concat();
    let error = file.write(&batch).unwrap_err();
    assert!(matches!(error, JsonLinesError::TooLong { lost: 1, .. }), "{error:?}");
    assert_eq!(lines_in(&path), lines(0..5));
    for file in files_of(&path).unwrap() {
        let bytes = fs::read(&file).unwrap();
        assert!(bytes.len() <= 50 && bytes.ends_with(b"\n"), "{}", file.display());
    }
}

#[test]
fn a_line_cut_off_at_any_byte_is_taken_out_when_the_file_is_opened_again() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let whole = lines(0..2);
    for cut in 1..line(2).len() {
        fs::write(&path, [&whole, &line(2)[..cut]].concat()).unwrap();
        let mut file = RotatingFile::open(path.clone(), 1_000, 3).unwrap();
        file.write(&line(3)).unwrap();
        assert_eq!(lines_in(&path), [whole.clone(), line(3)].concat(), "cut after {cut} bytes");
    }
}

#[test]
fn what_others_wrote_is_left_to_them() {
    let folder = folder();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "dear diary\nno end of line").unwrap();
    RotatingFile::open(path.clone(), 1_000, 3).unwrap().write(&line(0)).unwrap();
    let expected = [b"dear diary\nno end of line\n".to_vec(), line(0)].concat();
    assert_eq!(fs::read(&path).unwrap(), expected);
}

#[test]
fn being_killed_between_two_renames_loses_nothing() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    // Killed after `a.jsonl.1` became `a.jsonl.2`, and after `a.jsonl` became `a.jsonl.1`.
    for (present, expected) in [([".2", ""], 0..2), ([".2", ".1"], 0..2)] {
        for (number, suffix) in present.iter().enumerate() {
            fs::write(folder.path().join(format!("a.jsonl{suffix}")), line(number)).unwrap();
        }
        assert_eq!(lines_in(&path), lines(expected.clone()));
        let mut file = RotatingFile::open(path.clone(), line(1).len() as u64, 9).unwrap();
        file.write(&line(2)).unwrap();
        assert_eq!(lines_in(&path), lines(0..3));
        files_of(&path).unwrap().into_iter().for_each(|file| drop(fs::remove_file(file)));
    }
}

#[test]
fn only_names_as_they_are_written_here_are_files_that_were_moved_aside() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    for name in ["a.jsonl.01", "a.jsonl.+1", "a.jsonl.0", "a.jsonl.x", "a.jsonl.1.gz", "b.jsonl.1", "a.jsonl."] {
        fs::write(folder.path().join(name), "other").unwrap();
    }
    assert_eq!(files_of(&path).unwrap(), [path]);
}

#[test]
fn two_writers_do_not_share_a_file() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let first = RotatingFile::open(path.clone(), 1_000, 3).unwrap();
    assert!(matches!(RotatingFile::open(path.clone(), 1_000, 3), Err(JsonLinesError::InUse { .. })));
    drop(first);
    assert!(RotatingFile::open(path, 1_000, 3).is_ok());
}

#[test]
fn a_file_that_was_taken_away_is_made_anew() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let mut file = RotatingFile::open(path.clone(), 1_000, 3).unwrap();
    file.write(&line(0)).unwrap();
    fs::remove_file(&path).unwrap();
    file.write(&line(1)).unwrap();
    assert_eq!(lines_in(&path), line(1));
}

/// `/dev/full` takes no byte, as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_does_not_take_is_counted() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let mut file = RotatingFile::open(path.clone(), 1_000, 3).unwrap();
    file.write(&lines(0..2)).unwrap();
    file.file = Some(OpenOptions::new().write(true).open("/dev/full").unwrap());
    let error = file.write(&lines(2..5)).unwrap_err();
    assert!(
        matches!(&error, JsonLinesError::Write { lost: 3, source, .. } if source.kind() == io::ErrorKind::StorageFull)
    );
    // There is room again.
    file.file = Some(OpenOptions::new().append(true).open(&path).unwrap());
    file.write(&line(5)).unwrap();
    assert_eq!(lines_in(&path), [lines(0..2), line(5)].concat());
}

#[test]
fn the_rest_of_a_line_that_was_written_in_part_is_taken_out_before_the_next() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let mut file = RotatingFile::open(path.clone(), 1_000, 3).unwrap();
    file.write(&line(0)).unwrap();
    file.file.as_mut().unwrap().write_all(&line(1)[..5]).unwrap();
    file.torn = true;
    file.write(&line(2)).unwrap();
    assert_eq!(lines_in(&path), [line(0), line(2)].concat());
}

#[test]
fn a_folder_that_goes_away_fails_with_the_lines_counted_and_works_again_when_it_is_back() {
    let folder = folder();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let path = inner.join("a.jsonl");
    let mut file = RotatingFile::open(path.clone(), 60, 3).unwrap();
    fs::remove_dir_all(&inner).unwrap();
    let error = file.write(&lines(0..3)).unwrap_err();
    assert_eq!(error.lost(), 3, "{error:?}");
    fs::create_dir(&inner).unwrap();
    file.write(&line(3)).unwrap();
    assert_eq!(lines_in(&path), line(3));
}

#[test]
fn files_in_a_folder_that_cannot_be_listed_are_found_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    for name in ["a.jsonl.1", "a.jsonl.3", "a.jsonl.12", "a.jsonl.lock", "a.jsonl.01", "b.jsonl.2"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let numbers = |found: Vec<(u32, PathBuf)>| found.into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    assert_eq!(numbers(looked_for(&path)), [1, 3, 12]);
    assert_eq!(looked_for(&path), moved_aside(&path).unwrap());
}
