//! Two users vote for restaurants over HTTP. All of the test is in this file; `server.rs` is the service it tests.
//!
//! `cargo run -p stateful-testing --example votes`

mod server;

use std::collections::BTreeMap;

use server::Server;
use stateful_testing::{Failed, Lockstep, check, lockstep, machine};

/// How many votes each restaurant should have.
#[derive(Debug, Clone, Default)]
struct Votes(BTreeMap<u8, u32>);

#[machine(system = Server)]
impl Votes {
    #[setup]
    fn start() -> Result<Server, Failed> {
        Ok(Server::start()?)
    }

    #[command]
    fn vote(
        &mut self,
        #[arg(1..=3)] restaurant: u8,
        #[arg(["chris", "jane"])] user: &'static str,
    ) -> Lockstep<Server, u32> {
        let votes = self.0.entry(restaurant).or_default();
        *votes += 1;
        lockstep(*votes, move |server: &mut Server, _env| Ok(server.vote(restaurant, user)?.parse()?))
    }
}

fn main() {
    let found = check(Votes::default()).max_commands(20).try_run();
    server::say(&found.expect_err("the server loses votes"));
}
