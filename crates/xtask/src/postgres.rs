//! The PostgreSQL server that all tests of one run share.

use std::path::Path;
use std::process::Command;

use postgres_for_tests::{Cluster, ClusterError, Durability};

use crate::step::{self, Failure};

/// Starts a server, after having installed one where that is missing and may be done. `None`, and said, where there is none.
///
/// It runs until what is returned is dropped.
pub(crate) fn server() -> Result<Option<Cluster>, Failure> {
    let started = match Cluster::start(Durability::Fast) {
        Err(ClusterError::NotInstalled) if may_install() => {
            install("postgresql")?;
            Cluster::start(Durability::Fast)
        }
        other => other,
    };
    match started {
        Ok(cluster) => {
            offer_pooler();
            step::say(&format!("PostgreSQL: a private server at {}", cluster.address()));
            Ok(Some(cluster))
        }
        Err(error @ ClusterError::NotInstalled) => {
            let how = "install the package postgresql, or put initdb on the PATH";
            step::say(&format!(
                "PostgreSQL: {error}, so what needs a server is SKIPPED, and fails where CI is set; {how}"
            ));
            Ok(None)
        }
        Err(error) => Err(Failure::new(format!("PostgreSQL: {error}"))),
    }
}

/// Whether this is root on a system with Debian's packages.
fn may_install() -> bool {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0");
    is_root && Path::new("/usr/bin/apt-get").is_file()
}

/// Installs the pooler that one test puts before the server, where it is missing and that may be done. The test says that it was
/// skipped where there is none, so nothing depends on it.
fn offer_pooler() {
    if Command::new("pgbouncer").arg("--version").output().is_ok() {
        return;
    }
    if !may_install() || install("pgbouncer").is_err() {
        step::say("PostgreSQL: pgbouncer cannot be had here, so the test behind a pooler is SKIPPED");
    }
}

fn install(package: &str) -> Result<(), Failure> {
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    step::run("PostgreSQL: the list of packages", apt(&["update", "-qq"]))?;
    let words = ["install", "-y", "-qq", "--no-install-recommends", package];
    step::run(&format!("PostgreSQL: installing the package {package}"), apt(&words))
}
