//! The one process-wide lab.

use std::sync::OnceLock;

use experiment::{InstallError, Lab, Order, default_lab, experiment, install_default_lab};

/// The default lab of this process, installed by whichever test comes first.
pub(crate) fn the_default_lab() -> &'static Lab {
    static INSTALLED: OnceLock<&'static Lab> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        install_default_lab(Lab::new().order(Order::ControlFirst)).expect("tests come here before they use it")
    })
}

#[test]
fn the_default_lab_is_installed_once_and_used_by_the_free_function() {
    let lab = the_default_lab();
    let db = [1, 2, 3];
    let call = experiment("users-query").control(|| db.len());
    let users = call.candidate("new", || db.iter().fold(0, |count, _| count + 1)).run();
    assert_eq!(users, 3);
    assert_eq!(lab.experiment("users-query").report().candidates[0].matches(), 1);
    assert!(std::ptr::eq(lab, default_lab()));
    assert!(matches!(install_default_lab(Lab::new()), Err(InstallError::AlreadyInUse { .. })));
}
