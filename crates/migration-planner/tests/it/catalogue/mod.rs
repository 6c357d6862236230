//! Every row of the catalogue that is planned, carried out and undone on a real PostgreSQL.

mod across;
mod added;
mod advice;
mod case;
mod columns;
mod constraints;
mod database;
mod files;
mod indexes;
mod keyless;
mod keys;
mod others;
mod page;
mod partitions;
mod readers;
mod rebuilt;
mod schema;
mod shop;
mod story;
mod tables;
mod types;
mod values;

pub(crate) use shop::{ROWS, shop};
