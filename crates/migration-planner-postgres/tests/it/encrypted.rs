//! Encrypted connections, to a server of its own with certificates of its own, which the program `openssl` makes.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use migration_planner::Change;
use migration_planner_postgres::{DatabaseError, Runner, introspect};
use postgres_for_tests::{Cluster, ClusterError, Durability};

use crate::support::{Db, answered_for, planned, quick, to_the_end};

/// A server that can be reached on a port, encrypted alone.
struct Server {
    cluster: Cluster,
    port: u16,
    files: Certificates,
}

/// An authority `ca.crt`, another one `other.crt`, and of the first one `server.crt` for `localhost` and `ada.crt` for a person.
struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    /// `None` where the program that makes them is not installed.
    fn make() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "a test needs openssl");
            println!("SKIPPED: openssl is not installed");
            return None;
        }
        let made = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(made.path("names"), "subjectAltName=DNS:localhost\n").unwrap();
        for authority in ["ca", "other"] {
            made.run(&format!(
                "req -x509 {KEY} -keyout {authority}.key -out {authority}.crt -days 30 -subj /CN={authority}"
            ));
        }
        for (name, subject) in [("server", "localhost"), ("ada", "ada")] {
            made.run(&format!("req {KEY} -keyout {name}.key -out {name}.csr -subj /CN={subject}"));
            made.run(&format!(
                "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out {name}.crt -days 30 -extfile names"
            ));
        }
        Some(made)
    }

    fn run(&self, words: &str) {
        let done = Command::new("openssl").args(words.split(' ')).current_dir(self.folder.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

/// Nobody comes in who is not encrypted, `ada` by her certificate alone, `pass` by a password.
const RULES: [&str; 3] = [
    "hostnossl all all 127.0.0.1/32 reject",
    "hostssl all ada 127.0.0.1/32 cert",
    "hostssl all pass 127.0.0.1/32 scram-sha-256",
];

impl Server {
    /// `None` where there can be none: then it was said that the test is skipped.
    fn start() -> Option<Self> {
        let files = Certificates::make()?;
        // Says so, and fails where `CI` is set.
        postgres_for_tests::database()?;
        let mut cluster = match Cluster::start(Durability::Fast) {
            Ok(cluster) => cluster,
            Err(ClusterError::NotInstalled) => return None,
            Err(error) => panic!("{error}"),
        };
        let shown = files.text("server.crt") + &files.text("ca.crt");
        let port = cluster.listen(&shown, &files.text("server.key"), &RULES).unwrap();
        Some(Self { cluster, port, files })
    }

    /// An address on the port, of the superuser where nobody else is said.
    fn address(&self, more: &str) -> String {
        let user = if more.contains("user=") { "" } else { "user=postgres" };
        format!("host=localhost hostaddr=127.0.0.1 port={} dbname=postgres {user} {more}", self.port)
    }

    fn root(&self, name: &str) -> String {
        format!("sslrootcert={}", self.files.path(name).display())
    }
}

/// All that an error says.
fn said(error: &DatabaseError) -> String {
    std::iter::successors(Some(error as &dyn Error), |error: &&dyn Error| (*error).source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

fn refused(address: &str, why: &str) {
    let error = introspect(address).unwrap_err();
    assert!(matches!(error, DatabaseError::CannotConnect { .. }) && said(&error).contains(why), "{}", said(&error));
}

#[test]
fn a_connection_is_encrypted_as_the_address_asks() {
    let Some(server) = Server::start() else { return };
    let root = server.root("ca.crt");
    for more in ["", "sslmode=prefer", "sslmode=require"] {
        introspect(&server.address(more)).unwrap_or_else(|error| panic!("{more}: {}", said(&error)));
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        introspect(&server.address(&format!("sslmode={mode} {root}")))
            .unwrap_or_else(|error| panic!("{mode}: {}", said(&error)));
    }
    let url = format!("postgresql://postgres@localhost:{}/postgres?sslmode=verify-full&{root}", server.port);
    introspect(&url).unwrap();
    refused(&server.address("sslmode=disable"), "pg_hba.conf rejects connection");
}

#[test]
fn a_server_that_is_not_trusted_is_not_talked_to() {
    let Some(server) = Server::start() else { return };
    for mode in ["require", "verify-ca", "verify-full"] {
        refused(&server.address(&format!("sslmode={mode} {}", server.root("other.crt"))), "UnknownIssuer");
    }
    // The certificate is for `localhost`.
    let by_number =
        format!("host=127.0.0.1 port={} dbname=postgres user=postgres {}", server.port, server.root("ca.crt"));
    refused(&format!("{by_number} sslmode=verify-full"), "not valid for");
    introspect(&format!("{by_number} sslmode=verify-ca")).unwrap();
}

#[test]
fn a_certificate_that_signed_itself_is_trusted_where_it_is_the_one_in_the_file() {
    let Some(mut server) = Server::start() else { return };
    let (own, key) = (server.files.text("other.crt"), server.files.text("other.key"));
    server.port = server.cluster.listen(&own, &key, &RULES).unwrap();
    introspect(&server.address(&format!("sslmode=verify-ca {}", server.root("other.crt")))).unwrap();
    refused(&server.address(&format!("sslmode=verify-full {}", server.root("other.crt"))), "not valid for");
    refused(&server.address(&format!("sslmode=verify-ca {}", server.root("ca.crt"))), "");
}

#[test]
fn people_show_a_certificate_or_a_password_that_is_bound_to_the_connection() {
    let Some(server) = Server::start() else { return };
    let mut client = postgres::Client::connect(&server.cluster.url("postgres"), postgres::NoTls).unwrap();
    client.batch_execute("CREATE ROLE ada LOGIN; CREATE ROLE pass LOGIN PASSWORD 'word'").unwrap();
    let path = |name: &str| server.files.path(name).display().to_string();
    let own = format!("user=ada sslmode=require sslcert={} sslkey={}", path("ada.crt"), path("ada.key"));
    introspect(&server.address(&own)).unwrap();
    refused(&server.address("user=ada sslmode=require"), "client certificate");
    introspect(&server.address("user=pass password=word channel_binding=require")).unwrap();
    refused(&server.address("user=pass password=other"), "password authentication failed");
    let other_key = format!("user=ada sslcert={} sslkey={}", path("ada.crt"), path("other.key"));
    let error = introspect(&server.address(&other_key)).unwrap_err();
    assert!(matches!(error, DatabaseError::BadCertificate { parameter: "sslkey", .. }), "{}", said(&error));
}

#[test]
fn a_whole_plan_runs_encrypted() {
    let Some(server) = Server::start() else { return };
    let users = "CREATE TABLE users (id bigint PRIMARY KEY, name text); CREATE INDEX by_name ON users (name);
         INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 40) AS i";
    postgres::Client::connect(&server.cluster.url("postgres"), postgres::NoTls).unwrap().batch_execute(users).unwrap();
    let url = server.address(&format!("sslmode=verify-full {}", server.root("ca.crt")));
    let plan = crate::support::planned_at(&url, &Change::rename_column("users", "name", "full_name"));
    let mut runner = Runner::open_with(&url, quick()).unwrap();
    runner.begin(&plan).unwrap();
    answered_for(&mut runner, &plan);
    to_the_end(&mut runner);
    assert_eq!(introspect(&url).unwrap().schema.table(&"users".into()).unwrap().columns()[1].name(), "full_name");
}

#[test]
fn a_server_without_encryption_is_reached_by_whoever_only_prefers_it() {
    let Some(db) = Db::new("CREATE TABLE users (id bigint PRIMARY KEY, name text)") else { return };
    planned(&db, &Change::drop_column("users", "name"));
    refused(&format!("{}?sslmode=require", db.url()), "server does not support TLS");
}

#[test]
fn a_file_that_holds_no_certificate_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    let why = |parameter: &str, path: &Path| {
        let more = if parameter == "sslcert" { "sslkey=key" } else { "" };
        let error =
            introspect(&format!("host=localhost sslmode=verify-ca {parameter}={} {more}", path.display())).unwrap_err();
        assert!(matches!(error, DatabaseError::BadCertificate { .. }), "{error:?}");
        said(&error)
    };
    assert!(why("sslrootcert", &empty).ends_with("empty.pem: there is no certificate in it"));
    let missing = why("sslrootcert", &folder.path().join("missing.pem"));
    assert!(
        missing.starts_with("`sslrootcert` of the address cannot be used: ") && missing.contains("missing.pem"),
        "{missing}"
    );
}
