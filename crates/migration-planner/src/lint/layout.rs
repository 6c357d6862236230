//! How migration tools lay their files out, and what order and transactions they run them in.

mod error;
mod flyway;
mod sections;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use error::LayoutError;

use super::migration::Migration;
use crate::sql::Dialect;
use sections::Sections;

/// A migration tool's way of naming and running its files.
///
/// It does no I/O: [`read`](Self::read) takes the paths and texts of the files.
///
/// ```
/// use migration_planner::Layout;
///
/// let files = [
///     ("2_index/up.sql", "CREATE INDEX CONCURRENTLY users_name ON users (name);"),
///     ("2_index/down.sql", "DROP INDEX users_name;"),
///     ("2_index/metadata.toml", "run_in_transaction = false"),
///     ("1_users/up.sql", "CREATE TABLE users (id bigint PRIMARY KEY, name text);"),
/// ];
/// let layout = Layout::detect(files.iter().map(|(path, _)| *path)).unwrap();
/// assert_eq!(layout, Layout::Diesel);
///
/// let migrations = layout.read(files)?;
/// let told: Vec<_> = migrations.iter().map(|of| (of.path(), of.is_in_transaction())).collect();
/// assert_eq!(told, [("1_users/up.sql", true), ("2_index/up.sql", false)]);
/// # Ok::<(), migration_planner::LayoutError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// Any `.sql` files, in the order of their paths, each statement for itself. Of a file in which comments tell the way up from the way
    /// down, as goose, sql-migrate and dbmate have them, only the way up is run, in a transaction unless the comments say otherwise.
    Plain,
    /// sqlx: `1_name.sql`, or `1_name.up.sql` with `1_name.down.sql`; in a transaction unless the text begins with
    /// `-- no-transaction`.
    Sqlx,
    /// diesel: `1_name/up.sql` and `down.sql`; in a transaction unless `metadata.toml` beside them says otherwise, also by
    /// not saying `run_in_transaction = true`.
    Diesel,
    /// refinery: `V1__name.sql`, or `U1__name.sql`; in a transaction.
    Refinery,
    /// Flyway: `V1_2__name.sql`, then `R__name.sql`; in a transaction unless a statement cannot be in one, or
    /// `executeInTransaction=false` stands in `V1_2__name.sql.conf`. A baseline, `B2__name.sql`, is left out where the versions up to it
    /// are there. Placeholders, as `${schema}`, are taken for names, and are written `__schema_` in reports.
    Flyway,
    /// golang-migrate: `1_name.up.sql` with `1_name.down.sql`; sent at once, so that several statements are one transaction.
    GolangMigrate,
}

impl Layout {
    /// All there are.
    pub const ALL: &[Self] =
        &[Self::Plain, Self::Sqlx, Self::Diesel, Self::Refinery, Self::Flyway, Self::GolangMigrate];

    /// The layout that the names of files speak for; `None` if none of them is SQL.
    ///
    /// Reversible files of sqlx and of golang-migrate have the same names and are taken for sqlx's; those of refinery and
    /// Flyway for refinery's unless there is a sign of Flyway.
    pub fn detect<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Option<Self> {
        let names: Vec<String> = paths.into_iter().map(|path| name_of(path.as_ref()).to_owned()).collect();
        let sql: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix(".sql")).collect();
        if sql.is_empty() {
            return None;
        }
        let versioned = |stem: &&str| versioned(stem).is_some();
        Some(if sql.contains(&"up") {
            Self::Diesel
        } else if sql.iter().any(|stem| stem.starts_with("R__")) || names.iter().any(|name| name.ends_with(".sql.conf"))
        {
            Self::Flyway
        } else if sql.iter().any(versioned) {
            let of_flyway = |stem: &&str| {
                stem.starts_with('B') || matches!(split(stem), Some((version, _)) if version.contains(['_', '-']))
            };
            if sql.iter().filter(|stem| versioned(stem)).any(of_flyway) { Self::Flyway } else { Self::Refinery }
        } else if sql.iter().all(|stem| is_numbered(stem)) {
            Self::Sqlx
        } else {
            Self::Plain
        })
    }

    /// Reads files, each as path (with `/`) and text, into migrations in the order they are run, each with the file that undoes it
    /// ([`Migration::undone_by`]). Those that are none of this layout are left out. Costs time linear in the length of all.
    ///
    /// # Errors
    /// [`LayoutError`] if none is left, two have the same version, or a version is too large.
    pub fn read<P: Into<String>, T: Into<String>>(
        self,
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Result<Vec<Migration>, LayoutError> {
        let files: BTreeMap<String, String> =
            files.into_iter().map(|(path, text)| (path.into(), text.into())).collect();
        let mut found: Vec<Found> = Vec::new();
        for (path, text) in &files {
            let Some((order, version)) = self.place(path) else {
                self.refuse_too_large(path)?;
                continue;
            };
            let migration = self.migration(version, path, text, &files);
            let is_baseline = self == Self::Flyway && name_of(path).starts_with('B');
            found.push(Found { order, migration, is_baseline });
        }
        let mut found = flyway::without_baselines(found);
        found.sort_by(|one, other| one.order.cmp(&other.order));
        for pair in found.windows(2) {
            let [Found { order: one, migration: first, .. }, Found { order: other, migration: second, .. }] = pair
            else {
                continue;
            };
            if one == other {
                return Err(LayoutError::SameVersion {
                    version: first.version().to_owned(),
                    first: first.path().to_owned(),
                    second: second.path().to_owned(),
                });
            }
        }
        if found.is_empty() {
            return Err(LayoutError::Nothing { layout: self, expected: self.example() });
        }
        Ok(found.into_iter().map(|one| one.migration).collect())
    }

    /// The migration in a file, with what undoes it.
    fn migration(self, version: String, path: &str, text: &str, files: &BTreeMap<String, String>) -> Migration {
        if self == Self::Plain
            && let Some(Sections { up, down, in_transaction }) = Sections::read(text)
        {
            return Migration::new(version, path, up).in_transaction(in_transaction).undone_by(path, down);
        }
        let read = |text: &str| match self {
            Self::Flyway => flyway::with_names_for_placeholders(text),
            _ => text.to_owned(),
        };
        let migration = Migration::new(version, path, read(text)).in_transaction(self.wraps(path, text, files));
        match self.undo_path(path).and_then(|undo| files.get_key_value(&undo)) {
            Some((undo, text)) => migration.undone_by(undo, read(text)),
            None => migration,
        }
    }

    /// Where what undoes a file would be.
    fn undo_path(self, path: &str) -> Option<String> {
        match self {
            Self::Plain | Self::Refinery => None,
            Self::Sqlx | Self::GolangMigrate => Some(format!("{}.down.sql", path.strip_suffix(".up.sql")?)),
            Self::Diesel => Some(format!("{}/down.sql", path.strip_suffix("/up.sql")?)),
            Self::Flyway => {
                let name = name_of(path);
                Some(format!("{}U{}", path.strip_suffix(name)?, name.strip_prefix('V')?))
            }
        }
    }

    /// Refuses a file whose version is digits, and too many of them.
    fn refuse_too_large(self, path: &str) -> Result<(), LayoutError> {
        let Some(stem) = name_of(path).strip_suffix(".sql") else { return Ok(()) };
        let version = match self {
            Self::Plain | Self::Diesel => None,
            Self::Sqlx | Self::GolangMigrate => stem.split_once('_').map(|(version, _)| version),
            Self::Refinery | Self::Flyway => {
                stem.get(1..).and_then(|rest| rest.split_once("__")).map(|(version, _)| version)
            }
        };
        let is_too_large = |part: &str| part.bytes().all(|b| b.is_ascii_digit()) && part.len() > MOST_DIGITS;
        match version.filter(|version| version.split(['.', '_', '-']).any(is_too_large)) {
            Some(version) => Err(LayoutError::VersionTooLarge { path: path.to_owned(), version: version.to_owned() }),
            None => Ok(()),
        }
    }

    /// Where a file stands among the others, and its version; `None` for one that is not run on the way up.
    fn place(self, path: &str) -> Option<(Order, String)> {
        let name = name_of(path);
        let stem = name.strip_suffix(".sql")?;
        let numbered = |stem: &str| numbered(stem).map(|(number, version)| (Order::Number(number), version));
        match self {
            Self::Plain => Some((Order::Text(path.to_owned()), stem.to_owned())),
            Self::Sqlx => {
                if stem.strip_suffix(".down").is_some() {
                    None
                } else {
                    numbered(stem)
                }
            }
            Self::GolangMigrate => numbered(stem.strip_suffix(".up")?),
            Self::Diesel if stem == "up" => {
                let folder = name_of(path.strip_suffix("/up.sql")?);
                let version = folder.split('_').next()?.replace('-', "");
                Some((Order::Text(version.clone()), version))
            }
            Self::Diesel => None,
            Self::Refinery => {
                let (kind, version) = versioned(stem)?;
                matches!(kind, 'V' | 'U').then(|| (Order::Dotted(dotted(version)), version.to_owned()))
            }
            Self::Flyway => {
                if let Some(description) = stem.strip_prefix("R__") {
                    return Some((Order::Last(description.to_owned()), format!("R {description}")));
                }
                let (kind, version) = versioned(stem)?;
                matches!(kind, 'V' | 'B').then(|| (Order::Dotted(dotted(version)), version.replace('_', ".")))
            }
        }
    }

    /// Whether the tool puts all of a file into one transaction.
    fn wraps(self, path: &str, text: &str, files: &BTreeMap<String, String>) -> bool {
        let setting = |file: &str, key: &str| files.get(file).map(|text| is_true(text, key));
        match self {
            Self::Plain => false,
            Self::Sqlx => !text.starts_with("-- no-transaction"),
            Self::Refinery => true,
            Self::Diesel => {
                let folder = path.strip_suffix("up.sql").unwrap_or_default();
                setting(&format!("{folder}metadata.toml"), "run_in_transaction").is_none_or(|set| set == Some(true))
            }
            Self::Flyway => match setting(&format!("{path}.conf"), "executeInTransaction") {
                Some(Some(set)) => set,
                _ => !Dialect::Postgres.split(text).iter().any(|part| super::act::refuses_transaction(part.text())),
            },
            Self::GolangMigrate => Dialect::Postgres.split(text).len() > 1,
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Plain => "any.sql",
            Self::Sqlx => "1_name.sql or 1_name.up.sql",
            Self::Diesel => "1_name/up.sql",
            Self::Refinery => "V1__name.sql",
            Self::Flyway => "V1_2__name.sql or R__name.sql",
            Self::GolangMigrate => "1_name.up.sql",
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::Refinery => "refinery",
            Self::Flyway => "flyway",
            Self::GolangMigrate => "golang-migrate",
        })
    }
}

impl FromStr for Layout {
    type Err = LayoutError;

    fn from_str(name: &str) -> Result<Self, LayoutError> {
        let known = Self::ALL.iter().find(|layout| layout.to_string() == name);
        known.copied().ok_or_else(|| LayoutError::Unknown { name: name.to_owned() })
    }
}

/// A number of more digits is none that tools can keep.
const MOST_DIGITS: usize = 19;

/// A migration, and where it stands.
struct Found {
    order: Order,
    migration: Migration,
    /// Made for new databases, instead of all up to it.
    is_baseline: bool,
}

/// What a layout's files are ordered by; repeatable ones come last.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Number(u64),
    Dotted(Vec<u64>),
    Text(String),
    Last(String),
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `12_name`, also where the number is too large for a version: then it is refused, and not taken for a file of no tool.
fn is_numbered(stem: &str) -> bool {
    stem.split_once('_').is_some_and(|(version, _)| !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()))
}

/// `12_name`: its number, also as it is written.
fn numbered(stem: &str) -> Option<(u64, String)> {
    let (version, _) = stem.split_once('_')?;
    Some((version.parse().ok()?, version.to_owned()))
}

/// `V1.2__name`: its letter and its version.
fn versioned(stem: &str) -> Option<(char, &str)> {
    let kind = stem.chars().next().filter(|kind| matches!(kind, 'V' | 'U' | 'B'))?;
    let (version, _) = split(stem)?;
    let digits = version.split(['.', '_', '-']).all(|part| !part.is_empty() && part.parse::<u64>().is_ok());
    digits.then_some((kind, version))
}

/// What stands between the letter and the two underscores, and what comes behind these.
fn split(stem: &str) -> Option<(&str, &str)> {
    stem.get(1..)?.split_once("__")
}

fn dotted(version: &str) -> Vec<u64> {
    let mut parts: Vec<u64> = version.split(['.', '_', '-']).map(|part| part.parse().unwrap_or(u64::MAX)).collect();
    // 1.0 and 1 are the same version.
    while parts.len() > 1 && parts.last() == Some(&0) {
        parts.pop();
    }
    parts
}

/// What a file of `key = value` lines says of a switch; `None` if it does not name it.
fn is_true(text: &str, key: &str) -> Option<bool> {
    let lines = text.lines().filter_map(|line| line.split('#').next()?.split_once('='));
    lines.filter(|(name, _)| name.trim() == key).map(|(_, value)| value.trim() == "true").next_back()
}
