//! `net` and `dns`: in Node's order, and with nothing lost.

mod ends;
mod order;
mod random;
