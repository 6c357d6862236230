//! Catching panics, with their place and without their noise.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

/// A panic that was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caught {
    pub(crate) message: String,
    /// `file:line:column`, if it is known.
    pub(crate) place: Option<String>,
}

/// Runs `code`; a panic becomes a value and prints nothing.
///
/// A failing sequence runs dozens of times while it is shrunk, and each run would print the same panic again. What a panic says
/// and where it happened is known only to the process-wide panic hook, so the first call here puts one in front of the hook
/// that is there. It does nothing on threads, or at times, when no code runs under `catch`.
pub(crate) fn catch<T>(code: impl FnOnce() -> T) -> Result<T, Caught> {
    static IN_FRONT: Once = Once::new();
    IN_FRONT.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CATCHING.get() == 0 {
                before(info);
            } else {
                LAST.set(Some(caught(info)));
            }
        }));
    });
    CATCHING.set(CATCHING.get() + 1);
    // What the code leaves half done is never looked at again: the state is dropped, the system is only taken down.
    let result = panic::catch_unwind(AssertUnwindSafe(code));
    CATCHING.set(CATCHING.get() - 1);
    result.map_err(|_payload| {
        LAST.take().unwrap_or_else(|| Caught { message: "panicked without a message".to_owned(), place: None })
    })
}

thread_local! {
    static CATCHING: Cell<u32> = const { Cell::new(0) };
    static LAST: RefCell<Option<Caught>> = const { RefCell::new(None) };
}

fn caught(info: &PanicHookInfo<'_>) -> Caught {
    let message = info.payload_as_str().unwrap_or("panicked with something that is no text").to_owned();
    let place = info.location().map(ToString::to_string);
    Caught { message, place }
}
