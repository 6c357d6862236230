//! Chains of migrations that others wrote.

use std::fs;
use std::path::{Path, PathBuf};

/// The files of a chain of migrations that lead forward, in order: those in `folder` that end so, or those called `up.sql` in the folders
/// in it. Versions are told apart by what stands before the first underscore, whatever dashes are in it.
///
/// ```
/// let none = cutover_benches::files_of_chain(std::path::Path::new("src"), ".up.sql");
/// assert!(none.is_empty());
/// ```
///
/// # Panics
/// If there is no such folder: whoever asks has looked.
pub fn files_of_chain(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the chain is there").filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { vec![path.join("up.sql")] } else { vec![path] })
        .filter(|path| path.is_file() && path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort_by_cached_key(|path| {
        let relative = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        let (version, rest) = relative.split_once('_').unwrap_or((&relative, ""));
        (version.replace('-', ""), rest.to_owned())
    });
    files
}
