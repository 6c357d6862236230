//! The one server that the tests of a process share.

use std::env;
use std::sync::OnceLock;

use crate::cluster::{Cluster, Durability};
use crate::database::Database;
use crate::error::ClusterError;

/// The environment variable with the address of a server that somebody else has started for all tests.
pub const ADDRESS: &str = "CUTOVER_POSTGRES";

/// A server for this process, where it was not given one. It ends with the process: its keeper notices.
static OWN: OnceLock<Result<Cluster, ClusterError>> = OnceLock::new();

/// An empty database for one test, or `None` where no server is installed: then this has said that the test is skipped.
///
/// # Panics
/// Where there is no server and `CI` is set, and where a server that is there does not do its work.
pub fn database() -> Option<Database> {
    let address = match env::var(ADDRESS) {
        Ok(address) => address,
        Err(_) => match OWN.get_or_init(|| Cluster::start(Durability::Fast)) {
            Ok(cluster) => cluster.address(),
            Err(error @ (ClusterError::NotInstalled | ClusterError::NoUser)) => {
                skip(error);
                return None;
            }
            Err(error) => panic!("no server: {error}"),
        },
    };
    Some(Database::create(&address).unwrap_or_else(|error| panic!("no database: {error}")))
}

#[expect(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
fn skip(error: &ClusterError) {
    assert!(env::var_os("CI").is_none(), "a test needs a server: {error}");
    eprintln!("SKIPPED: {error}; `cargo xtask test` installs it where it may");
}
