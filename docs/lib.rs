//! Compiles the README and the guide, so that no example in them can rot.
//!
//! Nothing is published from here: `cargo test --doc` is the only user.

macro_rules! pages {
    ($($name:ident: $path:literal),* $(,)?) => {$(
        #[cfg(doctest)]
        #[doc = include_str!($path)]
        mod $name {}
    )*};
}

pages! {
    readme: "../README.md",
    differences: "guide/differences.md",
    experiment: "guide/experiment.md",
    flags: "guide/flags.md",
    lint: "guide/lint.md",
    migrations: "guide/migrations.md",
    stateful_testing: "guide/stateful-testing.md",
    verdict: "guide/verdict.md",
}
