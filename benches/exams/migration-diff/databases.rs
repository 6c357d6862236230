//! Databases that are emptied and used again, since a server takes long to make one.

use migration_planner_postgres::CatalogSnapshot;
use postgres_for_tests::Database;

use super::reach::{connect, database};

/// Makes a database empty: what a case may have left there goes, and `public` is as in a new one.
const EMPTY: &str = "
DO $$
DECLARE statement text;
BEGIN
  FOR statement IN
    SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication
    UNION ALL SELECT format('DROP EVENT TRIGGER %I', evtname) FROM pg_event_trigger
    UNION ALL SELECT format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname) FROM pg_foreign_data_wrapper
    UNION ALL SELECT format('DROP EXTENSION %I CASCADE', extname) FROM pg_extension WHERE extname <> 'plpgsql'
    UNION ALL SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
      WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  LOOP
    EXECUTE statement;
  END LOOP;
END
$$;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
COMMENT ON SCHEMA public IS 'standard public schema';
";

/// Databases that are emptied and used again.
#[derive(Debug, Default)]
pub(crate) struct Databases {
    free: Vec<Database>,
    /// What the catalog of a new one says.
    empty: Option<CatalogSnapshot>,
}

impl Databases {
    /// An empty database.
    pub(crate) fn take(&mut self) -> Database {
        let database = self.free.pop().unwrap_or_else(database);
        if self.empty.is_none() {
            self.empty = CatalogSnapshot::of(&database.url()).ok();
        }
        database
    }

    /// Takes one back that is no longer used. It is used again only if its catalog is that of a new one after all.
    pub(crate) fn give_back(&mut self, database: Database) {
        let emptied = connect(&database).batch_execute(EMPTY).is_ok();
        if emptied && CatalogSnapshot::of(&database.url()).ok() == self.empty {
            self.free.push(database);
        }
    }
}
