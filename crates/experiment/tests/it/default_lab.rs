//! The one process-wide lab. One test, since there is one such lab per process.

use experiment::{InstallError, Lab, Order, default_lab, experiment, install_default_lab};

#[test]
fn the_default_lab_is_installed_once_and_used_by_the_free_function() {
    let lab =
        install_default_lab(Lab::new().order(Order::ControlFirst)).expect("no other test touches the default lab");
    let db = [1, 2, 3];
    let users = experiment("users-query")
        .control(|| db.len())
        .candidate("new", || db.iter().fold(0, |count, _| count + 1))
        .run();
    assert_eq!(users, 3);
    assert_eq!(lab.experiment("users-query").report().candidates[0].matches(), 1);
    assert!(std::ptr::eq(lab, default_lab()));
    assert!(matches!(install_default_lab(Lab::new()), Err(InstallError::AlreadyInUse { .. })));
}
