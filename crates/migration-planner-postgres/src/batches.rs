//! Brings the rows of a table up to date, some at a time, in key order, resumable after any of them.

mod blocks;

use migration_planner::{Fingerprint, Key, ObjectName, Step, Work};
use postgres::GenericClient;
use postgres::types::{ToSql, Type};

use crate::name::{qualified, quoted};
use crate::run_error::{RunError, of_step};
use crate::store::{Given, query};

/// What is done to the rows of a table, some at a time.
pub(crate) struct Batches<'a> {
    step: &'a str,
    table: &'a ObjectName,
    /// Empty where the rows have none and are found by the blocks that they are stored in.
    keys: &'a [String],
    batch_rows: u32,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Update { set: &'a str, needs: &'a str },
    Copy { into: &'a ObjectName, columns: &'a [String], select: &'a [String], needs: &'a str },
    Delete { when: &'a str },
}

/// How far a batch has come.
pub(crate) struct Batch {
    /// Rows looked at so far, also in earlier runs.
    pub(crate) rows: u64,
    /// Rows that this batch looked at.
    pub(crate) looked_at: u64,
    pub(crate) is_last: bool,
}

impl<'a> Batches<'a> {
    /// The batches of a step; `None` if it has none.
    pub(crate) fn of(step: &'a Step) -> Option<Self> {
        let (table, key, batch_rows, kind) = match step.work() {
            Work::Backfill { table, key, set, needs, batch_rows, .. } => {
                (table, key, batch_rows, Kind::Update { set, needs })
            }
            Work::Copy { table, key, into, columns, select, needs, batch_rows, .. } => {
                (table, key, batch_rows, Kind::Copy { into, columns, select, needs })
            }
            Work::Delete { table, key, when, batch_rows, .. } => (table, key, batch_rows, Kind::Delete { when }),
            _ => return None,
        };
        let keys: &[String] = match key {
            Key::Columns { columns, .. } => columns,
            Key::Ctid => &[],
            // A row id is SQLite's.
            _ => return None,
        };
        Some(Self { step: step.id(), table, keys, batch_rows: *batch_rows, kind })
    }

    /// About how many rows the table has, as the server estimates it; `None` where it was never analysed.
    pub(crate) fn estimate(&self, client: &mut impl GenericClient) -> Result<Option<u64>, RunError> {
        let sql = "SELECT CASE WHEN relkind = 'p' THEN (SELECT sum(greatest(0, p.reltuples))::int8 FROM pg_partition_tree(c.oid) AS t \
             JOIN pg_class AS p ON p.oid = t.relid AND t.isleaf) ELSE reltuples::int8 END FROM pg_class AS c WHERE oid = to_regclass($1)";
        let rows = query(client, "estimating rows", sql, &[(&qualified(self.table), Type::TEXT)])?;
        let found: Option<i64> = rows.first().and_then(|row| row.get(0));
        Ok(found.and_then(|rows| u64::try_from(rows).ok()))
    }

    /// How often batches go through the whole table again where rows are left at its end. Rows without a key may move to where the
    /// batches have been; any other row that is left has come since, by a trigger that was taken away.
    pub(crate) fn passes(&self) -> u32 {
        if self.keys.is_empty() { blocks::PASSES } else { 3 }
    }

    /// The next batch and its cursor, in the transaction of `client`.
    pub(crate) fn next(&self, client: &mut impl GenericClient, plan: &Fingerprint) -> Result<Batch, RunError> {
        if self.keys.is_empty() {
            return self.next_blocks(client, plan);
        }
        let types = self.key_types(client)?;
        let (from, before) = self.cursor(client, plan)?;
        let Some((to, looked_at)) = self.page(client, &types, &from)? else {
            return Ok(Batch { rows: before, looked_at: 0, is_last: true });
        };
        self.work(client, &types, &from, &to)?;
        let rows = before + looked_at;
        self.keep_cursor(client, plan, &to, rows)?;
        Ok(Batch { rows, looked_at, is_last: looked_at < u64::from(self.batch_rows) })
    }

    /// How many rows are not as they should be.
    pub(crate) fn left(&self, client: &mut impl GenericClient) -> Result<u64, RunError> {
        let table = qualified(self.table);
        match &self.kind {
            Kind::Update { needs, .. } => count(client, self.step, &format!("{table} WHERE {needs}")),
            Kind::Delete { when } => count(client, self.step, &format!("{table} WHERE {when}")),
            Kind::Copy { into, columns, select, needs } => {
                let is_key = |expression: &&String| {
                    self.keys.iter().any(|key| *expression == key || **expression == quoted(key))
                };
                let pairs = columns.iter().zip(select.iter()).filter(|(_, expression)| is_key(expression));
                let same: Vec<String> = pairs.map(|(column, key)| format!("copied.{column} = {table}.{key}")).collect();
                if same.len() < self.keys.len() {
                    // Without its key a row is not found again; each batch was one statement, which copied it or failed.
                    return Ok(0);
                }
                let copied = format!("SELECT FROM {} AS copied WHERE {}", qualified(into), same.join(" AND "));
                count(client, self.step, &format!("{table} WHERE ({needs}) AND NOT EXISTS ({copied})"))
            }
        }
    }

    fn list(&self) -> String {
        self.keys.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(", ")
    }

    /// The types of the key, as they are written in a cast.
    fn key_types(&self, client: &mut impl GenericClient) -> Result<Vec<String>, RunError> {
        let sql = "SELECT format_type(a.atttypid, a.atttypmod) FROM unnest($2::text[]) WITH ORDINALITY AS k (name, at) \
             JOIN pg_attribute AS a ON a.attrelid = to_regclass($1) AND a.attname = k.name AND NOT a.attisdropped ORDER BY k.at";
        let given: [Given<'_>; 2] = [(&qualified(self.table), Type::TEXT), (&self.keys, Type::TEXT_ARRAY)];
        let rows = query(client, "looking up the key", sql, &given)?;
        if rows.len() != self.keys.len() {
            let differences = vec![format!("- {}: key ({})", self.table, self.keys.join(", "))];
            return Err(RunError::drifted(differences));
        }
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// The key of the last row of the next page, and how many rows the page has; `None` after the last page.
    fn page(
        &self,
        client: &mut impl GenericClient,
        types: &[String],
        from: &[String],
    ) -> Result<Option<(Vec<String>, u64)>, RunError> {
        let (table, list) = (qualified(self.table), self.list());
        let after = if from.is_empty() { String::new() } else { format!("WHERE ({list}) > ({})", places(types, 0)) };
        let texts: Vec<String> = self.keys.iter().map(|key| format!("{}::text", quoted(key))).collect();
        // With its table's name, or it would be the text that is given back under the same name.
        let down: Vec<String> = self.keys.iter().map(|key| format!("page.{} DESC", quoted(key))).collect();
        let sql = format!(
            "WITH page AS MATERIALIZED (SELECT {list} FROM {table} {after} ORDER BY {list} LIMIT {}) \
             SELECT (SELECT count(*) FROM page), {} FROM page ORDER BY {} LIMIT 1",
            self.batch_rows,
            texts.join(", "),
            down.join(", ")
        );
        let rows = client.query_typed(&sql, &texts_of(from)).map_err(of_step(self.step))?;
        Ok(rows.first().map(|row| {
            let key = (1..=self.keys.len()).map(|at| row.get(at)).collect();
            (key, row.get::<_, i64>(0).unsigned_abs())
        }))
    }

    fn work(
        &self,
        client: &mut impl GenericClient,
        types: &[String],
        from: &[String],
        to: &[String],
    ) -> Result<(), RunError> {
        let list = self.list();
        let mut page = format!("({list}) <= ({})", places(types, 0));
        if !from.is_empty() {
            page = format!("{page} AND ({list}) > ({})", places(types, to.len()));
        }
        let keys: Vec<String> = to.iter().chain(from).cloned().collect();
        client.query_typed(&self.statement(&page), &texts_of(&keys)).map_err(of_step(self.step)).map(drop)
    }

    /// The statement of a batch: the rows of `page`.
    fn statement(&self, page: &str) -> String {
        let table = qualified(self.table);
        match &self.kind {
            Kind::Update { set, needs } => format!("UPDATE {table} SET {set} WHERE {page} AND ({needs})"),
            Kind::Delete { when } => format!("DELETE FROM {table} WHERE {page} AND ({when})"),
            Kind::Copy { into, columns, select, needs } => format!(
                "INSERT INTO {} ({}) SELECT {} FROM {table} WHERE {page} AND ({needs}) FOR SHARE ON CONFLICT DO NOTHING",
                qualified(into),
                columns.join(", "),
                select.join(", ")
            ),
        }
    }

    /// The key that the last batch came to, and the rows until there; empty before the first.
    fn cursor(&self, client: &mut impl GenericClient, plan: &Fingerprint) -> Result<(Vec<String>, u64), RunError> {
        let sql = "SELECT value, rows FROM cutover.cursor WHERE plan = $1 AND step = $2 ORDER BY part";
        let given: [Given<'_>; 2] = [(&plan.as_str(), Type::TEXT), (&self.step, Type::TEXT)];
        let parts = query(client, "reading the cursor", sql, &given)?;
        let rows = parts.first().map_or(0, |row| row.get::<_, i64>(1).unsigned_abs());
        Ok((parts.iter().map(|row| row.get(0)).collect(), rows))
    }

    fn keep_cursor(
        &self,
        client: &mut impl GenericClient,
        plan: &Fingerprint,
        to: &[String],
        rows: u64,
    ) -> Result<(), RunError> {
        let sql = "INSERT INTO cutover.cursor (plan, step, part, value, rows) \
             SELECT $1, $2, k.at, k.value, $4 FROM unnest($3::text[]) WITH ORDINALITY AS k (value, at) \
             ON CONFLICT (plan, step, part) DO UPDATE SET value = excluded.value, rows = excluded.rows";
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let given: [Given<'_>; 4] =
            [(&plan.as_str(), Type::TEXT), (&self.step, Type::TEXT), (&to, Type::TEXT_ARRAY), (&rows, Type::INT8)];
        query(client, "keeping the cursor", sql, &given).map(drop)
    }
}

/// Lets the batches of a step, or of all steps of a plan, begin at the first row.
pub(crate) fn forget_cursors(
    client: &mut impl GenericClient,
    plan: &Fingerprint,
    step: Option<&str>,
) -> Result<(), RunError> {
    let sql = "DELETE FROM cutover.cursor WHERE plan = $1 AND step = coalesce($2, step)";
    let given: [Given<'_>; 2] = [(&plan.as_str(), Type::TEXT), (&step, Type::TEXT)];
    query(client, "forgetting the cursor", sql, &given).map(drop)
}

/// How many rows satisfy what stands after `FROM`.
pub(crate) fn count(client: &mut impl GenericClient, step: &str, from: &str) -> Result<u64, RunError> {
    let rows = client.query_typed(&format!("SELECT count(*) FROM {from}"), &[]).map_err(of_step(step))?;
    Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
}

/// `$1::text::bigint, $2::text::uuid`, after the first `skip` values.
fn places(types: &[String], skip: usize) -> String {
    let place = |(at, kind): (usize, &String)| format!("${}::text::{kind}", at + skip + 1);
    types.iter().enumerate().map(place).collect::<Vec<_>>().join(", ")
}

fn texts_of(values: &[String]) -> Vec<Given<'_>> {
    values.iter().map(|value| (value as &(dyn ToSql + Sync), Type::TEXT)).collect()
}
