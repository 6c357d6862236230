//! Whole files as values, from one format into the other and back.

use std::fs;

use feature_flags::{
    Edit, EditError, Flag, FlagFile, FlagValue, Flags, Holdout, Layer, LoadError, Percent, Rule, SegmentKeys,
};
use proptest::prelude::*;

use crate::models::file;

const TEXT: &str = r#"# The flags of the shop.
format = 1

[meta] # of the file
ticket = 12
since = 2026-11-23

[segments]
beta = { keys = [7, "ada"] } # who asked

[layers.checkout]
by = "org.id" # whole organisations
flags = { new-form = "0%..30%", new-button = ["40%..50%", "90%..100%"], sketch = [] }

[holdouts.q4] # until January
share = "5%"
layers = ["checkout"]

[flags]
simple = true   # simply
half = "50% by id"

# Raised by hand.
[flags.new-search]
owner = "web" # theirs
when = 'segment("beta")'
"#;

#[test]
fn every_section_of_a_file_is_there_in_both_formats() {
    let file = FlagFile::from_toml(TEXT).unwrap();
    assert_eq!(
        file.to_json(),
        r#"{
  "format": 1,
  "meta": {
    "since": "2026-11-23",
    "ticket": 12
  },
  "segments": {
    "beta": {
      "keys": [
        "7",
        "ada"
      ]
    }
  },
  "layers": {
    "checkout": {
      "by": "org.id",
      "flags": {
        "new-button": [
          "40%..50%",
          "90%..100%"
        ],
        "new-form": "0%..30%",
        "sketch": []
      }
    }
  },
  "holdouts": {
    "q4": {
      "share": "5%",
      "layers": [
        "checkout"
      ]
    }
  },
  "flags": {
    "half": {
      "rules": [
        {
          "rollout": "50% by id"
        }
      ]
    },
    "new-search": {
      "owner": "web",
      "rules": [
        {
          "when": "segment(\"beta\")"
        }
      ]
    },
    "simple": true
  }
}
"#
    );
    assert_eq!(
        file.to_toml(),
        r#"format = 1

[meta]
since = "2026-11-23"
ticket = 12

[segments.beta]
keys = ["7", "ada"]

[layers.checkout]
by = "org.id"
flags = { new-button = ["40%..50%", "90%..100%"], new-form = "0%..30%", sketch = [] }

[holdouts.q4]
share = "5%"
layers = ["checkout"]

[flags]
simple = true

[flags.half]
rollout = "50% by id"

[flags.new-search]
owner = "web"
when = 'segment("beta")'
"#
    );
}

#[test]
fn a_file_in_toml_keeps_its_comments_where_nothing_changes() {
    let directory = tempfile::tempdir().unwrap();
    let (toml, json) = (directory.path().join("flags.toml"), directory.path().join("flags.json"));
    fs::write(&toml, TEXT).unwrap();
    FlagFile::read(&toml).unwrap().save(&json).unwrap();
    FlagFile::read(&json).unwrap().save(&toml).unwrap();
    assert_eq!(fs::read_to_string(&toml).unwrap(), TEXT, "there and back");
    let layer = Layer::new().by("org.id").slot("new-form", ["0%..35%".parse().unwrap()]).unwrap();
    let changed = FlagFile::read(&json).unwrap().with_layer("checkout", layer).unwrap();
    let content = changed.with(Flag::new("simple").enabled(false)).unwrap().save(&toml).unwrap();
    let slots = r#"flags = { new-form = "0%..30%", new-button = ["40%..50%", "90%..100%"], sketch = [] }"#;
    let expected = TEXT.replace(slots, r#"flags = { new-form = "0%..35%" }"#);
    let expected = expected.replace("simple = true   # simply", "simple = false");
    assert_eq!(fs::read_to_string(&toml).unwrap(), expected);
    assert_eq!(Flags::from_file(&toml).unwrap().status().snapshot().content(), content);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing is left beside the files");
}

#[test]
fn what_goes_takes_its_comments_along() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, TEXT).unwrap();
    let few = FlagFile::new().with(Flag::new("simple").enabled(true)).unwrap();
    few.save(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("# The flags of the shop.") && text.contains("simple = true   # simply"), "{text}");
    assert!(!text.contains("q4") && !text.contains("new-search") && !text.contains("ticket"), "{text}");
    assert_eq!(FlagFile::read(&path).unwrap(), few);
}

#[test]
fn sections_are_put_and_removed_one_by_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    fs::write(&path, TEXT).unwrap();
    let holdout = Holdout::new(Percent::whole(7).unwrap()).layer("checkout");
    let edit = Edit::open(&path).unwrap().put_holdout("q4", &holdout);
    assert_eq!(edit.text(), TEXT.replace("share = \"5%\"", "share = \"7%\""));
    let edit = edit.remove_holdout("q4").remove_layer("checkout").put_layer("page", &Layer::new());
    let file = edit.file().unwrap();
    assert_eq!((file.holdouts().len(), file.layers().map(|(name, _)| name).collect::<Vec<_>>()), (0, vec!["page"]));
    let orphaned = Edit::open(&path).unwrap().remove_layer("checkout");
    assert!(matches!(orphaned.save(), Err(EditError::Unusable { .. })), "a holdout names it");
    assert_eq!(fs::read_to_string(&path).unwrap(), TEXT);
}

#[test]
fn what_is_wrong_is_refused_with_its_place_and_nothing_is_written() {
    for (text, error) in [
        (
            "format = 1\n[flags]\na = 3\nb = 4\nc = true",
            "line 3, column 5: flag `a`: expected true, false, a rollout or a table, found a number, and one flag more is wrong",
        ),
        ("format = 1\n[segments]\ns = {}", "line 3, column 5: segment `s`: expected either `keys` or `file`"),
        ("format = 1\nlayers.l = {}", "line 2, column 12: layer `l`: expected `flags`"),
    ] {
        assert_eq!(FlagFile::from_toml(text).unwrap_err().to_string(), error, "{text}");
    }
    let error = FlagFile::from_json(r#"{"format": 1, "meta": {"x": [null]}}"#).unwrap_err().to_string();
    assert_eq!(error, "line 1, column 30: expected a value; what is not there is left out instead of `null`");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    let file = FlagFile::new().with_segment("beta", SegmentKeys::in_file("no-such.txt"));
    let EditError::Unusable { source, .. } = file.save(&path).unwrap_err() else { panic!("the keys are not there") };
    let LoadError::Malformed { line: 4, column: 8, message, .. } = source else { panic!("{source}") };
    assert!(message.starts_with("segment `beta`: ") && message.contains("no-such.txt could not be read"), "{message}");
    assert!(!path.exists());
    fs::write(directory.path().join("no-such.txt"), "7\n").unwrap();
    file.save(&path).unwrap();
    assert_eq!(FlagFile::read(&path).unwrap(), file, "the keys stay where they are");
}

#[test]
fn what_cannot_be_in_a_file_does_not_get_in() {
    let wrong = FlagFile::new().with(Flag::new("a").meta(f64::NAN)).unwrap_err();
    assert_eq!((wrong.name(), wrong.message()), ("a", "`meta` holds a number that is not finite"));
    assert!(FlagFile::new().with(Flag::new("a").variant("x", 1).rule(Rule::new())).is_err());
    assert!(FlagFile::new().with_meta(FlagValue::from(f64::INFINITY)).is_err());
    assert!(FlagFile::new().with_layer("l", Layer::new().by("a b")).is_err());
    let holdout = Holdout::new(Percent::ALL).layer("nowhere");
    let wrong = FlagFile::new().with_holdout("h", holdout).unwrap_err();
    assert_eq!(wrong.to_string(), "holdout `h`: there is no layer `nowhere`");
}

#[test]
fn keys_do_not_show_in_debug_output() {
    let file = FlagFile::new().with_segment("beta", SegmentKeys::listed(["someone@example.com"]));
    assert!(!format!("{file:?}").contains("someone"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn from_toml_to_json_to_toml_is_the_identity(file in file()) {
        let toml = file.to_toml();
        let read = FlagFile::from_toml(&toml);
        prop_assert!(read.is_ok(), "{}: {toml}", read.unwrap_err());
        prop_assert_eq!(read.as_ref().unwrap(), &file, "{}", toml);
        let json = read.unwrap().to_json();
        let read = FlagFile::from_json(&json);
        prop_assert!(read.is_ok(), "{}: {json}", read.unwrap_err());
        prop_assert_eq!(read.as_ref().unwrap(), &file, "{}", json);
        prop_assert_eq!(read.unwrap().to_toml(), toml);
    }

    /// One file rewritten as another says what the other says, whatever was there before.
    #[test]
    fn a_file_rewritten_as_another_is_the_other(before in file(), after in file()) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flags.toml");
        for (_, segment) in before.segments().chain(after.segments()) {
            if let Some(file) = segment.file() {
                fs::write(directory.path().join(file), "1\n").unwrap();
            }
        }
        fs::write(&path, format!("# first\n{}# last\n", before.to_toml())).unwrap();
        after.save(&path).unwrap();
        prop_assert_eq!(FlagFile::read(&path).unwrap(), after);
    }
}
