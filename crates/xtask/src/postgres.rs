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
            install()?;
            Cluster::start(Durability::Fast)
        }
        other => other,
    };
    match started {
        Ok(cluster) => {
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

fn install() -> Result<(), Failure> {
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    step::run("PostgreSQL: the list of packages", apt(&["update", "-qq"]))?;
    let words = ["install", "-y", "-qq", "--no-install-recommends", "postgresql"];
    step::run("PostgreSQL: installing the package", apt(&words))
}
