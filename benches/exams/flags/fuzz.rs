//! Texts that nobody would write: no panic, no contradiction, and time in proportion to size.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use cutover_benches::{Exam, full_form};
use feature_flags::{Expression, FlagFile, Flags, LoadError, MapContext, Rollout};

use crate::random::Random;

/// What mutations start from: every construct of the format and of its language.
const SEEDS: [&str; 14] = [
    "format = 1\n[flags]\na = true\nb = \"25% by user.id salt \\\"x\\\"\"\n[flags.c]\nwhen = 'a in [\"x\", 1, true] and not b'\n",
    "format = 1\n[flags.a]\nrequires = [\"b\"]\nenabled = true\n[flags.b]\nwhen = 'flag(\"c\") or flag(\"a\")'\n[flags.c]\nrollout = '5% of calls'\n",
    "format = 1\n[flags.a]\nvariants = { x = 1, y = \"z\", z = [1.5, { q = true }] }\ndefault = \"x\"\nserve = { x = \"50%\", y = \"50%\" }\nrollout = \"99.999%\"\n",
    "format = 1\nsegments.s = { keys = [1, \"a\"], by = \"b\" }\n[[flags.a.rules]]\nname = \"n\"\nwhen = 'segment(\"s\") and group(\"g\")'\nserve = false\n[[flags.a.rules]]\n",
    r#"{"format": 1, "flags": {"a": {"when": "a == \"x\"", "rollout": "50%"}, "b": true, "c": {"variants": {"x": [1.5, null]}}}}"#,
    "format = 1\nmeta = { x = 2026-01-01 }\n[layers.l]\nby = \"b\"\nflags = { a = \"0%..30%\", c = [\"40%..50%\", \"60%..61.5%\"] }\n[holdouts.h]\nshare = \"5%\"\nflags = [\"c\"]\nlayers = [\"l\"]\n[flags]\na = true\n",
    r#"{"format": 1, "layers": {"l": {"salt": "s", "flags": {"a": ["0%..1%"]}}}, "holdouts": {"h": {"share": "1.5%", "layers": ["l"]}}, "segments": {"s": {"keys": ["k", 7]}}}"#,
    r#"{"format":1,"flags":{"a":{"enabled":false,"rules":[{"name":"n\t","when":"x == \"\\\" \u00e9\" and y in [1, 2.5]","rollout":"5%","serve":"v"},{"serve":{"v":"40%","w":"60%"}}],"variants":{"v":{"a":[1,{}]},"w":-0.5e+3},"default_variant":"v","default":true}}}"#,
    r#"{"flags" : {"a" : {"wh\u0065n" : "exists(a)", "owner" : "\ud83d\ude00", "expires" : "2027-01-01", "salt" : "s", "requires" : ["b"]}, "b" : "25% by a.b", "\u0063" : false}, "format" : 1}"#,
    r#"{"format":1,"flags":{"a":{"when":"x"},"b":{"when":"x"},"c":{"when":"xy","serve":[{"variant":"v","weight":"100%"}],"variants":{"v":9223372036854775807},"meta":{"k":[[1,true]]}}}}"#,
    "a.b == \"c\" and (d != 1 or e < 2.5) and not f >= v\"1.2.3\"",
    "fold(a) starts_with \"ß\" or any(b) == 'x' or all(fold(c)) not in [\"y\", 'z'] or exists(d)",
    "now > t\"2026-12-01T08:00:00Z\" and ip in [ip\"10.0.0.0/8\", ip\"::1\"] and v in v\"1.2 - 2\"",
    "1% -> 100% over 7d from t\"2026-12-01T08:00:00Z\" salt \"a\\n\"",
];

const WORDS: [&str; 32] = [
    "and",
    "or",
    "not ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "'''",
    "\"\"\"",
    "\\",
    "=",
    "==",
    "->",
    "%",
    ",",
    ".",
    "\n",
    "[[",
    "in",
    "flag(\"a\")",
    "rules",
    "99999999999999999999",
    "é",
    "\u{0}",
    ":",
    "null",
    "\\u0061",
    "\\ud83d",
];

/// Mutated texts in all readers, for ten minutes in the long form; then the time that hostile shapes take.
pub(crate) fn examine(exam: &mut Exam) {
    let time = if full_form() { Duration::from_mins(10) } else { Duration::from_secs(3) };
    let (started, mut random) = (Instant::now(), Random(0x5eed));
    let (mut right, mut total) = (0, 0);
    while started.elapsed() < time {
        let text = text(&mut random);
        total += 1;
        match catch_unwind(AssertUnwindSafe(|| holds(&text))) {
            Ok(true) => right += 1,
            Ok(false) => println!("  contradiction: {text:?}"),
            Err(_) => println!("  panic: {text:?}"),
        }
    }
    exam.part("fuzzed-texts", right, total);
    linear(exam);
}

/// A seed after one to eight mutations.
fn text(random: &mut Random) -> String {
    let mut bytes = SEEDS[random.below(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=random.below(8) {
        let from = random.below(bytes.len() + 1);
        let to = (from + random.below(24)).min(bytes.len());
        let part = match random.below(5) {
            0 => Vec::new(),
            1 => WORDS[random.below(WORDS.len())].as_bytes().to_vec(),
            2 => bytes[from..to].repeat(1 + random.below(40)),
            3 => {
                let other = SEEDS[random.below(SEEDS.len())].as_bytes();
                let start = random.below(other.len());
                other[start..(start + random.below(40)).min(other.len())].to_vec()
            }
            _ => vec![u8::try_from(random.below(256)).expect("below 256")],
        };
        bytes.splice(from..to, part);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is read is printed and read back the same; what is served is explained the same.
fn holds(text: &str) -> bool {
    let expression = text.parse::<Expression>().map_or(true, |read| read.to_string().parse().as_ref() == Ok(&read));
    let rollout = text.parse::<Rollout>().map_or(true, |read| read.to_string().parse().as_ref() == Ok(&read));
    let user = MapContext::new().with("a", "x").with("user.id", 7).with("b", 2.5).with("f", true);
    let served = |read: Result<Flags, LoadError>| {
        read.map_or(true, |flags| {
            let _findings = flags.lint();
            // A share of calls is decided anew each time.
            ["a", "b", "c", "aa"].iter().all(|name| agrees(&flags, name, &user) || text.contains("calls"))
        })
    };
    let same = |read: Result<FlagFile, LoadError>| {
        read.map_or(true, |file| {
            let back = |read: Result<FlagFile, LoadError>| read.is_ok_and(|back| back == file);
            back(FlagFile::from_toml(&file.to_toml())) && back(FlagFile::from_json(&file.to_json()))
        })
    };
    let files = same(FlagFile::from_toml(text)) && same(FlagFile::from_json(text));
    expression && rollout && files && alike(text) && served(Flags::from_toml(text)) && served(Flags::from_json(text))
}

/// Flags in JSON are read straight from the text, and those of a `FlagFile` with care: both say the same of what is wrong.
fn alike(text: &str) -> bool {
    match (Flags::from_json(text), FlagFile::from_json(text)) {
        (Err(served), Err(file)) => served.to_string() == file.to_string(),
        (Ok(served), file) => served.status().problems().is_empty() == file.is_ok(),
        // Files of keys are read only where they are served.
        (Err(_), Ok(_)) => text.contains("file"),
    }
}

fn agrees(flags: &Flags, name: &str, user: &MapContext) -> bool {
    let (decision, explanation) = (flags.decide(name, user), flags.explain(name, user));
    let is_told = !explanation.to_string().is_empty() && !format!("{explanation:#}").is_empty();
    is_told && (decision.enabled(), decision.reason()) == (explanation.enabled(), explanation.reason())
}

/// Eight times the size may take up to four times eight times as long, since it leaves the caches and the machine has
/// neighbours; a quadratic reader takes sixty-four times, and takes it three times in a row.
fn linear(exam: &mut Exam) {
    let shapes: [(&str, Shape); 8] = [
        ("flags", |n| lines(0..n, |i| format!("f{i}.when = 'a == {i}'"))),
        ("flags that are wrong", |n| lines(0..n, |i| format!("f{i}.when = 'a == {i} )'"))),
        ("names that lead nowhere", |n| lines(0..n, |i| format!("flag-{i:06}.when = 'flag(\"flog-{i:06}\")'"))),
        ("flags that need the first", |n| {
            lines(0..n, |i| match i {
                0 => "f0 = true".to_owned(),
                _ => format!("f{i}.requires = [\"f0\"]\nf{i}.enabled = true"),
            })
        }),
        ("a flag of many values", |n| {
            let rules = (0..n / 100).map(|i| {
                let values: Vec<String> = (0..8).map(|j| (i * 8 + j).to_string()).collect();
                format!("{{ when = 'a in [{}]' }},", values.join(", "))
            });
            format!("f.rules = [{}]\n", rules.collect::<Vec<_>>().concat())
        }),
        ("one long text", |n| format!("f.when = 'a == \"{}\"'\n", "é".repeat(n * 10))),
        ("one long condition", |n| format!("f.when = 'a{}'\n", " and a".repeat(n / 10))),
        ("escapes before an error", |n| format!("f.when = \"a == '{}' )\"\n", "\\u00e9".repeat(n * 5))),
    ];
    let right = shapes.iter().filter(|(what, shape)| is_linear(what, |n| time_of(&shape(n))));
    let one_line = |n: usize| {
        let flags: Vec<String> = (0..n).map(|i| format!("f{i} = {{ when = \"=\" }}")).collect();
        read_time(&format!("format = 1\nflags = {{ {} }}\n", flags.join(", ")))
    };
    let right = right.count() + usize::from(is_linear("wrong flags on one line", one_line));
    exam.part("time-in-proportion-to-size", right, shapes.len() + 1);
}

fn is_linear(what: &str, time: impl Fn(usize) -> Duration) -> bool {
    (0..3).any(|_| {
        let (small, large) = (time(4_000), time(32_000));
        let is_linear = large <= small.max(Duration::from_micros(100)) * 32;
        if !is_linear {
            println!("  {what}: {small:?}, and of eight times the size {large:?}");
        }
        is_linear
    })
}

/// The flags of a file of about so many lines.
type Shape = fn(usize) -> String;

fn lines(numbers: Range<usize>, line: fn(usize) -> String) -> String {
    numbers.map(line).fold(String::new(), |text, line| text + &line + "\n")
}

/// Reading, compiling and linting; the fastest of five.
fn time_of(flags: &str) -> Duration {
    read_time(&format!("format = 1\n[flags]\n{flags}"))
}

fn read_time(text: &str) -> Duration {
    let once = |_| {
        let started = Instant::now();
        if let Ok(flags) = Flags::from_toml(text) {
            let _findings = flags.lint();
        }
        started.elapsed()
    };
    (0..5).map(once).min().unwrap_or_default()
}
