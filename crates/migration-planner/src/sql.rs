//! What the planner reads in SQL without a grammar: names, quotes and comments.

pub(crate) mod tokens;
