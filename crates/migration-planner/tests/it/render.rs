//! Plans for people.

use migration_planner::Change;

use crate::plan_file::plan;

#[test]
fn markdown_has_a_section_per_phase_with_its_gate_and_its_statements() {
    let text = plan(&Change::drop_column("users", "legacy_name")).to_markdown();
    for expected in [
        "# Drop column users.legacy_name\n",
        "for SQLite 3.54.1, 100000 rows in `users`",
        "| 1. application stops using `users.legacy_name` | switch | application |",
        "| 4. drop `users.legacy_name` | contract | database | its steps are done | **no** |",
        "## 2. Etl stops using",
        "**Gate:** `reporting` has not used `users.legacy_name` for 1d, shown at most 1h ago.",
        "**Point of no return.** Before it, all gates are checked once more:",
        "ALTER TABLE users DROP COLUMN legacy_name",
        "CREATE INDEX users_legacy ON users(legacy_name)",
        "database write lock on `users`, rewrites 100000 rows",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
}

#[test]
fn text_fits_a_terminal() {
    let text = plan(&Change::rename_column("users", "name", "full_name")).to_text();
    assert!(text.starts_with("rename column users.name to full_name\nPlan "));
    assert!(text.contains("  1. [expand, database] add `users.full_name`, kept equal to `users.name`"));
    assert!(text.contains("point of no return"));
}

#[test]
fn mermaid_links_every_phase_and_gate() {
    let text = plan(&Change::drop_column("users", "legacy_name")).to_mermaid();
    assert!(text.starts_with("flowchart TD\n"));
    for link in ["p1 --> g1", "g1 -->|open| p2", "p3 --> g3", "g3 -->|open| p4"] {
        assert!(text.contains(link), "{link}\n{text}");
    }
    assert!(!text.contains('`'));
}
