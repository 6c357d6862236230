use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use feature_flags::{Attribute, Context, Value};

use crate::people::user;

#[derive(Context)]
#[context(kind = "visitor")]
struct Request<'a> {
    #[context(key)]
    session: &'a str,
    r#type: Cow<'a, str>,
    #[context(nested)]
    user: Option<crate::people::User>,
    #[context(flatten)]
    location: Rc<Location>,
    #[context(skip)]
    #[allow(dead_code, reason = "only there to be skipped")]
    secret: Secret,
}

struct Secret;

#[derive(Context)]
struct Location {
    city: Arc<str>,
    #[context(rename = "post-code")]
    post_code: Code,
}

#[derive(Attribute)]
struct Code {
    digits: u32,
}

fn text(value: Option<Value<'_>>) -> Option<String> {
    value.map(|value| value.to_string())
}

#[test]
fn derived_contexts_answer_to_all_their_paths() {
    let location = Rc::new(Location { city: "Zürich".into(), post_code: Code { digits: 8_000 } });
    let request = Request { session: "s1", r#type: "web".into(), user: Some(user(7)), location, secret: Secret };
    for (path, value) in [
        ("session", Some("\"s1\"")),
        ("visitor.session", Some("\"s1\"")),
        ("type", Some("\"web\"")),
        ("user.id", Some("7")),
        ("user.organisation.seats", Some("12")),
        ("visitor.user.organisation.id", Some("\"acme\"")),
        ("city", Some("\"Zürich\"")),
        ("location.city", Some("\"Zürich\"")),
        ("post-code", Some("8000")),
        ("post_code", None),
        ("secret", None),
        ("request.session", None),
        ("session.session", None),
        ("", None),
        (".", None),
    ] {
        assert_eq!(text(request.attribute(path)).as_deref(), value, "{path}");
    }
    assert_eq!(text(request.key()).as_deref(), Some("\"s1\""));
}

#[test]
fn pairs_and_closures_are_contexts_for_quick_use() {
    let pairs = (("country", "US"), ("roles", ["editor"]), ("id", 7_i128), ("plan", None::<&str>), ("age", &30_u8));
    for (path, value) in [
        ("country", Some("\"US\"")),
        ("roles", Some("[\"editor\"]")),
        ("age", Some("30")),
        ("plan", None),
        ("key", None),
    ] {
        assert_eq!(text(pairs.attribute(path)).as_deref(), value, "{path}");
    }
    assert_eq!(text(pairs.key()).as_deref(), Some("7"));
    assert!(("country", "US").key().is_none());
    let country = "DE".to_owned();
    let closure = feature_flags::FnContext::new(|path| match path {
        "country" => Some(Value::from(country.as_str())),
        "id" => Some(Value::from(9_u8)),
        _ => None,
    });
    let both = (&closure, ("city", "Berlin"));
    assert_eq!(text(both.attribute("country")).as_deref(), Some("\"DE\""));
    assert_eq!(text(both.attribute("city")).as_deref(), Some("\"Berlin\""));
    assert_eq!(text(both.key()).as_deref(), Some("9"));
    assert!(!format!("{closure:?}").contains("DE"));
}

#[test]
fn maps_from_names_to_attributes_are_contexts() {
    let map = std::collections::BTreeMap::from([("country".to_owned(), Some("US")), ("plan".to_owned(), None)]);
    let hashed: std::collections::HashMap<String, u32> = [("id".to_owned(), 7), ("seats".to_owned(), 3)].into();
    let both = (&map, &hashed);
    for (path, value) in [("country", Some("\"US\"")), ("plan", None), ("seats", Some("3")), ("none", None)] {
        assert_eq!(text(both.attribute(path)).as_deref(), value, "{path}");
    }
    assert_eq!(text(both.key()).as_deref(), Some("7"));
}

#[test]
fn lists_numbers_and_ids_of_many_types_are_attributes() {
    #[derive(Context)]
    struct Cart<'a> {
        #[context(key)]
        id: std::num::NonZero<u64>,
        items: &'a [String],
        recent: std::collections::VecDeque<u32>,
        balance: i128,
    }
    let items = ["pen".to_owned(), "ink".to_owned()];
    let id = std::num::NonZero::new(5).unwrap();
    let cart = Cart { id, items: &items, recent: [3, 4].into(), balance: -(1 << 100) };
    for (path, value) in [
        ("id", "5"),
        ("items", r#"["pen", "ink"]"#),
        ("recent", "[3, 4]"),
        ("balance", "-1267650600228229401496703205376"),
    ] {
        assert_eq!(text(cart.attribute(path)).as_deref(), Some(value), "{path}");
    }
    assert!(crate::people::when("items contains \"ink\" and all(recent) > 2 and balance < 0").enabled("f", &cart));
}

#[test]
fn values_do_not_show_in_debug_output() {
    let map = feature_flags::MapContext::new().with("email", "someone@example.com");
    let shown = format!("{map:?} {:?} {:?}", map.attribute("email"), user(1).attribute("roles"));
    assert!(!shown.contains("someone") && !shown.contains("editor"), "{shown}");
}

#[cfg(feature = "serde")]
#[test]
fn a_map_context_is_read_from_json() {
    let json = r#"{"kind": "account", "id": 7, "plan": null, "tags": ["a", "b"], "user": {"country": "US", "address": {"zip": 1.5}}}"#;
    let context: feature_flags::MapContext = serde_json::from_str(json).unwrap();
    for (path, value) in [
        ("id", Some("7")),
        ("account.id", Some("7")),
        ("plan", None),
        ("tags", Some(r#"["a", "b"]"#)),
        ("user.country", Some("\"US\"")),
        ("country", Some("\"US\"")),
        ("address.zip", Some("1.5")),
        ("zip", None),
    ] {
        assert_eq!(text(context.attribute(path)).as_deref(), value, "{path}");
    }
    assert_eq!(text(context.key()).as_deref(), Some("7"));
    assert!(serde_json::from_str::<feature_flags::MapContext>("[1]").is_err());
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let context = <feature_flags::MapContext as serde::Deserialize>::deserialize(&value).unwrap();
    assert_eq!(text(context.attribute("user.address.zip")).as_deref(), Some("1.5"), "values in memory are read too");
}
