//! Promises: how many microtasks everything takes, and who is told of rejections.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::support::{Log, catch_all, manual};
use node_compat::{Promise, Resolver, Runtime, Thrown};

type Unit = Promise<()>;

fn resolved(rt: &Runtime) -> Unit {
    Promise::resolved(rt, ())
}

fn rejected(rt: &Runtime) -> Unit {
    Promise::rejected(rt, Thrown::new("no"))
}

/// Says `line` when the promise is fulfilled.
fn say<T: Clone + 'static>(promise: &Promise<T>, rt: &Runtime, log: &Log, line: &'static str) {
    let log = log.clone();
    promise.then(rt, move |_, _| {
        log.say(line);
        Ok(())
    });
}

/// Says `line` when the promise is rejected.
fn say_caught<T: Clone + 'static>(promise: &Promise<T>, rt: &Runtime, log: &Log, line: &'static str) {
    let log = log.clone();
    promise.when_settled(rt, move |_, result| {
        if result.is_err() {
            log.say(line);
        }
        Ok(())
    });
}

/// The expected order is Node 20's, line for line.
#[test]
fn each_takes_its_number_of_microtasks() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let pass = |_: &Runtime, ()| Ok(());

    rt.run_main(|rt| {
        for (links, n) in ["1", "2", "3", "4", "5", "6", "7"].into_iter().enumerate() {
            let chain = (0..links).fold(resolved(rt), |promise, _| promise.then(rt, pass));
            say(&chain, rt, &log, n);
        }
        say(&resolved(rt).finally(rt, |_| ()), rt, &log, "finally");
        say(&resolved(rt).and_then(rt, |rt, ()| Ok(resolved(rt))), rt, &log, "and_then");
        say(&resolved(rt).and_finally(rt, |rt| Ok(resolved(rt))), rt, &log, "and_finally");
        say_caught(&rejected(rt).finally(rt, |_| ()), rt, &log, "finally_rejected");
        let throws = resolved(rt).finally(rt, |_| Err(Thrown::new("no")));
        say_caught(&throws, rt, &log, "finally_throws");
        say(&rejected(rt).or_else(rt, |rt, _| Ok(resolved(rt))), rt, &log, "or_else");
        say(&Unit::all(rt, []), rt, &log, "all_of_none");
        say(&Unit::all(rt, [resolved(rt)]), rt, &log, "all_of_one");
        say(&Unit::all(rt, [resolved(rt), resolved(rt).then(rt, pass)]), rt, &log, "all_of_two");
        say_caught(&Unit::all(rt, [resolved(rt), rejected(rt)]), rt, &log, "all_rejected");
        say(&Unit::race(rt, [resolved(rt).then(rt, pass), resolved(rt)]), rt, &log, "race");
        say(&Unit::any(rt, [rejected(rt), resolved(rt)]), rt, &log, "any");
        say_caught(&Unit::any(rt, []), rt, &log, "any_of_none");
        say_caught(&Unit::any(rt, [rejected(rt)]), rt, &log, "any_rejected");
        say(&Unit::all_settled(rt, [resolved(rt), rejected(rt)]), rt, &log, "all_settled");
        let follower = Unit::new(rt, |rt, resolver| resolver.resolve_with(rt, &resolved(rt)));
        say(&follower, rt, &log, "resolve_with");
        let follower = Unit::new(rt, |rt, resolver| resolver.resolve_with(rt, &rejected(rt)));
        say_caught(&follower, rt, &log, "resolve_with_rejected");
    });

    assert_eq!(
        log.take(),
        "1 all_of_none any_of_none 2 finally_throws all_of_one all_rejected race any any_rejected all_settled \
         3 all_of_two resolve_with resolve_with_rejected 4 finally and_then and_finally finally_rejected or_else 5 6 7"
    );
    assert_eq!(rt.run().unwrap(), 0);
}

#[test]
fn reactions_of_one_promise_run_in_their_order_and_never_at_once() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let (promise, resolver) = Promise::with_resolver();
    say(&promise, &rt, &log, "a");
    say(&promise, &rt, &log, "b");
    resolver.resolve(&rt, ());
    say(&promise, &rt, &log, "c");
    assert_eq!(log.take(), "");
    rt.run().unwrap();
    assert_eq!(log.take(), "a b c");
}

#[test]
fn the_first_call_of_a_resolver_wins() {
    let rt = Runtime::new().unwrap();
    let (followed, late) = Promise::with_resolver();
    let promise = Promise::new(&rt, |rt, resolver: Resolver<u8>| {
        resolver.resolve_with(rt, &followed);
        resolver.clone().resolve(rt, 2);
        resolver.reject(rt, Thrown::new("three"));
        Err(Thrown::new("four"))
    });
    rt.set_immediate(move |rt| late.resolve(rt, 1));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(promise.result().unwrap().unwrap(), 1);
}

#[test]
fn a_promise_cannot_follow_itself() {
    let rt = Runtime::new().unwrap();
    let (promise, resolver) = Promise::<()>::with_resolver();
    resolver.resolve_with(&rt, &promise);
    let reason = promise.result().unwrap().unwrap_err();
    assert_eq!(reason.message(), "Chaining cycle detected for promise #<Promise>");
    assert_eq!(rt.run().unwrap(), 1);
}

#[test]
fn values_and_reasons_pass_by_the_reactions_that_are_not_theirs() {
    let rt = Runtime::new().unwrap();
    let value = Promise::resolved(&rt, 1).catch(&rt, |_, _| Ok(0)).or_else(&rt, |rt, _| Ok(Promise::resolved(rt, 0)));
    let first = Promise::<u8>::rejected(&rt, Thrown::new("reason"));
    let reason = first.then(&rt, |_, n| Ok(n)).and_then(&rt, |rt, n| Ok(Promise::resolved(rt, n))).finally(&rt, |_| ());
    let caught = reason.catch(&rt, |_, reason| Ok(reason.message().len() as u8));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(value.result().unwrap().unwrap(), 1);
    assert_eq!(caught.result().unwrap().unwrap(), 6);
    let (first, passed_on) = (first.result().unwrap().unwrap_err(), reason.result().unwrap().unwrap_err());
    assert!(Rc::ptr_eq(&first, &passed_on));
}

#[test]
fn finally_waits_and_its_own_rejection_wins() {
    let rt = Runtime::new().unwrap();
    let (cleaned, resolver) = Promise::with_resolver();
    let promise = Promise::resolved(&rt, 1).and_finally(&rt, move |_| Ok(cleaned));
    let pending = promise.clone();
    rt.set_timeout(1, move |rt| {
        assert!(pending.is_pending());
        resolver.resolve(rt, ());
    });
    let failed = Promise::resolved(&rt, 1).and_finally(&rt, |rt| Ok(rejected(rt))).catch(&rt, |_, _| Ok(2));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(promise.result().unwrap().unwrap(), 1);
    assert_eq!(failed.result().unwrap().unwrap(), 2);
}

#[test]
fn combinators_keep_the_order_of_their_promises() {
    let (rt, _clock) = manual();
    let after = |millis: i32, ok: bool| {
        Promise::new(&rt, move |rt, resolver| {
            rt.set_timeout(millis, move |rt| match ok {
                true => resolver.resolve(rt, millis),
                false => resolver.reject(rt, Thrown::new(millis.to_string())),
            });
        })
    };
    let all = Promise::all(&rt, [after(3, true), after(1, true), after(2, true)]);
    let settled = Promise::all_settled(&rt, [after(3, true), after(1, false)]);
    let any = Promise::any(&rt, [after(1, false), after(3, true), after(2, true)]);
    let none = Promise::any(&rt, [after(2, false), after(1, false)]);
    let none = none.catch(&rt, |_, reason| {
        assert_eq!(reason.message(), "All promises were rejected");
        let reasons = reason.downcast_ref::<Vec<Rc<Thrown>>>().unwrap();
        assert_eq!(reasons.iter().map(|reason| reason.message()).collect::<Vec<_>>(), ["2", "1"]);
        Ok(0)
    });
    let race = Promise::race(&rt, [after(3, true), after(1, false)]).catch(&rt, |_, _| Ok(-1));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(all.result().unwrap().unwrap(), [3, 1, 2]);
    let settled = settled.result().unwrap().unwrap();
    assert_eq!(*settled[0].as_ref().unwrap(), 3);
    assert_eq!(settled[1].as_ref().unwrap_err().message(), "1");
    assert_eq!(any.result().unwrap().unwrap(), 2);
    assert_eq!((none.result().unwrap().unwrap(), race.result().unwrap().unwrap()), (0, -1));
    assert!(Unit::race(&rt, []).is_pending());
}

#[test]
fn a_rejection_without_a_reaction_is_uncaught_with_its_origin() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    catch_all(&rt, &log);
    rejected(&rt).then(&rt, |_, ()| Ok(()));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "unhandledRejection:no");
}

#[test]
fn unhandled_rejections_end_the_runtime_with_code_1_before_any_macrotask() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    rt.set_immediate(log.will("not reached"));
    rejected(&rt);
    rejected(&rt);
    assert_eq!(rt.run().unwrap(), 1);
    assert_eq!(log.take(), "");
}

#[test]
fn a_rejection_that_is_handled_before_the_queues_are_empty_is_not_reported() {
    let rt = Runtime::new().unwrap();
    let (a, b) = (rejected(&rt), rejected(&rt));
    rt.next_tick(move |rt| {
        a.catch(rt, |_, _| Ok(()));
    });
    rt.queue_microtask(move |rt| {
        rt.next_tick(move |rt| {
            b.catch(rt, |_, _| Ok(()));
        });
    });
    assert_eq!(rt.run().unwrap(), 0);
}

/// As Node: 2 is in the round of reports already when the report of 1 handles it, and nothing is told of it later.
#[test]
fn reports_come_in_order_and_late_handling_is_told_once() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let promises: Rc<RefCell<Vec<Unit>>> = Rc::default();
    let (lines, known) = (log.clone(), promises.clone());
    rt.on_unhandled_rejection(move |rt, reason, id| {
        lines.say(format_args!("unhandled:{}:{id}", reason.message()));
        let second = known.borrow()[1].clone();
        second.catch(rt, |_, _| Ok(()));
        rt.queue_microtask(lines.will("micro"));
        rt.next_tick(lines.will("tick"));
    });
    let lines = log.clone();
    rt.on_rejection_handled(move |_, reason, id| lines.say(format_args!("handled:{}:{id}", reason.message())));
    rt.run_main(|rt| {
        for reason in ["a", "b"] {
            promises.borrow_mut().push(Promise::rejected(rt, Thrown::new(reason)));
        }
    });
    assert_eq!(log.take(), "unhandled:a:1 unhandled:b:2 tick tick micro micro");
    let late = promises.borrow()[0].clone();
    rt.set_immediate(move |rt| {
        late.catch(rt, |_, _| Ok(()));
        late.catch(rt, |_, _| Ok(()));
    });
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "handled:a:1");
}

#[test]
fn a_report_that_rejects_again_is_reported_in_the_next_round() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let (left, lines) = (Cell::new(3), log.clone());
    rt.on_unhandled_rejection(move |rt, _, id| {
        lines.say(id);
        rt.next_tick(lines.will("tick"));
        if left.replace(left.get() - 1) > 1 {
            rejected(rt);
        }
    });
    rejected(&rt);
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "1 tick 2 tick 3 tick");
}

#[test]
fn a_panic_in_a_report_loses_no_other_report() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let lines = log.clone();
    rt.on_unhandled_rejection(move |_, reason, _| {
        lines.say(reason.message());
        assert_ne!(reason.message(), "bug");
    });
    for reason in ["bug", "a", "b"] {
        Unit::rejected(&rt, Thrown::new(reason));
    }
    let run = std::panic::AssertUnwindSafe(|| rt.run());
    assert!(std::panic::catch_unwind(run).is_err());
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "bug a b");
}

#[test]
fn a_long_pending_chain_is_dropped_without_overflowing_the_stack() {
    let rt = Runtime::new().unwrap();
    let witness = Rc::new(());
    let (first, _resolver) = Promise::with_resolver();
    let mut last = first.clone();
    for _ in 0..50_000 {
        let held = witness.clone();
        last = last.then(&rt, move |_, ()| {
            drop(held);
            Ok(())
        });
    }
    drop((first, _resolver));
    assert_eq!(Rc::strong_count(&witness), 1);
    assert!(last.is_pending());
}

#[test]
fn a_long_chain_settles_without_overflowing_the_stack() {
    let rt = Runtime::new().unwrap();
    let (first, resolver) = Promise::with_resolver();
    let mut last = first.then(&rt, |_, n: u32| Ok(n + 1));
    for _ in 1..50_000 {
        last = last.then(&rt, |_, n| Ok(n + 1));
    }
    resolver.resolve(&rt, 0);
    rt.run().unwrap();
    assert_eq!(last.result().unwrap().unwrap(), 50_000);
}

#[test]
fn debug_shows_the_state() {
    let rt = Runtime::new().unwrap();
    assert_eq!(format!("{:?}", Promise::<u8>::with_resolver().0), "Promise(<pending>)");
    assert_eq!(format!("{:?}", Promise::resolved(&rt, 7)), "Promise(7)");
    let rejected = rejected(&rt);
    rejected.catch(&rt, |_, _| Ok(()));
    assert_eq!(format!("{rejected:?}"), "Promise(Thrown(\"no\"))");
}
