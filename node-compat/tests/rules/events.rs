//! The event emitter.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use node_compat::{EventEmitter, ListenerId, Runtime, Thrown};
use proptest::prelude::*;

use crate::support::Log;

#[test]
fn listeners_are_called_at_once_and_in_their_order() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let emitter = EventEmitter::new();
    for (line, prepends) in [("b", false), ("c", false), ("a", true)] {
        let lines = log.clone();
        let f = move |_: &Runtime, n: &u32| lines.say(format_args!("{line}{n}"));
        if prepends {
            emitter.prepend_listener("event", f)
        } else {
            emitter.on("event", f)
        };
    }
    assert!(emitter.emit(&rt, "event", 1).unwrap());
    assert_eq!(log.take(), "a1 b1 c1");
}

#[test]
fn an_emit_goes_through_the_listeners_that_there_were() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let emitter = EventEmitter::new();
    let victim: Rc<Cell<Option<ListenerId>>> = Rc::default();
    let (inner, id, lines) = (emitter.clone(), victim.clone(), log.clone());
    emitter.on("event", move |_, ()| {
        lines.say("first");
        if let Some(id) = id.take() {
            assert!(inner.off(id));
        }
        let lines = lines.clone();
        inner.once("event", move |_, ()| lines.say("added"));
    });
    let lines = log.clone();
    victim.set(Some(emitter.on("event", move |_, ()| lines.say("removed"))));
    emitter.emit(&rt, "event", ()).unwrap();
    assert_eq!(log.take(), "first removed");
    emitter.emit(&rt, "event", ()).unwrap();
    assert_eq!(log.take(), "first added");
}

#[test]
fn a_once_listener_is_called_once_also_by_an_emit_within_an_emit() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let emitter = EventEmitter::new();
    let (inner, lines, depth) = (emitter.clone(), log.clone(), Cell::new(0));
    emitter.on("event", move |rt, ()| {
        lines.say("on");
        if depth.replace(1) == 0 {
            inner.emit(rt, "event", ())?;
        }
        Ok::<(), Thrown>(())
    });
    let lines = log.clone();
    emitter.once("event", move |_, ()| lines.say("once"));
    emitter.emit(&rt, "event", ()).unwrap();
    assert_eq!(log.take(), "on on once");
    assert_eq!(emitter.listener_count("event"), 1);
}

#[test]
fn a_throw_ends_the_emit() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let emitter = EventEmitter::new();
    emitter.once("event", |_, ()| Err(Thrown::new("boom")));
    let lines = log.clone();
    emitter.on("event", move |_, ()| lines.say("second"));
    assert_eq!(emitter.emit(&rt, "event", ()).unwrap_err().message(), "boom");
    assert_eq!(log.take(), "");
    assert!(emitter.emit(&rt, "event", ()).unwrap());
    assert_eq!(log.take(), "second");
}

#[test]
fn an_error_without_a_listener_is_thrown() {
    let rt = Runtime::new().unwrap();
    let emitter = EventEmitter::<String>::new();
    let thrown = emitter.emit(&rt, "error", "payload".to_owned()).unwrap_err();
    assert_eq!(thrown.message(), "Unhandled 'error' event");
    assert_eq!(thrown.downcast_ref::<String>().unwrap(), "payload");

    let emitter = EventEmitter::<Thrown>::new();
    let thrown = emitter.emit(&rt, "error", Thrown::with_value("itself", 3_u8)).unwrap_err();
    assert_eq!((thrown.message(), thrown.downcast_ref()), ("itself", Some(&3_u8)));
    emitter.on("error", |_, _| ());
    assert!(emitter.emit(&rt, "error", Thrown::new("handled")).unwrap());
    assert!(!emitter.emit(&rt, "other", Thrown::new("nobody")).unwrap());
}

#[test]
fn a_leak_is_told_once_an_event() {
    let emitter = EventEmitter::<()>::new();
    let told: Rc<RefCell<Vec<(String, usize)>>> = Rc::default();
    let (seen, inner) = (told.clone(), emitter.clone());
    emitter.on_leak(move |name, count| {
        assert_eq!(inner.listener_count(name), count);
        seen.borrow_mut().push((name.to_owned(), count));
    });
    emitter.set_max_listeners(2);
    for name in ["a", "b", "a", "a", "a", "b", "b"] {
        emitter.on(name, |_, ()| ());
    }
    assert_eq!(told.take(), [("a".to_owned(), 3), ("b".to_owned(), 3)]);
    emitter.set_max_listeners(0);
    for _ in 0..100 {
        emitter.on("c", |_, ()| ());
    }
    assert!(told.take().is_empty());
}

#[test]
fn an_id_of_another_emitter_removes_nothing() {
    let (a, b) = (EventEmitter::<()>::new(), EventEmitter::<()>::new());
    let id = a.on("event", |_, ()| ());
    b.on("event", |_, ()| ());
    assert!(!b.off(id));
    assert_eq!(b.listener_count("event"), 1);
    assert_eq!(format!("{b:?}"), "EventEmitter {\"event\": 1}");
}

#[derive(Clone, Debug)]
enum Operation {
    Add { name: usize, once: bool, first: bool },
    Off(prop::sample::Index),
    RemoveAll(Option<usize>),
    Emit(usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (0..3_usize, any::<bool>(), any::<bool>())
            .prop_map(|(name, once, first)| Operation::Add { name, once, first }),
        2 => any::<prop::sample::Index>().prop_map(Operation::Off),
        1 => prop::option::of(0..3_usize).prop_map(Operation::RemoveAll),
        3 => (0..3_usize).prop_map(Operation::Emit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Against one list of (name, listener, once), the names in the order of their first listeners.
    #[test]
    fn it_is_a_list_of_listeners(operations in prop::collection::vec(operation(), 0..60)) {
        const NAMES: [&str; 3] = ["a", "b", "c"];
        let rt = Runtime::new().unwrap();
        let called: Rc<RefCell<Vec<usize>>> = Rc::default();
        let emitter = EventEmitter::new();
        let mut ids = Vec::new();
        let mut names: Vec<usize> = Vec::new();
        let mut model: Vec<(usize, usize, bool)> = Vec::new();
        for operation in operations {
            match operation {
                Operation::Add { name, once, first } => {
                    let (number, called) = (ids.len(), called.clone());
                    let f = move |_: &Runtime, ()| called.borrow_mut().push(number);
                    let f = move |rt: &Runtime, (): &()| f(rt, ());
                    ids.push(match (once, first) {
                        (false, false) => emitter.on(NAMES[name], f),
                        (true, false) => emitter.once(NAMES[name], f),
                        (false, true) => emitter.prepend_listener(NAMES[name], f),
                        (true, true) => emitter.prepend_once_listener(NAMES[name], f),
                    });
                    let at = if first { 0 } else { model.len() };
                    model.insert(at, (name, number, once));
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                Operation::Off(which) if !ids.is_empty() => {
                    let number = which.index(ids.len());
                    let at = model.iter().position(|&(_, other, _)| other == number);
                    prop_assert_eq!(emitter.off(ids[number]), at.is_some());
                    at.map(|at| model.remove(at));
                }
                Operation::Off(_) => {}
                Operation::RemoveAll(name) => {
                    emitter.remove_all_listeners(name.map(|name| NAMES[name]));
                    model.retain(|&(other, ..)| name.is_some_and(|name| name != other));
                }
                Operation::Emit(name) => {
                    let expected: Vec<_> = model.iter().filter(|it| it.0 == name).map(|it| it.1).collect();
                    prop_assert_eq!(emitter.emit(&rt, NAMES[name], ()).unwrap(), !expected.is_empty());
                    prop_assert_eq!(called.take(), expected);
                    model.retain(|&(other, _, once)| other != name || !once);
                }
            }
            names.retain(|&name| model.iter().any(|it| it.0 == name));
            let expected: Vec<_> = names.iter().map(|&name| NAMES[name]).collect();
            prop_assert_eq!(emitter.event_names(), expected);
            for (name, text) in NAMES.iter().enumerate() {
                prop_assert_eq!(emitter.listener_count(text), model.iter().filter(|it| it.0 == name).count());
            }
        }
    }
}
