//! Batches of rows that have no key: by the blocks that they are stored in.

use super::script::{block, left, statement};
use crate::name::{ObjectName, RESERVED_PREFIX};
use crate::sql::{literal, postgres_name};
use crate::step::Step;

/// How often the whole table is gone through, where others move rows to blocks that were read before.
const PASSES: u32 = 20;

/// So many rows fit into a block of the usual size, if they hold next to nothing.
const ROWS_PER_BLOCK: u32 = 290;

/// Work in batches as one statement for PostgreSQL that commits after each of them, block after block.
pub(super) fn by_block(step: &Step, table: &ObjectName, batch_rows: u32) -> String {
    let [from, until, pass] = ["from", "until", "pass"].map(|which| format!("{RESERVED_PREFIX}{which}"));
    let of = postgres_name(table);
    let blocks = (batch_rows / ROWS_PER_BLOCK).max(1);
    // The table itself, or what it is made of.
    let size = format!(
        "WITH RECURSIVE tree (oid) AS (SELECT {}::regclass::oid UNION \
         SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.oid) \
         SELECT coalesce(max(pg_relation_size(tree.oid)), 0) / current_setting('block_size')::bigint INTO {until} FROM tree",
        literal(&of)
    );
    let range = format!("ctid >= format('(%s,0)', {from})::tid AND ctid < format('(%s,0)', {from} + {blocks})::tid");
    let work = statement(step.work(), &of, &range);
    let wait = step
        .timeouts()
        .lock()
        .map(|span| format!("      PERFORM set_config('lock_timeout', '{}ms', true);", span.as_millis()));
    let mut lines = vec![format!("DECLARE\n  {from} bigint;\n  {until} bigint;\nBEGIN")];
    lines.push(format!("  FOR {pass} IN 1..{PASSES} LOOP\n    {size};\n    {from} := 0;"));
    lines.push(format!("    WHILE {from} < {until} LOOP"));
    lines.extend(wait);
    lines.push(format!("      {work};\n      COMMIT;\n      {from} := {from} + {blocks};\n    END LOOP;"));
    let left = left(step.work(), &of).unwrap_or_else(|| "SELECT 1 WHERE false".to_owned());
    lines.push(format!("    EXIT WHEN NOT EXISTS ({left});\n  END LOOP;"));
    let reason = literal(&format!("step {} is not done: rows are left", step.id()));
    lines.push(format!("  IF EXISTS ({left}) THEN\n    RAISE EXCEPTION USING MESSAGE = {reason};\n  END IF;\nEND"));
    block(&lines.join("\n"))
}
