//! Flags in JSON are read straight from the text, and where they are wrong, once more with care; `FlagFile` reads all of them with care.
//! So each text is read twice here, and both have to say the same.

use std::sync::{Arc, Mutex};

use feature_flags::{EvaluationDetails, Flag, FlagFile, Flags, Hook, HookContext};

/// Keeps the flag that was asked for last.
#[derive(Clone, Default)]
struct Keep(Arc<Mutex<Option<Flag>>>);

impl Hook for Keep {
    fn after(&self, _: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        *self.0.lock().unwrap() = details.flag().cloned();
    }
}

/// What both ways of reading say, which is the same.
fn read(text: &str) -> Result<FlagFile, String> {
    let (served, file) = (Flags::from_json(text), FlagFile::from_json(text));
    match (served, file) {
        (Err(served), Err(file)) => {
            assert_eq!(served.to_string(), file.to_string(), "{text}");
            Err(file.to_string())
        }
        (Ok(flags), Err(file)) => {
            let problem = flags.status().problems().first().map(ToString::to_string);
            let problem =
                problem.unwrap_or_else(|| panic!("{text}: served as if it were right, and not by care: {file}"));
            assert!(file.to_string().starts_with(&problem), "{text}: {problem}, {file}");
            Err(file.to_string())
        }
        (Ok(flags), Ok(file)) => {
            assert_eq!((flags.status().problems(), flags.status().flags()), (&[][..], file.flags().len()), "{text}");
            let kept = Keep::default();
            let flags = flags.with_hook(kept.clone());
            for flag in file.flags() {
                let _on = flags.enabled(flag.name(), &());
                assert_eq!(kept.0.lock().unwrap().as_ref(), Some(flag), "{text}");
            }
            Ok(file)
        }
        (Err(served), Ok(_)) => panic!("{text}: refused, and not by care: {served}"),
    }
}

/// Every key of flags, with escapes in keys and values, shorthands, and what stands around flags.
const ALL: &str = r#"{"format":1,"meta":{"x":[1,-0,0.5e-3,1E+2,"\ud83d\ude00\/"]},"segments":{"s":{"keys":["k",7],"by":"a.b"}},
"layers":{"l":{"by":"u","flags":{"on":"0%..10%","b\u00e9":["20%..30%"]}}},"holdouts":{"h":{"share":"1%","layers":["l"]}},
"flags":{"on":true,"off":false,"half":"50% by user.id","b\u00e9":{"enabled":false,"rules":[
{"name":"n\t","when":"x == \"\\\" \u00e9\" and y in [1, 2.5]","rollout":"5%","serve":"v"},{"serve":false,"when":"x == \"\\\" \u00e9\" and y in [1, 2.5]"},
{"serve":{"v":"40%","w":"60%"},"rollout":"5%"},{"serve":[{"variant":"w","weight":"100%"}]}],"variants":{"v":{"a":[1,{}]},"w":"x"},
"default_variant":"v","default":true,"owner":"o","description":"d\n","expires":"2027-01-01","salt":"\u0073","requires":["on","off"],
"meta":{"k":[1,true]}} , "c" : { "wh\u0065n" : "exists(a)" , "rollout" : "5%" } }}"#;

#[test]
fn a_text_that_ends_anywhere_is_refused_where_it_ends() {
    assert_eq!(read(ALL).unwrap().flags().len(), 5);
    for end in (0..ALL.len()).filter(|end| ALL.is_char_boundary(*end)) {
        read(&ALL[..end]).unwrap_err();
    }
}

#[test]
fn a_byte_that_is_another_is_read_alike() {
    let others =
        ["", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "e", "-", " ", "\u{0}", "\u{e9}", "\\u0000", "true"];
    for at in 0..ALL.len() {
        // Each byte becomes two others; the exam `fuzz` has all day.
        for instead in [others[at % others.len()], others[(at / others.len() + 7 * at) % others.len()]] {
            let text = format!("{}{instead}{}", &ALL[..at], &ALL[at + 1..]);
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            assert!(read(&text).is_err() || is_json, "{text}");
        }
    }
}

/// In a file, with another flag before and behind it that it does not harm.
fn around(flag: &str) -> String {
    format!("{{\"format\":1,\"flags\":{{\"a\":true,\"f\":{flag},\"z\":\"5%\"}}}}")
}

#[test]
fn keys_that_are_there_twice_are_refused_however_they_are_written() {
    for text in [
        "{\"format\":1,\"format\":1}".to_owned(),
        "{\"format\":1,\"flags\":{},\"flags\":{}}".to_owned(),
        "{\"format\":1,\"flags\":{\"f\":true},\"fl\\u0061gs\":{\"g\":true}}".to_owned(),
        around("true,\"a\":true"),
        around("true,\"\\u0061\":3"),
        around(r#"{"when":"x","wh\u0065n":"x"}"#),
        around(r#"{"rules":[{"name":"a","n\u0061me":"b"}]}"#),
        around(r#"{"variants":{"v":1,"\u0076":2},"default":"v","rules":[]}"#),
        around(r#"{"enabled":true,"meta":{"k":1,"k":1}}"#),
        around(r#"{"serve":{"v":"50%","\u0076":"50%"},"variants":{"v":1}}"#),
        around(r#"{"enabled":true,"requires":["a"],"requires":["z"]}"#),
        // Found by the fuzz: one key with two meanings.
        around(r#"{"default":"v","default":true,"variants":{"v":1},"rules":[]}"#),
        around(r#"{"default":true,"default":"v","variants":{"v":1},"rules":[]}"#),
    ] {
        let error = read(&text).unwrap_err();
        assert!(error.contains("is there twice"), "{text}: {error}");
    }
}

#[test]
fn what_is_no_object_is_told_where_it_begins() {
    for (text, place) in
        [(" \"owner\" ", "line 1, column 2: "), ("\n\t[]", "line 2, column 2: "), ("\u{feff} 1", "line 1, column 3: ")]
    {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(&format!("{place}expected a table of flags")), "{error}");
    }
}

/// What the same flag in TOML is said to be, without its place.
fn in_toml(flag: &str) -> Option<String> {
    let flags = Flags::from_toml(&format!("format = 1\n[flags]\na = true\nz = \"5%\"\nf = {flag}\n")).unwrap();
    flags.status().problems().first().map(|problem| problem.message().to_owned())
}

#[test]
fn numbers_at_the_edge_are_what_they_are_in_toml() {
    for number in [
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "-9223372036854775809",
        "-0",
        "-0.0",
        "1e308",
        "1e309",
        "-1e309",
        "1e-400",
        "1.7976931348623157e308",
        "0.1e1",
        "123456789012345678901234567890.5",
        &"9".repeat(400),
    ] {
        let json = format!(r#"{{"variants":{{"v":{number}}},"default":"v","rules":[]}}"#);
        let toml = format!("{{ variants = {{ v = {number} }}, default = \"v\", rules = [] }}");
        let (text, expected) = (around(&json), in_toml(&toml));
        match (read(&text), expected) {
            (Err(error), Some(expected)) => {
                assert!(error.ends_with(&format!("flag `f`: {expected}")), "{number}: {error}");
            }
            (Ok(file), None) => {
                let toml =
                    FlagFile::from_toml(&format!("format = 1\n[flags]\na = true\nz = \"5%\"\nf = {toml}\n")).unwrap();
                assert_eq!(file, toml, "{number}");
            }
            (json, toml) => panic!("{number}: {json:?} in JSON, {toml:?} in TOML"),
        }
    }
    for number in ["01", "+1", "1.", ".5", "1e", "0x10", "1_000", "NaN", "Infinity", "-"] {
        read(&around(&format!(r#"{{"variants":{{"v":{number}}},"default":"v","rules":[]}}"#))).unwrap_err();
    }
}

#[test]
fn half_a_character_is_refused_where_it_stands_and_a_whole_one_is_read() {
    for text in [
        r"\ud800",
        r"\udc00",
        r"\ud800\u0041",
        r"\ud800x",
        r"\ud800\ud800",
        r"\udfff\ud800",
        r"\ud8",
        r"\u{e9}",
        r"\uD83D\n",
    ] {
        for flag in [
            format!(r#"{{"when":"x","owner":"{text}"}}"#),
            format!(r#"{{"when":"x == \"{text}\""}}"#),
            format!(r#"{{"{text}":1}}"#),
        ] {
            read(&around(&flag)).unwrap_err();
        }
        read(&format!("{{\"format\":1,\"flags\":{{\"{text}\":true}}}}")).unwrap_err();
    }
    let file = read(&around(r#"{"when":"x","owner":"\uD83D\uDE00\u00e9\u0000"}"#)).unwrap();
    assert_eq!(file.flags().find_map(Flag::owner_name), Some("\u{1f600}\u{e9}\u{0}"));
    for control in ['\u{0}', '\n', '\t', '\u{1f}'] {
        read(&around(&format!(r#"{{"when":"x","owner":"{control}"}}"#))).unwrap_err();
    }
}

#[test]
fn what_is_deep_or_long_is_refused_alike() {
    for (levels, is_read) in [(90, true), (100, false), (101, false), (10_000, false)] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(levels), close.repeat(levels));
            for flag in [
                format!(r#"{{"enabled":true,"meta":{{"x":{deep}}}}}"#),
                format!(r#"{{"variants":{{"v":{deep}}},"default":"v","rules":[]}}"#),
            ] {
                assert_eq!(read(&around(&flag)).is_ok(), is_read, "{levels} of {open}");
            }
        }
    }
    let long = "x".repeat(10 << 20);
    for flag in [
        format!("{{\"when\":\"{long}\"}}"),
        format!("{{\"enabled\":true,\"description\":\"{long}\"}}"),
        format!("{{\"{long}\":1}}"),
    ] {
        assert!(read(&around(&flag)).unwrap_err().ends_with("at most 8388608 are read"));
    }
    let long = r"\u00e9".repeat(1 << 20);
    let file = read(&around(&format!("{{\"enabled\":true,\"description\":\"{long}\"}}"))).unwrap();
    assert_eq!(file.flags().find_map(Flag::description_text).map(str::len), Some(2 << 20));
}

/// The reader keeps what it read last: what looks alike is not the same.
#[test]
fn texts_that_begin_like_the_one_before_are_told_apart() {
    let conditions =
        ["x", "x ", "xy", "x == \\\"a\\\"", "x == \\\"a\\\" ", "x == \\\"a\\\" or y", "x == \\\"a", "x", "x"];
    let flag =
        |(number, when): (usize, &&str)| format!("\"f{number}\":{{\"when\":\"{when}\",\"rollout\":\"{number}%\"}}");
    let flags: Vec<String> = conditions.iter().enumerate().map(flag).collect();
    let text = |flags: &[String]| format!("{{\"format\":1,\"flags\":{{{}}}}}", flags.join(","));
    read(&text(&flags)).unwrap_err();
    let right: Vec<String> = flags.iter().filter(|flag| !flag.starts_with("\"f6\"")).cloned().collect();
    let file = read(&text(&right)).unwrap();
    let printed: Vec<String> = file.flags().map(|flag| flag.rules()[0].condition().unwrap().to_string()).collect();
    assert_eq!(printed, ["x", "x", "xy", r#"x == "a""#, r#"x == "a""#, r#"x == "a" or y"#, "x", "x"]);
}
