//! What an address says of encryption: the parameters that the driver knows nothing of, taken out of it.

use std::path::PathBuf;
use std::str::FromStr;

use postgres::Config;
use postgres::config::SslMode;

use crate::error::{DatabaseError, Said};

/// Whether a connection is encrypted, and what is asked of the server before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// It is not.
    Disable,
    /// It is, where both sides can; nothing is asked.
    Prefer,
    /// It is, or there is none.
    Require,
    /// And the server shows a certificate of somebody who is trusted.
    VerifyCa,
    /// And that certificate is for the name by which the server was reached.
    VerifyFull,
}

impl Mode {
    const ALL: [(&'static str, Self); 5] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, mode)| *mode)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

/// Whose certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those in a file.
    File(PathBuf),
    /// Those that the operating system trusts.
    System,
}

/// What an address says of encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub(crate) mode: Mode,
    pub(crate) roots: Option<Roots>,
    /// The file of one's own certificate, and that of its key.
    pub(crate) own: Option<(PathBuf, PathBuf)>,
}

/// The parameters that are read here and not by the driver.
const OWN: [&str; 4] = ["sslmode", "sslrootcert", "sslcert", "sslkey"];

impl Encryption {
    /// Reads a URL or a list of `key=value`, and gives what is in it for the driver as well.
    pub(crate) fn parse(text: &str) -> Result<(Self, Config), DatabaseError> {
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        let (own, rest) = if is_url { of_url(text) } else { of_pairs(text) };
        let said = |name: &str| own.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let roots = said("sslrootcert").filter(|path| !path.is_empty()).map(|path| match path {
            "system" => Roots::System,
            path => Roots::File(path.into()),
        });
        let mode = match (said("sslmode"), &roots) {
            (None, Some(Roots::System)) => Mode::VerifyFull,
            (None, _) => Mode::Prefer,
            (Some(name), _) => Mode::of_name(name).ok_or_else(|| {
                let known: Vec<&str> = Mode::ALL.iter().map(|(name, _)| *name).collect();
                wrong(&format!("`sslmode` is one of {}", known.join(", ")))
            })?,
        };
        // Anybody can have a certificate of those whom a whole system trusts: it says nothing without its name.
        if roots == Some(Roots::System) && !matches!(mode, Mode::Disable | Mode::VerifyFull) {
            return Err(wrong(&format!("`sslrootcert=system` needs `sslmode=verify-full`, not `{}`", mode.name())));
        }
        // A file that says whom to trust is meant to be asked, as PostgreSQL's own programs do.
        let mode = if mode == Mode::Require && roots.is_some() { Mode::VerifyCa } else { mode };
        let own = match (said("sslcert"), said("sslkey")) {
            (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
            (None, None) => None,
            _ => return Err(wrong("`sslcert` and `sslkey` need each other")),
        };
        let mut config =
            Config::from_str(&rest).map_err(|e| DatabaseError::BadAddress { source: Box::new(Said::of(&e)) })?;
        config.ssl_mode(match mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        });
        Ok((Self { mode, roots, own }, config))
    }

    /// Refuses what this build cannot do: what asks for encryption must not be silently without.
    pub(crate) fn refuse_unless(&self, can_encrypt: bool) -> Result<(), DatabaseError> {
        if can_encrypt || self.mode <= Mode::Prefer {
            return Ok(());
        }
        Err(DatabaseError::CannotEncrypt { mode: self.mode.name().to_owned() })
    }
}

fn wrong(what: &str) -> DatabaseError {
    DatabaseError::BadAddress { source: Box::new(Said::new(what)) }
}

type Pairs = Vec<(String, String)>;

/// `postgresql://host/database?sslmode=require&…`: our parameters, and the address without them.
fn of_url(url: &str) -> (Pairs, String) {
    let Some((place, parameters)) = url.split_once('?') else { return (Vec::new(), url.to_owned()) };
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for parameter in parameters.split('&') {
        match parameter.split_once('=') {
            Some((key, value)) if OWN.contains(&key) => own.push((key.to_owned(), decoded(value))),
            _ => others.push(parameter),
        }
    }
    let rest = if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
    (own, rest)
}

/// A value with `%2F` and the like read. What is no number stays as it is.
fn decoded(value: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), value.as_bytes());
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let read = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(read.unwrap_or(*first));
        rest = if read.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `host=db sslmode = require sslrootcert='a file'`: our parameters, and the list without them.
fn of_pairs(list: &str) -> (Pairs, String) {
    let (mut own, mut others) = (Vec::new(), String::new());
    let mut rest = list.trim_start();
    while !rest.is_empty() {
        // What is no pair is left for the driver to complain of.
        let Some((key, after)) = rest.split_once('=') else {
            others.push_str(rest);
            break;
        };
        let after = after.trim_start();
        let (value, length) = value_at(after);
        let end = rest.len() - after.len() + length;
        if OWN.contains(&key.trim()) {
            own.push((key.trim().to_owned(), value));
        } else {
            others.push_str(&rest[..end]);
            others.push(' ');
        }
        rest = rest[end..].trim_start();
    }
    (own, others)
}

/// The value that a text begins with, in single quotes or up to a space, and how long it is as it stands; a backslash lets the next
/// character be itself.
fn value_at(text: &str) -> (String, usize) {
    let quoted = text.starts_with('\'');
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices().skip(usize::from(quoted)) {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '\'' if quoted => return (value, at + 1),
            c if c.is_whitespace() && !quoted => return (value, at),
            c => value.push(c),
        }
    }
    (value, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Encryption, Config) {
        Encryption::parse(text).unwrap()
    }

    #[test]
    fn modes_and_files_are_read_out_of_both_forms_and_the_rest_is_the_drivers() {
        let file = |path: &str| Some(Roots::File(path.into()));
        let cases = [
            ("postgresql://ada@db/app", Mode::Prefer, None),
            ("postgresql://ada@db/app?sslmode=disable", Mode::Disable, None),
            (
                "postgresql://ada@db/app?sslmode=verify-full&sslrootcert=%2Fetc%2Fa%20ca.pem",
                Mode::VerifyFull,
                file("/etc/a ca.pem"),
            ),
            ("postgresql://ada@db/app?sslrootcert=system", Mode::VerifyFull, Some(Roots::System)),
            ("host=db user=ada dbname=app", Mode::Prefer, None),
            ("host=db options='-c a.b=x://y' sslmode=verify-ca user=ada dbname=app", Mode::VerifyCa, None),
            ("host=db sslmode = require user=ada dbname=app", Mode::Require, None),
            (
                "sslrootcert='/etc/a \\'ca\\'.pem' sslmode=verify-ca host=db user=ada dbname=app",
                Mode::VerifyCa,
                file("/etc/a 'ca'.pem"),
            ),
            ("host=db sslmode=require user=ada sslrootcert=ca.pem dbname=app", Mode::VerifyCa, file("ca.pem")),
        ];
        for (address, mode, roots) in cases {
            let (encryption, config) = parsed(address);
            assert_eq!((encryption.mode, encryption.roots), (mode, roots), "{address}");
            assert_eq!((config.get_user(), config.get_dbname()), (Some("ada"), Some("app")), "{address}");
        }
        let (own, config) = parsed("postgresql://db/app?sslcert=me.pem&connect_timeout=3&sslkey=me.key");
        assert_eq!(own.own, Some(("me.pem".into(), "me.key".into())));
        assert_eq!(config.get_connect_timeout().map(std::time::Duration::as_secs), Some(3));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_address() {
        let cases = [
            (
                "host=db password=s3cret sslmode=verify",
                "`sslmode` is one of disable, prefer, require, verify-ca, verify-full",
            ),
            (
                "host=db sslmode=require sslrootcert=system",
                "`sslrootcert=system` needs `sslmode=verify-full`, not `require`",
            ),
            ("host=db sslcert=me.pem", "`sslcert` and `sslkey` need each other"),
        ];
        for (address, reason) in cases {
            let Err(DatabaseError::BadAddress { source }) = Encryption::parse(address) else { panic!("{address}") };
            assert_eq!(source.to_string(), reason);
        }
        assert!(matches!(Encryption::parse("no address"), Err(DatabaseError::BadAddress { .. })));
    }

    #[test]
    fn what_asks_for_encryption_is_refused_by_a_build_without_it() {
        for (mode, refused) in
            [("disable", false), ("prefer", false), ("require", true), ("verify-ca", true), ("verify-full", true)]
        {
            let (encryption, _) = parsed(&format!("host=db sslmode={mode}"));
            assert!(encryption.refuse_unless(true).is_ok(), "{mode}");
            match encryption.refuse_unless(false) {
                Err(error) => {
                    let said = format!(
                        "the address asks for encryption (`sslmode={mode}`), which needs the Cargo feature `tls`"
                    );
                    assert!(refused && error.to_string() == said, "{mode}: {error}");
                }
                Ok(()) => assert!(!refused, "{mode}"),
            }
        }
    }
}
