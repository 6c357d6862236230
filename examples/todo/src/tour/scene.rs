//! What stands on the stage for the whole tour: the service, its clients, the two jobs.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use migration_planner::{ColumnRef, ColumnUse, Timestamp};
use tokio::sync::oneshot;

use super::consumers::{Consumer, ETL, REPORT};
use super::ledger::{self, Audit};
use super::progress::Progress;
use super::seed::seed;
use super::traffic::{Traffic, Variants};
use super::{TourError, screen};
use crate::home::Home;
use crate::http::{Service, listen};
use crate::search::Search;
use crate::store::{Ids, Store};

/// How often counts go to the file of progress while a step watches.
const SAVE_EVERY: Duration = Duration::from_millis(500);
