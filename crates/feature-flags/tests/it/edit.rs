use std::fs;

use feature_flags::{Edit, EditError, Flag, Flags, Percent, Rule, Serve, Share};

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
fn a_flag_that_is_nothing_but_a_percentage_is_turned_off_and_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, "format = 1\n[flags]\nhalf = \"50% by id\" # carefully\n").unwrap();
    let edit = |enabled| Edit::open(&path).unwrap().set_enabled("half", enabled).unwrap();
    assert_eq!(edit(true).text(), fs::read_to_string(&path).unwrap(), "it is on for its share already");
    edit(false).save().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.ends_with("half = { rollout = \"50% by id\", enabled = false } # carefully\n"), "{text}");
    assert!(edit(true).text().ends_with("half = { rollout = \"50% by id\", enabled = true } # carefully\n"));
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

#[test]
fn a_flag_that_is_put_keeps_the_comments_of_the_others_and_of_what_stays_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    let text = "format = 1 # first\n\n[flags]\nsimple = true # simply\n\n# about a\n[flags.a]\nowner = \"web\" # theirs\nrollout = \"1% by id\" # carefully\n\n[flags.b]\nenabled = true # last\n";
    fs::write(&path, text).unwrap();
    let edit = Edit::open(&path).unwrap();
    let flag = Flag::new("a").owner("web").rule(Rule::new().rollout("2% by id".parse().unwrap()));
    let edit = edit.put(&flag).unwrap();
    assert_eq!(edit.text(), text.replace("\"1% by id\" # carefully", "\"2% by id\""));
    let edit = edit.put(&Flag::new("simple").enabled(false)).unwrap();
    let edit = edit.put(&Flag::new("new").description("a new one")).unwrap().remove("b").unwrap();
    assert!(edit.has("new") && !edit.has("b"));
    let after = edit.text();
    assert!(
        after.contains("simple = false") && after.contains("# about a\n[flags.a]\nowner = \"web\" # theirs"),
        "{after}"
    );
    edit.save().unwrap();
    let flags = Flags::from_file(&path).unwrap();
    assert_eq!((flags.status().problems().len(), flags.status().flags()), (0, 3));
    assert!(!flags.enabled("new", &()), "without rules it is off");
}

#[test]
fn flags_put_into_a_file_whose_flags_stand_in_one_line_are_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, "format = 1\nflags = { a = true }\n").unwrap();
    let rule = |when: &str| Rule::new().named("n").when(when.parse().unwrap());
    let flag = Flag::new("b").rule(rule("x > 1")).rule(rule("x < 0"));
    Edit::open(&path).unwrap().put(&flag).unwrap().save().unwrap();
    let flags = Flags::from_file(&path).unwrap();
    assert!(flags.enabled("b", &feature_flags::MapContext::new().with("x", 2)) && flags.enabled("a", &()));
}

#[test]
fn every_part_of_a_flag_is_written_as_it_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, "format = 1\n").unwrap();
    let shares = |names: [&str; 2]| names.map(|variant| Share::new(variant, "50%".parse().unwrap())).into();
    let split = |names| {
        Flag::new("split").variant("a", 1.5).variant("b", 2).rule(Rule::new().serve(Serve::Split(shares(names))))
    };
    let flags = [
        split(["b", "a"]),
        split(["a", "b"]).default_variant("a").default_to(true).meta("a ticket").salt("s").requires("other"),
        Flag::new("split").enabled(false).rule(Rule::new()),
        Flag::new("split").rule(Rule::new().serve(Serve::Off)).enabled(false),
    ];
    for flag in flags {
        let edit = Edit::open(&path).unwrap().put(&flag).unwrap();
        assert!(edit.holds(&flag), "{}", edit.text());
        edit.save().unwrap();
        assert!(Edit::open(&path).unwrap().holds(&flag));
    }
}

#[test]
fn a_flag_that_is_wrong_in_itself_is_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, "format = 1\n").unwrap();
    let flag = Flag::new("a").variant("x", 1).rule(Rule::new());
    let error = Edit::open(&path).unwrap().put(&flag).unwrap_err();
    assert!(matches!(error, EditError::WouldBreak { .. }), "{error:?}");
}
