//! Flags into the form that is fast to evaluate.
//!
//! Ten thousand flags visited at random cost what the memory costs, so everything about a flag lies together: up to 32
//! flags share a block, and in it a flag is one record on a cache line of its own, with its first rule, then its other
//! rules, operations and literals, each kind in one array in the order of the flags. Short names and texts are kept in
//! place. Blocks are shared between snapshots, so
//! that changing one flag compiles one block. What a block is compiled from, its flags as they were written, is shared in
//! the same way: a chunk of the roster.

mod block;
mod gates;
mod index;
mod name_hash;
mod needs;
mod packed;
mod parts;
mod program;
mod roster;
mod shared_flag;
mod table;
mod words;

pub(crate) use block::{
    Block, Gated, HOLDOUT_CELL, Kind, LAYER_CELL, NO_RULE_CELL, REQUIREMENT_CELL, Record, RuleEntry, Served,
};
pub(crate) use gates::{Gate, GateKind, Sections};
#[cfg(feature = "toml")]
pub(crate) use name_hash::name_hash as text_hash;
pub(crate) use packed::Packed;
pub(crate) use program::{CALL, KEY, NOW, Names, Op, Segments, TestOp};
#[cfg(feature = "toml")]
pub(crate) use roster::Twice;
pub(crate) use roster::{Definition, Roster, Slot};
#[cfg(feature = "toml")]
pub(crate) use shared_flag::SharedFlag;
pub(crate) use table::Table;
