//! Why there is no server.

use std::error::Error;
use std::fmt;
use std::io;

/// Why there is no server.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClusterError {
    /// No `initdb` was found: install Debian's package `postgresql`, or put its programs on the `PATH`.
    NotInstalled,
    /// This process is root's, PostgreSQL refuses to run as root, and there is no other user to run it as.
    NoUser,
    /// A program of PostgreSQL could not be started.
    #[non_exhaustive]
    CannotStart {
        /// The program.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program of PostgreSQL failed.
    #[non_exhaustive]
    Failed {
        /// The program.
        program: String,
        /// What it printed.
        said: String,
    },
    /// The directory of the server, or a file or a port for it, cannot be had.
    #[non_exhaustive]
    NoDirectory {
        /// What the operating system said.
        source: io::Error,
    },
}

impl fmt::Display for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => f.write_str("PostgreSQL is not installed"),
            Self::NoUser => {
                f.write_str("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")
            }
            Self::CannotStart { program, .. } => write!(f, "{program} cannot be started"),
            Self::Failed { program, said } => write!(f, "{program} failed: {said}"),
            Self::NoDirectory { .. } => f.write_str("the server cannot have its directory, files or port"),
        }
    }
}

impl Error for ClusterError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::CannotStart { source, .. } | Self::NoDirectory { source } => Some(source),
            _ => None,
        }
    }
}
