//! Where locks, counters, queues and threads come from: from here, so that a schedule can be tried that chance would never give.
//!
//! They are the usual ones. `crates/experiment-under-shuttle` builds these very sources with `--cfg shuttle` and brings others, under
//! which a test decides who goes on at every lock, counter and queue. What no schedule can split in two, such as adding to the counter
//! of a bucket, uses the usual ones there too; and
//! the tests inside of modules are those of the usual ones only.

#[cfg(not(shuttle))]
pub(crate) use crossbeam_queue::ArrayQueue;
#[cfg(not(shuttle))]
pub(crate) use parking_lot::{Condvar, Mutex};
#[cfg(all(not(shuttle), feature = "serde"))]
pub(crate) use std::sync::mpsc;
#[cfg(not(shuttle))]
pub(crate) use std::{
    sync::{OnceLock, atomic},
    thread,
};

#[cfg(shuttle)]
#[path = "../../experiment-under-shuttle/src/sync.rs"]
mod shuttled;

#[cfg(all(shuttle, feature = "serde"))]
pub(crate) use shuttled::mpsc;
#[cfg(shuttle)]
pub(crate) use shuttled::{ArrayQueue, Condvar, Mutex, OnceLock, atomic, thread};
