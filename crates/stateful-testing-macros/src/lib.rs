//! Derive macros of stateful-testing
