//! How sockets and servers end: dropped runtimes, panics, exits, and connecting anew.

use std::cell::Cell;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use node_compat::net::{NetError, Server, Socket, connect, create_server};
use node_compat::{DrainRule, Runtime, Thrown};

fn pair(rt: &Runtime) -> (Socket, Socket) {
    let (one, other) = UnixStream::pair().unwrap();
    (Socket::from_fd(rt, one).unwrap(), Socket::from_fd(rt, other).unwrap())
}

#[test]
fn a_runtime_drops_its_sockets_and_their_listeners() {
    let rt = Runtime::new().unwrap();
    let token = Rc::new(());
    let (one, other) = pair(&rt);
    let held = token.clone();
    one.on_data(&rt, move |_, _, _| drop(held.clone()));
    let held = token.clone();
    one.write_with(&rt, vec![0; 10_000_000], move |_, _| drop(held));
    let held = token.clone();
    one.set_timeout(&rt, Duration::from_secs(60));
    one.on_timeout(move |_, _| drop(held.clone()));
    other.pause();
    let held = token.clone();
    let server = create_server(move |_, _, _| drop(held.clone()));
    server.listen(&rt, 0).unwrap();
    let held = token.clone();
    connect(&rt, server.address(&rt).unwrap(), move |_, _| drop(held));
    drop((one, other, server));
    assert_eq!(Rc::strong_count(&token), 6);
    drop(rt);
    assert_eq!(Rc::strong_count(&token), 1);
}

#[test]
fn a_socket_that_nobody_holds_stays_open() {
    let rt = Runtime::new().unwrap();
    let (one, other) = pair(&rt);
    let count = Rc::new(Cell::new(0));
    let counted = count.clone();
    one.on_data(&rt, move |_, _, bytes| counted.set(counted.get() + bytes.len()));
    drop(one);
    rt.set_timeout(1, move |rt| {
        other.write(rt, "still there");
        other.destroy_soon(rt);
    });
    rt.run().unwrap();
    assert_eq!(count.get(), "still there".len());
}

#[test]
fn a_panic_in_a_listener_leaves_the_runtime_usable() {
    let rt = Runtime::new().unwrap();
    let (one, other) = pair(&rt);
    let closed = Rc::new(Cell::new(0));
    for socket in [&one, &other] {
        let closed = closed.clone();
        socket.on_close(move |_, _, _| closed.set(closed.get() + 1));
        socket.resume(&rt);
    }
    let panicked = Cell::new(false);
    one.on_data(&rt, move |rt, one, _| {
        if panicked.replace(true) {
            one.end(rt);
        } else {
            panic!("a bug");
        }
    });
    other.write(&rt, "one");
    assert!(catch_unwind(AssertUnwindSafe(|| rt.run())).is_err());
    other.write(&rt, "two");
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(closed.get(), 2);
}

#[test]
fn nothing_is_called_after_an_exit() {
    let rt = Runtime::new().unwrap();
    let (one, other) = pair(&rt);
    one.on_data(&rt, |rt, one, _| {
        one.write_with(rt, "more", |_, _| -> () { unreachable!() });
        one.destroy(rt);
        rt.exit(3);
    });
    one.on_close(|_, _, _| -> () { unreachable!() });
    other.on_data(&rt, |_, _, _| -> () { unreachable!() });
    other.write(&rt, "exit");
    assert_eq!(rt.run().unwrap(), 3);
}

#[test]
fn an_error_that_nobody_listens_to_is_thrown() {
    let rt = Runtime::new().unwrap();
    let message = Rc::new(Cell::new(None));
    let seen = message.clone();
    rt.on_uncaught_exception(move |_, thrown, _| {
        let error: Option<&NetError> = thrown.downcast_ref();
        seen.set(error.and_then(NetError::code));
        true
    });
    Socket::new().connect(&rt, std::path::Path::new("/no/such/socket"));
    rt.run().unwrap();
    assert_eq!(message.take(), Some("ENOENT"));

    let rt = Runtime::new().unwrap();
    let seen = message.clone();
    rt.on_uncaught_exception(move |_, thrown, _| {
        seen.set((thrown.downcast_ref() == Some(&7)).then_some("seven"));
        true
    });
    Socket::new().destroy_with(&rt, NetError::other(Thrown::with_value("own", 7)));
    rt.run().unwrap();
    assert_eq!(message.take(), Some("seven"));
}

#[test]
fn a_socket_connects_anew() {
    let rt = Runtime::new().unwrap();
    let seen = Rc::new(Cell::new(0));
    let server = create_server(|rt, _, socket| {
        socket.write(rt, "hello");
        socket.end(rt);
        socket.resume(rt);
    });
    server.listen(&rt, 0).unwrap();
    let socket = Socket::new();
    let count = seen.clone();
    socket.on_data(&rt, move |_, _, bytes| count.set(count.get() + bytes.len()));
    let times = Cell::new(1);
    let listener = server.clone();
    socket.on_close(move |rt, socket, had_error| {
        assert!(!had_error);
        if times.replace(times.get() + 1) < 3 {
            socket.connect(rt, listener.address(rt).unwrap());
        } else {
            listener.close(rt);
        }
    });
    socket.connect(&rt, server.address(&rt).unwrap());
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(seen.get(), 3 * "hello".len());
}

/// The new connection neither ends nor fails by what was under way on the old one.
#[test]
fn a_socket_connects_anew_in_the_midst_of_things() {
    for connected in [false, true] {
        let rt = Runtime::new().unwrap();
        let (calls, got) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let server = create_server(|rt, _, socket| {
            socket.on_data(rt, |rt, socket, bytes| {
                socket.write(rt, bytes);
            });
            socket.on_error(|_, _, _| ());
        });
        server.listen(&rt, 0).unwrap();
        let again = {
            let (calls, server) = (calls.clone(), server.clone());
            move |rt: &Runtime, socket: &Socket| {
                let count = || {
                    let calls = calls.clone();
                    move |_: &Runtime, result: Result<(), NetError>| {
                        calls.set(calls.get() + 1 + 100 * i32::from(result.is_ok()))
                    }
                };
                let first = calls.clone();
                socket.write_with(rt, "first", move |_, _| first.set(first.get() + 1));
                socket.write_with(rt, vec![0; 30_000_000], count());
                socket.write_with(rt, "waits", count());
                socket.end_with(rt, count());
                socket.destroy(rt);
                socket.connect(rt, server.address(rt).unwrap());
                socket.write(rt, "hello");
            }
        };
        let socket = Socket::new();
        let (count, listener) = (got.clone(), server.clone());
        socket.on_data(&rt, move |rt, socket, bytes| {
            count.set(count.get() + bytes.len());
            if count.get() == "hello".len() {
                listener.close(rt);
                socket.end(rt);
            }
        });
        socket.connect(&rt, server.address(&rt).unwrap());
        if connected {
            let times = Cell::new(0);
            socket.on_connect(move |rt, socket| {
                if times.replace(times.get() + 1) == 0 {
                    again(rt, socket);
                }
            });
        } else {
            again(&rt, &socket);
        }
        rt.on_uncaught_exception(|_, thrown, _| panic!("{}", thrown.message()));
        assert_eq!(rt.run().unwrap(), 0);
        assert_eq!((calls.get(), got.get()), (4, "hello".len()), "connected: {connected}");
        assert_eq!(server.connections(), 0);
        assert!(socket.is_destroyed() && socket.is_writable_finished());
    }
}

#[test]
fn unref_and_ref() {
    let rt = Runtime::new().unwrap();
    let server = Server::new();
    server.unref(&rt);
    server.listen(&rt, 0).unwrap();
    let (one, other) = pair(&rt);
    one.unref(&rt);
    other.unref(&rt);
    assert_eq!(rt.run().unwrap(), 0);
    assert!(server.is_listening());

    let rt = Runtime::new().unwrap();
    let server = Server::new();
    server.listen(&rt, 0).unwrap();
    server.unref(&rt);
    server.ref_(&rt);
    let closed = server.clone();
    rt.set_timeout(1, move |rt| closed.close(rt)).unref(&rt);
    assert_eq!(rt.run().unwrap(), 0);
    assert!(!server.is_listening());
}

/// A long write that gets on, however slowly, does not time out.
#[test]
fn a_slow_reader_is_no_timeout() {
    let rt = Runtime::new().unwrap();
    let (one, other) = pair(&rt);
    one.set_timeout(&rt, Duration::from_millis(200));
    one.on_timeout(|_, _| -> () { unreachable!() });
    one.write(&rt, vec![0; 4_000_000]);
    one.end(&rt);
    one.resume(&rt);
    let count = Rc::new(Cell::new(0));
    let counted = count.clone();
    other.on_data(&rt, move |rt, other, bytes| {
        counted.set(counted.get() + bytes.len());
        other.pause();
        let other = other.clone();
        rt.set_immediate(move |rt| other.resume(rt));
    });
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(count.get(), 4_000_000);
}

#[test]
fn between_the_phases_if_so_is_the_rule() {
    let rt = Runtime::builder().drain_rule(DrainRule::PerPhase).build().unwrap();
    let (one, other) = pair(&rt);
    let (got, closes) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    for socket in [&one, &other] {
        let (got, closes) = (got.clone(), closes.clone());
        socket.on_data(&rt, move |_, _, bytes| got.set(got.get() + bytes.len()));
        socket.on_close(move |_, _, _| closes.set(closes.get() + 1));
    }
    one.write(&rt, vec![0; 1_000_000]);
    one.end(&rt);
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!((got.get(), closes.get()), (1_000_000, 2));
}
