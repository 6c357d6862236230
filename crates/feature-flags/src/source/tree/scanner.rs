//! JSON from byte to byte.

use super::json::without_byte_order_mark;
use super::text::Written;
use super::{Content, Key, Table, Tree};

/// Most objects and lists of flags have so many members.
const MOST_HAVE: usize = 3;

/// A place in a text of JSON. What is not there, or is no JSON, is `None`, and the place is then anywhere.
pub(in super::super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(in super::super) fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(in super::super) fn at(&self) -> usize {
        self.at
    }

    pub(in super::super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Reads again from a place where it was before.
    pub(in super::super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The value that begins here, at most `depth` deep.
    pub(in super::super) fn value(&mut self, depth: usize) -> Option<Tree<'a>> {
        let start = self.at;
        let deeper = depth.checked_sub(1)?;
        let content = match self.peek()? {
            b'"' => Content::Text(self.string()?.into()),
            b'{' => {
                let mut entries = Vec::with_capacity(MOST_HAVE);
                self.members(|scanner, key| {
                    entries.push((key, scanner.value(deeper)?));
                    Some(())
                })?;
                Content::Table(Table::of(entries).ok()?)
            }
            b'[' => {
                let mut items = Vec::with_capacity(MOST_HAVE);
                self.items(|scanner| {
                    items.push(scanner.value(deeper)?);
                    Some(())
                })?;
                Content::List(items)
            }
            b't' | b'f' => Content::Bool(self.boolean()?),
            b'n' => {
                self.word("null")?;
                Content::Null
            }
            _ => self.number()?,
        };
        Some(Tree { at: start..self.at, content })
    }

    /// The members of an object, which begins here; `value` takes the value of each.
    pub(in super::super) fn members(&mut self, mut value: impl FnMut(&mut Self, Key<'a>) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        self.spaces();
        if self.peek()? == b'}' {
            return self.expect(b'}');
        }
        loop {
            let at = self.at;
            let name = self.string()?.read();
            self.spaces();
            self.expect(b':')?;
            self.spaces();
            value(self, Key { name, at })?;
            if !self.goes_on(b'}')? {
                return Some(());
            }
        }
    }

    /// The items of a list, which begins here; `item` takes each.
    pub(in super::super) fn items(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(b'[')?;
        self.spaces();
        if self.peek()? == b']' {
            return self.expect(b']');
        }
        loop {
            item(self)?;
            if !self.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// Whether a comma follows, and not the end.
    #[inline]
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        self.spaces();
        match self.peek()? {
            b',' => {
                self.at += 1;
                self.spaces();
                Some(true)
            }
            byte if byte == end => {
                self.at += 1;
                Some(false)
            }
            _ => None,
        }
    }

    /// The text that begins here.
    #[inline]
    pub(in super::super) fn string(&mut self) -> Option<Written<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        self.at += plain(self.text.as_bytes().get(start..)?);
        let has_escapes = self.peek()? != b'"';
        if has_escapes {
            self.escapes()?;
        }
        let written = self.text.get(start..self.at)?;
        self.at += 1;
        Some(Written::new(written, has_escapes))
    }

    /// Passes a text that is written as this one, which was read before and is well-formed; says whether it is here.
    #[inline]
    pub(in super::super) fn passes(&mut self, written: &str) -> bool {
        let rest = &self.text.as_bytes()[self.at..];
        let behind = rest.strip_prefix(b"\"").and_then(|rest| rest.strip_prefix(written.as_bytes()));
        let is_here = behind.is_some_and(|behind| behind.first() == Some(&b'"'));
        self.at += usize::from(is_here) * (written.len() + 2);
        is_here
    }

    /// Goes on behind the first plain part of a text, to its end.
    #[inline(never)]
    fn escapes(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at)? {
                b'"' => return Some(()),
                b'\\' => match bytes.get(self.at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
                    b'u' => self.character()?,
                    _ => return None,
                },
                _ => return None,
            }
            self.at += plain(bytes.get(self.at..)?);
        }
    }

    /// Passes a character that is written as a number, or two of them: what is beyond 16 bits is, and half of it is
    /// nothing.
    #[cold]
    fn character(&mut self) -> Option<()> {
        match self.unit()? {
            0xD800..0xDC00 => (0xDC00..0xE000).contains(&self.unit()?).then_some(()),
            0xDC00..0xE000 => None,
            _ => Some(()),
        }
    }

    /// `\u` and four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 6)?.strip_prefix("\\u")?;
        self.at += 6;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn number(&mut self) -> Option<Content<'a>> {
        let start = self.at;
        self.at += usize::from(self.peek()? == b'-');
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let mut is_whole = true;
        if self.peek() == Some(b'.') {
            is_whole = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_whole = false;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        let number = self.text.get(start..self.at)?.into();
        Some(if is_whole { Content::Integer(number, 10) } else { Content::Float(number) })
    }

    fn digits(&mut self) -> Option<()> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }

    pub(in super::super) fn boolean(&mut self) -> Option<bool> {
        let is_true = self.peek()? == b't';
        self.word(if is_true { "true" } else { "false" })?;
        Some(is_true)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let is_there = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        is_there.then_some(())
    }

    /// Passes the mark that some editors put before a text.
    pub(super) fn byte_order_mark(&mut self) {
        self.at += self.text.len() - without_byte_order_mark(self.text).len();
    }

    #[inline]
    pub(super) fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        let is_there = self.peek()? == byte;
        self.at += usize::from(is_there);
        is_there.then_some(())
    }

    #[inline]
    pub(in super::super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// How many bytes there are before a quote, a backslash or a control character, eight at a time.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk() {
        let word = u64::from_le_bytes(*chunk);
        // The top bit of the lowest byte that is zero, or below a bound, is set; bytes above it do not matter.
        let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word & TOPS;
        let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let found = equal(b'"') | equal(b'\\') | below(word, 0x20);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\') || *byte < 0x20;
    at + bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at)
}
