//! Does a plan survive everything, and is everything before the point of no return undone to the letter?

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

#[path = "migration/crash.rs"]
mod crash;
#[path = "migration/database.rs"]
mod database;
#[path = "migration/locks.rs"]
mod locks;
#[path = "migration/round_trips.rs"]
mod round_trips;
#[path = "migration/stage.rs"]
mod stage;

use std::path::Path;
use std::process::ExitCode;

use cutover_benches::{Exam, asks_for, full_form};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, database] = arguments.as_slice()
        && flag == crash::CHILD
    {
        crash::child(Path::new(database));
        return ExitCode::SUCCESS;
    }
    let mut exam = Exam::new("migration");
    if asks_for("locks") {
        match locks::predicted() {
            Some((right, total)) => exam.part("locks", right, total),
            None => println!("exam migration/locks: SKIPPED, the exams are missing; set CUTOVER_EXAMS"),
        }
    }
    if asks_for("round-trips") {
        let (right, total) = round_trips::all();
        exam.part("round-trips", right, total);
    }
    if asks_for("crash-histories") {
        let histories = if full_form() { 10_000 } else { 120 };
        let killed = crash::killed(histories);
        println!(
            "  crash-histories: killed before the first step {}, between the first and the last {}, too late {}",
            killed.early, killed.under_way, killed.late
        );
        exam.part("crash-histories", killed.right, histories);
        // A machine that is busy moves the instants; with none in between the part would prove nothing.
        exam.check("crash-histories-under-way", killed.under_way * 4 >= histories);
    }
    if asks_for("two-runners-at-once") {
        let pairs = if full_form() { 200 } else { 10 };
        exam.part("two-runners-at-once", crash::together(pairs), pairs);
    }
    exam.finish()
}
