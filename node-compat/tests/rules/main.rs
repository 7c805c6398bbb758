//! Node's rules, one by one.

mod articles;
mod drops;
mod ends;
mod events;
mod files;
mod panics;
mod promise;
mod support;
mod throws;
mod timers;
mod watch;
