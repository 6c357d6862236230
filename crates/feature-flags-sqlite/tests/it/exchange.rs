//! To and from files.

use std::fs;

use feature_flags::{FileSource, Flag, Flags, Layer, MapContext, Source};
use feature_flags_sqlite::{Absent, StoreError};

use crate::store::{Place, ada, share};

const TEXT: &str = r#"# The flags of the shop.
format = 1

[segments]
beta = { keys = [7] } # who asked

[flags]
simple = true   # simply

# Raised by hand.
[flags.new-search]
owner = "web" # theirs
when = 'segment("beta")'
"#;

#[test]
fn a_file_is_taken_over_and_serves_the_same() {
    let place = Place::new();
    fs::write(place.file("flags.toml"), TEXT).unwrap();
    let store = place.store();
    store.put(&Flag::new("old"), &ada()).unwrap();
    let contents = FileSource::new(place.file("flags.toml")).unwrap().load().unwrap();
    let imported = store.import(&contents, Absent::Stay, &ada().because("moving in")).unwrap();
    assert_eq!(imported.put().len(), 3);
    let again = store.import(&contents, Absent::Go, &ada()).unwrap();
    assert_eq!((again.put().len(), again.removed()), (0, &["old".to_owned()][..]));
    let flags = Flags::builder().source(store).unwrap();
    assert!(flags.enabled("new-search", &MapContext::new().with("id", 7)) && flags.enabled("simple", &()));
    assert!(!flags.enabled("new-search", &MapContext::new().with("id", 8)));
}

#[test]
fn an_export_changes_what_changed_and_keeps_the_comments_of_the_rest() {
    let place = Place::new();
    let file = place.file("flags.toml");
    fs::write(&file, TEXT).unwrap();
    let store = place.store();
    let contents = FileSource::new(&file).unwrap().load().unwrap();
    store.import(&contents, Absent::Go, &ada()).unwrap();
    let exported = store.export(&file).unwrap();
    assert!(exported.put().is_empty() && exported.left_out().is_empty(), "{exported:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), TEXT, "nothing changed, so nothing is written");
    store.put(&Flag::new("simple").enabled(false), &ada()).unwrap();
    store.put(&share("half", "50% by id"), &ada()).unwrap();
    store.remove("new-search", &ada()).unwrap();
    let exported = store.export(&file).unwrap();
    assert_eq!(
        (exported.put(), exported.removed()),
        (&["half".to_owned(), "simple".to_owned()][..], &["new-search".to_owned()][..])
    );
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("# The flags of the shop.") && text.contains("# who asked"), "{text}");
    let loaded = FileSource::new(&file).unwrap().load().unwrap();
    let mut names: Vec<&str> = loaded.flags().iter().map(Flag::name).collect();
    names.sort_unstable();
    assert_eq!(names, ["half", "simple"]);
}

#[test]
fn layers_and_holdouts_are_taken_over_and_written_back() {
    let place = Place::new();
    let file = place.file("flags.toml");
    let sections = "\n[layers.checkout]\nflags = { simple = \"0%..30%\" } # a third\n\n[holdouts.q4]\nshare = \"5%\"\nlayers = [\"checkout\"]\n";
    let text = format!("{TEXT}{sections}");
    fs::write(&file, &text).unwrap();
    let store = place.store();
    let contents = FileSource::new(&file).unwrap().load().unwrap();
    let imported = store.import(&contents, Absent::Go, &ada()).unwrap();
    assert_eq!((imported.put().len(), imported.left_out()), (5, &[][..]));
    assert_eq!(store.import(&contents, Absent::Go, &ada()).unwrap().put().len(), 0, "all of it is there");
    store.export(&file).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "nothing changed, so nothing is written");
    store.put_layer("checkout", &Layer::new(), &ada()).unwrap();
    store.remove_holdout("q4", &ada()).unwrap();
    let exported = store.export(&file).unwrap();
    assert_eq!((exported.put(), exported.removed()), (&["checkout".to_owned()][..], &["q4".to_owned()][..]));
    fs::write(&file, TEXT).unwrap();
    let contents = FileSource::new(&file).unwrap().load().unwrap();
    let imported = store.import(&contents, Absent::Go, &ada()).unwrap();
    assert_eq!((imported.removed(), store.contents().unwrap().layers().len()), (&["checkout".to_owned()][..], 0));
}

#[test]
fn what_a_file_cannot_hold_is_said() {
    let place = Place::new();
    let store = place.store();
    store.put_segment("beta", &feature_flags::Segment::of(["7"]), &ada()).unwrap();
    store.put(&share("half", "50% by id"), &ada()).unwrap();
    let exported = store.export(place.file("new.toml")).unwrap();
    assert_eq!(exported.left_out(), ["segment `beta`: the store has no keys to write, only hashes"]);
    fs::write(place.file("other.toml"), "format = 1\nsegments.beta.keys = [8]\n").unwrap();
    let exported = store.export(place.file("other.toml")).unwrap();
    assert_eq!(
        exported.left_out(),
        ["segment `beta`: the file has other keys, and the store none to write, only hashes"]
    );
    let error = store.export(place.file("no/such/folder.toml")).unwrap_err();
    assert!(matches!(error, StoreError::Export { .. }), "{error:?}");
}
