//! Batches of rows that have no key: by the blocks that they are stored in.
//!
//! A batch is a range of blocks, so that it holds no more rows than it may, and a table is gone through from its first block to the
//! last that it had at that time. A row that others change moves: to the end, where it is met later, or to a block that was read
//! before. It is not lost, since rows that need the work are counted in the end and the table is gone through again for them; and
//! none is done twice, since a row that was done no longer needs it. A batch that waits for somebody's row looks at it again, as it
//! is then.

use migration_planner::Fingerprint;
use postgres::GenericClient;
use postgres::types::Type;

use super::{Batch, Batches, count};
use crate::name::qualified;
use crate::run_error::{RunError, of_step};
use crate::store::query;

/// How often the whole table is gone through.
pub(super) const PASSES: u32 = 20;

/// So many rows fit into a block of the usual size, if they hold next to nothing.
const ROWS_PER_BLOCK: u32 = 290;

impl Batches<'_> {
    /// The rows of the next blocks, and the cursor: the block that comes then, and the one at which the pass ends.
    pub(super) fn next_blocks(&self, client: &mut impl GenericClient, plan: &Fingerprint) -> Result<Batch, RunError> {
        let (cursor, before) = self.cursor(client, plan)?;
        let parts: Vec<i64> = cursor.iter().filter_map(|part| part.parse().ok()).collect();
        let (from, until) = match parts.as_slice() {
            [from, until] => (*from, *until),
            _ => (0, self.blocks(client)?),
        };
        let to = from.saturating_add(i64::from((self.batch_rows / ROWS_PER_BLOCK).max(1)));
        let page = format!("ctid >= '({from},0)'::tid AND ctid < '({to},0)'::tid");
        let looked_at = count(client, self.step, &format!("{} WHERE {page}", qualified(self.table)))?;
        client.query_typed(&self.statement(&page), &[]).map_err(of_step(self.step))?;
        let rows = before + looked_at;
        self.keep_cursor(client, plan, &[to.to_string(), until.to_string()], rows)?;
        Ok(Batch { rows, looked_at, is_last: to >= until })
    }

    /// How many blocks the table has, or the largest of those that it is made of.
    fn blocks(&self, client: &mut impl GenericClient) -> Result<i64, RunError> {
        let sql = "WITH RECURSIVE tree (oid) AS (SELECT to_regclass($1)::oid UNION \
             SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.oid) \
             SELECT (coalesce(max(pg_relation_size(tree.oid)), 0) / current_setting('block_size')::int8)::int8 FROM tree";
        let rows = query(client, "measuring the table", sql, &[(&qualified(self.table), Type::TEXT)])?;
        Ok(rows.first().map_or(0, |row| row.get(0)))
    }
}
