//! The programs that articles about the event loop explain it with.

use std::time::Duration;

use node_compat::{DrainRule, ManualClock, Promise, Runtime, fs};
use uv_loop::RunMode;

use crate::support::{Log, manual};

fn two_timers(rule: DrainRule) -> String {
    let clock = ManualClock::new_auto();
    let rt = Runtime::builder().clock(clock).drain_rule(rule).build().unwrap();
    let log = Log::default();
    let (one, three, four) = (log.will(1), log.will(3), log.will(4));
    rt.set_timeout(0, move |rt| {
        one(rt);
        rt.next_tick(three);
        Promise::resolved(rt, ()).then(rt, move |rt, ()| {
            four(rt);
            Ok(())
        });
    });
    rt.set_timeout(0, log.will(2));
    rt.run().unwrap();
    log.take()
}

#[test]
fn node_11_drains_after_each_callback() {
    assert_eq!(two_timers(DrainRule::PerCallback), "1 3 4 2");
}

#[test]
fn node_10_drains_between_phases() {
    assert_eq!(two_timers(DrainRule::PerPhase), "1 2 3 4");
}

/// Five timers registered at 0; what the timers phase runs that is entered at 180 ms, and the one after it.
fn entered_at_180(limit: usize) -> [String; 2] {
    let clock = ManualClock::new();
    let rt = Runtime::builder().clock(clock.clone()).phase_callback_limit(limit).build().unwrap();
    let log = Log::default();
    for millis in [50, 150, 200, 500, 3000] {
        rt.set_timeout(millis, log.will(millis));
    }
    clock.advance(Duration::from_millis(180));
    [0, 1].map(|_| {
        assert!(rt.event_loop().run(RunMode::NoWait).unwrap());
        log.take()
    })
}

#[test]
fn the_timers_phase_runs_what_is_due() {
    assert_eq!(entered_at_180(0), ["50 150", ""]);
}

#[test]
fn a_limit_of_one_leaves_the_second_timer_to_the_next_iteration() {
    assert_eq!(entered_at_180(1), ["50", "150"]);
}

#[test]
fn a_limit_holds_for_immediates() {
    let rt = Runtime::builder().phase_callback_limit(2).build().unwrap();
    let log = Log::default();
    for n in 1..=5 {
        let lines = log.clone();
        rt.set_immediate(move |rt| {
            lines.say(n);
            rt.next_tick(lines.will("tick"));
        });
    }
    let mut phases = Vec::new();
    while rt.event_loop().run(RunMode::NoWait).unwrap() {
        phases.push(log.take());
    }
    phases.push(log.take());
    assert_eq!(phases, ["1 tick 2 tick", "3 tick 4 tick", "5 tick"]);
}

#[test]
fn next_tick_comes_before_a_promise() {
    let (rt, _) = manual();
    let log = Log::default();
    let resolve = log.will("resolve");
    rt.run_main(|rt| {
        Promise::resolved(rt, ()).then(rt, move |rt, ()| {
            resolve(rt);
            Ok(())
        });
        rt.next_tick(log.will("nextTick"));
    });
    assert_eq!(log.take(), "nextTick resolve");
}

#[test]
fn the_queues_have_no_limit() {
    fn again(rt: &Runtime, left: u32) {
        if left > 0 {
            rt.next_tick(move |rt| rt.queue_microtask(move |rt| again(rt, left - 1)));
        }
    }
    let rt = Runtime::builder().clock(ManualClock::new_auto()).phase_callback_limit(1).build().unwrap();
    let log = Log::default();
    rt.set_timeout(0, log.will("timer"));
    let lines = log.clone();
    rt.run_main(move |rt| {
        again(rt, 10_000);
        rt.next_tick(lines.will("tick"));
    });
    assert_eq!(log.take(), "tick");
    rt.run().unwrap();
    assert_eq!(log.take(), "timer");
}

#[test]
fn after_io_an_immediate_comes_before_a_timer() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let lines = log.clone();
    fs::stat(&rt, "/", move |rt, _| {
        rt.set_timeout(0, lines.will("setTimeout"));
        rt.set_immediate(lines.will("setImmediate"));
    });
    rt.run().unwrap();
    assert_eq!(log.take(), "setImmediate setTimeout");
}

#[test]
fn what_an_immediate_makes_immediate_waits_for_the_next_iteration() {
    let (rt, _) = manual();
    let log = Log::default();
    let lines = log.clone();
    rt.set_immediate(move |rt| {
        lines.say("a");
        rt.set_immediate(lines.will("c"));
    });
    rt.set_immediate(log.will("b"));
    let mut phases = Vec::new();
    while rt.event_loop().run(RunMode::NoWait).unwrap() {
        phases.push(log.take());
    }
    phases.push(log.take());
    assert_eq!(phases, ["a b", "c"]);
}
