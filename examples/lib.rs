//! The examples are in `rust/` and `js/`; the `tests` crate runs each of them.
