//! Compiles the README and the guide, so that no example in them can rot.
//!
//! Nothing is published from here: `cargo test --doc` is the only user.
