//! JSON in one pass.
//!
//! Reading a file is most of what loading flags costs, so the common case goes straight from bytes to flags, one by one.
//! What this reader does not take is left to the careful one, which knows how to say what is wrong.

use super::json::MAX_DEPTH;
use super::scanner::Scanner;
use super::{Content, Key, Table, Tree};

/// How deep a flag may be, as one of the flags of a file.
pub(in super::super) const FLAG_DEPTH: usize = MAX_DEPTH - 2;

/// The table that the text is, without its flags: `flag` takes those one by one, in their order, with the scanner where
/// the flag begins. `None` if it does not take one, or if the text is no JSON, or too deep.
pub(in super::super) fn scan<'a>(
    text: &'a str,
    flag: &mut dyn FnMut(Key<'a>, &mut Scanner<'a>) -> Option<()>,
) -> Option<Tree<'a>> {
    let mut scanner = Scanner::of(text);
    scanner.byte_order_mark();
    scanner.spaces();
    let start = scanner.at();
    let mut sections = Vec::new();
    let content = if scanner.peek()? == b'{' {
        scanner.members(|scanner, key| {
            let start = scanner.at();
            let value = if key.name == "flags" && scanner.peek()? == b'{' {
                scanner.members(|scanner, key| flag(key, scanner))?;
                Tree { at: start..scanner.at(), content: Content::Table(Table::default()) }
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
    let end = scanner.at();
    scanner.spaces();
    scanner.is_at_end().then_some(Tree { at: start..end, content })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::json::parse;
    use super::*;

    /// What the scanner reads, its flags put back where they were.
    fn scanned(text: &str) -> Option<String> {
        let mut flags = Vec::new();
        let mut tree = scan(text, &mut |key, scanner| {
            flags.push((key, scanner.value(FLAG_DEPTH)?));
            Some(())
        })?;
        let flags = Table::of(flags).ok()?;
        if let Content::Table(sections) = &mut tree.content
            && let Some((_, section)) = sections.entries.iter_mut().find(|(key, _)| key.name == "flags")
            && let Content::Table(empty) = &mut section.content
        {
            *empty = flags;
        }
        Some(format!("{tree:?}"))
    }

    fn parsed(text: &str) -> Option<String> {
        parse(text).ok().map(|tree| format!("{tree:?}"))
    }

    const TEXTS: [&str; 6] = [
        " \n\"a text behind spaces\" ",
        "\u{feff} {\"flags\":{\"a\":true},\"format\":1}",
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
            "\u{feff}\u{feff}1",
            "\u{feff}",
            "1\u{feff}",
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
