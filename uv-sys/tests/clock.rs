//! Clocks never go back, and a manual one moves as told.

use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use uv_sys::{Clock, Error, ManualClock, MonotonicClock};

#[test]
fn real_time_passes_and_cannot_be_skipped() {
    let start = MonotonicClock.now();
    assert!(!MonotonicClock.skip(Duration::from_secs(3600)));
    thread::sleep(Duration::from_millis(2));
    assert!(MonotonicClock.now() - start >= Duration::from_millis(2));
}

#[test]
fn clones_are_one_clock_across_threads() {
    let clock = ManualClock::new();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let clock = clock.clone();
            thread::spawn(move || (0..1000).for_each(|_| clock.advance(Duration::from_nanos(1))))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(clock.now(), Duration::from_nanos(4000));
    assert_eq!(format!("{clock:?}"), "ManualClock { now: 4µs, auto_advance: false }");
}

#[test]
fn pointers_to_a_clock_are_that_clock() {
    fn hour_later(clock: impl Clock) -> Duration {
        assert!(clock.skip(Duration::from_secs(3600)));
        clock.now()
    }
    let clock = ManualClock::new_auto();
    assert_eq!(hour_later(&clock).as_secs(), 3600);
    assert_eq!(hour_later(Rc::new(clock.clone())).as_secs(), 7200);
    assert_eq!(hour_later(Arc::new(clock.clone())).as_secs(), 10800);
    let boxed: Box<dyn Clock> = Box::new(clock);
    assert_eq!(hour_later(boxed).as_secs(), 14400);
}

#[derive(Clone, Debug)]
enum Step {
    Advance(Duration),
    Set(Duration),
    Skip(Duration),
    Auto(bool),
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        8 => (0u64..1_000_000).prop_map(Duration::from_nanos),
        2 => (0u64..1_000).prop_map(Duration::from_secs),
        1 => Just(Duration::MAX),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        duration().prop_map(Step::Advance),
        duration().prop_map(Step::Set),
        duration().prop_map(Step::Skip),
        any::<bool>().prop_map(Step::Auto),
    ]
}

proptest! {
    #[test]
    fn a_manual_clock_follows_the_model(steps in prop::collection::vec(step(), 0..40)) {
        let clock = ManualClock::new();
        let (mut now, mut auto) = (Duration::ZERO, false);
        for step in steps {
            match step {
                Step::Advance(by) => {
                    clock.advance(by);
                    now = now.saturating_add(by);
                }
                Step::Set(to) if to < now => prop_assert_eq!(clock.set(to), Err(Error::EINVAL)),
                Step::Set(to) => {
                    prop_assert_eq!(clock.set(to), Ok(()));
                    now = to;
                }
                Step::Skip(by) => {
                    prop_assert_eq!(clock.skip(by), auto);
                    if auto {
                        now = now.saturating_add(by);
                    }
                }
                Step::Auto(on) => {
                    let _ = clock.clone().auto_advance(on);
                    auto = on;
                }
            }
            prop_assert_eq!(clock.now(), now);
        }
    }
}
