//! The machines: four with a bug whose smallest sequence is known, and one without, for throughput.

#![allow(clippy::needless_pass_by_value, reason = "the rules of Hegel take the test case by value")]

mod door;
mod heap;
mod jugs;
mod ring;
mod todo;

pub(crate) use door::Door;
pub(crate) use heap::Heap;
pub(crate) use jugs::Jugs;
pub(crate) use ring::Ring;
pub(crate) use todo::Todo;
