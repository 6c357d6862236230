use std::sync::Arc;

use feature_flags::{Event, Flag, Flags, Listener, Reason};
use std::sync::Mutex;

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Listener for Heard {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::UnknownFlag { .. }) {
            self.0.lock().unwrap().push(event.to_string());
        }
    }
}

#[test]
fn an_unknown_flag_is_off_and_is_warned_of_once_with_the_nearest_name() {
    let heard = Arc::new(Heard::default());
    let flags = Flags::builder().listener(Arc::clone(&heard)).flag(Flag::new("new-search").enabled(true)).build();
    for _ in 0..3 {
        assert!(!flags.enabled("new-serach", &()));
        assert_eq!(flags.decide("completely-else", &()).reason(), Reason::Unknown);
    }
    assert_eq!(
        *heard.0.lock().unwrap(),
        [
            "there is no flag `new-serach`, so it is off; did you mean `new-search`?",
            "there is no flag `completely-else`, so it is off",
        ]
    );
}

#[test]
fn a_listener_that_panics_harms_nobody() {
    struct Panics;
    impl Listener for Panics {
        fn event(&self, _event: &Event<'_>) {
            panic!("not my day");
        }
    }
    let flags = Flags::builder().listener(Panics).build();
    assert!(!flags.enabled("anything", &()));
}
