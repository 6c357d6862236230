use feature_flags::{Expression, Flag, Flags, MapContext, Rule, Segment};

use crate::people::user;

#[test]
fn a_segment_in_a_file_holds_its_keys() {
    let flags = Flags::from_toml(
        r#"
        format = 1
        [segments]
        beta = { keys = [1, "2", 1_000] }
        partners = { by = "organisation.id", keys = ["acme"] }
        [flags]
        beta = { when = 'segment("beta")' }
        not-beta = { when = 'not segment("beta")' }
        partners = { when = 'segment("partners")' }
        nobody = { when = 'segment("no-such") or not segment("no-such")' }
        "#,
    )
    .unwrap();
    let on = |flag: &str, id| flags.enabled(flag, &user(id));
    assert!(on("beta", 1) && on("beta", 2) && on("beta", 1_000) && !on("beta", 3));
    assert!(!on("not-beta", 1) && on("not-beta", 3));
    assert!(on("partners", 9) && !on("nobody", 1));
    assert!(!flags.enabled("not-beta", &()), "whoever has no key is neither in nor out");
    assert!(flags.explain("beta", &user(3)).to_string().ends_with("rule 1 wants segment(\"beta\")"));
}

#[test]
fn keys_may_stand_in_a_file_beside_one_per_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    std::fs::write(directory.path().join("beta.txt"), "# beta users\n7\n\n  8  \n").unwrap();
    std::fs::write(&path, "format = 1\nsegments.beta.file = \"beta.txt\"\nflags.f.when = \"segment('beta')\"").unwrap();
    let flags = Flags::from_file(&path).unwrap();
    assert!(flags.enabled("f", &user(7)) && flags.enabled("f", &user(8)) && !flags.enabled("f", &user(9)));
}

#[test]
fn a_segment_that_is_wrong_refuses_the_file() {
    for (segment, message) in [
        ("3", "line 2, column 16: segment `beta`: expected a table with `keys` or `file`, found a number"),
        ("{}", "line 2, column 16: segment `beta`: expected either `keys` or `file`"),
        ("{ keys = [1.5] }", "line 2, column 26: segment `beta`: expected text or a whole number, found a number"),
        ("{ key = [] }", "line 2, column 18: segment `beta`: unknown key `key`, did you mean `keys`?"),
    ] {
        let error = Flags::from_toml(&format!("format = 1\nsegments.beta= {segment}")).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let missing = Flags::from_toml("format = 1\nsegments.beta.file = \"no such file\"").unwrap_err().to_string();
    assert!(missing.starts_with("line 2, column 22: segment `beta`: no such file could not be read"), "{missing}");
}

#[test]
fn a_million_keys_take_eight_bytes_each() {
    let condition: Expression = r#"segment("big")"#.parse().unwrap();
    let segment = Segment::of((0..1_000_000).map(|id| id.to_string()));
    assert_eq!(segment.len(), 1_000_000, "one hash each, of 8 bytes");
    let flags = Flags::builder().segment("big", segment).flag(Flag::new("f").rule(Rule::new().when(condition))).build();
    for id in (0..2_000_000_u32).step_by(997) {
        assert_eq!(flags.enabled("f", &MapContext::new().with("id", id)), id < 1_000_000);
    }
}
