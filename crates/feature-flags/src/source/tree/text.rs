//! A text in a tree.

use std::borrow::Cow;
#[cfg(feature = "json")]
use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;

/// A text, as `str`. One with escapes is kept as it is written until somebody looks at it.
#[derive(Clone)]
pub(in super::super) enum Text<'a> {
    Plain(&'a str),
    Owned(Box<str>),
    /// Without its quotes, and known to be well-formed.
    #[cfg(feature = "json")]
    Escaped(&'a str, OnceCell<Box<str>>),
}

impl<'a> Text<'a> {
    /// What stands in the file: in one file, the same for no two texts.
    pub(in super::super) fn written(&self) -> Option<&'a str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Owned(_) => None,
            #[cfg(feature = "json")]
            Self::Escaped(written, _) => Some(written),
        }
    }
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::Plain(text),
            Cow::Owned(text) => Self::Owned(text.into_boxed_str()),
        }
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Owned(text) => text,
            #[cfg(feature = "json")]
            Self::Escaped(written, text) => text.get_or_init(|| unescaped(written).into_boxed_str()),
        }
    }
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A text of JSON as it stands between its quotes, known to be well-formed.
#[cfg(feature = "json")]
#[derive(Clone, Copy)]
pub(in super::super) struct Written<'a> {
    text: &'a str,
    has_escapes: bool,
}

#[cfg(feature = "json")]
impl<'a> Written<'a> {
    pub(super) fn new(text: &'a str, has_escapes: bool) -> Self {
        Self { text, has_escapes }
    }

    /// As it stands there.
    pub(in super::super) fn as_written(self) -> &'a str {
        self.text
    }

    /// What it stands for.
    #[inline]
    pub(in super::super) fn read(self) -> Cow<'a, str> {
        if self.has_escapes { unescaped(self.text).into() } else { self.text.into() }
    }
}

#[cfg(feature = "json")]
impl<'a> From<Written<'a>> for Text<'a> {
    fn from(written: Written<'a>) -> Self {
        if written.has_escapes { Self::Escaped(written.text, OnceCell::new()) } else { Self::Plain(written.text) }
    }
}

/// What the escapes of JSON stand for.
#[cfg(feature = "json")]
fn unescaped(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, behind)) = rest.split_once('\\') {
        text.push_str(before);
        let (escape, behind) = behind.split_at(1);
        rest = behind;
        text.push(match escape.as_bytes()[0] {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let units = std::iter::from_fn(|| {
                    let digits =
                        rest.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
                    let unit = u16::from_str_radix(digits, 16).ok()?;
                    rest = &rest[4..];
                    if (0xD800..0xDC00).contains(&unit) {
                        rest = rest.strip_prefix("\\u").unwrap_or(rest);
                    }
                    Some(unit)
                });
                char::decode_utf16(units).next().and_then(Result::ok).expect("the scanner refuses halves of characters")
            }
            // A quote, a backslash or a slash.
            other => char::from(other),
        });
    }
    text.push_str(rest);
    text
}

#[cfg(all(test, feature = "json"))]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_what_they_do_in_json() {
        for (written, text) in [
            (r"a\nb\t\r\b\f", "a\nb\t\r\u{8}\u{c}"),
            (r#"\"\\\/"#, "\"\\/"),
            (r"\u00e9!\u00E90", "é!é0"),
            (r"\ud83d\ude00\ud83d\ude00x", "😀😀x"),
            (r"\u0041\u0042CD", "ABCD"),
        ] {
            assert_eq!(&*Text::from(Written::new(written, true)), text);
            assert_eq!(serde_json::from_str::<String>(&format!("\"{written}\"")).unwrap(), text);
        }
    }
}
