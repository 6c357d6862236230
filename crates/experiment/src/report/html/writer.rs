//! Writes elements that are always closed and text that is always escaped.

use crate::report::plain::is_unfit;

/// The text of a page that is being written. What is not an element of this crate goes through [`text`](Html::text) or
/// an attribute, so nothing that a user wrote can become markup.
pub(super) struct Html {
    page: String,
}

/// The attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// Longer texts end in an ellipsis: names are 64 bytes, but what a file says need not be.
const LONGEST_TEXT: usize = 2_000;

impl Html {
    pub(super) fn new() -> Self {
        Self { page: String::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.page.len()
    }

    pub(super) fn into_string(self) -> String {
        self.page
    }

    /// An element, and inside of it whatever `write` writes.
    pub(super) fn element(&mut self, name: &'static str, attributes: Attributes<'_>, write: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        self.page.push('>');
        write(self);
        self.page.push_str("</");
        self.page.push_str(name);
        self.page.push('>');
    }

    /// An element with nothing but text in it.
    pub(super) fn plain(&mut self, name: &'static str, text: &str) {
        self.element(name, &[], |html| html.text(text));
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.page.push_str("/>");
    }

    pub(super) fn text(&mut self, text: &str) {
        for character in text.chars().take(LONGEST_TEXT) {
            self.character(character);
        }
        if text.chars().nth(LONGEST_TEXT).is_some() {
            self.page.push('…');
        }
    }

    /// Text of this crate that is no content: the type of the document, and styles, which nothing is escaped in.
    pub(super) fn own(&mut self, text: &'static str) {
        self.page.push_str(text);
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.page.push('<');
        self.page.push_str(name);
        for (attribute, value) in attributes {
            self.page.push(' ');
            self.page.push_str(attribute);
            self.page.push_str("=\"");
            self.text(value);
            self.page.push('"');
        }
    }

    fn character(&mut self, character: char) {
        match character {
            '&' => self.page.push_str("&amp;"),
            '<' => self.page.push_str("&lt;"),
            '>' => self.page.push_str("&gt;"),
            '"' => self.page.push_str("&quot;"),
            '\'' => self.page.push_str("&#39;"),
            '\n' | '\t' => self.page.push(character),
            // Neither HTML nor XML may hold those named here.
            _ if is_unfit(character) || matches!(character, '\u{fffe}' | '\u{ffff}') => self.page.push('\u{fffd}'),
            _ => self.page.push(character),
        }
    }
}
