use std::fs;

use feature_flags::{Edit, EditError, Flags, Percent};

const TEXT: &str = r#"# The flags of the shop.
format = 1

[flags]
plain = "1%"      # ramped by hand
switch = false

[flags.new-search]
description = "the rewritten search"   # ask Ada
rollout = "1% by user.id salt \"s\""

[flags.ruled]
[[flags.ruled.rules]]
when = 'staff' # first
[[flags.ruled.rules]]
rollout = "5%"

[flags.twice]
rules = [{ rollout = "5%" }, { rollout = "6%" }]
"#;

fn share(percent: u32) -> Percent {
    Percent::whole(percent).unwrap()
}

fn file() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, TEXT).unwrap();
    (directory, path)
}

#[test]
fn only_the_percentage_changes() {
    let (_directory, path) = file();
    for (flag, old, new) in [
        ("plain", "\"1%\"", "\"50%\""),
        ("new-search", "\"1% by user.id salt \\\"s\\\"\"", "'50% by user.id salt \"s\"'"),
        ("ruled", "[[flags.ruled.rules]]\nrollout = \"5%\"", "[[flags.ruled.rules]]\nrollout = \"50%\""),
        ("switch", "switch = false", "switch = \"50%\""),
    ] {
        let edited = Edit::open(&path).unwrap().set_rollout(flag, share(50)).unwrap().text();
        assert_eq!(edited, TEXT.replace(old, new));
    }
}

#[test]
fn a_switch_is_set_or_added() {
    let (_directory, path) = file();
    let edit = |flag, enabled| Edit::open(&path).unwrap().set_enabled(flag, enabled).unwrap().text();
    assert_eq!(edit("switch", true), TEXT.replace("switch = false", "switch = true"));
    let edited = edit("new-search", false);
    assert_eq!(edited.replace("enabled = false\n", ""), TEXT);
    assert!(!Flags::from_toml(&edited).unwrap().enabled("new-search", &()));
}

#[test]
fn what_is_saved_is_what_is_waited_for() {
    let (_directory, path) = file();
    let content = Edit::open(&path).unwrap().set_rollout("plain", share(10)).unwrap().save().unwrap();
    let flags = Flags::from_file(&path).unwrap();
    assert_eq!(flags.status().snapshot().content(), content);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn what_cannot_be_done_is_refused_and_the_file_stays() {
    let (_directory, path) = file();
    let set = |flag| Edit::open(&path).unwrap().set_rollout(flag, share(50)).unwrap_err();
    assert!(
        matches!(set("new-serch"), EditError::NoSuchFlag { nearest: Some(nearest), .. } if nearest == "new-search")
    );
    assert!(matches!(set("twice"), EditError::Ambiguous { rollouts: 2, .. }));
    let stale = Edit::open(&path).unwrap().set_rollout("plain", share(10)).unwrap();
    fs::write(&path, format!("{TEXT}\n# later")).unwrap();
    assert!(matches!(stale.save(), Err(EditError::ChangedMeanwhile { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{TEXT}\n# later"));
}

#[cfg(unix)]
#[test]
fn permissions_and_links_survive_an_edit() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, path) = file();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = directory.path().join("link.toml");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    Edit::open(&link).unwrap().set_rollout("plain", share(10)).unwrap().save().unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::read_to_string(&path).unwrap().contains("plain = \"10%\""));
}

#[test]
fn edits_at_the_same_time_leave_a_whole_file() {
    let (_directory, path) = file();
    std::thread::scope(|scope| {
        for percent in 1..=8 {
            let path = &path;
            scope.spawn(move || {
                // One that comes late is refused; what is saved is whole.
                let edit = Edit::open(path).and_then(|edit| edit.set_rollout("plain", share(percent)));
                let _saved_or_refused = edit.and_then(Edit::save);
            });
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), TEXT.lines().count());
    let left = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "nothing is left beside it");
}
