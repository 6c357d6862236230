//! Libraries that test by sequences of commands, beside ours: what they report, what that takes, and how fast they are.

mod machine;
mod machines;
mod minimality;
mod runs;
mod throughput;
mod tools;

use cutover_benches::machine_facts;

use crate::machines::{Door, Jugs, Ring, Todo};

fn main() {
    println!("{}", machine_facts());
    minimality::measure::<Todo>(&[]);
    minimality::measure::<Ring>(&[]);
    minimality::measure::<Jugs>(&[]);
    minimality::measure::<Door>(&[]);
    throughput::measure();
}
