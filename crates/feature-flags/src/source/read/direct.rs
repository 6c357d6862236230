//! Flags straight from the text.
//!
//! Most flags are right, and need no tree: they go from bytes to a [`Flag`] in one pass. One that is wrong in any way is
//! `None` here, and is read again as a tree by those who know what is wrong, and where.

use std::borrow::Cow;
use std::mem::discriminant;

use super::super::tree::{FLAG_DEPTH, Scanner, Written};
use super::flag::{self, MAX_RULES};
use super::recent::Recent;
use super::value;
use crate::expression::Expression;
use crate::model::{Flag, FlagValue, Rollout, Rule, Serve, check_name, check_parts};

/// The flag that begins here: `true`, `false`, `"25%"` or an object.
pub(super) fn read<'a>(name: &str, scanner: &mut Scanner<'a>, recent: &mut Recent<'a>) -> Option<Flag> {
    check_name(name).ok()?;
    let flag = Flag::named(name);
    let flag = match scanner.peek()? {
        b'"' => flag.rule(Rule::of(None, None, Some(recent.rollouts.scan(scanner)?), None)),
        b'{' => object(flag, scanner, recent)?,
        _ => flag.enabled(scanner.boolean()?),
    };
    check_parts(&flag).ok()?;
    Some(flag)
}

fn object<'a>(mut flag: Flag, scanner: &mut Scanner<'a>, recent: &mut Recent<'a>) -> Option<Flag> {
    let mut enabled = None;
    let mut has_rules = false;
    // The one rule of a flag without a list of them.
    let mut single = RuleParts::default();
    let mut others = Vec::new();
    scanner.members(|scanner, key| match key.name.as_ref() {
        "enabled" => once(&mut enabled, scanner.boolean()?),
        "rules" if !has_rules => {
            has_rules = true;
            rules(&mut flag, scanner, recent)
        }
        "rollout" | "serve" | "when" => single.member(&key.name, scanner, recent, FLAG_DEPTH - 1),
        name => {
            let member = Member::read(name, scanner)?;
            // `default` is one of two members, by what stands behind it.
            let is_same =
                |(other, of): &(Cow<'_, str>, Member<'_>)| other == name || discriminant(of) == discriminant(&member);
            let is_new = !others.iter().any(is_same);
            others.push((key.name.clone(), member));
            is_new.then_some(())
        }
    })?;
    for (_, member) in others {
        flag = member.added_to(flag);
    }
    let single = single.rule();
    match (single, has_rules) {
        (Some(_), true) => return None,
        (Some(rule), false) => flag.push_rule(rule),
        (None, false) if enabled.is_none() => return None,
        (None, _) => {}
    }
    Some(match enabled {
        Some(enabled) => flag.enabled(enabled),
        None => flag,
    })
}

/// What flags have besides rules.
enum Member<'a> {
    Default(bool),
    DefaultVariant(Written<'a>),
    Description(Written<'a>),
    Expires(Written<'a>),
    Meta(FlagValue),
    Owner(Written<'a>),
    Requires(Vec<Written<'a>>),
    Salt(Written<'a>),
    Variants(Vec<(String, FlagValue)>),
}

impl<'a> Member<'a> {
    /// The one called `key`, which begins here.
    fn read(key: &str, scanner: &mut Scanner<'a>) -> Option<Self> {
        Some(match key {
            "default" if scanner.peek()? != b'"' => Self::Default(scanner.boolean()?),
            "default" | "default_variant" => Self::DefaultVariant(scanner.string()?),
            "description" => Self::Description(scanner.string()?),
            "expires" => Self::Expires(scanner.string()?),
            "meta" => Self::Meta(value::read_meta(&scanner.value(FLAG_DEPTH - 1)?).ok()?),
            "owner" => Self::Owner(scanner.string()?),
            "requires" => {
                let mut names = Vec::new();
                scanner.items(|scanner| {
                    names.push(scanner.string()?);
                    Some(())
                })?;
                Self::Requires(names)
            }
            "salt" => Self::Salt(scanner.string()?),
            "variants" => {
                let mut variants = Vec::new();
                scanner.members(|scanner, name| {
                    let value = value::read(&scanner.value(FLAG_DEPTH - 2)?).ok()?;
                    variants.push((name.name.into_owned(), value));
                    Some(())
                })?;
                Self::Variants(variants)
            }
            _ => return None,
        })
    }

    fn added_to(self, flag: Flag) -> Flag {
        match self {
            Self::Default(default) => flag.default_to(default),
            Self::DefaultVariant(name) => flag.default_variant(name.read()),
            Self::Description(description) => flag.description(description.read()),
            Self::Expires(day) => flag.expires(day.read()),
            Self::Meta(meta) => flag.meta(meta),
            Self::Owner(owner) => flag.owner(owner.read()),
            Self::Requires(names) => names.into_iter().fold(flag, |flag, name| flag.requires(name.read())),
            Self::Salt(salt) => flag.salt(salt.read()),
            Self::Variants(variants) => {
                variants.into_iter().fold(flag, |flag, (name, value)| flag.variant(name, value))
            }
        }
    }
}

fn rules<'a>(flag: &mut Flag, scanner: &mut Scanner<'a>, recent: &mut Recent<'a>) -> Option<()> {
    scanner.items(|scanner| {
        let mut parts = RuleParts::default();
        // A flag, its list, a rule, a member.
        scanner.members(|scanner, key| parts.member(&key.name, scanner, recent, FLAG_DEPTH - 3))?;
        flag.push_rule(parts.rule().unwrap_or_default());
        (flag.rules().len() <= MAX_RULES).then_some(())
    })
}

/// What stands behind the keys of a rule.
#[derive(Default)]
struct RuleParts {
    name: Option<Box<str>>,
    when: Option<Expression>,
    rollout: Option<Rollout>,
    serve: Option<Serve>,
}

impl RuleParts {
    /// The member called `key`, which begins here, at most `depth` deep.
    fn member<'a>(
        &mut self,
        key: &str,
        scanner: &mut Scanner<'a>,
        recent: &mut Recent<'a>,
        depth: usize,
    ) -> Option<()> {
        match key {
            "name" => once(&mut self.name, scanner.string()?.read().into()),
            "rollout" => once(&mut self.rollout, recent.rollouts.scan(scanner)?),
            "serve" => once(&mut self.serve, flag::serve(&scanner.value(depth)?).ok()?),
            "when" => once(&mut self.when, recent.conditions.scan(scanner)?),
            _ => None,
        }
    }

    /// `None` if nothing was there.
    fn rule(self) -> Option<Rule> {
        let Self { name, when, rollout, serve } = self;
        let is_empty = name.is_none() && when.is_none() && rollout.is_none() && serve.is_none();
        (!is_empty).then(|| Rule::of(name, when, rollout, serve))
    }
}

/// A key that is there twice is wrong.
fn once<T>(member: &mut Option<T>, value: T) -> Option<()> {
    member.replace(value).is_none().then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::tree::parse_json;
    use super::*;

    fn straight(text: &str) -> Option<Flag> {
        let mut scanner = Scanner::of(text);
        read("a", &mut scanner, &mut Recent::default()).filter(|_| scanner.is_at_end())
    }

    fn as_a_tree(text: &str) -> Option<Flag> {
        let tree = parse_json(text).ok()?;
        let flag = flag::read("a", &tree, text, &mut Recent::default()).ok()?;
        check_parts(&flag).ok().map(|()| flag)
    }

    const FLAGS: [&str; 8] = [
        "true",
        r#""25% by org.id""#,
        r#"{"enabled":false,"rules":[{"name":"so","when":"x == \"\u00e9\"","rollout":"5%"},{},{"serve":false}]}"#,
        r#"{"when":"exists(y)","serve":true,"owner":"w\te","expires":"2027-01-01","description":"d","salt":"s"}"#,
        r#"{"rollout":"5%","enabled":true,"requires":["b","c"],"default":true,"meta":{"k":[1,null]}}"#,
        r#"{"rules":[],"meta":{"k":[1,"2",{}]},"variants":{"v":1,"w":{"a":[]}},"default":"v"}"#,
        r#"{"serve":{"v":"40%","w":"60%"},"variants":{"w":"x","v":"y"},"default_variant":"w","default":false}"#,
        r#"{"rules":[{"serve":[{"variant":"v","weight":"100%"}]}],"variants":{"v":-0.5}}"#,
    ];

    #[test]
    fn flags_are_the_same_read_either_way() {
        for (number, text) in FLAGS.into_iter().enumerate() {
            assert_eq!(straight(text), as_a_tree(text), "{text}");
            assert_eq!(straight(text).is_some(), number != 4, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_left_to_the_tree() {
        for text in [
            "{}",
            "1",
            r#"{"enabled":true,"enabled":true}"#,
            r#"{"owner":"a","owner":"b","enabled":true}"#,
            r#"{"default":"v","default_variant":"v","variants":{"v":1},"enabled":false}"#,
            r#"{"default":"v","default":true,"variants":{"v":1},"enabled":false}"#,
            r#"{"default":true,"variants":{"v":1},"default":"v","enabled":false}"#,
            r#"{"rules":[],"rules":[]}"#,
            r#"{"rules":[{"when":"true","when":"true"}]}"#,
            r#"{"rules":[],"when":"true"}"#,
            r#"{"name":"so","enabled":true}"#,
            r#"{"rollout":"101%"}"#,
            r#"{"when":"x ="}"#,
            r#"{"rules":[{"serve":"nothing"}]}"#,
            r#"{"variants":{"v":1,"v":2},"enabled":false}"#,
        ] {
            assert_eq!((straight(text), as_a_tree(text)), (None, None), "{text}");
        }
        let rules = |count| format!(r#"{{"rules":[{}]}}"#, vec!["{}"; count].join(","));
        assert_eq!(straight(&rules(1_000)), as_a_tree(&rules(1_000)));
        assert_eq!((straight(&rules(1_001)), as_a_tree(&rules(1_001))), (None, None));
    }

    proptest! {
        #[test]
        fn damaged_flags_are_the_same_read_either_way(
            which in 0..FLAGS.len(),
            damages in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..9, 0..FLAGS.len(), any::<prop::sample::Index>(), 0_usize..30), 1..3),
        ) {
            let mut text = FLAGS[which].to_owned();
            for (at, length, from, piece_at, piece_length) in damages {
                let start = at.index(text.len() + 1);
                let piece = FLAGS[from];
                let piece_start = piece_at.index(piece.len() + 1);
                let piece = &piece[piece_start..(piece_start + piece_length).min(piece.len())];
                text.replace_range(start..(start + length).min(text.len()), piece);
            }
            prop_assert_eq!(straight(&text), as_a_tree(&text), "{}", text);
        }
    }
}
