//! Turns of the loop, with nothing to do in them.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{Check, Handle, Idle, Loop, Prepare, RunMode, Timer};

use crate::case::{Case, Unit};
use crate::libuv;
use crate::support::{called, calls, count, cpu_nanoseconds_each, cpu_time, each_cpu_second, span};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("turns/idle", Unit::PerCpuSecond, idle)
            .against("libuv", libuv_idle)
            .against("tokio", tokio_idle)
            .goal(3.0),
        Case::new("turns/idle-timed", Unit::PerCpuSecond, timed).against("libuv", libuv_timed).goal(3.0),
        Case::new("turns/all-phases", Unit::PerCpuSecond, phases).against("libuv", libuv_phases),
        Case::new("turns/alive", Unit::CpuNanoseconds, alive).against("libuv", libuv_alive),
    ]
}

/// `benchmark-loop-count.c`, loop_count: two million turns with an idle handle.
fn turns() -> usize {
    count(2_000_000, 500_000)
}

fn idle() -> f64 {
    let lp = Loop::new().expect("a loop");
    let turns = turns();
    let idle = Idle::new(&lp);
    idle.start(&lp, move |lp, idle| {
        if called() == turns {
            idle.stop(lp).expect("it is open");
        }
    })
    .expect("it is open");
    each_cpu_second(turns, || _ = lp.run(RunMode::Default).expect("it runs"))
}

fn libuv_idle() -> f64 {
    unsafe extern "C" fn turn(idle: *mut libuv::uv_idle_t) {
        if called() == turns() {
            // SAFETY: the handle is open.
            libuv::ok(unsafe { libuv::uv_idle_stop(idle) });
        }
    }
    let (lp, idle) = (libuv::new_loop(), libuv::places(1));
    // SAFETY: there is room for the handle, and it stays there.
    unsafe {
        libuv::ok(libuv::uv_idle_init(lp, idle));
        libuv::ok(libuv::uv_idle_start(idle, Some(turn)));
    }
    each_cpu_second(turns(), || libuv::run(lp))
}

/// A task that yields to its runtime.
fn tokio_idle() -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let turns = turns();
    each_cpu_second(turns, || {
        runtime.block_on(async {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        });
    })
}

/// loop_count_timed: as many turns with an idle handle as there are until a timer fires.
fn timed() -> f64 {
    let lp = Loop::new().expect("a loop");
    let (idle, timer) = (Idle::new(&lp), Timer::new(&lp));
    idle.start(&lp, |_, _| _ = called()).expect("it is open");
    timer.start(&lp, span(), Duration::ZERO, move |lp, _| idle.stop(lp).expect("it is open")).expect("it is open");
    let start = cpu_time();
    lp.run(RunMode::Default).expect("it runs");
    calls() as f64 / (cpu_time() - start).as_secs_f64()
}

fn libuv_timed() -> f64 {
    unsafe extern "C" fn turn(_: *mut libuv::uv_idle_t) {
        called();
    }
    unsafe extern "C" fn end(timer: *mut libuv::uv_timer_t) {
        // SAFETY: `data` is the idle handle, which is open.
        libuv::ok(unsafe { libuv::uv_idle_stop((*timer).data.cast()) });
    }
    let (lp, idle, timer) = (libuv::new_loop(), libuv::places(1), libuv::places::<libuv::uv_timer_t>(1));
    // SAFETY: there is room for the handles, and they stay there.
    unsafe {
        libuv::ok(libuv::uv_idle_init(lp, idle));
        libuv::ok(libuv::uv_idle_start(idle, Some(turn)));
        libuv::ok(libuv::uv_timer_init(lp, timer));
        (*timer).data = idle.cast();
        libuv::ok(libuv::uv_timer_start(timer, Some(end), span().as_millis() as u64, 0));
    }
    let start = cpu_time();
    libuv::run(lp);
    calls() as f64 / (cpu_time() - start).as_secs_f64()
}

/// An idle, a prepare and a check handle, each called back in each turn.
fn phases() -> f64 {
    let lp = Loop::new().expect("a loop");
    let turns = turns();
    let (idle, prepare, check) = (Idle::new(&lp), Prepare::new(&lp), Check::new(&lp));
    idle.start(&lp, |_, _| _ = called()).expect("it is open");
    prepare.start(&lp, |_, _| _ = called()).expect("it is open");
    check
        .start(&lp, move |lp, check| {
            if called() >= 3 * turns {
                idle.close(lp).expect("it is open");
                prepare.close(lp).expect("it is open");
                check.close(lp).expect("it is open");
            }
        })
        .expect("it is open");
    each_cpu_second(turns, || _ = lp.run(RunMode::Default).expect("it runs"))
}

fn libuv_phases() -> f64 {
    unsafe extern "C" fn idle_turn(_: *mut libuv::uv_idle_t) {
        called();
    }
    unsafe extern "C" fn prepare_turn(_: *mut libuv::uv_prepare_t) {
        called();
    }
    unsafe extern "C" fn check_turn(check: *mut libuv::uv_check_t) {
        if called() >= 3 * turns() {
            // SAFETY: the loop is the one that runs.
            unsafe { libuv::uv_stop((*check).loop_) };
        }
    }
    let (lp, idle, prepare, check) = (libuv::new_loop(), libuv::places(1), libuv::places(1), libuv::places(1));
    // SAFETY: there is room for the handles, and they stay there.
    unsafe {
        libuv::ok(libuv::uv_idle_init(lp, idle));
        libuv::ok(libuv::uv_idle_start(idle, Some(idle_turn)));
        libuv::ok(libuv::uv_prepare_init(lp, prepare));
        libuv::ok(libuv::uv_prepare_start(prepare, Some(prepare_turn)));
        libuv::ok(libuv::uv_check_init(lp, check));
        libuv::ok(libuv::uv_check_start(check, Some(check_turn)));
    }
    // SAFETY: the loop is run by this thread.
    each_cpu_second(turns(), || _ = unsafe { libuv::uv_run(lp, libuv::uv_run_mode_UV_RUN_DEFAULT) })
}

/// loop_alive: the question whether a loop is alive.
fn asks() -> usize {
    count(200_000_000, 20_000_000)
}

fn alive() -> f64 {
    let lp = Loop::new().expect("a loop");
    let time = Rc::new(Cell::new(0.0));
    let result = time.clone();
    Idle::new(&lp)
        .start(&lp, move |lp, idle| {
            time.set(cpu_nanoseconds_each(asks(), || (0..asks()).for_each(|_| assert!(black_box(lp).alive()))));
            idle.stop(lp).expect("it is open");
        })
        .expect("it is open");
    lp.run(RunMode::Default).expect("it runs");
    result.get()
}

fn libuv_alive() -> f64 {
    unsafe extern "C" fn ask(idle: *mut libuv::uv_idle_t) {
        // SAFETY: the handle is open; `data` is a number to write to.
        unsafe {
            let time = cpu_nanoseconds_each(asks(), || {
                (0..asks()).for_each(|_| assert_ne!(libuv::uv_loop_alive(black_box((*idle).loop_)), 0));
            });
            *(*idle).data.cast() = time;
            libuv::ok(libuv::uv_idle_stop(idle));
        }
    }
    let (lp, idle) = (libuv::new_loop(), libuv::places::<libuv::uv_idle_t>(1));
    let mut time = 0.0;
    // SAFETY: there is room for the handle, and it stays there.
    unsafe {
        libuv::ok(libuv::uv_idle_init(lp, idle));
        (*idle).data = (&raw mut time).cast();
        libuv::ok(libuv::uv_idle_start(idle, Some(ask)));
    }
    libuv::run(lp);
    black_box(time)
}
