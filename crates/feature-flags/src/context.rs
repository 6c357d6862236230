//! Whom or what a flag is evaluated for.

mod attribute;
mod function;
mod map;
mod named;
mod pair;
mod time;
mod value;

use std::any::{Any, TypeId};
use std::rc::Rc;
use std::sync::Arc;

pub use attribute::Attribute;
pub use function::FnContext;
pub use map::MapContext;
pub(crate) use time::Timestamp;
pub use value::{List, Value};

/// Whom or what a flag is evaluated for: the application's own struct.
///
/// `#[derive(Context)]` writes this for a struct with named fields; tuples of contexts (`(&user, &organisation)`), `()`,
/// pairs of a name and an attribute (`("country", "US")`), maps from names to attributes, [`FnContext`] and [`MapContext`] are
/// contexts too. Attributes are borrowed at the moment a rule asks for them: nothing is built
/// or allocated per call.
///
/// # Contract
/// - `attribute` and `key` are called any number of times per evaluation and must neither allocate nor block.
/// - Paths are made of names and dots. A struct answers to its fields' names, and to the same behind its kind and a
///   dot: `country` and `user.country` are the same of a `User`.
/// - `None` means "no such attribute, or it has no value". Comparing it is *unknown*, and a rule that is unknown does
///   not match.
/// - `key` says who it is, for percentages: the same key always falls into the same bucket. Numbers and text of the
///   same digits are the same key.
/// - `part` gives the struct itself to flags and groups written in Rust.
///
/// # Implementing
/// ```
/// use feature_flags::{Context, Flags, Value};
///
/// struct Request<'a> { id: &'a str, path: &'a str }
///
/// impl Context for Request<'_> {
///     fn attribute(&self, path: &str) -> Option<Value<'_>> {
///         match path {
///             "id" => Some(Value::Text(self.id)),
///             "path" => Some(Value::Text(self.path)),
///             _ => self.attribute(path.strip_prefix("request.")?),
///         }
///     }
///
///     fn key(&self) -> Option<Value<'_>> {
///         Some(Value::Text(self.id))
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(feature = "toml")] {
/// let flags = Flags::from_toml("format = 1\n[flags.api]\nwhen = 'request.path starts_with \"/api/\"'")?;
/// assert!(flags.enabled("api", &Request { id: "r1", path: "/api/users" }));
/// # }
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "flags cannot be evaluated for `{Self}`",
    note = "add `#[derive(feature_flags::Context)]` to it, or pass `&()` where no attribute matters"
)]
pub trait Context {
    /// The attribute at `path`, borrowed; `None` where there is none.
    fn attribute(&self, path: &str) -> Option<Value<'_>>;

    /// Who this is, for percentages without a `by`; `None` for contexts that stand for nobody.
    fn key(&self) -> Option<Value<'_>> {
        None
    }

    /// The struct of type `of` behind this context, for `define` and `group`; only `'static` types can be given out.
    fn part(&self, of: TypeId) -> Option<&dyn Any> {
        let _ = of;
        None
    }
}

const _: fn(&dyn Context) = |_| {}; // stays object-safe

/// Nobody and nothing: for flags that are the same for all.
impl Context for () {
    fn attribute(&self, _path: &str) -> Option<Value<'_>> {
        None
    }
}

macro_rules! forwarded {
    ($($of:ty),+) => {$(
        impl<C: Context + ?Sized> Context for $of {
            fn attribute(&self, path: &str) -> Option<Value<'_>> {
                (**self).attribute(path)
            }

            fn key(&self) -> Option<Value<'_>> {
                (**self).key()
            }

            fn part(&self, of: TypeId) -> Option<&dyn Any> {
                (**self).part(of)
            }
        }
    )+};
}
forwarded!(&C, Box<C>, Rc<C>, Arc<C>);

/// Without a value, a context without attributes.
impl<C: Context> Context for Option<C> {
    fn attribute(&self, path: &str) -> Option<Value<'_>> {
        self.as_ref()?.attribute(path)
    }

    fn key(&self) -> Option<Value<'_>> {
        self.as_ref()?.key()
    }

    fn part(&self, of: TypeId) -> Option<&dyn Any> {
        self.as_ref()?.part(of)
    }
}

macro_rules! tuple {
    ($($name:ident . $index:tt),+) => {
        /// Several contexts at once: the first that has an attribute gives it, the first with a key is the key.
        impl<$($name: Context),+> Context for ($($name,)+) {
            fn attribute(&self, path: &str) -> Option<Value<'_>> {
                None$(.or_else(|| self.$index.attribute(path)))+
            }

            fn key(&self) -> Option<Value<'_>> {
                None$(.or_else(|| self.$index.key()))+
            }

            fn part(&self, of: TypeId) -> Option<&dyn Any> {
                None$(.or_else(|| self.$index.part(of)))+
            }
        }
    };
}
tuple!(A.0, B.1);
tuple!(A.0, B.1, C.2);
tuple!(A.0, B.1, C.2, D.3);
tuple!(A.0, B.1, C.2, D.3, E.4);
tuple!(A.0, B.1, C.2, D.3, E.4, F.5);
tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6);
tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7);
