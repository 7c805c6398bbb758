//! Timers and immediates: order and time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use node_compat::{Clock, Delay, Immediate, ManualClock, Runtime, Timeout};
use proptest::prelude::*;

use crate::support::{Log, manual};

/// Says `line` and the time.
fn timed(log: &Log, clock: &ManualClock, line: &'static str) -> impl Fn(&Runtime) + 'static {
    let (log, clock) = (log.clone(), clock.clone());
    move |_| log.say(format_args!("{line}:{}", clock.now().as_millis()))
}

#[test]
fn timers_of_one_duration_are_first_in_first_out() {
    let (rt, _) = manual();
    let log = Log::default();
    for n in 0..100 {
        rt.set_timeout(10, log.will(n));
    }
    rt.run().unwrap();
    assert_eq!(log.take(), (0..100).map(|n| n.to_string()).collect::<Vec<_>>().join(" "));
}

#[test]
fn fractions_are_cut_off_and_what_is_no_delay_is_one() {
    let (rt, clock) = manual();
    let log = Log::default();
    for (delay, line) in [(2.0, "two"), (1.9, "a"), (f64::NAN, "b"), (-5.0, "c"), (0.0, "d"), (2_147_483_647.5, "e")] {
        rt.set_timeout(delay, timed(&log, &clock, line));
    }
    rt.set_timeout(Duration::MAX, timed(&log, &clock, "f"));
    rt.set_timeout(i32::MIN, timed(&log, &clock, "g"));
    rt.set_timeout(u64::MAX, timed(&log, &clock, "h"));
    rt.run().unwrap();
    assert_eq!(log.take(), "a:1 b:1 c:1 d:1 e:1 f:1 g:1 h:1 two:2");
    assert_eq!(Delay::from(2_147_483_646.9).as_millis(), 2_147_483_646);
}

#[test]
fn a_due_list_goes_before_another_that_expired_earlier() {
    let (rt, clock) = manual();
    let log = Log::default();
    rt.set_timeout(10, timed(&log, &clock, "10 set at 0"));
    clock.advance(Duration::from_millis(2));
    rt.set_timeout(9, timed(&log, &clock, "9 set at 2"));
    clock.advance(Duration::from_millis(3));
    rt.set_timeout(10, timed(&log, &clock, "10 set at 5"));
    clock.advance(Duration::from_millis(15));
    rt.run().unwrap();
    assert_eq!(log.take(), "10 set at 0:20 10 set at 5:20 9 set at 2:20");
}

#[test]
fn a_timer_set_by_a_timer_waits_from_the_time_that_is_then() {
    let (rt, clock) = manual();
    let log = Log::default();
    let (passes, second) = (clock.clone(), timed(&log, &clock, "second"));
    rt.set_timeout(1, move |rt| {
        passes.advance(Duration::from_millis(10));
        rt.set_timeout(5, second);
    });
    rt.run().unwrap();
    assert_eq!(log.take(), "second:16");
}

#[test]
fn refresh_puts_a_timer_behind_the_others() {
    let (rt, clock) = manual();
    let log = Log::default();
    let first = rt.set_timeout(10, timed(&log, &clock, "a"));
    rt.set_timeout(10, timed(&log, &clock, "b"));
    clock.advance(Duration::from_millis(4));
    assert!(first.refresh(&rt));
    rt.run().unwrap();
    assert_eq!(log.take(), "b:10 a:14");
    assert!(!first.refresh(&rt), "it has fired");
}

#[test]
fn a_refresh_from_inside_fires_again_if_it_can() {
    let (rt, _) = manual();
    let log = Log::default();
    let ids: Rc<RefCell<Vec<Timeout>>> = Rc::default();
    let (lines, known, left) = (log.clone(), ids.clone(), Cell::new(3));
    let again = rt.set_refreshable_timeout(1, move |rt| {
        lines.say("again");
        left.set(left.get() - 1);
        if left.get() > 0 {
            assert!(known.borrow()[0].refresh(rt));
        }
    });
    let (lines, known) = (log.clone(), ids.clone());
    let once = rt.set_timeout(1, move |rt| {
        lines.say("once");
        known.borrow()[1].refresh(rt);
    });
    ids.borrow_mut().extend([again, once]);
    rt.run().unwrap();
    assert_eq!(log.take(), "again once again again");
    assert!(!again.is_pending(&rt) && !once.is_pending(&rt));
}

/// As in Node, which has it in hand already when the ticks run.
#[test]
fn a_due_timer_that_the_ticks_before_it_refresh_fires_all_the_same() {
    let (rt, clock) = manual();
    let log = Log::default();
    let second = Rc::new(Cell::new(None));
    let later: Rc<Cell<Option<Timeout>>> = second.clone();
    rt.set_timeout(1, move |rt| {
        rt.next_tick(move |rt| assert!(later.get().unwrap().refresh(rt)));
    });
    second.set(Some(rt.set_timeout(1, timed(&log, &clock, "second"))));
    rt.run().unwrap();
    assert_eq!(log.take(), "second:1");
}

/// As in Node: 20 is due at 25, after 15 which is due at 23; but its list was made at 0 and keeps its place.
#[test]
fn clearing_an_unreferenced_timer_leaves_its_list() {
    let (rt, clock) = manual();
    let log = Log::default();
    let gone = rt.set_timeout(20, timed(&log, &clock, "gone"));
    gone.unref(&rt);
    rt.clear_timeout(gone);
    clock.advance(Duration::from_millis(5));
    rt.set_timeout(20, timed(&log, &clock, "20"));
    clock.advance(Duration::from_millis(3));
    rt.set_timeout(15, timed(&log, &clock, "15"));
    clock.advance(Duration::from_millis(32));
    rt.run().unwrap();
    assert_eq!(log.take(), "20:40 15:40");
}

#[test]
fn callbacks_clear_each_other_and_themselves() {
    let (rt, _) = manual();
    let log = Log::default();
    let ids: Rc<RefCell<Vec<Timeout>>> = Rc::default();
    for (n, victims) in [vec![0, 2], vec![], vec![], vec![5], vec![4], vec![]].into_iter().enumerate() {
        let (lines, known) = (log.clone(), ids.clone());
        let id = rt.set_timeout(if n < 3 { 1 } else { 2 }, move |rt| {
            lines.say(n);
            for &victim in &victims {
                let victim = known.borrow()[victim];
                rt.clear_timeout(victim);
                rt.clear_timeout(victim);
                assert!(!victim.is_pending(rt));
            }
        });
        ids.borrow_mut().push(id);
    }
    rt.run().unwrap();
    assert_eq!(log.take(), "0 1 3 4");
}

#[test]
fn a_stale_id_is_nobody_elses() {
    let (rt, _) = manual();
    let log = Log::default();
    let old = rt.set_timeout(1, log.will("old"));
    rt.clear_timeout(old);
    let new = rt.set_timeout(1, log.will("new"));
    rt.clear_timeout(old);
    old.unref(&rt);
    assert!(!old.refresh(&rt));
    assert!(new.is_pending(&rt) && new.has_ref(&rt));
    rt.run().unwrap();
    assert_eq!(log.take(), "new");
}

#[test]
fn an_interval_counts_from_its_start_and_does_not_catch_up() {
    let (rt, clock) = manual();
    let log = Log::default();
    let (lines, time) = (log.clone(), clock.clone());
    let mut calls = 0;
    rt.set_interval(10, move |rt| {
        lines.say(time.now().as_millis());
        calls += 1;
        match calls {
            1 => time.advance(Duration::from_millis(3)),
            2 => time.advance(Duration::from_millis(35)),
            4 => rt.exit(0),
            _ => {}
        }
    });
    rt.run().unwrap();
    // The second call takes longer than the interval: the third follows at once, and no other in its place.
    assert_eq!(log.take(), "10 20 55 65");
}

#[test]
fn immediates_clear_each_other() {
    let (rt, _) = manual();
    let log = Log::default();
    let ids: Rc<RefCell<Vec<Immediate>>> = Rc::default();
    for n in 0..4 {
        let (lines, known) = (log.clone(), ids.clone());
        let id = rt.set_immediate(move |rt: &Runtime| {
            lines.say(n);
            let (this, next) = (known.borrow()[n], known.borrow()[n + 1]);
            rt.clear_immediate(this);
            rt.next_tick(move |rt| rt.clear_immediate(next));
        });
        ids.borrow_mut().push(id);
    }
    let last = rt.set_immediate(log.will("last"));
    ids.borrow_mut().push(last);
    rt.run().unwrap();
    assert_eq!(log.take(), "0 2 last");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever was set, cleared or refreshed before the loop: each that is left fires once, when its time has come and
    /// not earlier, and those of one duration in the order in which they were set or refreshed.
    #[test]
    fn each_fires_once_in_time_and_in_order(
        delays in proptest::collection::vec((1..20_u64, 0..5_u64), 1..40),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>(), 0..5_u64), 0..20),
    ) {
        let (rt, clock) = manual();
        let fired: Rc<RefCell<Vec<usize>>> = Rc::default();
        let mut timers = Vec::new();
        let mut waiting: Vec<(usize, u64, u64)> = Vec::new();
        for (n, &(delay, pause)) in delays.iter().enumerate() {
            let (fired, time) = (fired.clone(), clock.clone());
            let due = clock.now().as_millis() as u64 + delay;
            waiting.push((n, delay, due));
            timers.push(rt.set_timeout(delay, move |_| {
                assert!(time.now().as_millis() as u64 >= delay);
                fired.borrow_mut().push(n);
            }));
            clock.advance(Duration::from_millis(pause));
        }
        for (which, clears, pause) in changes {
            let n = which.index(timers.len());
            let before = waiting.iter().position(|&(number, ..)| number == n).map(|at| waiting.remove(at));
            if clears {
                rt.clear_timeout(timers[n]);
            } else {
                prop_assert_eq!(timers[n].refresh(&rt), before.is_some());
                if let Some((n, delay, _)) = before {
                    waiting.push((n, delay, clock.now().as_millis() as u64 + delay));
                }
            }
            clock.advance(Duration::from_millis(pause));
        }
        rt.run().unwrap();
        let fired = fired.take();
        let mut sorted = fired.clone();
        sorted.sort_unstable();
        let mut left: Vec<_> = waiting.iter().map(|&(n, ..)| n).collect();
        left.sort_unstable();
        prop_assert_eq!(sorted, left);
        for delay in 1..20 {
            let of_list = |&&(_, other, _): &&(usize, u64, u64)| other == delay;
            let expected: Vec<_> = waiting.iter().filter(of_list).map(|&(n, ..)| n).collect();
            let got: Vec<_> = fired.iter().copied().filter(|n| expected.contains(n)).collect();
            prop_assert_eq!(got, expected);
        }
        prop_assert!(u128::from(waiting.iter().map(|&(.., due)| due).max().unwrap_or(0)) <= clock.now().as_millis());
    }
}
