//! Where PostgreSQL's programs are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::ClusterError;

/// Where a client program such as `psql` or `pg_dump` is: beside the server, or left to the `PATH` where it is not there.
///
/// What is on the `PATH` may be a script that looks for the program each time, as on Debian, which takes longer than most
/// statements.
///
/// ```
/// let psql = postgres_for_tests::program("psql");
/// assert!(psql.ends_with("psql"));
/// ```
pub fn program(name: &str) -> PathBuf {
    let beside = Installation::find().map(|found| found.program(name)).ok();
    beside.filter(|program| program.is_file()).unwrap_or_else(|| name.into())
}

/// The folder with `initdb`, `pg_ctl`, `postgres`, `createdb` and `dropdb`, all of one version.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    folder: PathBuf,
}

impl Installation {
    /// Looks on the `PATH`, then in the folder of each version that Debian's packages install, the newest first.
    pub(crate) fn find() -> Result<Self, ClusterError> {
        let path = env::var_os("PATH").unwrap_or_default();
        let on_path = env::split_paths(&path).filter_map(|folder| {
            // A link in `/usr/local/bin` leads to where its siblings are.
            fs::canonicalize(folder.join("initdb")).ok()?.parent().map(Path::to_owned)
        });
        let folder = on_path.chain(versions(Path::new("/usr/lib/postgresql"))).find(|folder| is_whole(folder));
        folder.map(|folder| Self { folder }).ok_or(ClusterError::NotInstalled)
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn is_whole(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres", "createdb", "dropdb"].iter().all(|program| folder.join(program).is_file())
}

/// `ROOT/VERSION/bin`, the newest version first.
fn versions(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}
