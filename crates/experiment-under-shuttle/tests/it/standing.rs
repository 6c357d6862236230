//! Who takes part, as threads change it.

use std::sync::Arc;

use experiment_under_shuttle::{Lab, Rate};
use shuttle::thread;

use crate::in_many_schedules;

#[test]
fn changes_of_several_threads_do_not_undo_each_other() {
    in_many_schedules(|| {
        let lab = Arc::new(Lab::new());
        lab.experiment("x").declare_candidate("new").expect("the name can be used");
        let changes: [fn(&Lab); 3] = [
            |lab| lab.experiment("x").set_rate(Rate::NEVER),
            |lab| lab.experiment("x").switch_off(),
            |lab| lab.experiment("x").promote("new").expect("it was declared"),
        ];
        let changing = changes.map(|change| {
            let lab = Arc::clone(&lab);
            thread::spawn(move || change(&lab))
        });
        changing.into_iter().for_each(|thread| thread.join().expect("nobody panics"));
        let x = lab.experiment("x");
        assert_eq!((x.rate(), x.is_switched_off(), x.promoted()), (Rate::NEVER, true, Some("new")));
    });
}

#[test]
fn a_kill_switch_reaches_an_experiment_that_is_made_in_that_moment() {
    in_many_schedules(|| {
        let lab = Arc::new(Lab::new());
        let theirs = Arc::clone(&lab);
        let switching = thread::spawn(move || theirs.switch_off());
        let value = lab.experiment("x").control(|| 1).candidate("new", || 1).run();
        switching.join().expect("nobody panics");
        assert_eq!((value, lab.experiment("x").is_switched_off()), (1, true));
        let after = lab.experiment("x").control(|| 1).candidate("new", || unreachable!("it is switched off")).run();
        assert_eq!(after, 1);
    });
}
