//! How many commands are generated and run in a second when nothing fails?
//!
//! The machine is a binary heap beside a sorted list, the example of proptest-state-machine's own benchmark; the rivals are in
//! `peers/stateful`.

#![allow(clippy::print_stdout, reason = "a bench prints what it was measured on")]

use std::collections::BinaryHeap;

use divan::Bencher;
use divan::counter::ItemsCount;
use stateful_testing::{Command, Env, Failed, Menu, Model, check};

#[global_allocator]
static ALLOC: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    println!("{}", cutover_benches::machine_facts());
    divan::main();
}

#[derive(Debug, Clone, Command)]
enum HeapCommand {
    Push(i32),
    Pop,
}

struct Heap;

impl Model for Heap {
    type State = Vec<i32>;
    type Command = HeapCommand;
    type Output = Option<i32>;
    type System = BinaryHeap<i32>;

    fn init(&self) -> Vec<i32> {
        Vec::new()
    }
    fn commands(&self, _state: &Vec<i32>, menu: &mut Menu<'_, HeapCommand>) {
        menu.offer(1, |_| HeapCommand::Pop);
        menu.offer(1, |g| HeapCommand::Push(g.int(..)));
    }
    fn next(&self, state: &mut Vec<i32>, command: &HeapCommand) -> Option<i32> {
        match command {
            HeapCommand::Push(value) => {
                let at = state.partition_point(|other| other < value);
                state.insert(at, *value);
                None
            }
            HeapCommand::Pop => state.pop(),
        }
    }
    fn setup(&self, _state: &Vec<i32>) -> Result<BinaryHeap<i32>, Failed> {
        Ok(BinaryHeap::new())
    }
    fn run(&self, heap: &mut BinaryHeap<i32>, command: &HeapCommand, _env: &mut Env) -> Result<Option<i32>, Failed> {
        match command {
            HeapCommand::Push(value) => {
                heap.push(*value);
                Ok(None)
            }
            HeapCommand::Pop => Ok(heap.pop()),
        }
    }
}

/// 256 cases; the items are commands that were generated and run.
#[divan::bench(args = [20, 200, 2000])]
fn heap(bencher: Bencher<'_, '_>, max_commands: usize) {
    let check = check(Heap).seed(1).max_commands(max_commands);
    let commands = check.try_run().expect("the heap is right").tally().commands();
    bencher.counter(ItemsCount::new(commands)).bench(|| check.try_run().expect("the heap is right"));
}
