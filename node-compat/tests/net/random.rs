//! Random programs on both ends of a connection: every byte comes once and in order, every callback is called once, and
//! every socket is closed once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use node_compat::net::{NetError, Server, ServerOptions, Socket, SocketOptions};
use node_compat::{Runtime, Thrown};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize),
    Pause,
    Resume,
    End,
    /// What follows is done from an immediate.
    Immediate,
    /// What follows is done from a timer.
    Timeout(i32),
    Destroy,
    DestroyWith,
    Reset,
}

fn steps(destroys: bool) -> impl Strategy<Value = Vec<Step>> {
    let any = prop_oneof![
        4 => (0_usize..100).prop_map(Step::Write),
        2 => (0_usize..400_000).prop_map(Step::Write),
        1 => Just(Step::Pause),
        2 => Just(Step::Resume),
        1 => Just(Step::End),
        3 => Just(Step::Immediate),
        1 => (0_i32..3).prop_map(Step::Timeout),
    ];
    let step = if destroys {
        prop_oneof![12 => any, 1 => Just(Step::Destroy), 1 => Just(Step::DestroyWith), 1 => Just(Step::Reset)].boxed()
    } else {
        any.boxed()
    };
    prop::collection::vec(step, 0..12)
}

/// One end, and what is known of it.
#[derive(Default)]
struct End {
    sent: RefCell<Vec<u8>>,
    received: RefCell<Vec<u8>>,
    /// Callbacks that were handed over, and those that were called and how many of them with an error.
    asked: Cell<usize>,
    called: Cell<usize>,
    failed: Cell<usize>,
    ends: Cell<usize>,
    finishes: Cell<usize>,
    errors: Cell<usize>,
    closes: RefCell<Vec<bool>>,
}

impl End {
    fn watch(self: &Rc<Self>, rt: &Runtime, socket: &Socket) {
        let end = self.clone();
        socket.on_data(rt, move |_, _, bytes| end.received.borrow_mut().extend(bytes));
        let end = self.clone();
        socket.on_end(move |_, _| end.ends.set(end.ends.get() + 1));
        let end = self.clone();
        socket.on_finish(move |_, _| end.finishes.set(end.finishes.get() + 1));
        let end = self.clone();
        socket.on_error(move |_, _, _| {
            assert!(end.closes.borrow().is_empty(), "an error after the close");
            end.errors.set(end.errors.get() + 1);
        });
        let end = self.clone();
        socket.on_close(move |_, _, had_error| end.closes.borrow_mut().push(had_error));
    }

    fn callback(self: &Rc<Self>) -> impl FnOnce(&Runtime, Result<(), NetError>) + 'static {
        self.asked.set(self.asked.get() + 1);
        let end = self.clone();
        move |_, result| {
            end.called.set(end.called.get() + 1);
            end.failed.set(end.failed.get() + usize::from(result.is_err()));
        }
    }

    fn run(self: Rc<Self>, rt: &Runtime, socket: Socket, steps: Rc<[Step]>, from: usize) {
        for (at, &step) in steps.iter().enumerate().skip(from) {
            match step {
                Step::Write(count) => {
                    if socket.is_writable() {
                        let start = self.sent.borrow().len();
                        let bytes: Vec<u8> = (start..start + count).map(|n| (n % 251) as u8).collect();
                        self.sent.borrow_mut().extend(&bytes);
                        socket.write_with(rt, bytes, self.callback());
                    }
                }
                Step::Pause => socket.pause(),
                Step::Resume => socket.resume(rt),
                Step::End => socket.end_with(rt, self.callback()),
                Step::Immediate => {
                    rt.set_immediate(move |rt| self.run(rt, socket, steps, at + 1));
                    return;
                }
                Step::Timeout(millis) => {
                    rt.set_timeout(millis, move |rt| self.run(rt, socket, steps, at + 1));
                    return;
                }
                Step::Destroy => socket.destroy(rt),
                Step::DestroyWith => socket.destroy_with(rt, NetError::other(Thrown::new("enough"))),
                Step::Reset => socket.reset_and_destroy(rt).unwrap(),
            }
        }
        // Whatever was begun comes to an end.
        socket.resume(rt);
        socket.end(rt);
    }
}

fn check(client: &[Step], server: &[Step], options: SocketOptions, destroys: bool) -> Result<(), TestCaseError> {
    let rt = Runtime::new().unwrap();
    let (ours, theirs) = (Rc::new(End::default()), Rc::new(End::default()));
    let accepted = Rc::new(Cell::new(0));
    let listener = Server::with_options(ServerOptions { sockets: options, ..ServerOptions::default() });
    let (end, count, steps) = (theirs.clone(), accepted.clone(), Rc::<[Step]>::from(server));
    listener.on_connection(move |rt, listener, socket| {
        count.set(count.get() + 1);
        end.watch(rt, socket);
        end.clone().run(rt, socket.clone(), steps.clone(), 0);
        listener.close(rt);
    });
    let (end, steps) = (ours.clone(), Rc::<[Step]>::from(client));
    listener.on_listening(move |rt, listener| {
        let socket = Socket::with_options(options);
        end.watch(rt, &socket);
        let listener_too = listener.clone();
        // One that is destroyed as it connects may never be seen by the listener.
        socket.on_close(move |rt, _, _| listener_too.close(rt));
        socket.connect(rt, listener.address(rt).unwrap());
        end.clone().run(rt, socket, steps.clone(), 0);
    });
    listener.listen(&rt, 0).unwrap();
    prop_assert_eq!(rt.run().unwrap(), 0);
    prop_assert_eq!(listener.connections(), 0);
    let both = accepted.get() == 1;
    prop_assert!(both || destroys);
    for (end, other, was_there) in [(&ours, &theirs, true), (&theirs, &ours, both)] {
        let (sent, received) = (end.sent.borrow(), other.received.borrow());
        prop_assert!(sent.starts_with(&received), "{} sent, {} received", sent.len(), received.len());
        prop_assert_eq!(end.called.get(), end.asked.get(), "callbacks");
        prop_assert!(end.ends.get() <= 1 && end.finishes.get() <= 1 && end.errors.get() <= 1);
        prop_assert_eq!(end.closes.borrow().len(), usize::from(was_there), "closes");
        if end.errors.get() > 0 {
            prop_assert_eq!(&*end.closes.borrow(), &[true]);
        }
        // A half-open one may send as long as it likes; one that is not loses what it had not sent when the other ended.
        if !destroys && options.allow_half_open {
            prop_assert_eq!(sent.len(), received.len());
            prop_assert_eq!((end.ends.get(), end.finishes.get(), end.errors.get()), (1, 1, 0));
        }
    }
    Ok(())
}

fn options() -> impl Strategy<Value = SocketOptions> {
    (any::<bool>(), prop_oneof![Just(16 * 1024), Just(1), Just(100)]).prop_map(|(allow_half_open, high_water_mark)| {
        SocketOptions { allow_half_open, high_water_mark, ..SocketOptions::default() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_that_is_written_comes(client in steps(false), server in steps(false), options in options()) {
        check(&client, &server, options, false)?;
    }

    #[test]
    fn nothing_is_lost_when_sockets_are_destroyed(
        client in steps(true),
        server in steps(true),
        options in options(),
    ) {
        check(&client, &server, options, true)?;
    }
}
