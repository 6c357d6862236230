//! Other forms of a failing sequence: a test to paste, a diagram, a page.

mod html;
mod mermaid;
mod rust_test;
