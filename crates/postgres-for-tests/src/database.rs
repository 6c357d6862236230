//! A database for one test.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::cluster::{run, url};
use crate::error::ClusterError;
use crate::installation::Installation;
use crate::user::User;

/// A database for one test; dropping it drops the database, whoever is connected to it.
///
/// ```
/// let Some(database) = postgres_for_tests::database() else { return };
/// let same = database.copy().expect("nobody is connected to it");
/// assert_ne!(same.url(), database.url());
/// ```
#[derive(Debug)]
pub struct Database {
    address: String,
    name: String,
}

/// Tells the databases of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Database {
    /// An empty database on the server at `address`, as [`Cluster::address`](crate::Cluster::address) gives it.
    ///
    /// # Errors
    /// [`ClusterError::Failed`] if the server does not make one.
    pub fn create(address: &str) -> Result<Self, ClusterError> {
        Self::like(address, "template0")
    }

    /// A database with everything that is in this one. Nobody may be connected to this one meanwhile.
    ///
    /// # Errors
    /// [`ClusterError::Failed`] if somebody is.
    pub fn copy(&self) -> Result<Self, ClusterError> {
        Self::like(&self.address, &self.name)
    }

    /// Where to connect to it, as a superuser.
    pub fn url(&self) -> String {
        url(&self.address, &self.name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn like(address: &str, template: &str) -> Result<Self, ClusterError> {
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let database = Self { address: address.to_owned(), name };
        database.program("createdb", &["--template", template])?;
        Ok(database)
    }

    fn program(&self, program: &str, words: &[&str]) -> Result<(), ClusterError> {
        // Any user may: the server trusts its socket. Only its own can reach that, though.
        let mut command = User::find()?.command(&Installation::find()?.program(program));
        let server = format!("{} dbname=postgres", self.address);
        run(program, command.current_dir("/").arg("--maintenance-db").arg(server).args(words).arg(&self.name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that is gone has no databases either.
        let _gone = self.program("dropdb", &["--force", "--if-exists"]);
    }
}
