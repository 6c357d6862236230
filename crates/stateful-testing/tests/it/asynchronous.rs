//! Systems whose functions are `async`.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::Poll;
use std::thread;

use stateful_testing::{AsyncModel, Blocking, Command, Env, Executor, Failed, Failure, Menu, Parking, check};

/// A counter that answers only when another thread has woken it, and gets stuck at three.
struct Counter {
    log: RefCell<Vec<&'static str>>,
}

#[derive(Debug, Clone, Command)]
enum Count {
    Up,
}

/// Not ready at first; another thread wakes it.
async fn elsewhere() {
    let mut asked = false;
    poll_fn(|context| {
        if asked {
            return Poll::Ready(());
        }
        asked = true;
        let waker = context.waker().clone();
        thread::spawn(move || waker.wake());
        Poll::Pending
    })
    .await;
}

impl AsyncModel for &Counter {
    type State = u32;
    type Command = Count;
    type Output = u32;
    type System = u32;

    fn init(&self) -> u32 {
        0
    }
    fn commands(&self, _state: &u32, menu: &mut Menu<'_, Count>) {
        menu.offer(1, |_| Count::Up);
    }
    fn next(&self, state: &mut u32, _command: &Count) -> u32 {
        *state += 1;
        *state
    }
    async fn setup(&self, _state: &u32) -> Result<u32, Failed> {
        self.log.borrow_mut().push("setup");
        Ok(0)
    }
    async fn run(&self, system: &mut u32, _command: &Count, _env: &mut Env) -> Result<u32, Failed> {
        elsewhere().await;
        *system = (*system + 1).min(3);
        Ok(*system)
    }
    async fn invariant(&self, _state: &u32, _system: &mut u32) -> Result<(), Failed> {
        self.log.borrow_mut().push("invariant");
        Ok(())
    }
    async fn teardown(&self, _system: u32, _state: &u32) -> Result<(), Failed> {
        self.log.borrow_mut().push("teardown");
        Ok(())
    }
}

#[test]
fn an_asynchronous_system_is_run_and_shrunk() {
    let counter = Counter { log: RefCell::default() };
    let failure = check(Blocking::new(&counter, Parking)).seed(1).max_commands(10).try_run();
    let Err(Failure::Falsified(failure)) = failure else { panic!("{failure:?}") };
    assert_eq!(failure.sequence().to_string(), "[up, up, up, up]");
    assert_eq!(failure.cause().to_string(), "expected 4, got 3");
    assert_eq!(counter.log.borrow()[..2], ["setup", "invariant"]);
    assert_eq!(counter.log.borrow().last(), Some(&"teardown"));
}

#[test]
fn parking_waits_for_a_wake_up_from_another_thread() {
    assert_eq!(
        Parking.block_on(async {
            elsewhere().await;
            7
        }),
        7
    );
}
