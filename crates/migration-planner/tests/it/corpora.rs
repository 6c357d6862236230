//! Migrations that others wrote, beside the repository or where `CUTOVER_EXAMS` says.

#[cfg(feature = "syntax")]
use std::fs;
use std::path::{Path, PathBuf};

#[cfg(feature = "syntax")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// The folder of the exams; `None` where it is missing, which is only allowed on a developer's machine.
pub(crate) fn exams() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/exams");
    let folder = std::env::var_os("CUTOVER_EXAMS").map_or(beside, PathBuf::from).join("migrations");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "the exams are missing: {}", folder.display());
    eprintln!("SKIPPED: the exams are missing: {}", folder.display());
    None
}

#[cfg(feature = "syntax")]
/// The scripts of one direction below `folder`, in the order of their names.
pub(crate) fn scripts(folder: &str, direction: Direction) -> Option<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    collect(&exams()?.join(folder), &mut files);
    let ending = if direction == Direction::Up { "up.sql" } else { "down.sql" };
    files.retain(|path| path.to_string_lossy().ends_with(ending));
    files.sort();
    Some(files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect())
}

#[cfg(feature = "syntax")]
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
