//! A panic is no exception: it passes through `run`, and loses nothing but the callback's own rest.

use std::panic::{AssertUnwindSafe, catch_unwind};

use node_compat::{EventEmitter, Promise, Runtime, fs};

use crate::support::{Log, manual};

fn run_panics(rt: &Runtime) -> bool {
    catch_unwind(AssertUnwindSafe(|| rt.run())).is_err()
}

fn bug(yes: bool) {
    assert!(!yes, "a bug");
}

#[test]
fn in_a_timer() {
    let (rt, _) = manual();
    let log = Log::default();
    rt.set_timeout(1, |_| bug(true));
    rt.set_timeout(1, log.will("a"));
    rt.set_timeout(2, log.will("b"));
    assert!(run_panics(&rt));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "a b");
}

#[test]
fn in_an_interval() {
    let (rt, _) = manual();
    let log = Log::default();
    let (lines, mut calls) = (log.clone(), 0);
    rt.set_interval(1, move |rt| {
        calls += 1;
        bug(calls == 1);
        lines.say(calls);
        if calls == 3 {
            rt.exit(0);
        }
    });
    assert!(run_panics(&rt));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "2 3");
}

#[test]
fn in_an_immediate() {
    let (rt, _) = manual();
    let log = Log::default();
    rt.set_immediate(|_| bug(true));
    rt.set_immediate(log.will("a"));
    assert!(run_panics(&rt));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "a");
}

#[test]
fn in_the_queues() {
    let (rt, _) = manual();
    let log = Log::default();
    rt.set_immediate(log.will("immediate"));
    rt.next_tick(|_| bug(true));
    rt.next_tick(log.will("tick"));
    rt.queue_microtask(|_| bug(true));
    rt.queue_microtask(log.will("microtask"));
    assert!(run_panics(&rt));
    assert!(run_panics(&rt));
    assert_eq!(rt.run().unwrap(), 0);
    let mut lines: Vec<_> = log.take().split(' ').map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["immediate", "microtask", "tick"]);
}

#[test]
fn in_an_io_callback() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let lines = log.clone();
    fs::stat(&rt, "/", move |rt, _| {
        fs::stat(rt, "/", move |_, _| lines.say("stat"));
        bug(true);
    });
    assert!(run_panics(&rt));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "stat");
}

#[test]
fn in_the_main_program_a_hook_a_reaction_and_a_listener() {
    let (rt, _) = manual();
    let log = Log::default();
    assert!(catch_unwind(AssertUnwindSafe(|| rt.run_main(|_| bug(true)))).is_err());

    let mut calls = 0;
    let lines = log.clone();
    let promise = Promise::resolved(&rt, ());
    promise.then(&rt, |_, ()| {
        bug(true);
        Ok(())
    });
    let reaction = log.will("reaction");
    promise.then(&rt, move |rt, ()| {
        reaction(rt);
        Ok(())
    });
    assert!(run_panics(&rt));

    let emitter = EventEmitter::new();
    emitter.once("event", |_, ()| bug(true));
    emitter.on("event", move |_, ()| lines.say("listener"));
    assert!(catch_unwind(AssertUnwindSafe(|| emitter.emit(&rt, "event", ()))).is_err());
    assert!(emitter.emit(&rt, "event", ()).unwrap());

    let hook = std::cell::RefCell::new(move || {
        calls += 1;
        bug(calls == 1);
    });
    rt.on_before_exit(move |_, _| hook.borrow_mut()());
    assert!(run_panics(&rt));
    assert_eq!(rt.run().unwrap(), 0);
    let mut lines: Vec<_> = log.take().split(' ').map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["listener", "reaction"]);
}

#[test]
fn the_queues_are_drained_after_the_next_callback() {
    let (rt, _) = manual();
    let log = Log::default();
    let lines = log.clone();
    rt.set_timeout(1, move |rt| {
        rt.next_tick(lines.will("tick"));
        bug(true);
    });
    rt.set_timeout(5, log.will("timer"));
    assert!(run_panics(&rt));
    let lines = log.clone();
    rt.set_timeout(1, move |rt| rt.next_tick(lines.will("other tick")));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "tick other tick timer");
}
