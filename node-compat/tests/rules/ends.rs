//! What keeps a runtime going, and how it ends.

use std::cell::Cell;
use std::rc::Rc;

use node_compat::{DrainRule, Runtime};

use crate::support::{Log, manual};

#[test]
fn an_empty_runtime_ends_at_once() {
    for rule in [DrainRule::PerCallback, DrainRule::PerPhase] {
        let rt = Runtime::builder().drain_rule(rule).build().unwrap();
        assert_eq!(rt.run().unwrap(), 0);
        assert_eq!(rt.exit_code(), Some(0));
    }
}

#[test]
fn before_exit_is_called_again_while_it_schedules_something() {
    let (rt, _) = manual();
    let log = Log::default();
    let (left, lines) = (Cell::new(3), log.clone());
    rt.on_before_exit(move |rt, code| {
        lines.say(format_args!("beforeExit:{code}"));
        let lines = lines.clone();
        match left.replace(left.get().max(1) - 1) {
            3 => drop(rt.set_timeout(5, lines.will("timer")).has_ref(rt)),
            2 => drop(rt.set_immediate(lines.will("immediate")).has_ref(rt)),
            // A tick alone does not keep it going.
            1 => rt.next_tick(lines.will("tick")),
            _ => unreachable!("nothing was scheduled"),
        }
    });
    let lines = log.clone();
    rt.on_exit(move |_, code| lines.say(format_args!("exit:{code}")));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "beforeExit:0 timer beforeExit:0 immediate beforeExit:0 tick exit:0");
}

#[test]
fn exit_skips_everything_but_the_exit_hooks() {
    let (rt, _) = manual();
    let log = Log::default();
    let lines = log.clone();
    rt.on_before_exit(move |_, _| lines.say("beforeExit"));
    let lines = log.clone();
    rt.on_exit(move |rt, code| {
        lines.say(format_args!("exit:{code}"));
        rt.next_tick(lines.will("tick"));
        rt.set_timeout(0, lines.will("timer"));
        rt.exit(9);
    });
    rt.next_tick(log.will("first tick"));
    rt.next_tick(|rt| rt.exit(4));
    rt.next_tick(log.will("second tick"));
    rt.queue_microtask(log.will("microtask"));
    rt.set_immediate(log.will("immediate"));
    assert_eq!(rt.run().unwrap(), 9);
    assert_eq!(log.take(), "first tick exit:4");
}

#[test]
fn no_callback_of_the_phase_follows_an_exit() {
    let log = Log::default();
    let (rt, _) = manual();
    rt.set_timeout(1, |rt| rt.next_tick(|rt| rt.exit(0)));
    rt.set_timeout(1, log.will("timer"));
    rt.set_timeout(2, log.will("timer of another list"));
    rt.run().unwrap();
    let (rt, _) = manual();
    rt.set_immediate(|rt| rt.queue_microtask(|rt| rt.exit(0)));
    rt.set_immediate(log.will("immediate"));
    rt.run().unwrap();
    assert_eq!(log.take(), "");
}

#[test]
fn the_exit_code_can_be_set_until_the_end() {
    let (rt, _) = manual();
    rt.set_exit_code(1);
    rt.on_before_exit(|rt, code| rt.set_exit_code(code + 1));
    rt.on_exit(|rt, code| rt.set_exit_code(code + 1));
    assert_eq!(rt.run().unwrap(), 3);
}

#[test]
fn an_unreferenced_timer_fires_only_while_something_else_goes_on() {
    let (rt, _) = manual();
    let log = Log::default();
    rt.set_timeout(1, log.will("a")).unref(&rt);
    rt.set_timeout(3, log.will("b")).unref(&rt);
    rt.set_timeout(2, log.will("c"));
    rt.run().unwrap();
    assert_eq!(log.take(), "a c");
}

#[test]
fn a_timer_that_is_referenced_again_keeps_the_runtime() {
    let (rt, _) = manual();
    let log = Log::default();
    let timer = rt.set_timeout(1, log.will("fires"));
    timer.unref(&rt);
    timer.unref(&rt);
    assert!(!timer.has_ref(&rt));
    timer.ref_(&rt);
    assert!(timer.has_ref(&rt));
    rt.run().unwrap();
    assert_eq!(log.take(), "fires");
    timer.ref_(&rt);
    assert!(!timer.has_ref(&rt), "it has fired");
}

#[test]
fn an_interval_that_unrefs_itself_ends_the_runtime() {
    let (rt, _) = manual();
    let me = Rc::new(Cell::new(None));
    let this = me.clone();
    let calls = Rc::new(Cell::new(0));
    let count = calls.clone();
    me.set(Some(rt.set_interval(1, move |rt: &Runtime| {
        count.set(count.get() + 1);
        if count.get() == 2 {
            let this: node_compat::Timeout = this.get().unwrap();
            this.unref(rt);
        }
    })));
    rt.run().unwrap();
    assert_eq!(calls.get(), 2);
}

#[test]
fn immediates_that_are_all_unreferenced_do_not_keep_the_runtime() {
    let (rt, _) = manual();
    let log = Log::default();
    rt.set_immediate(log.will("a")).unref(&rt);
    rt.run().unwrap();
    assert_eq!(log.take(), "");

    let (rt, _) = manual();
    rt.set_immediate(log.will("a")).unref(&rt);
    rt.set_immediate(log.will("b"));
    rt.run().unwrap();
    assert_eq!(log.take(), "a b");
}

#[test]
fn work_keeps_the_runtime() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let lines = log.clone();
    rt.queue_work(|| 7, move |_, n| lines.say(n.unwrap()));
    rt.run().unwrap();
    assert_eq!(log.take(), "7");
}
