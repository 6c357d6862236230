//! Every row of the catalogue that is planned, carried out and undone on a real PostgreSQL.

mod case;
mod columns;
mod constraints;
mod database;
mod files;
mod indexes;
mod others;
mod page;
mod schema;
mod shop;
mod tables;

pub(crate) use shop::{ROWS, shop};
