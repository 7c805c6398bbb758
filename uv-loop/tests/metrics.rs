//! What a loop counts, the listing of its handles, and handles that are closed with their scope.

use std::io::Write;
use std::time::Duration;

use uv_loop::{Async, Error, Handle, Idle, Interest, Loop, ManualClock, MonotonicClock, Poll, RunMode, Timer};

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn iterations_are_counted_in_every_mode() {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(lp.metrics().loop_count, 0, "nothing to wait for");
    let mut left = 10;
    Idle::new(&lp)
        .start(&lp, move |lp, idle| {
            left -= 1;
            if left == 0 {
                idle.stop(lp).unwrap();
            }
        })
        .unwrap();
    lp.run(RunMode::NoWait).unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(lp.metrics().loop_count, 2);
    lp.run(RunMode::Default).unwrap();
    assert_eq!(lp.metrics().loop_count, 10);
    assert_eq!(lp.metrics().events, 0);
}

#[test]
fn a_descriptor_is_an_event_and_all_mail_is_one() {
    let lp = Loop::new().unwrap();
    let mut pipes = Vec::new();
    for _ in 0..3 {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"!").unwrap();
        pipes.push(writer);
        let poll = Poll::new(&lp, reader).unwrap();
        poll.start(&lp, Interest::READABLE, |lp, poll, _| poll.close(lp).unwrap()).unwrap();
    }
    for _ in 0..5 {
        let wakeup = Async::new(&lp, |lp, me| me.close(lp).unwrap());
        wakeup.sender(&lp).unwrap().send().unwrap();
    }
    lp.run(RunMode::Once).unwrap();
    assert_eq!(lp.metrics().events, 3 + 1);
    assert_eq!(lp.metrics().events_waiting, 0, "nobody asked for it");
}

#[test]
fn events_that_were_there_are_told_from_those_that_were_waited_for() {
    let lp = Loop::builder().metrics_idle_time(true).build().unwrap();
    let wakeup = Async::new(&lp, |lp, _| lp.stop());
    let sender = wakeup.sender(&lp).unwrap();
    sender.send().unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!((lp.metrics().events, lp.metrics().events_waiting), (1, 1));
    assert_eq!(lp.idle_time(), Duration::ZERO);

    let thread = std::thread::spawn(move || {
        std::thread::sleep(ms(30));
        sender.send().unwrap();
    });
    lp.run(RunMode::Default).unwrap();
    thread.join().unwrap();
    assert_eq!(lp.metrics().events, 2);
    // A thread that was starved may have sent before the loop began to wait.
    if lp.metrics().events_waiting == 1 {
        assert!(lp.idle_time() > Duration::ZERO);
    }
}

#[test]
fn idle_time_is_what_the_loop_has_waited() {
    let clock = ManualClock::new_auto();
    let lp = Loop::builder().clock(clock.clone()).metrics_idle_time(true).build().unwrap();
    let mut left = 5;
    Timer::new(&lp)
        .start(&lp, ms(7), ms(7), move |lp, timer| {
            // Time that passes in callbacks is not idle.
            clock.advance(ms(2));
            left -= 1;
            if left == 0 {
                timer.close(lp).unwrap();
            }
        })
        .unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(lp.idle_time(), ms(7 + 4 * 5));
}

#[test]
fn other_threads_see_the_wait_in_progress() {
    let lp = Loop::builder().metrics_idle_time(true).build().unwrap();
    let sender = Async::new(&lp, |lp, me| me.close(lp).unwrap()).sender(&lp).unwrap();
    let idle = lp.idle_time_reader();
    let thread = std::thread::spawn(move || {
        // The loop waits once, and for nothing but this.
        let has_waited = (0..2000).any(|_| {
            std::thread::sleep(ms(5));
            idle.read(&MonotonicClock) >= ms(20)
        });
        sender.send().unwrap();
        has_waited
    });
    lp.run(RunMode::Default).unwrap();
    assert!(thread.join().unwrap());
    assert!(lp.idle_time() >= ms(20));
    lp.set_metrics_idle_time(false);
    assert_eq!(lp.idle_time(), Duration::ZERO);
}

#[test]
fn without_the_option_no_idle_time_is_measured() {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    Timer::new(&lp).start(&lp, ms(7), Duration::ZERO, |_, _| {}).unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(lp.idle_time(), Duration::ZERO);
}

#[test]
fn the_listing_shows_every_state() {
    let lp = Loop::new().unwrap();
    let line = |index: usize| {
        let line = lp.handles()[index].to_string();
        line.rsplit_once(' ').unwrap().0.trim_end().to_owned()
    };
    let timer = Timer::new(&lp);
    assert_eq!(line(0), "[R--] timer");
    timer.start(&lp, ms(1), Duration::ZERO, |_, _| {}).unwrap();
    assert_eq!(line(0), "[RA-] timer");
    timer.unref(&lp).unwrap();
    assert_eq!(line(0), "[-A-] timer");
    timer.stop(&lp).unwrap();
    assert_eq!(line(0), "[---] timer");
    timer.close(&lp).unwrap();
    assert!(lp.handles()[0].closing);
    Async::new(&lp, |_, _| {}).unref(&lp).unwrap();
    assert_eq!(line(1), "[-A-] async");
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(lp.handles().len(), 1);
}

#[test]
fn an_owner_closes_its_handle_once() {
    let lp = Loop::new().unwrap();
    let idle = Idle::new(&lp);
    {
        let owned = idle.owned(&lp);
        assert_eq!(owned.id(), idle.id());
        assert!(!idle.is_closing(&lp));
    }
    assert_eq!(idle.close(&lp), Err(Error::EINVAL));

    let closed_before = Idle::new(&lp).owned(&lp);
    closed_before.close(&lp).unwrap();
    lp.run(RunMode::Default).unwrap();
    drop(closed_before);

    let released = Idle::new(&lp).owned(&lp).release();
    assert!(!released.is_closing(&lp));

    let outlives = Idle::new(&lp).owned(&lp);
    drop(lp);
    drop(outlives);
}
