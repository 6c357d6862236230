//! JSON into trees in one pass, flag by flag.
//!
//! Reading a file is most of what loading flags costs, so the common case goes straight from bytes to the tree of one
//! flag, which is read and gone before the next is. What this reader does not take is left to the careful one, which
//! knows how to say what is wrong.

use super::json::MAX_DEPTH;
use super::text::Text;
use super::{Content, Key, Table, Tree};

/// The table that the text is, without its flags: those are handed to `flag` one by one, in their order. `None` if the
/// text is no JSON, or too deep.
pub(in super::super) fn scan<'a>(text: &'a str, flag: &mut dyn FnMut(Key<'a>, Tree<'a>)) -> Option<Tree<'a>> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.spaces();
    let mut sections = Vec::new();
    let content = if scanner.peek()? == b'{' {
        scanner.members(|scanner, key| {
            let start = scanner.at;
            let value = if key.name == "flags" && scanner.peek()? == b'{' {
                scanner.members(|scanner, key| {
                    flag(key, scanner.value(MAX_DEPTH - 2)?);
                    Some(())
                })?;
                Tree { at: start..scanner.at, content: Content::Table(Table::default()) }
            } else {
                scanner.value(MAX_DEPTH - 1)?
            };
            sections.push((key, value));
            Some(())
        })?;
        Content::Table(Table::of(sections).ok()?)
    } else {
        scanner.value(MAX_DEPTH)?.content
    };
    let end = scanner.at;
    scanner.spaces();
    (scanner.at == text.len()).then_some(Tree { at: 0..end, content })
}

/// Most objects and lists of flags have so many members.
const MOST_HAVE: usize = 3;

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The value that begins here, at most `depth` deep.
    fn value(&mut self, depth: usize) -> Option<Tree<'a>> {
        let start = self.at;
        let deeper = depth.checked_sub(1)?;
        let content = match self.peek()? {
            b'"' => Content::Text(self.string()?),
            b'{' => {
                let mut entries = Vec::with_capacity(MOST_HAVE);
                self.members(|scanner, key| {
                    entries.push((key, scanner.value(deeper)?));
                    Some(())
                })?;
                Content::Table(Table::of(entries).ok()?)
            }
            b'[' => Content::List(self.items(deeper)?),
            b't' => self.word("true", Content::Bool(true))?,
            b'f' => self.word("false", Content::Bool(false))?,
            b'n' => self.word("null", Content::Null)?,
            _ => self.number()?,
        };
        Some(Tree { at: start..self.at, content })
    }

    /// The members of an object, which begins here; `value` takes the value of each.
    fn members(&mut self, mut value: impl FnMut(&mut Self, Key<'a>) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        self.spaces();
        if self.peek()? == b'}' {
            return self.expect(b'}');
        }
        loop {
            let at = self.at;
            let name = self.string()?.into_cow();
            self.spaces();
            self.expect(b':')?;
            self.spaces();
            value(self, Key { name, at })?;
            if !self.goes_on(b'}')? {
                return Some(());
            }
        }
    }

    fn items(&mut self, depth: usize) -> Option<Vec<Tree<'a>>> {
        self.expect(b'[')?;
        self.spaces();
        if self.peek()? == b']' {
            self.expect(b']')?;
            return Some(Vec::new());
        }
        let mut items = Vec::with_capacity(MOST_HAVE);
        loop {
            items.push(self.value(depth)?);
            if !self.goes_on(b']')? {
                return Some(items);
            }
        }
    }

    /// Whether a comma follows, and not the end.
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

    fn string(&mut self) -> Option<Text<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        let mut is_escaped = false;
        loop {
            self.at += plain(&self.text.as_bytes()[self.at..]);
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    is_escaped = true;
                    self.escape()?;
                }
                _ => return None,
            }
        }
        let written = self.text.get(start..self.at)?;
        self.at += 1;
        Some(if is_escaped { Text::escaped(written) } else { Text::plain(written) })
    }

    /// Passes a backslash and what belongs to it.
    fn escape(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        match bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.at += 2;
                Some(())
            }
            b'u' => {
                let unit = self.unit()?;
                // What is beyond 16 bits is written as two, and half of it is nothing.
                match unit {
                    0xD800..0xDC00 => (0xDC00..0xE000).contains(&self.unit()?).then_some(()),
                    0xDC00..0xE000 => None,
                    _ => Some(()),
                }
            }
            _ => None,
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

    fn word(&mut self, word: &str, content: Content<'a>) -> Option<Content<'a>> {
        let is_there = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        is_there.then_some(content)
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let is_there = self.peek()? == byte;
        self.at += usize::from(is_there);
        is_there.then_some(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// How many bytes there are before a quote, a backslash or a control character, eight at a time.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::json::parse;
    use super::*;

    /// What the scanner reads, its flags put back where they were.
    fn scanned(text: &str) -> Option<String> {
        let mut flags = Vec::new();
        let mut tree = scan(text, &mut |key, flag| flags.push((key, flag)))?;
        let flags = Table::of(flags).ok()?;
        if let Content::Table(sections) = &mut tree.content
            && let Some((_, section)) = sections.entries.iter_mut().find(|(key, _)| key.name == "flags")
            && let Content::Table(empty) = &mut section.content
        {
            *empty = flags;
        }
        Some(format!("{:?}", tree.content))
    }

    fn parsed(text: &str) -> Option<String> {
        parse(text).ok().map(|tree| format!("{:?}", tree.content))
    }

    const TEXTS: [&str; 4] = [
        r#" {"format": 1, "flags": {"a": true, "b": {"rules": [{"when": "x == \"\u00e9\ud83d\ude00\"", "rollout": "5%"}]}}} "#,
        r#"{"flags":{"é\n":"25%","c":{"variants":{"v":[1,-0.5e+3,null,{}],"w":12},"rules":[]}},"format":1,"meta":[[]]}"#,
        r#"[1, 0, -0, 1.5, 2e9, "\\\/\b\f\r\t", "01234567\"89", true, false, null, {"a": {}, "b": []}]"#,
        r#""a text of more than eight bytes, and one é""#,
    ];

    #[test]
    fn both_readers_read_the_same() {
        for text in TEXTS {
            assert_eq!(scanned(text), parsed(text), "{text}");
            assert!(parsed(text).is_some(), "{text}");
        }
        for text in [
            "{\"flags\":{\"a\":1,\"a\":2}}",
            "{\"a\":1,\"a\":2}",
            "1 2",
            "",
            "[",
            "\"\\ud83d\"",
            "01",
            "1.",
            "\"\u{1}\"",
        ] {
            assert_eq!((scanned(text), parsed(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn both_readers_go_equally_deep() {
        for depth in 97..104 {
            for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"flags\":", "}")] {
                let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                assert_eq!(scanned(&text), parsed(&text), "{depth} of {open}");
            }
        }
    }

    proptest! {
        #[test]
        fn both_readers_read_damaged_texts_the_same(
            which in 0..TEXTS.len(),
            damages in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, "[ntf\"\\\\u{}\\[\\],:.0-9eE+\n\u{1} é-]{0,3}"), 1..3)
        ) {
            let mut text: Vec<char> = TEXTS[which].chars().collect();
            for (at, length, instead) in damages {
                let start = at.index(text.len() + 1);
                let end = (start + length).min(text.len());
                text.splice(start..end, instead.chars());
            }
            let text: String = text.into_iter().collect();
            prop_assert_eq!(scanned(&text), parsed(&text), "{}", text);
        }
    }
}
