//! Libraries that test by sequences of commands, beside ours: what they report, what that takes, and how fast they are.

mod machine;
mod machines;
mod minimality;
mod runs;
mod scripts;
mod throughput;
mod tools;

use cutover_benches::machine_facts;

use crate::machines::{Door, Jugs, Ring, Todo};

fn main() {
    println!("{}", machine_facts());
    let scripts = scripts::run();
    minimality::measure::<Todo>(&scripts);
    minimality::measure::<Ring>(&scripts);
    minimality::measure::<Jugs>(&scripts);
    minimality::measure::<Door>(&scripts);
    throughput::measure();
}
