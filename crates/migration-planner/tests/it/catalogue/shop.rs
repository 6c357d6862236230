//! What most cases are tried on.

use migration_planner::{Column, Constraint, Index, Schema, Table};

/// What most cases are tried on.
pub(crate) fn shop() -> Schema {
    let users = Table::new("users")
        .with_column(Column::new("id", "bigint").not_null())
        .with_column(Column::new("email", "text").not_null().comment("where to write to"))
        .with_column(Column::new("name", "text").default_value("'nobody'::text"))
        .with_column(Column::new("age", "integer"))
        .with_column(Column::new("Legacy Name", "character varying(40)").not_null())
        .with_constraint(Constraint::primary_key(["id"]).named("users_pkey"))
        .with_constraint(Constraint::unique(["email"]).named("users_email_key").comment("one account each"))
        .with_constraint(Constraint::check("age >= 0").named("age_is_sane"))
        .with_index(Index::new("users_by_name", ["lower(name)"]).comment("for the search"))
        .comment("who may sign in");
    let orders = Table::new("orders")
        .with_column(Column::new("id", "bigint").not_null())
        .with_column(Column::new("user_id", "bigint"))
        .with_column(Column::new("total", "numeric(8,2)"))
        .with_column(Column::new("code", "integer").not_null())
        .with_constraint(Constraint::primary_key(["id"]).named("orders_pkey"))
        .with_constraint(Constraint::foreign_key(["user_id"], "users", ["id"]).named("orders_user_fkey"))
        .with_index(Index::new("orders_by_user", ["user_id"]));
    Schema::new().with_table(users).with_table(orders)
}

/// Rows for the [`shop`].
pub(crate) const ROWS: &str = "INSERT INTO users SELECT i, i || '@example.org', CASE WHEN i % 2 = 0 THEN 'n' || i END, i, 'old' FROM \
                               generate_series(1, 20) AS i; \
                               INSERT INTO orders SELECT i, i, i, i FROM generate_series(1, 20) AS i";
