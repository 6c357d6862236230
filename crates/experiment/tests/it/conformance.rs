//! The behaviours of the two reference test suites, github/scientist (Ruby) and scientistproject/Scientist.net, one
//! test each, named for its number,
//! and ten that other ports made worth a test. Where we disagree, the test says so, and
//! `docs/guide/experiment-conformance.md` lists it.

mod bench;
mod extra;
mod net;
mod ruby;
mod ruby_results;

/// All numbers: D, M, E, O and Q of the Ruby suite, S, OS, OA, F, T and C of the .NET suite, X of other ports.
const NUMBERS: &str = "
    d1 d2 d3 m1 m2 m3 m4 m7
    e2 e3 e4 e5 e6 e7 e8 e9 e11 e12 e13 e14 e16 e17 e18 e20 e21 e23 e25 e26 e27 e29 e30 e31 e32 e33 e34 e36 e38 e40 e41 e43 e45
    e46 e48 e49 e50 e51 e53 e54 e56 e57 e58 e60
    o1 o2 o3 o5 o6 o7 o8 o10 o11 o13 o14 q1 q2 q3 q5 q7 q8 q9
    s1 s2 s3 s4 s5 s6 s7 s8 s10 s11 s12 s13 s14 s15 s17 s18 s19 s20 s21 s22 s25 s26 s28 s29 s31 s32 s35 s36 s38 s39 s40 s42 s43
    s45 s46 s47 s48 s49 s50 os1 os2 os4 oa1 oa3 oa4 f1 f3 t1 t2 t4 t5 t7 c1 c3 c4 c5
    x1 x2 x3 x4 x5 x6 x7 x8 x9 x10";

#[test]
fn every_number_has_exactly_one_test() {
    let source = [
        include_str!("conformance/ruby.rs"),
        include_str!("conformance/ruby_results.rs"),
        include_str!("conformance/net.rs"),
        include_str!("conformance/extra.rs"),
    ];
    let tests: Vec<&str> = source
        .iter()
        .flat_map(|file| file.split("#[test]").skip(1))
        .filter_map(|test| test.split_once("fn scientist_")?.1.split('_').next())
        .collect();
    let missing: Vec<_> = NUMBERS.split_whitespace().filter(|number| !tests.contains(number)).collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
    let unknown: Vec<_> =
        tests.iter().filter(|test| !NUMBERS.split_whitespace().any(|number| number == **test)).collect();
    assert!(unknown.is_empty(), "no such number: {unknown:?}");
    assert_eq!(NUMBERS.split_whitespace().count(), 136, "126 and ten more");
    assert_eq!(tests.len(), 136, "one test each");
}
