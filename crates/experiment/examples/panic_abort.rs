//! What a program that is built with `panic = "abort"` is told, and what becomes of it when a candidate panics.
//!
//! `cargo run -p experiment --example panic_abort --config 'profile.dev.panic="abort"'` prints one line and is ended by the
//! panic of its candidate. Without the setting it prints that the caller has its value.

#![allow(clippy::print_stdout, reason = "what it prints is what it shows")]

use experiment::Lab;

fn main() {
    let lab = Lab::new().on_failure(|failure| {
        println!("told: {}: {}", failure.operation(), failure.message().unwrap_or("nothing"));
    });
    for name in ["first", "second"] {
        lab.experiment(name).control(|| 1).candidate("new", || 1).run();
    }
    let value = lab.experiment("third").control(|| 1).candidate("new", || panic!("planted")).run();
    println!("the caller has its value: {value}");
}
