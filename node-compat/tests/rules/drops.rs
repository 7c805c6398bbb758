//! Nothing that waits outlives the runtime.

use std::rc::Rc;

use node_compat::{EventEmitter, Promise, Runtime, Thrown, fs};

#[test]
fn dropping_the_runtime_drops_every_callback_uncalled() {
    let witness = Rc::new(());
    let held = || {
        let witness = witness.clone();
        move |_: &Runtime| assert_eq!(Rc::strong_count(&witness), 0, "nothing of this is called")
    };
    let rt = Runtime::new().unwrap();
    rt.next_tick(held());
    rt.queue_microtask(held());
    rt.set_immediate(held());
    rt.set_timeout(1, held());
    rt.set_refreshable_timeout(1, held());
    rt.set_interval(1, held());
    rt.set_timeout(1, held()).unref(&rt);
    let call = held();
    rt.on_before_exit(move |rt, _| call(rt));
    let call = held();
    rt.on_exit(move |rt, _| call(rt));
    let call = held();
    rt.on_uncaught_exception(move |rt, _, _| {
        call(rt);
        true
    });
    let call = held();
    rt.on_unhandled_rejection(move |rt, _, _| call(rt));
    let call = held();
    rt.on_rejection_handled(move |rt, _, _| call(rt));
    let call = held();
    fs::stat(&rt, "/", move |rt, _| call(rt));
    let call = held();
    fs::read_file(&rt, "/dev/null", move |rt, _| call(rt));
    let call = held();
    rt.queue_work(|| (), move |rt, _| call(rt));
    let call = held();
    Promise::resolved(&rt, ()).then(&rt, move |rt, ()| {
        call(rt);
        Ok(())
    });
    Promise::<()>::rejected(&rt, Thrown::with_value("never reported", witness.clone()));
    assert!(Rc::strong_count(&witness) > 15);
    drop(rt);
    assert_eq!(Rc::strong_count(&witness), 1);
}

#[test]
fn callbacks_are_dropped_when_they_have_run_or_were_taken_back() {
    let witness = Rc::new(());
    let held = || {
        let witness = witness.clone();
        move |_: &Runtime| drop(Rc::clone(&witness))
    };
    let rt = Runtime::new().unwrap();
    rt.next_tick(held());
    rt.queue_microtask(held());
    rt.set_immediate(held());
    rt.set_timeout(1, held());
    let (timer, immediate) = (rt.set_interval(1, held()), rt.set_immediate(held()));
    let count = Rc::strong_count(&witness);
    rt.clear_timeout(timer);
    rt.clear_immediate(immediate);
    assert_eq!(Rc::strong_count(&witness), count - 2);
    rt.run().unwrap();
    assert_eq!(Rc::strong_count(&witness), 1);
}

#[test]
fn a_clone_in_a_callback_keeps_the_runtime_until_the_callback_is_gone() {
    let witness = Rc::new(());
    let held = witness.clone();
    let rt = Runtime::new().unwrap();
    let inside = rt.clone();
    rt.set_immediate(move |_| {
        drop(held);
        assert!(!inside.is_exiting());
    });
    rt.set_immediate(|_| ());
    rt.run().unwrap();
    drop(rt);
    assert_eq!(Rc::strong_count(&witness), 1);

    // Left to wait for ever it is a cycle; whoever takes the timer back breaks it.
    let rt = Runtime::new().unwrap();
    let (inside, held) = (rt.clone(), witness.clone());
    let timer = rt.set_timeout(60_000, move |_| {
        drop(held);
        inside.exit(1);
    });
    let outside = rt.clone();
    drop(rt);
    assert_eq!(Rc::strong_count(&witness), 2);
    outside.clear_timeout(timer);
    drop(outside);
    assert_eq!(Rc::strong_count(&witness), 1);
}

#[test]
fn what_a_callback_drops_may_come_back_into_the_runtime() {
    struct ClearsAll(Runtime, Vec<node_compat::Timeout>);
    impl Drop for ClearsAll {
        fn drop(&mut self) {
            self.1.iter().for_each(|&timer| self.0.clear_timeout(timer));
            self.0.next_tick(|_| ());
        }
    }
    let rt = Runtime::new().unwrap();
    let others = vec![rt.set_timeout(60_000, |_| ()), rt.set_interval(60_000, |_| ())];
    let guard = ClearsAll(rt.clone(), others);
    let timer = rt.set_timeout(60_000, move |_| drop(guard));
    rt.clear_timeout(timer);
    assert_eq!(rt.run().unwrap(), 0);
}

#[test]
fn an_emitter_drops_its_listeners() {
    let witness = Rc::new(());
    let emitter = EventEmitter::<()>::new();
    for _ in 0..3 {
        let held = witness.clone();
        emitter.on("event", move |_, ()| drop(Rc::clone(&held)));
    }
    let held = witness.clone();
    let id = emitter.once("other", move |_, ()| drop(held));
    emitter.off(id);
    assert_eq!(Rc::strong_count(&witness), 4);
    emitter.remove_all_listeners("event");
    assert_eq!(Rc::strong_count(&witness), 1);
}
