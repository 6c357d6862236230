//! Libraries that run old and new code side by side, beside ours: what they cost over the bare control.

mod background;
mod bare;
mod cases;
mod ours;
mod scientist;
mod shadow;
mod targets;
mod work;

use cutover_benches::machine_facts;

fn main() {
    if peers_measure::serve_if_asked(cases::all) {
        return;
    }
    println!("{}", machine_facts());
    let table = peers_measure::measure(cases::all());
    targets::print(&table);
    background::measure();
}
