//! `net` and `dns`: in Node's order, and with nothing lost.

mod differential;
mod drained;
mod ends;
mod order;
mod random;
