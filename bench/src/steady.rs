//! Programs of which `bench/syscalls` counts the system calls: one kind of event, so many times.

use std::cell::Cell;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use uv_loop::{Async, Handle, Idle, Interest, Loop, Poll, RunMode, Timer};

use crate::cases::net::{accept, ping_pong, pummel};
use crate::libuv::{self, places};
use crate::support::called;

/// A kind of events, and the programs of ours and of libuv.
type Event = (&'static str, fn(), fn());

const EVENTS: [Event; 8] = [
    ("idle", idle, libuv_idle),
    ("timer", timer, libuv_timer),
    ("async", wake, libuv_wake),
    ("poll", poll, libuv_poll),
    ("work", work, libuv_work),
    ("ping-pong", || ping_pong::steady(TIMES.get()), || ping_pong::libuv_steady(TIMES.get())),
    ("connection", || accept::accept(1, TIMES.get()), || accept::libuv_accept(1, TIMES.get())),
    ("datagram", || pummel::pummel(1, 1, TIMES.get()), || pummel::libuv_pummel(1, 1, TIMES.get())),
];

thread_local! {
    static TIMES: Cell<usize> = const { Cell::new(0) };
}

/// Runs the program until its event has come `times` times. `None` if there is no such event.
pub fn run(event: &str, ours: bool, times: usize) -> Option<()> {
    TIMES.set(times);
    let (_, our_program, libuv_program) = EVENTS.iter().find(|(name, ..)| *name == event)?;
    if ours {
        our_program()
    } else {
        libuv_program()
    }
    Some(())
}

/// Counts an event and says whether it was the last one.
fn last() -> bool {
    called() >= TIMES.get()
}

fn run_ours(lp: &Loop) {
    lp.run(RunMode::Default).expect("it runs");
}

fn idle() {
    let lp = Loop::new().expect("a loop");
    let stop = |lp: &Loop, idle: Idle| {
        if last() {
            idle.stop(lp).expect("it is open");
        }
    };
    Idle::new(&lp).start(&lp, stop).expect("it is open");
    run_ours(&lp);
}

fn libuv_idle() {
    unsafe extern "C" fn turn(idle: *mut libuv::uv_idle_t) {
        if last() {
            // SAFETY: the handle is open.
            libuv::ok(unsafe { libuv::uv_idle_stop(idle) });
        }
    }
    let (lp, idle) = (libuv::new_loop(), places(1));
    // SAFETY: there is room for the handle, and it stays there.
    unsafe {
        libuv::ok(libuv::uv_idle_init(lp, idle));
        libuv::ok(libuv::uv_idle_start(idle, Some(turn)));
    }
    libuv::run(lp);
}

/// One that repeats each millisecond.
fn timer() {
    let lp = Loop::new().expect("a loop");
    let stop = |lp: &Loop, timer: Timer| {
        if last() {
            timer.stop(lp).expect("it is open");
        }
    };
    Timer::new(&lp).start(&lp, Duration::from_millis(1), Duration::from_millis(1), stop).expect("it is open");
    run_ours(&lp);
}

fn libuv_timer() {
    unsafe extern "C" fn fired(timer: *mut libuv::uv_timer_t) {
        if last() {
            // SAFETY: the handle is open.
            libuv::ok(unsafe { libuv::uv_timer_stop(timer) });
        }
    }
    let (lp, timer) = (libuv::new_loop(), places(1));
    // SAFETY: there is room for the handle, and it stays there.
    unsafe {
        libuv::ok(libuv::uv_timer_init(lp, timer));
        libuv::ok(libuv::uv_timer_start(timer, Some(fired), 1, 1));
    }
    libuv::run(lp);
}

/// A callback that sends to its own handle.
fn wake() {
    let lp = Loop::new().expect("a loop");
    let sender = std::rc::Rc::new(std::cell::OnceCell::<uv_loop::AsyncSender>::new());
    let again = sender.clone();
    let handle = Async::new(&lp, move |lp, me| {
        if last() {
            me.close(lp).expect("it is open");
        } else {
            again.get().expect("it was set").send().expect("it is open");
        }
    });
    let first = sender.get_or_init(|| handle.sender(&lp).expect("it is open"));
    first.send().expect("it is open");
    run_ours(&lp);
}

fn libuv_wake() {
    unsafe extern "C" fn woken(handle: *mut libuv::uv_async_t) {
        // SAFETY: the handle is open.
        unsafe {
            if last() {
                libuv::uv_close(handle.cast(), None);
            } else {
                libuv::ok(libuv::uv_async_send(handle));
            }
        }
    }
    let (lp, handle) = (libuv::new_loop(), places(1));
    // SAFETY: there is room for the handle, and it stays there.
    unsafe {
        libuv::ok(libuv::uv_async_init(lp, handle, Some(woken)));
        libuv::ok(libuv::uv_async_send(handle));
    }
    libuv::run(lp);
}

fn readable() -> (OwnedFd, io::PipeWriter) {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    writer.write_all(b"!").expect("room in the pipe");
    (reader.into(), writer)
}

/// A pipe that stays readable.
fn poll() {
    let (reader, _writer) = readable();
    let lp = Loop::new().expect("a loop");
    let handle = Poll::new(&lp, reader).expect("a pipe can be watched");
    handle
        .start(&lp, Interest::READABLE, |lp, poll, result| {
            result.expect("it is readable");
            if last() {
                poll.stop(lp).expect("it is open");
            }
        })
        .expect("it is open");
    run_ours(&lp);
}

fn libuv_poll() {
    unsafe extern "C" fn ready(handle: *mut libuv::uv_poll_t, status: i32, _: i32) {
        libuv::ok(status);
        if last() {
            // SAFETY: the handle is open.
            libuv::ok(unsafe { libuv::uv_poll_stop(handle) });
        }
    }
    let (reader, _writer) = readable();
    let (lp, handle) = (libuv::new_loop(), places(1));
    // SAFETY: there is room for the handle, and it stays there.
    unsafe {
        libuv::ok(libuv::uv_poll_init(lp, handle, reader.as_raw_fd()));
        libuv::ok(libuv::uv_poll_start(handle, libuv::uv_poll_event_UV_READABLE as i32, Some(ready)));
    }
    libuv::run(lp);
}

/// A job on the pool, and the next one when it is done.
fn work() {
    fn queue(lp: &Loop) {
        lp.queue_work(
            || (),
            |lp, result| {
                result.expect("it neither panics nor is canceled");
                if !last() {
                    queue(lp);
                }
            },
        );
    }
    let lp = Loop::new().expect("a loop");
    queue(&lp);
    run_ours(&lp);
}

fn libuv_work() {
    unsafe extern "C" fn work(_: *mut libuv::uv_work_t) {}
    unsafe extern "C" fn after(request: *mut libuv::uv_work_t, status: i32) {
        libuv::ok(status);
        if !last() {
            // SAFETY: the request is done and can be used again.
            libuv::ok(unsafe { libuv::uv_queue_work((*request).loop_, request, Some(work), Some(after)) });
        }
    }
    let (lp, request) = (libuv::new_loop(), places(1));
    // SAFETY: there is room for the request, and it stays there.
    libuv::ok(unsafe { libuv::uv_queue_work(lp, request, Some(work), Some(after)) });
    libuv::run(lp);
}
