//! What happens after a throw.

use std::cell::RefCell;
use std::rc::Rc;

use node_compat::{Origin, Runtime, Thrown, fs};

use crate::support::{Log, catch_all, manual};

fn boom() -> Result<(), Thrown> {
    Err(Thrown::new("boom"))
}

#[test]
fn the_next_timer_runs_before_the_throwers_ticks() {
    let (rt, _) = manual();
    let log = Log::default();
    catch_all(&rt, &log);
    let lines = log.clone();
    rt.set_timeout(1, move |rt| {
        rt.next_tick(lines.will("tick"));
        rt.queue_microtask(lines.will("microtask"));
        boom()
    });
    rt.set_timeout(1, log.will("timer"));
    rt.set_timeout(2, log.will("other list"));
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:boom timer tick microtask other list");
}

#[test]
fn the_next_immediate_runs_before_the_throwers_ticks() {
    let (rt, _) = manual();
    let log = Log::default();
    catch_all(&rt, &log);
    let lines = log.clone();
    rt.set_immediate(move |rt| {
        rt.next_tick(lines.will("tick"));
        boom()
    });
    rt.set_immediate(log.will("second"));
    rt.set_immediate(log.will("third"));
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:boom second tick third");
}

/// Node looks for immediates again after the throw of the last one, and finds those of the next iteration.
#[test]
fn after_a_throw_of_the_last_immediate_those_of_the_next_iteration_run() {
    let (rt, _) = manual();
    let log = Log::default();
    catch_all(&rt, &log);
    let lines = log.clone();
    rt.set_immediate(move |rt| {
        rt.next_tick(lines.will("tick"));
        rt.set_immediate(lines.will("immediate"));
        boom()
    });
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:boom immediate tick");
}

#[test]
fn a_throwing_tick_leaves_the_rest_to_the_next_drain() {
    let (rt, _) = manual();
    let log = Log::default();
    catch_all(&rt, &log);
    let lines = log.clone();
    rt.set_timeout(1, move |rt| {
        rt.next_tick(|_| boom());
        rt.next_tick(lines.will("tick"));
        rt.queue_microtask(lines.will("microtask"));
    });
    rt.set_timeout(1, log.will("timer"));
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:boom timer tick microtask");
}

#[test]
fn a_throwing_microtask_stops_nothing() {
    let (rt, _) = manual();
    let log = Log::default();
    catch_all(&rt, &log);
    rt.run_main(|rt| {
        rt.queue_microtask(|_| boom());
        rt.queue_microtask(log.will("microtask"));
    });
    assert_eq!(log.take(), "uncaughtException:boom microtask");
}

#[test]
fn ticks_of_a_throwing_io_callback_run_before_the_check_phase() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    catch_all(&rt, &log);
    let lines = log.clone();
    fs::stat(&rt, "/", move |rt, _| {
        rt.set_immediate(lines.will("immediate"));
        rt.next_tick(lines.will("tick"));
        boom()
    });
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:boom tick immediate");
}

/// The drain at the start of a check phase may make immediates: they are of this phase, as in Node.
#[test]
fn what_leftover_ticks_make_immediate_is_of_the_same_check_phase() {
    let (rt, _) = manual();
    let log = Log::default();
    catch_all(&rt, &log);
    rt.run_main(|rt| {
        rt.set_immediate(log.will("immediate"));
        rt.next_tick(|_| boom());
        let lines = log.clone();
        rt.next_tick(move |rt| {
            lines.say("tick");
            rt.set_immediate(lines.will("late immediate"));
            rt.set_timeout(0, lines.will("timer"));
        });
    });
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:boom tick immediate late immediate timer");
}

#[test]
fn a_throwing_main_program_is_reported_and_drained() {
    let (rt, _) = manual();
    let log = Log::default();
    catch_all(&rt, &log);
    rt.run_main(|rt| {
        rt.next_tick(log.will("tick"));
        boom()
    });
    assert_eq!(log.take(), "uncaughtException:boom tick");
    assert_eq!(rt.run().unwrap(), 0);
}

#[test]
fn an_interval_goes_on_after_a_throw() {
    let (rt, _) = manual();
    let log = Log::default();
    catch_all(&rt, &log);
    let mut left = 3;
    rt.set_interval(1, move |rt| {
        left -= 1;
        if left == 0 {
            rt.exit(0);
        }
        boom()
    });
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:boom uncaughtException:boom uncaughtException:boom");
}

#[test]
fn an_uncaught_exception_ends_the_runtime() {
    let (rt, _) = manual();
    let log = Log::default();
    let lines = log.clone();
    rt.on_exit(move |_, code| lines.say(code));
    let lines = log.clone();
    rt.set_immediate(move |rt| {
        rt.next_tick(lines.will("tick"));
        boom()
    });
    rt.set_immediate(log.will("immediate"));
    assert_eq!(rt.run().unwrap(), 1);
    assert!(rt.is_exiting());
    assert_eq!(log.take(), "1");
}

#[test]
fn the_handler_gets_the_value_and_the_origin_and_may_decline() {
    let (rt, _) = manual();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let seen_by_handler = seen.clone();
    rt.on_uncaught_exception(move |_, thrown, origin| {
        seen_by_handler.borrow_mut().push((*thrown.downcast_ref::<u32>().unwrap(), origin));
        false
    });
    rt.next_tick(|_| Err(Thrown::with_value("seven", 7_u32)));
    assert_eq!(rt.run().unwrap(), 1);
    assert_eq!(*seen.borrow(), [(7, Origin::UncaughtException)]);
}
