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
}
