//! Timers of a loop.

use std::time::Duration;

use uv_loop::{Handle, Loop, RunMode, Timer};

use crate::case::{Case, Unit};
use crate::libuv;
use crate::support::{Random, called, calls, count, cpu_nanoseconds_each};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("timers/million", Unit::CpuNanoseconds, million)
            .against("libuv", libuv_million)
            .goal(5.0)
            .with_rounds(3),
        Case::new("timers/again-of-100k", Unit::CpuNanoseconds, again).against("libuv", libuv_again),
        Case::new("timers/start-stop", Unit::CpuNanoseconds, start_stop).against("libuv", libuv_start_stop),
    ]
}

/// `benchmark-million-timers.c`: ten million timers, of which a thousand are due at each millisecond, are started, fire
/// and are closed. Processor time, since most of the time on the wall may be waited for.
fn timers() -> usize {
    count(10_000_000, 1_000_000)
}

fn million() -> f64 {
    cpu_nanoseconds_each(timers(), || {
        let lp = Loop::new().expect("a loop");
        let timers: Vec<Timer> = (0..timers())
            .map(|number| {
                let timer = Timer::new(&lp);
                let timeout = Duration::from_millis(number as u64 / 1000 + 1);
                timer.start(&lp, timeout, Duration::ZERO, |_, _| _ = called()).expect("it is open");
                timer
            })
            .collect();
        lp.run(RunMode::Default).expect("it runs");
        for timer in timers {
            timer.close_with(&lp, |_| _ = called()).expect("it is open");
        }
        lp.run(RunMode::Default).expect("it runs");
        assert_eq!(calls(), 2 * self::timers());
    })
}

fn libuv_million() -> f64 {
    unsafe extern "C" fn fired(_: *mut libuv::uv_timer_t) {
        called();
    }
    unsafe extern "C" fn closed(_: *mut libuv::uv_handle_t) {
        called();
    }
    cpu_nanoseconds_each(timers(), || {
        let lp = libuv::new_loop();
        let timers = libuv::places::<libuv::uv_timer_t>(self::timers());
        for number in 0..self::timers() {
            // SAFETY: there is room for as many timers, and they stay there.
            unsafe {
                let timer = timers.add(number);
                libuv::ok(libuv::uv_timer_init(lp, timer));
                libuv::ok(libuv::uv_timer_start(timer, Some(fired), number as u64 / 1000 + 1, 0));
            }
        }
        libuv::run(lp);
        for number in 0..self::timers() {
            // SAFETY: the timers are open.
            unsafe { libuv::uv_close(timers.add(number).cast(), Some(closed)) };
        }
        libuv::run(lp);
        assert_eq!(calls(), 2 * self::timers());
    })
}

const CONNECTIONS: usize = 100_000;
const MINUTE: u64 = 60_000;

/// Each connection has a timeout, and with each message that comes its timer is started again.
fn again() -> f64 {
    let lp = Loop::new().expect("a loop");
    let mut random = Random(1);
    let timers: Vec<Timer> = (0..CONNECTIONS)
        .map(|_| {
            let (timer, repeat) = (Timer::new(&lp), Duration::from_millis(MINUTE));
            let timeout = Duration::from_millis(1 + random.below(MINUTE));
            timer.start(&lp, timeout, repeat, |_, _| unreachable!()).expect("it is open");
            timer
        })
        .collect();
    let times = count(2_000_000, 500_000);
    cpu_nanoseconds_each(times, || {
        for _ in 0..times {
            timers[random.below(CONNECTIONS as u64) as usize].again(&lp).expect("it was started");
        }
    })
}

fn libuv_again() -> f64 {
    unsafe extern "C" fn fired(_: *mut libuv::uv_timer_t) {
        unreachable!();
    }
    let lp = libuv::new_loop();
    let mut random = Random(1);
    let timers = libuv::places::<libuv::uv_timer_t>(CONNECTIONS);
    for number in 0..CONNECTIONS {
        // SAFETY: there is room for as many timers, and they stay there.
        unsafe {
            let timer = timers.add(number);
            libuv::ok(libuv::uv_timer_init(lp, timer));
            libuv::ok(libuv::uv_timer_start(timer, Some(fired), 1 + random.below(MINUTE), MINUTE));
        }
    }
    let times = count(2_000_000, 500_000);
    cpu_nanoseconds_each(times, || {
        for _ in 0..times {
            // SAFETY: the timers were started.
            libuv::ok(unsafe { libuv::uv_timer_again(timers.add(random.below(CONNECTIONS as u64) as usize)) });
        }
    })
}

/// One timer that is started and stopped before it fires, while no other waits.
fn start_stop() -> f64 {
    let lp = Loop::new().expect("a loop");
    let timer = Timer::new(&lp);
    let times = count(10_000_000, 2_000_000);
    cpu_nanoseconds_each(times, || {
        for _ in 0..times {
            timer.start(&lp, Duration::from_millis(MINUTE), Duration::ZERO, |_, _| unreachable!()).expect("it is open");
            timer.stop(&lp).expect("it is open");
        }
    })
}

fn libuv_start_stop() -> f64 {
    unsafe extern "C" fn fired(_: *mut libuv::uv_timer_t) {
        unreachable!();
    }
    let lp = libuv::new_loop();
    let timer = libuv::places::<libuv::uv_timer_t>(1);
    // SAFETY: there is room for a timer, and it stays there.
    libuv::ok(unsafe { libuv::uv_timer_init(lp, timer) });
    let times = count(10_000_000, 2_000_000);
    cpu_nanoseconds_each(times, || {
        for _ in 0..times {
            // SAFETY: the timer is open.
            unsafe {
                libuv::ok(libuv::uv_timer_start(timer, Some(fired), MINUTE, 0));
                libuv::ok(libuv::uv_timer_stop(timer));
            }
        }
    })
}
