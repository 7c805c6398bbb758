//! Work on the pool that is asked for by a loop and reported to it. libuv's pool and ours have four threads.

use std::hint::black_box;
use std::time::{Duration, Instant};

use uv_loop::{Loop, RunMode, Timer};

use crate::case::{Case, Unit};
use crate::libuv::{self, places};
use crate::support::{called, calls, count, nanoseconds_each, span};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("work/trips", Unit::PerSecond, trips)
            .against("libuv", libuv_trips)
            .against("tokio", tokio_trips)
            .goal(1.3),
        Case::new("work/flood", Unit::Nanoseconds, flood)
            .against("libuv", libuv_flood)
            .against("tokio", tokio_flood)
            .goal(3.0),
    ]
}

/// `benchmark-queue-work.c`: one job after the other, each queued when the one before was reported.
fn trips() -> f64 {
    fn queue(lp: &Loop) {
        lp.queue_work(
            || black_box(1),
            |lp, result| {
                result.expect("it neither panics nor is canceled");
                called();
                queue(lp);
            },
        );
    }
    let lp = Loop::new().expect("a loop");
    Timer::new(&lp).start(&lp, span(), Duration::ZERO, |lp, _| lp.stop()).expect("it is open");
    let start = Instant::now();
    queue(&lp);
    lp.run(RunMode::Default).expect("it runs");
    calls() as f64 / start.elapsed().as_secs_f64()
}

unsafe extern "C" fn libuv_work(_: *mut libuv::uv_work_t) {
    black_box(1);
}

fn libuv_trips() -> f64 {
    unsafe extern "C" fn after(request: *mut libuv::uv_work_t, status: i32) {
        libuv::ok(status);
        called();
        // SAFETY: the request is done and can be used again.
        libuv::ok(unsafe { libuv::uv_queue_work((*request).loop_, request, Some(libuv_work), Some(after)) });
    }
    unsafe extern "C" fn end(timer: *mut libuv::uv_timer_t) {
        // SAFETY: the loop is the one that runs.
        unsafe { libuv::uv_stop((*timer).loop_) };
    }
    let (lp, timer, request) = (libuv::new_loop(), places(1), places(1));
    let start = Instant::now();
    // SAFETY: there is room for the timer and the request, they stay there, and the loop is run by this thread.
    unsafe {
        libuv::ok(libuv::uv_timer_init(lp, timer));
        libuv::ok(libuv::uv_timer_start(timer, Some(end), span().as_millis() as u64, 0));
        libuv::ok(libuv::uv_queue_work(lp, request, Some(libuv_work), Some(after)));
        libuv::uv_run(lp, libuv::uv_run_mode_UV_RUN_DEFAULT);
    }
    calls() as f64 / start.elapsed().as_secs_f64()
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().max_blocking_threads(4).build().expect("a runtime")
}

fn tokio_trips() -> f64 {
    tokio_runtime().block_on(async {
        let (start, mut trips) = (Instant::now(), 0);
        while start.elapsed() < span() {
            tokio::task::spawn_blocking(|| black_box(1)).await.expect("it does not panic");
            trips += 1;
        }
        f64::from(trips) / start.elapsed().as_secs_f64()
    })
}

/// A million jobs that do next to nothing, queued at once and reported one by one.
fn jobs() -> usize {
    count(1_000_000, 200_000)
}

fn flood() -> f64 {
    let lp = Loop::new().expect("a loop");
    nanoseconds_each(jobs(), || {
        for _ in 0..jobs() {
            lp.queue_work(
                || black_box(1),
                |_, result| {
                    result.expect("it neither panics nor is canceled");
                    called();
                },
            );
        }
        lp.run(RunMode::Default).expect("it runs");
        assert_eq!(calls(), jobs());
    })
}

fn libuv_flood() -> f64 {
    unsafe extern "C" fn after(_: *mut libuv::uv_work_t, status: i32) {
        libuv::ok(status);
        called();
    }
    let lp = libuv::new_loop();
    nanoseconds_each(jobs(), || {
        let requests = places::<libuv::uv_work_t>(jobs());
        for number in 0..jobs() {
            // SAFETY: there is room for as many requests, and they stay there.
            libuv::ok(unsafe { libuv::uv_queue_work(lp, requests.add(number), Some(libuv_work), Some(after)) });
        }
        libuv::run(lp);
        assert_eq!(calls(), jobs());
    })
}

fn tokio_flood() -> f64 {
    let runtime = tokio_runtime();
    nanoseconds_each(jobs(), || {
        runtime.block_on(async {
            let jobs: Vec<_> = (0..jobs()).map(|_| tokio::task::spawn_blocking(|| black_box(1))).collect();
            for job in jobs {
                job.await.expect("it does not panic");
            }
        });
    })
}
