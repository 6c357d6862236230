//! What the protocols between threads are built of.
//!
//! They take it from here alone, so that an exam can compile the same files with parts that a scheduler interleaves
//! (`benches/exams/flags/swap.rs`).

pub(super) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
pub(super) use std::thread_local;

pub(super) use arc_swap::ArcSwap;
pub(super) use parking_lot::Mutex;
