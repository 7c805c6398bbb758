//! `async`/`await` on the loop, beside tokio's runtime of one thread.

use std::rc::Rc;

use tokio::sync::Notify;
use tokio::task::LocalSet;
use uv_loop::Loop;

use crate::case::{Case, Unit};
use crate::support::{count, cpu_nanoseconds_each};

pub fn cases() -> Vec<Case> {
    let unit = Unit::CpuNanoseconds;
    vec![
        Case::new("tasks/yield", unit, yields).against("tokio", tokio_yields),
        Case::new("tasks/spawn-join", unit, spawns).against("tokio", tokio_spawns),
        Case::new("tasks/ping-pong", unit, ping_pong).against("tokio", tokio_ping_pong),
        Case::new("tasks/work", Unit::CpuNanoseconds, work).against("tokio", tokio_work),
    ]
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().max_blocking_threads(4).build().expect("a runtime")
}

fn times() -> usize {
    count(1_000_000, 200_000)
}

/// A task that lets the others run.
fn yields() -> f64 {
    let lp = Loop::new().expect("a loop");
    let all = async {
        for _ in 0..times() {
            uv_loop::yield_now().await;
        }
    };
    cpu_nanoseconds_each(times(), || lp.block_on(all).expect("it ends"))
}

fn tokio_yields() -> f64 {
    let all = async {
        for _ in 0..times() {
            tokio::task::yield_now().await;
        }
    };
    cpu_nanoseconds_each(times(), || tokio_runtime().block_on(all))
}

/// A task that ends at once, and is waited for.
fn spawns() -> f64 {
    let lp = Loop::new().expect("a loop");
    let all = async {
        for number in 0..times() {
            assert_eq!(lp.spawn_local(async move { number }).await.ok(), Some(number));
        }
    };
    cpu_nanoseconds_each(times(), || lp.block_on(all).expect("it ends"))
}

fn tokio_spawns() -> f64 {
    let all = async {
        for number in 0..times() {
            assert_eq!(tokio::task::spawn_local(async move { number }).await.ok(), Some(number));
        }
    };
    cpu_nanoseconds_each(times(), || LocalSet::new().block_on(&tokio_runtime(), all))
}

/// Two tasks that wake each other in turns, by tokio's `Notify` in both cases.
async fn answer(me: Rc<Notify>, other: Rc<Notify>) {
    for _ in 0..times() {
        me.notified().await;
        other.notify_one();
    }
}

fn ping_pong() -> f64 {
    let lp = Loop::new().expect("a loop");
    let (here, there) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
    here.notify_one();
    let other = lp.spawn_local(answer(there.clone(), here.clone()));
    cpu_nanoseconds_each(times(), || {
        lp.block_on(answer(here, there)).expect("it ends");
        assert!(lp.block_on(other).expect("it ends").is_ok());
    })
}

fn tokio_ping_pong() -> f64 {
    let (runtime, tasks) = (tokio_runtime(), LocalSet::new());
    let (here, there) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
    here.notify_one();
    let other = tasks.spawn_local(answer(there.clone(), here.clone()));
    cpu_nanoseconds_each(times(), || {
        tasks.block_on(&runtime, answer(here, there));
        assert!(tasks.block_on(&runtime, other).is_ok());
    })
}

/// A job on the pool that is waited for.
fn trips() -> usize {
    count(50_000, 10_000)
}

fn work() -> f64 {
    let lp = Loop::new().expect("a loop");
    let all = async {
        for number in 0..trips() {
            assert_eq!(lp.work(move || number).await.ok(), Some(number));
        }
    };
    cpu_nanoseconds_each(trips(), || lp.block_on(all).expect("it ends"))
}

fn tokio_work() -> f64 {
    let all = async {
        for number in 0..trips() {
            assert_eq!(tokio::task::spawn_blocking(move || number).await.ok(), Some(number));
        }
    };
    cpu_nanoseconds_each(trips(), || tokio_runtime().block_on(all))
}
