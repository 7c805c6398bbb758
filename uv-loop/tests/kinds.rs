//! Kinds of handles made outside of the crate.

use std::cell::{Cell, RefCell};
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{Async, Check, Error, Event, Handle, HandleId, HandleKind, Interest, Loop, ManualClock, RunMode, Timer};

type OnEvent = Box<dyn Fn(&Loop, HandleId, Event)>;

/// A pipe's end, with everything that the loop says about it.
struct Pipe {
    reader: Rc<PipeReader>,
    log: RefCell<Vec<&'static str>>,
    on_event: RefCell<Option<OnEvent>>,
    on_deferred: Cell<fn(&Loop, HandleId)>,
}

impl Pipe {
    fn new(lp: &Loop) -> (Rc<Pipe>, HandleId, PipeWriter) {
        let (reader, writer) = std::io::pipe().unwrap();
        let pipe = Rc::new(Pipe {
            reader: Rc::new(reader),
            log: RefCell::default(),
            on_event: RefCell::default(),
            on_deferred: Cell::new(|_, _| ()),
        });
        let id = lp.add_handle(pipe.clone());
        (pipe, id, writer)
    }

    fn readable(lp: &Loop) -> (Rc<Pipe>, HandleId, PipeWriter) {
        let (pipe, id, mut writer) = Pipe::new(lp);
        writer.write_all(b"x").unwrap();
        lp.watch(id, Interest::READABLE).unwrap();
        lp.set_active(id, true).unwrap();
        (pipe, id, writer)
    }

    fn when_ready(&self, call: impl Fn(&Loop, HandleId, Event) + 'static) {
        *self.on_event.borrow_mut() = Some(Box::new(call));
    }

    fn take_log(&self) -> Vec<&'static str> {
        self.log.take()
    }
}

impl HandleKind for Pipe {
    fn name(&self) -> &'static str {
        "pipe"
    }
    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        Some(self.reader.clone())
    }
    fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
        self.log.borrow_mut().push("event");
        if let Some(call) = &*self.on_event.borrow() {
            call(lp, id, event);
        }
    }
    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        self.log.borrow_mut().push("deferred");
        self.on_deferred.get()(lp, id);
    }
    fn on_close(&self, _: &Loop, _: HandleId) {
        self.log.borrow_mut().push("close");
    }
    fn on_closed(&self, _: &Loop, _: HandleId) {
        self.log.borrow_mut().push("closed");
    }
}

#[test]
fn an_event_is_reported_until_it_is_dealt_with() {
    let lp = Loop::new().unwrap();
    let (pipe, _id, _writer) = Pipe::readable(&lp);
    for _ in 0..3 {
        lp.run(RunMode::Once).unwrap();
    }
    assert_eq!(pipe.take_log(), ["event"; 3]);
    (&*pipe.reader).read_exact(&mut [0]).unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert!(pipe.take_log().is_empty());
}

#[test]
fn a_handle_closes_in_its_time() {
    let lp = Loop::new().unwrap();
    let (pipe, id, _writer) = Pipe::readable(&lp);
    let order = Rc::new(RefCell::new(Vec::new()));
    let noted = order.clone();
    let at_close = pipe.clone();
    id.close_with(&lp, move |_| *noted.borrow_mut() = at_close.take_log()).unwrap();
    assert_eq!(*pipe.log.borrow(), ["close"]);
    assert_eq!(lp.watch(id, Interest::READABLE), Err(Error::EINVAL));
    assert_eq!(lp.set_active(id, true), Err(Error::EINVAL));
    assert_eq!(lp.defer(id), Err(Error::EINVAL));
    assert!(lp.kind::<Pipe>(id).is_ok());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*order.borrow(), ["close", "closed"]);
    assert_eq!(lp.watch(id, Interest::READABLE), Err(Error::EBADF));
    assert_eq!(lp.defer(id), Err(Error::EBADF));
    assert!(matches!(lp.kind::<Pipe>(id), Err(Error::EBADF)));
    assert_eq!(Rc::strong_count(&pipe), 1);
}

/// Two readable handles; the one that is called first does something to the other.
fn first_of_two(lp: &Loop, act: impl Fn(&Loop, HandleId, &Pipe) + 'static) -> [Rc<Pipe>; 2] {
    let [(a, ida, wa), (b, idb, wb)] = [Pipe::readable(lp), Pipe::readable(lp)];
    let act = Rc::new(act);
    let done = Rc::new(Cell::new(false));
    let open = Rc::new((wa, wb));
    for (this, other, id) in [(&a, &b, idb), (&b, &a, ida)] {
        let (other, act, done, open) = (Rc::downgrade(other), act.clone(), done.clone(), open.clone());
        this.when_ready(move |lp, _, _| {
            let _ = &open;
            if !done.replace(true) {
                act(lp, id, &other.upgrade().unwrap());
            }
        });
    }
    [a, b]
}

fn logs([a, b]: &[Rc<Pipe>; 2]) -> [Vec<&'static str>; 2] {
    let mut logs = [a.take_log(), b.take_log()];
    logs.sort_by_key(|log| log.len());
    logs
}

#[test]
fn a_handle_that_was_closed_in_the_same_batch_has_no_event() {
    let lp = Loop::new().unwrap();
    let pipes = first_of_two(&lp, |lp, other, _| other.close(lp).unwrap());
    lp.run(RunMode::Once).unwrap();
    assert_eq!(logs(&pipes), [vec!["event"], vec!["close", "closed"]]);
}

#[test]
fn a_handle_that_stopped_watching_in_the_same_batch_has_no_event() {
    let lp = Loop::new().unwrap();
    let pipes = first_of_two(&lp, |lp, other, _| lp.watch(other, Interest::NONE).unwrap());
    lp.run(RunMode::Once).unwrap();
    assert_eq!(logs(&pipes), [vec![], vec!["event"]]);
}

#[test]
fn a_handle_that_watches_for_something_else_since_has_no_old_event() {
    let lp = Loop::new().unwrap();
    let pipes = first_of_two(&lp, |lp, other, _| lp.watch(other, Interest::WRITABLE).unwrap());
    lp.run(RunMode::Once).unwrap();
    assert_eq!(logs(&pipes), [vec![], vec!["event"]]);
}

#[test]
fn a_watch_that_began_in_the_batch_has_its_first_event_in_the_next() {
    let lp = Loop::new().unwrap();
    let pipes = first_of_two(&lp, |lp, other, _| {
        lp.watch(other, Interest::NONE).unwrap();
        lp.watch(other, Interest::READABLE).unwrap();
    });
    lp.run(RunMode::Once).unwrap();
    assert_eq!(logs(&pipes), [vec![], vec!["event"]]);
    lp.run(RunMode::Once).unwrap();
    assert_eq!(logs(&pipes), [vec!["event"], vec!["event"]]);
}

#[test]
fn a_limit_serves_all_descriptors_and_the_mail_in_turns() {
    const PIPES: usize = 7;
    for limit in 1..=PIPES + 2 {
        let lp = Loop::builder().phase_callback_limit(limit).build().unwrap();
        let pipes: Vec<_> = (0..PIPES).map(|_| Pipe::readable(&lp)).collect();
        let sent = Rc::new(Cell::new(0));
        let sender = Rc::new(RefCell::new(None));
        let wakeup = Async::new(&lp, {
            let (sent, sender) = (sent.clone(), sender.clone());
            move |_, _| {
                sent.set(sent.get() + 1);
                sender.borrow().as_ref().map(uv_loop::AsyncSender::send).unwrap().unwrap();
            }
        });
        *sender.borrow_mut() = Some(wakeup.sender(&lp).unwrap());
        sender.borrow().as_ref().unwrap().send().unwrap();
        let turns = 40;
        for turn in 1..=turns {
            lp.run(RunMode::Once).unwrap();
            let calls: usize = pipes.iter().map(|(pipe, ..)| pipe.log.borrow().len()).sum();
            let all = limit.min(PIPES + 1) * turn;
            assert!((all - turn / 2..=all).contains(&(calls + sent.get())), "{calls} {limit}");
        }
        let counts = pipes.iter().map(|(pipe, ..)| pipe.log.borrow().len());
        let (least, most) = (counts.clone().min().unwrap(), counts.max().unwrap());
        assert!(least > 0 && most - least <= 2, "limit {limit}: {least} to {most}");
        assert!(sent.get() >= turns / 2);
    }
}

#[test]
fn deferred_calls_hold_the_loop_and_come_once() {
    let lp = Loop::new().unwrap();
    let (pipe, id, _writer) = Pipe::new(&lp);
    lp.defer(id).unwrap();
    lp.defer(id).unwrap();
    assert!(lp.alive());
    assert_eq!(lp.backend_timeout(), Some(std::time::Duration::ZERO));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(pipe.take_log(), ["deferred"]);

    // Closing takes it back.
    lp.defer(id).unwrap();
    id.close(&lp).unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(pipe.take_log(), ["close", "closed"]);
}

#[test]
fn what_the_poll_phase_defers_comes_right_after_it_up_to_eight_times() {
    let lp = Loop::new().unwrap();
    let (pipe, id, _writer) = Pipe::readable(&lp);
    pipe.on_deferred.set(|lp, id| lp.defer(id).unwrap());
    pipe.when_ready(|lp, id, _| {
        lp.watch(id, Interest::NONE).unwrap();
        lp.defer(id).unwrap();
    });
    let seen = Rc::new(Cell::new(0));
    Check::new(&lp)
        .start(&lp, {
            let (seen, pipe) = (seen.clone(), pipe.clone());
            move |_, _| seen.set(pipe.log.borrow().len())
        })
        .unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(seen.get(), 1 + 8);
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(seen.get(), 1 + 8 + 1 + 8, "and one in the pending phase");
    id.close(&lp).unwrap();
}

#[test]
fn bad_descriptors_are_errors() {
    struct Nothing;
    impl HandleKind for Nothing {
        fn name(&self) -> &'static str {
            "nothing"
        }
    }
    struct File(Rc<std::fs::File>);
    impl HandleKind for File {
        fn name(&self) -> &'static str {
            "file"
        }
        fn fd(&self) -> Option<Rc<dyn AsFd>> {
            Some(self.0.clone())
        }
    }

    let lp = Loop::new().unwrap();
    let nothing = lp.add_handle(Rc::new(Nothing));
    assert_eq!(lp.watch(nothing, Interest::READABLE), Err(Error::EINVAL));
    let file = std::fs::File::open("Cargo.toml");
    let file = lp.add_handle(Rc::new(File(Rc::new(file.unwrap()))));
    assert_eq!(lp.watch(file, Interest::READABLE), Err(Error::EPERM));
    assert!(matches!(lp.kind::<Nothing>(file), Err(Error::EINVAL)));

    let (pipe, id, _writer) = Pipe::readable(&lp);
    let same = lp.add_handle(pipe.clone());
    assert_eq!(lp.watch(same, Interest::READABLE), Err(Error::EEXIST));
    // Closing the one that has no watch leaves the other's alone.
    same.close(&lp).unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(pipe.take_log(), ["close", "event", "closed"]);
    id.close(&lp).unwrap();
}

#[test]
fn internal_handles_are_the_loops_own() {
    struct Internal(Rc<Cell<bool>>);
    impl HandleKind for Internal {
        fn name(&self) -> &'static str {
            "internal"
        }
        fn is_internal(&self) -> bool {
            true
        }
    }
    impl Drop for Internal {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }

    let lp = Loop::new().unwrap();
    let dropped = Rc::new(Cell::new(false));
    let id = lp.add_handle(Rc::new(Internal(dropped.clone())));
    let (_, other, _writer) = Pipe::new(&lp);
    let mut seen = Vec::new();
    lp.walk(|id, _| seen.push(id));
    assert_eq!(seen, [other]);
    assert!(!lp.is_closable());
    other.close(&lp).unwrap();
    lp.run(RunMode::Default).unwrap();
    assert!(!id.is_closing(&lp) && lp.is_closable());
    assert_eq!(lp.handles().len(), 1, "it is listed");
    lp.set_active(id, true).unwrap();
    assert!(lp.alive(), "unless it is unreferenced");
    lp.close().map_err(|(_, error)| error).unwrap();
    assert!(dropped.get());
}

#[test]
fn a_watch_that_is_not_needed_gives_way() {
    /// Watches somebody else's pipe, and gives way or does not.
    struct Second {
        reader: Rc<PipeReader>,
        gives_way: Cell<bool>,
    }
    impl HandleKind for Second {
        fn name(&self) -> &'static str {
            "second"
        }
        fn fd(&self) -> Option<Rc<dyn AsFd>> {
            Some(self.reader.clone())
        }
        fn on_contended(&self, lp: &Loop, id: HandleId) {
            if self.gives_way.get() {
                lp.watch(id, Interest::NONE).unwrap();
            }
        }
    }

    let lp = Loop::new().unwrap();
    let (pipe, id, _writer) = Pipe::new(&lp);
    let second = Rc::new(Second { reader: pipe.reader.clone(), gives_way: Cell::new(false) });
    let other = lp.add_handle(second.clone());
    lp.watch(other, Interest::READABLE).unwrap();
    assert_eq!(lp.watch(id, Interest::READABLE), Err(Error::EEXIST));
    assert_eq!(lp.check_fd(pipe.reader.as_fd()), Err(Error::EEXIST));
    second.gives_way.set(true);
    lp.check_fd(pipe.reader.as_fd()).unwrap();
    lp.watch(id, Interest::READABLE).unwrap();
    assert_eq!(lp.watch(other, Interest::READABLE), Err(Error::EEXIST));
}

/// Ends the watch, which nobody needs.
fn ignore(lp: &Loop, id: HandleId, _: Event) {
    lp.watch(id, Interest::NONE).unwrap();
    lp.ignore_event();
}

/// A loop whose clock goes to the next timer when there is nothing to do, and an hour's timer that counts.
fn with_hour() -> (Loop, Rc<Cell<u32>>) {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    let fired = Rc::new(Cell::new(0));
    let count = fired.clone();
    let hour = Duration::from_secs(3600);
    Timer::new(&lp).start(&lp, hour, Duration::ZERO, move |_, _| count.set(count.get() + 1)).unwrap();
    (lp, fired)
}

#[test]
fn a_poll_phase_waits_on_when_all_events_were_nobodys() {
    let (lp, fired) = with_hour();
    let (one, _, _to_one) = Pipe::readable(&lp);
    let (other, _, _to_other) = Pipe::readable(&lp);
    one.when_ready(ignore);
    other.when_ready(ignore);
    let iterations = lp.metrics().loop_count;
    assert!(lp.run(RunMode::Once).unwrap());
    assert_eq!((one.take_log(), other.take_log()), (vec!["event"], vec!["event"]));
    assert_eq!(fired.get(), 1, "the run has ended before its time was over");
    assert_eq!(lp.metrics().loop_count, iterations + 1);
}

#[test]
fn a_poll_phase_ends_with_the_first_event_that_is_somebodys() {
    let (lp, fired) = with_hour();
    let (nobodys, _, _to_nobody) = Pipe::readable(&lp);
    let (somebodys, _, _to_somebody) = Pipe::readable(&lp);
    nobodys.when_ready(ignore);
    lp.run(RunMode::Once).unwrap();
    assert_eq!((nobodys.take_log(), somebodys.take_log()), (vec!["event"], vec!["event"]));
    assert_eq!(fired.get(), 0);
}

#[test]
fn a_poll_phase_that_does_not_wait_ends_with_nobodys_event() {
    let (lp, fired) = with_hour();
    let (pipe, id, mut writer) = Pipe::readable(&lp);
    pipe.when_ready(ignore);
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!((pipe.take_log(), fired.get()), (vec!["event"], 0));
    // What is stopped meanwhile does not wait either.
    pipe.when_ready(|lp, id, event| {
        ignore(lp, id, event);
        lp.stop();
    });
    writer.write_all(b"x").unwrap();
    lp.watch(id, Interest::READABLE).unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!((pipe.take_log(), fired.get()), (vec!["event"], 0));
}
