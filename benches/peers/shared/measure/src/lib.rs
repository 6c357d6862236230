//! How ours and the rivals are measured in one run.
//!
//! A [`Case`] holds one [`Contender`] per library, all doing the same work. [`measure`] times them in turns with the
//! thread's CPU clock, or each in a process of its own, and counts the instructions and allocations of each in a process of its own under Callgrind, so
//! that neither the counting nor a neighbour on the machine is part of the times. The answer is a [`Table`].

mod apart;
mod case;
mod clock;
mod table;
mod threads;
mod timing;

pub use apart::serve_if_asked;
pub use case::{Case, Contender, Workload};
pub use clock::CpuStopwatch;
pub use table::{Row, Table, measure};
pub use threads::nanoseconds_on;
pub use timing::{Timing, time_in_turns};
