//! One turn of `uv_sys::Poller` beside those of polling and mio, and of libuv's loop around it. A pipe is watched,
//! level-triggered but for mio, which knows edges only.

use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use crate::case::{Case, Unit};
use crate::libuv::{self, places};
use crate::support::{called, calls, count, cpu_nanoseconds_each};

/// Whether the pipe is readable, and for how long to wait.
#[derive(Clone, Copy)]
struct Turn {
    ready: bool,
    timeout: Option<Duration>,
}

pub fn cases() -> Vec<Case> {
    let nothing = Turn { ready: false, timeout: Some(Duration::ZERO) };
    let ready = Turn { ready: true, timeout: Some(Duration::ZERO) };
    let ready_long = Turn { ready: true, timeout: Some(Duration::from_secs(1)) };
    let ready_forever = Turn { ready: true, timeout: None };
    let case = |name: &str, turn| {
        let ours = Case::new(format!("poll/{name}"), Unit::CpuNanoseconds, move || uv_sys(turn));
        ours.against("polling", move || polling(turn))
    };
    vec![
        case("nothing-0s", nothing).against("mio", move || mio(nothing)),
        case("ready-0s", ready).against("libuv", libuv_ready),
        case("ready-1s", ready_long),
        case("ready-forever", ready_forever),
    ]
}

fn turns() -> usize {
    count(500_000, 100_000)
}

fn pipe(ready: bool) -> (io::PipeReader, io::PipeWriter) {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    if ready {
        writer.write_all(b"!").expect("room in the pipe");
    }
    (reader, writer)
}

fn uv_sys(turn: Turn) -> f64 {
    let (reader, _writer) = pipe(turn.ready);
    let poller = uv_sys::Poller::new().expect("a poller");
    poller.add(reader.as_fd(), 1, uv_sys::Interest::READABLE).expect("a pipe can be watched");
    let mut events = uv_sys::Events::with_capacity(64);
    cpu_nanoseconds_each(turns(), || {
        for _ in 0..turns() {
            assert_eq!(poller.wait(&mut events, turn.timeout).expect("a wait"), usize::from(turn.ready));
        }
    })
}

fn polling(turn: Turn) -> f64 {
    let (reader, _writer) = pipe(turn.ready);
    let poller = polling::Poller::new().expect("a poller");
    // SAFETY: `reader` is deleted from the poller before it is closed.
    unsafe { poller.add_with_mode(&reader, polling::Event::readable(1), polling::PollMode::Level) }
        .expect("a pipe can be watched");
    let mut events = polling::Events::new();
    let time = cpu_nanoseconds_each(turns(), || {
        for _ in 0..turns() {
            events.clear();
            assert_eq!(poller.wait(&mut events, turn.timeout).expect("a wait"), usize::from(turn.ready));
        }
    });
    poller.delete(&reader).expect("it was added");
    time
}

fn mio(turn: Turn) -> f64 {
    let (reader, _writer) = pipe(turn.ready);
    let mut poll = mio::Poll::new().expect("a poll");
    let fd = reader.as_raw_fd();
    poll.registry()
        .register(&mut mio::unix::SourceFd(&fd), mio::Token(1), mio::Interest::READABLE)
        .expect("a pipe can be watched");
    let mut events = mio::Events::with_capacity(64);
    cpu_nanoseconds_each(turns(), || {
        for _ in 0..turns() {
            poll.poll(&mut events, turn.timeout).expect("a wait");
            assert!(events.is_empty());
        }
    })
}

/// A turn of the loop with a poll handle, which is more than a poller's: the callback and the other phases are in it.
fn libuv_ready() -> f64 {
    unsafe extern "C" fn readable(_: *mut libuv::uv_poll_t, status: i32, _: i32) {
        libuv::ok(status);
        called();
    }
    let (reader, _writer) = pipe(true);
    let (lp, handle) = (libuv::new_loop(), places(1));
    // SAFETY: there is room for a handle, and it stays there; the loop is run by this thread.
    unsafe {
        libuv::ok(libuv::uv_poll_init(lp, handle, reader.as_raw_fd()));
        libuv::ok(libuv::uv_poll_start(handle, libuv::uv_poll_event_UV_READABLE as i32, Some(readable)));
        let time = cpu_nanoseconds_each(turns(), || {
            for _ in 0..turns() {
                libuv::uv_run(lp, libuv::uv_run_mode_UV_RUN_NOWAIT);
            }
        });
        assert_eq!(calls(), turns());
        time
    }
}
