//! The user a server runs as.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::error::ClusterError;

/// The user a server runs as: this process's own, or, where that is root, somebody without rights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User {
    /// `None` where it is this process's own.
    other: Option<(u32, u32)>,
}

impl User {
    pub(crate) fn find() -> Result<Self, ClusterError> {
        let is_root = fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0);
        if !is_root {
            return Ok(Self { other: None });
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let named = |name: &str| accounts.lines().find_map(|line| ids(line, name));
        let other = named("postgres").or_else(|| named("nobody")).ok_or(ClusterError::NoUser)?;
        Ok(Self { other: Some(other) })
    }

    /// `program`, to be run as this user, in a process group of its own so that nobody's Ctrl-C stops it half way.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.process_group(0);
        // A server must not take the settings of whoever runs the tests.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
        command
    }

    /// Gives the user a directory.
    pub(crate) fn give(self, directory: &Path) -> std::io::Result<()> {
        match self.other {
            Some((user, group)) => std::os::unix::fs::chown(directory, Some(user), Some(group)),
            None => Ok(()),
        }
    }
}

/// The numbers of a user and its group, from the line about it.
fn ids(line: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(':');
    (fields.next()? == name).then_some(())?;
    Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let line = "postgres:x:104:111:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash";
        assert_eq!(ids(line, "postgres"), Some((104, 111)));
        assert_eq!(ids(line, "post"), None);
        assert_eq!(ids("postgres:x:many:111", "postgres"), None);
    }
}
