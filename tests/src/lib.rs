//! Tests across crates, and against real programs, are in `tests/`.
