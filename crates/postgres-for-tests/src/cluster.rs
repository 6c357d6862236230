//! A server of one's own.

use std::ffi::OsString;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::error::ClusterError;
use crate::installation::Installation;
use crate::user::User;

/// The superuser of every cluster; everybody who reaches the socket may be it.
const SUPERUSER: &str = "postgres";

/// What tests need and servers do not do by themselves: no waiting for the disk but where asked, one language and time zone,
/// no work in the background that takes locks, and logical decoding for those who test it.
const SETTINGS: [&str; 9] = [
    "listen_addresses = ''",
    "max_connections = 200",
    "shared_buffers = 64MB",
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    "lc_messages = 'C'",
    "wal_level = logical",
    "autovacuum = off",
    "max_wal_size = 512MB",
];

/// Whether a server waits for its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// It does not: fast, and lost with the machine.
    Fast,
    /// It does, as in production: for tests that crash the server.
    Durable,
}

/// A private server: its directory, its socket, its own `pg_ctl`.
///
/// Dropping it stops it and removes its directory. So does the end of this process, however it comes.
///
/// ```no_run
/// use postgres_for_tests::{Cluster, ClusterError, Durability};
///
/// match Cluster::start(Durability::Durable) {
///     Ok(mut cluster) => cluster.crash_and_restart()?,
///     Err(ClusterError::NotInstalled) => {}
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), ClusterError>(())
/// ```
#[derive(Debug)]
pub struct Cluster {
    programs: Installation,
    user: User,
    directory: PathBuf,
    /// The port it was told to listen on, where that is not the default one.
    port: Option<u16>,
    /// Stops the server and removes its directory once this end of its pipe is closed.
    keeper: Child,
    pipe: Option<ChildStdin>,
}

impl Cluster {
    /// Makes a server and starts it; takes a second or two.
    ///
    /// # Errors
    /// [`ClusterError`]: nothing is left behind then.
    pub fn start(durability: Durability) -> Result<Self, ClusterError> {
        let (programs, user) = (Installation::find()?, User::find()?);
        let directory = new_directory(user).map_err(|source| ClusterError::NoDirectory { source })?;
        let mut keeper = keeper(&programs, user, &directory)?;
        let pipe = keeper.stdin.take();
        // From here on, whatever fails, dropping it cleans up.
        let cluster = Self { programs, user, directory, port: None, keeper, pipe };
        cluster.initialize(durability)?;
        cluster.control(&["start", "-w", "-t", "120", "-l", "../log"])?;
        Ok(cluster)
    }

    /// Where to connect to the database called `database`, as the superuser.
    pub fn url(&self, database: &str) -> String {
        url(&self.address(), database)
    }

    /// Everything but the name of a database: what [`ADDRESS`](crate::ADDRESS) holds.
    pub fn address(&self) -> String {
        let port = self.port.map(|port| format!(" port={port}")).unwrap_or_default();
        format!("host={} user={SUPERUSER}{port}", self.directory.display())
    }

    /// Lets the server be reached on a port of 127.0.0.1 as well, over connections that are encrypted with this certificate and key
    /// (PEM), and gives the port. It trusts clients that show a certificate of anybody in `certificate`. `rules` are lines for the front
    /// of `pg_hba.conf`: where they say nothing, everybody is trusted. The server starts anew, and its address changes.
    ///
    /// # Errors
    /// [`ClusterError`] if it does not come back.
    pub fn listen(&mut self, certificate: &str, key: &str, rules: &[&str]) -> Result<u16, ClusterError> {
        let free = || TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = free().map_err(|source| ClusterError::NoDirectory { source })?.port();
        let change = || -> std::io::Result<()> {
            for (name, text) in [("server.crt", certificate), ("server.key", key)] {
                let path = self.data().join(name);
                fs::write(&path, text)?;
                // It refuses a key that others can read.
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
                self.user.give(&path)?;
            }
            let settings =
                format!("listen_addresses = '127.0.0.1'\nport = {port}\nssl = on\nssl_ca_file = 'server.crt'\n");
            let file = self.data().join("postgresql.auto.conf");
            let before = fs::read_to_string(&file)?;
            fs::write(&file, before + &settings)?;
            let file = self.data().join("pg_hba.conf");
            let before = fs::read_to_string(&file)?;
            fs::write(&file, rules.join("\n") + "\n" + &before)
        };
        change().map_err(|source| ClusterError::NoDirectory { source })?;
        self.control(&["restart", "-m", "fast", "-w", "-t", "120", "-l", "../log"])?;
        self.port = Some(port);
        Ok(port)
    }

    /// Ends the server as a crash does, without a checkpoint, and starts it: it recovers from its log.
    ///
    /// # Errors
    /// [`ClusterError::Failed`] if it does not come back.
    pub fn crash_and_restart(&mut self) -> Result<(), ClusterError> {
        self.control(&["stop", "-m", "immediate", "-w", "-t", "120"])?;
        self.control(&["start", "-w", "-t", "120", "-l", "../log"])
    }

    fn initialize(&self, durability: Durability) -> Result<(), ClusterError> {
        let mut initdb = self.user.command(&self.programs.program("initdb"));
        initdb.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", SUPERUSER, "-D"]);
        run("initdb", initdb.arg(self.data()))?;
        let mut settings =
            format!("{}\nunix_socket_directories = '{}'\n", SETTINGS.join("\n"), self.directory.display());
        if durability == Durability::Fast {
            settings.push_str("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n");
        }
        let file = self.data().join("postgresql.auto.conf");
        fs::write(&file, settings).map_err(|source| ClusterError::NoDirectory { source })
    }

    fn control(&self, words: &[&str]) -> Result<(), ClusterError> {
        let mut command = self.user.command(&self.programs.program("pg_ctl"));
        command.current_dir(self.data()).arg("-D").arg(self.data()).args(words);
        // The server keeps what it inherits: a pipe would never end.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let failed = |said| ClusterError::Failed { program: format!("pg_ctl {}", words[0]), said };
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(failed(fs::read_to_string(self.directory.join("log")).unwrap_or_default())),
            Err(source) => Err(ClusterError::CannotStart { program: "pg_ctl".to_owned(), source }),
        }
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _stopped = self.keeper.wait();
    }
}

/// The URL of a database at an address that [`Cluster::address`] made.
pub(crate) fn url(address: &str, database: &str) -> String {
    let part = |name: &str| address.split(' ').find_map(|word| word.strip_prefix(name)).unwrap_or_default();
    let host = part("host=").replace('/', "%2F");
    let port = Some(part("port=")).filter(|port| !port.is_empty()).map(|port| format!(":{port}")).unwrap_or_default();
    format!("postgresql://{}@{host}{port}/{database}", part("user="))
}

/// Runs a program and keeps what it says of a failure.
pub(crate) fn run(program: &str, command: &mut Command) -> Result<(), ClusterError> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|source| ClusterError::CannotStart { program: program.to_owned(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ClusterError::Failed { program: program.to_owned(), said })
}

/// A new directory that only the server's user can read. Its name is short: the path of a socket holds 107 bytes.
fn new_directory(user: User) -> std::io::Result<PathBuf> {
    let name = format!("pg-{:x}-{:08x}", std::process::id(), RandomState::new().hash_one(0) & 0xffff_ffff);
    let directory = std::env::temp_dir().join(name);
    std::os::unix::fs::DirBuilderExt::mode(&mut fs::DirBuilder::new(), 0o700).create(&directory)?;
    user.give(&directory)?;
    Ok(directory)
}

/// A shell that waits for the end of its input, which comes when this process drops the cluster or is gone.
fn keeper(programs: &Installation, user: User, directory: &Path) -> Result<Child, ClusterError> {
    let script = "cat >/dev/null; \"$0\" stop -m immediate -w -D \"$1/data\" >/dev/null 2>&1; rm -rf \"$1\"";
    let words: [OsString; 4] = ["-c".into(), script.into(), programs.program("pg_ctl").into(), directory.into()];
    let mut command = user.command(Path::new("/bin/sh"));
    command.args(words).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map_err(|source| ClusterError::CannotStart { program: "sh".to_owned(), source })
}
