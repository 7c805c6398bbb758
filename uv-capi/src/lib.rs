#![doc = include_str!("../README.md")]
// What C calls is exported, and is nobody's here.
#![allow(unreachable_pub, improper_ctypes_definitions, reason = "the types are asserted in `layout`")]

mod address;
mod alloc;
mod async_;
mod check;
mod dll;
mod dns;
mod elsewhere;
mod errors;
mod event_loop;
mod foreign;
mod fs;
mod fs_event;
mod fs_poll;
mod handle;
mod idle;
mod layout;
mod metrics;
mod misc;
mod phase;
mod pipe;
mod poll;
mod prepare;
mod process;
mod ptr;
mod queue;
mod request;
mod signal;
mod stream;
mod tcp;
mod text;
mod threading;
mod threadpool;
mod timer;
mod title;
mod tty;
mod udp;
mod version;
