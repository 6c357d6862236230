//! Runs `cutover` and looks at what it printed.

use std::ffi::OsStr;
use std::process::Command;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `cutover` with `words`.
pub(crate) fn cutover<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Run {
    let nothing: [(&str, &str); 0] = [];
    cutover_in(nothing, words)
}

/// Runs `cutover` with `words` where these environment variables are set, and no database is.
pub(crate) fn cutover_in<'a, S: AsRef<OsStr>>(
    environment: impl IntoIterator<Item = (&'a str, &'a str)>,
    words: impl IntoIterator<Item = S>,
) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
    let output = command.env_remove("DATABASE_URL").envs(environment).args(words).output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
