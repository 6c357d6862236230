//! The dialects of SQL that are read.

/// A dialect of SQL.
///
/// ```
/// use migration_planner::Dialect;
///
/// let statements = Dialect::Postgres.split("SELECT $$;$$; -- one;\nSELECT 2");
/// assert_eq!(statements.iter().map(|s| s.text()).collect::<Vec<_>>(), ["SELECT $$;$$", "SELECT 2"]);
/// assert_eq!(statements[1].line(), 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}
