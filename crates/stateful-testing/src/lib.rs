//! Generate command sequences, run them against a model and a system, shrink the failure to its smallest story.
//!
//! You describe what the system should do by a simple [`Model`]: its state, the commands that make sense in a state, and what
//! each should give. [`check`] makes sequences of commands, does them to the model and to the real system, and
//! compares. A failure is made as short and simple as it can be, and the report shows it in one line:
//!
//! ```text
//! [add "Test Todo" 1, delete "" 2]
//! ```
//!
//! ```
//! use stateful_testing::{Command, Env, Failed, Menu, Model};
//!
//! #[derive(Debug, Clone, Command)]
//! enum Door {
//!     Open,
//!     Close,
//! }
//!
//! struct DoorModel;
//!
//! impl Model for DoorModel {
//!     type State = bool;
//!     type Command = Door;
//!     type Output = bool;
//!     type System = Vec<&'static str>; // forgets that it can be closed
//!
//!     fn init(&self) -> bool {
//!         false
//!     }
//!     fn commands(&self, _open: &bool, menu: &mut Menu<'_, Door>) {
//!         menu.offer(1, |_| Door::Open);
//!         menu.offer(1, |_| Door::Close);
//!     }
//!     fn next(&self, open: &mut bool, command: &Door) -> bool {
//!         *open = matches!(command, Door::Open);
//!         *open
//!     }
//!     fn setup(&self, _open: &bool) -> Result<Vec<&'static str>, Failed> {
//!         Ok(Vec::new())
//!     }
//!     fn run(&self, log: &mut Vec<&'static str>, command: &Door, _env: &mut Env) -> Result<bool, Failed> {
//!         log.push(command.name());
//!         Ok(log.contains(&"open"))
//!     }
//! }
//!
//! let failure = stateful_testing::check(DoorModel).try_run().unwrap_err();
//! assert!(failure.to_string().contains("[open, close]"));
//! ```
//!
//! # What to read next
//! - [`Model`], the one trait you implement, and [`Command`], which is derived;
//! - [`Gen`], which makes arguments, and [`Ref`], which stands for what earlier commands gave;
//! - [`Check`] for seed, number of cases and budget; [`Failure`] for what comes out.
//!
//! # What it is not
//! It is no generator of single values (proptest is: its strategies can be used here), it does not explore the schedules
//! of threads, and it does not prove the absence of bugs.

// The derive's expansion names this crate, in its own documentation and tests too.
extern crate self as stateful_testing;

#[cfg(feature = "arbitrary")]
mod arbitrary_values;
mod argument;
mod async_model;
mod cause;
mod check;
mod child;
mod command;
mod durable;
mod env;
mod environment;
mod execute;
mod exhaustive;
mod explore;
mod failed;
mod failure;
mod forms;
mod generate;
mod generator;
mod integer;
mod machine;
mod maker;
mod menu;
mod message;
mod minimality;
mod model;
mod panics;
mod progress;
mod random;
mod reader;
mod reference;
mod regressions;
mod replay;
mod report;
mod requirement;
mod runner;
mod runs;
mod scope;
mod script;
mod search;
mod self_check;
mod sequence;
#[cfg(feature = "serde")]
mod serialize;
mod settings;
mod shrink;
mod stop;
#[cfg(feature = "proptest")]
mod strategies;
mod tally;
mod tape;
pub mod testing;
mod text;
mod trace;
mod watchdog;

#[cfg(feature = "arbitrary")]
pub use arbitrary;
pub use argument::Argument;
pub use async_model::{AsyncModel, Blocking, Executor, Parking};
pub use cause::Cause;
pub use check::{Check, Passed, check};
pub use command::{Command, PartitionKey, Printer};
pub use durable::Durable;
pub use env::Env;
pub use exhaustive::Certificate;
pub use failed::Failed;
pub use failure::{Failure, Falsified, Origin};
pub use generator::Gen;
pub use integer::Integer;
pub use machine::{Lockstep, Reopen, lockstep, reopen};
pub use maker::{Generate, Maker};
pub use menu::Menu;
pub use minimality::Minimality;
pub use model::{Model, Step};
#[cfg(feature = "proptest")]
pub use proptest;
pub use reference::{New, Ref, RefId, Role};
pub use regressions::RegressionsError;
pub use requirement::Cover;
pub use search::Search;
pub use sequence::Sequence;
pub use stateful_testing_macros::{Argument, Command, Generate, machine};
pub use stop::{Stop, StoppedBy};
pub use tally::{KindTally, Tally};
pub use trace::{Trace, TraceStep};

#[doc(hidden)]
pub mod __private {
    pub use crate::command::expansion::{Field, PrintsByArgument, PrintsByDebug, printed};
    pub use crate::machine::{MachineState, MachineSystem, Reference};
    pub use crate::maker::made;
}
