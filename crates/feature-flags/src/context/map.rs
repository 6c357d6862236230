//! A context made of names and values, for tools.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::SystemTime;

use super::value::{List, Value};
use super::{Attribute, Context};

/// A context made of names and values: for command lines, tests and other callers without a struct of their own.
///
/// Paths are looked up as they are, then without the map's kind, so that a map of kind `user` with `id` answers to
/// `user.id`. The key is the attribute called `key`, or else the one called `id`.
///
/// ```
/// use feature_flags::{Context, MapContext};
///
/// let user = MapContext::new().kind("user").with("id", 42).with("country", "US").with("address.city", "Austin");
/// assert!(user.attribute("user.country").is_some());
/// assert!(user.attribute("address.city").is_some());
/// assert!(user.key().is_some());
/// ```
///
/// With the feature `serde` it is read from JSON and the like: objects become dotted paths, `null` is no value, and a
/// member `kind` of type text is the kind. `{"user": {"id": 42}}` answers to `user.id` and to `id`.
#[derive(Clone, Default)]
pub struct MapContext {
    kind: Option<String>,
    attributes: BTreeMap<String, Owned>,
    /// Names of objects at the top level, whose members answer to their bare names too.
    parts: Vec<String>,
}

impl MapContext {
    /// An empty context.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what this is: `user` lets `id` answer to `user.id`.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Adds an attribute at a path such as `country` or `address.city`, copying its value; one without a value is
    /// left out.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, value: impl Attribute) -> Self {
        if let Some(value) = value.value() {
            self.attributes.insert(path.into(), Owned::copy(value));
        }
        self
    }

    /// Adds a copy of a value.
    #[cfg(feature = "json")]
    pub(crate) fn with_value(mut self, path: &str, value: Value<'_>) -> Self {
        self.attributes.insert(path.to_owned(), Owned::copy(value));
        self
    }

    /// Lets what is below `name` answer without it too.
    #[cfg(any(feature = "json", all(feature = "testing", feature = "toml")))]
    pub(crate) fn part_of(mut self, name: impl Into<String>) -> Self {
        self.parts.push(name.into());
        self
    }

    /// The paths that have a value, in alphabetical order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(String::as_str)
    }

    fn bare(&self, path: &str) -> Option<Value<'_>> {
        let inside = |part: &String| {
            let has_path =
                |name: &str| name.strip_prefix(part.as_str()).and_then(|rest| rest.strip_prefix('.')) == Some(path);
            self.attributes.iter().find(|(name, _)| has_path(name)).map(|(_, value)| value)
        };
        self.attributes.get(path).or_else(|| self.parts.iter().find_map(inside)).map(Owned::borrow)
    }
}

impl Context for MapContext {
    fn attribute(&self, path: &str) -> Option<Value<'_>> {
        self.bare(path).or_else(|| {
            let (kind, rest) = path.split_once('.')?;
            (self.kind.as_deref() == Some(kind)).then(|| self.bare(rest))?
        })
    }

    fn key(&self) -> Option<Value<'_>> {
        self.bare("key").or_else(|| self.bare("id"))
    }
}

/// Only the names, never the values.
impl fmt::Debug for MapContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapContext")
            .field("kind", &self.kind)
            .field("paths", &self.attributes.keys())
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
enum Owned {
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    Ip(IpAddr),
    Time(SystemTime),
    List(Items),
}

#[derive(Clone)]
struct Items(Vec<Owned>);

impl Owned {
    fn copy(value: Value<'_>) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::Integer(value) => Self::Integer(value),
            Value::Float(value) => Self::Float(value),
            Value::Text(value) => Self::Text(value.to_owned()),
            Value::Ip(value) => Self::Ip(value),
            Value::Time(value) => Self::Time(value),
            Value::List(list) => {
                Self::List(Items((0..list.len()).filter_map(|index| list.item(index)).map(Self::copy).collect()))
            }
        }
    }

    fn borrow(&self) -> Value<'_> {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Integer(value) => Value::Integer(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Text(value) => Value::Text(value),
            Self::Ip(value) => Value::Ip(*value),
            Self::Time(value) => Value::Time(*value),
            Self::List(items) => Value::List(items),
        }
    }
}

impl List for Items {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn item(&self, index: usize) -> Option<Value<'_>> {
        self.0.get(index).map(Owned::borrow)
    }
}

#[cfg(feature = "serde")]
mod read {
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

    use super::{Items, MapContext, Owned};

    /// What any self-describing format can hold.
    enum Read {
        Nothing,
        Value(Owned),
        Object(Vec<(String, Read)>),
    }

    impl<'de> Deserialize<'de> for MapContext {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Read::Object(members) = Read::deserialize(deserializer)? else {
                return Err(D::Error::custom("expected an object with the attributes of a context"));
            };
            let mut context = Self::new();
            for (name, value) in members {
                match value {
                    Read::Value(Owned::Text(kind)) if name == "kind" => context.kind = Some(kind),
                    Read::Object(_) => {
                        context.parts.push(name.clone());
                        add(&mut context, name, value);
                    }
                    _ => add(&mut context, name, value),
                }
            }
            Ok(context)
        }
    }

    fn add(context: &mut MapContext, path: String, value: Read) {
        match value {
            Read::Nothing => {}
            Read::Value(value) => {
                context.attributes.insert(path, value);
            }
            Read::Object(members) => {
                for (name, value) in members {
                    add(context, format!("{path}.{name}"), value);
                }
            }
        }
    }

    impl<'de> Deserialize<'de> for Read {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Any)
        }
    }

    struct Any;

    impl<'de> Visitor<'de> for Any {
        type Value = Read;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true or false, a number, text, a list or an object")
        }

        fn visit_unit<E>(self) -> Result<Read, E> {
            Ok(Read::Nothing)
        }

        fn visit_none<E>(self) -> Result<Read, E> {
            Ok(Read::Nothing)
        }

        fn visit_bool<E>(self, value: bool) -> Result<Read, E> {
            Ok(Read::Value(Owned::Bool(value)))
        }

        fn visit_i64<E>(self, value: i64) -> Result<Read, E> {
            Ok(Read::Value(Owned::Integer(value.into())))
        }

        fn visit_u64<E>(self, value: u64) -> Result<Read, E> {
            Ok(Read::Value(Owned::Integer(value.into())))
        }

        fn visit_f64<E>(self, value: f64) -> Result<Read, E> {
            Ok(Read::Value(Owned::Float(value)))
        }

        fn visit_str<E>(self, value: &str) -> Result<Read, E> {
            Ok(Read::Value(Owned::Text(value.to_owned())))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Read, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = sequence.next_element()? {
                match item {
                    Read::Value(item) => items.push(item),
                    Read::Nothing => {}
                    Read::Object(_) => return Err(A::Error::custom("a list in a context cannot hold objects")),
                }
            }
            Ok(Read::Value(Owned::List(Items(items))))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(Read::Object(members))
        }
    }
}
