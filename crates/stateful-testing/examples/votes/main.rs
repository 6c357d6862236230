//! Two users vote for restaurants over HTTP. All of the test is in this file; `server.rs` is the service it tests.
//!
//! `cargo run -p stateful-testing --example votes`

mod server;

use std::collections::BTreeMap;

use server::{Server, vote};
use stateful_testing::{Command, Env, Failed, Menu, Model, check};

#[derive(Debug, Clone, Command)]
enum Voting {
    Vote(u8, &'static str),
}

struct Votes {
    server: Server,
}

impl Model for Votes {
    type State = BTreeMap<u8, u32>;
    type Command = Voting;
    type Output = u32;
    type System = ();

    fn init(&self) -> Self::State {
        BTreeMap::new()
    }
    fn commands(&self, _votes: &Self::State, menu: &mut Menu<'_, Voting>) {
        menu.offer(1, |g| Voting::Vote(g.int(1..=3), g.pick(["chris", "jane"])));
    }
    fn next(&self, votes: &mut Self::State, Voting::Vote(restaurant, _): &Voting) -> u32 {
        *votes.entry(*restaurant).and_modify(|count| *count += 1).or_insert(1)
    }
    fn setup(&self, _votes: &Self::State) -> Result<(), Failed> {
        Ok(self.server.reset()?)
    }
    fn run(&self, _system: &mut (), Voting::Vote(restaurant, user): &Voting, _env: &mut Env) -> Result<u32, Failed> {
        Ok(vote(&self.server, *restaurant, user)?.parse()?)
    }
}

fn main() {
    let found = check(Votes { server: Server::start() }).max_commands(20).try_run();
    server::say(&found.expect_err("the server loses votes"));
}
