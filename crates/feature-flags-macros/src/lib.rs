//! Derive macros of feature-flags
