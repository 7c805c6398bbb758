//! The `node-compat` command.
fn main() {}
