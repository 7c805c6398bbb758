//! Descriptors run out, and none is left behind. Alone in its process: it counts them.

use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::rc::Rc;

use node_compat::net::{Endpoint, NetError, Server, Socket, connect, create_server};
use node_compat::{Runtime, Thrown};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

#[test]
fn descriptors() {
    // What is opened once for the process is there after this.
    Runtime::new().unwrap().run().unwrap();
    let before = open_descriptors();
    many_sockets();
    assert_eq!(open_descriptors(), before, "after many sockets");
    throws_everywhere();
    assert_eq!(open_descriptors(), before, "after throws");
    resets_while_it_is_written();
    assert_eq!(open_descriptors(), before, "after resets");
    none_left();
    assert_eq!(open_descriptors(), before, "after there were none left");
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

fn limit(current: u64) -> u64 {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let current = maximum.map_or(current, |maximum| maximum.min(current));
    setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum }).unwrap();
    current
}

fn echo() -> Server {
    create_server(|rt, _, socket| {
        socket.on_data(rt, |rt, socket, bytes| {
            socket.write(rt, bytes);
        });
    })
}

/// 5,000 connections at a time, or as many as there may be; a hundred connect at once.
fn many_sockets() {
    let count = usize::try_from(limit(10_500).saturating_sub(500) / 2).unwrap();
    let rt = Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let crowd = Rc::new(Crowd { server: echo(), count, ..Crowd::default() });
    crowd.server.listen(&rt, dir.path().join("socket")).unwrap();
    for _ in 0..100 {
        crowd.clone().one_more(&rt);
    }
    assert_eq!(rt.run(), Ok(0));
    assert_eq!((crowd.most.get(), crowd.closed.get(), crowd.server.connections()), (count, count, 0));
}

#[derive(Default)]
struct Crowd {
    server: Server,
    count: usize,
    begun: Cell<usize>,
    open: RefCell<Vec<Socket>>,
    most: Cell<usize>,
    closed: Cell<usize>,
}

impl Crowd {
    fn one_more(self: Rc<Self>, rt: &Runtime) {
        if self.begun.replace(self.begun.get() + 1) >= self.count {
            return;
        }
        let socket = connect(rt, self.server.address(rt).unwrap(), |rt, socket| {
            socket.write(rt, "hello");
        });
        let it = self.clone();
        socket.on_close(move |_, _, had_error| {
            assert!(!had_error);
            it.closed.set(it.closed.get() + 1);
        });
        socket.on_data(rt, move |rt, socket, bytes| {
            assert_eq!(bytes, b"hello");
            self.open.borrow_mut().push(socket.clone());
            if self.open.borrow().len() == self.count {
                self.most.set(self.server.connections());
                self.server.close(rt);
                self.open.take().iter().for_each(|socket| socket.end(rt));
            } else {
                self.clone().one_more(rt);
            }
        });
    }
}

/// Of a connection that comes to its end by itself each listener and each callback throws in turn; the rest goes on, and
/// what then is left open can be destroyed.
fn throws_everywhere() {
    let events = ["listening", "connection", "connect", "ready", "data", "drain", "end", "finish", "close"];
    for event in events.into_iter().chain(["written", "ended", "server closed", "nextTick", "microtask", "immediate"]) {
        let rt = Runtime::new().unwrap();
        let thrown = Rc::new(RefCell::new(Vec::new()));
        let seen = thrown.clone();
        rt.on_uncaught_exception(move |_, thrown, _| {
            seen.borrow_mut().push(thrown.message().to_owned());
            true
        });
        let (sockets, closes) = throw_at(&rt, event);
        assert_eq!(rt.run(), Ok(0));
        let thrown = thrown.take();
        assert!(!thrown.is_empty() && thrown.iter().all(|message| message == event), "{event}: {thrown:?}");
        assert_eq!(closes.get(), sockets.borrow().len(), "{event}: each socket is closed once");
    }
}

type Sockets = Rc<RefCell<Vec<Socket>>>;

fn throw_at(rt: &Runtime, thrower: &'static str) -> (Sockets, Rc<Cell<usize>>) {
    let thrown = Rc::new(Cell::new(false));
    let has_thrown = thrown.clone();
    let at = move |event: &str| {
        if event == thrower {
            thrown.set(true);
            Err(Thrown::new(event))
        } else {
            Ok(())
        }
    };
    let (sockets, closes) = (Sockets::default(), Rc::new(Cell::new(0)));
    let watch = {
        let (at, sockets, closes) = (at.clone(), sockets.clone(), closes.clone());
        move |rt: &Runtime, socket: &Socket| {
            sockets.borrow_mut().push(socket.clone());
            let on = |event: &'static str| {
                let at = at.clone();
                move |_: &Runtime, _: &Socket| at(event)
            };
            socket.on_connect(on("connect"));
            socket.on_ready(on("ready"));
            socket.on_end(on("end"));
            socket.on_finish(on("finish"));
            socket.on_drain(on("drain"));
            let throws = at.clone();
            socket.on_data(rt, move |_, _, _| throws("data"));
            let (throws, closes) = (at.clone(), closes.clone());
            socket.on_close(move |_, _, _| {
                closes.set(closes.get() + 1);
                throws("close")
            });
        }
    };
    let (accepted, throws) = (watch.clone(), at.clone());
    let server = create_server(move |rt, server, socket| {
        accepted(rt, socket);
        let throw_last = throws.clone();
        server.close_with(rt, move |_, _| throw_last("server closed"));
        throws("connection")
    });
    let throws = at.clone();
    server.on_listening(move |rt, server| {
        let client = Socket::new();
        watch(rt, &client);
        client.connect(rt, server.address(rt).unwrap());
        let (socket, throw) = (client.clone(), throws.clone());
        client.write_with(rt, vec![0; 1_000_000], move |rt, _| {
            let [tick, microtask, immediate, ended] = [(); 4].map(|()| throw.clone());
            rt.next_tick(move |_| tick("nextTick"));
            rt.queue_microtask(move |_| microtask("microtask"));
            rt.set_immediate(move |_| immediate("immediate"));
            socket.end_with(rt, move |_, _| ended("ended"));
            throw("written")
        });
        throws("listening")
    });
    server.listen(rt, ("127.0.0.1", 0)).unwrap();
    end_when_it_has_thrown(rt, server, has_thrown, sockets.clone());
    (sockets, closes)
}

/// What a throw has left half open is destroyed.
fn end_when_it_has_thrown(rt: &Runtime, server: Server, has_thrown: Rc<Cell<bool>>, sockets: Sockets) {
    rt.set_timeout(5, move |rt| {
        let all = sockets.borrow().clone();
        let is_over = !all.is_empty() && all.iter().all(Socket::is_destroyed);
        if has_thrown.get() || is_over {
            all.iter().for_each(|socket| socket.destroy(rt));
            server.close(rt);
        } else {
            end_when_it_has_thrown(rt, server, has_thrown, sockets);
        }
    });
}

/// The other end cuts the connection off in the midst of a large write: each callback is told once, and `'close'` comes.
fn resets_while_it_is_written() {
    let rt = Runtime::new().unwrap();
    let server = create_server(|rt, server, socket| {
        socket.on_data(rt, |rt, socket, _| socket.reset_and_destroy(rt));
        server.close(rt);
    });
    server.listen(&rt, ("127.0.0.1", 0)).unwrap();
    let (told, errors, closes) = (Rc::new(Cell::new((0, 0))), Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (result, count, closed) = (told.clone(), errors.clone(), closes.clone());
    server.on_listening(move |rt, server| {
        let told = result.clone();
        let client = connect(rt, server.address(rt).unwrap(), move |rt, client| {
            for _ in 0..10 {
                let told = told.clone();
                client.write_with(rt, vec![0; 10_000_000], move |_, result| {
                    let (ok, failed) = told.get();
                    told.set(if result.is_ok() { (ok + 1, failed) } else { (ok, failed + 1) });
                });
            }
        });
        client.resume(rt);
        let count = count.clone();
        client.on_error(move |_, _, error| {
            assert!(matches!(error.code(), Some("ECONNRESET" | "EPIPE")), "{error}");
            count.set(count.get() + 1);
        });
        let closed = closed.clone();
        client.on_close(move |_, client, had_error| {
            assert!(had_error && client.writable_length() == 0);
            closed.set(closed.get() + 1);
        });
    });
    assert_eq!(rt.run(), Ok(0));
    let (ok, failed) = told.get();
    assert_eq!((ok + failed, errors.get(), closes.get()), (10, 1, 1));
    assert!(failed > 0);
}

/// With no descriptor left calls fail with `EMFILE`, connections are shed, and with descriptors there is service again.
fn none_left() {
    let dir = tempfile::tempdir().unwrap();
    let rt = Runtime::new().unwrap();
    let server = echo();
    server.listen(&rt, 0).unwrap();
    let port = server.address(&rt).unwrap().port().unwrap();
    let path = dir.path().join("socket");
    let local = echo();
    local.listen(&rt, &*path).unwrap();
    limit(64);
    let shed = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }

    let failed = Rc::new(RefCell::new(Vec::new()));
    let failing = |what: &'static str| {
        let failed = failed.clone();
        move |error: &NetError| failed.borrow_mut().push((what, error.code().unwrap_or("none").to_owned()))
    };
    for (what, to) in [("tcp", Endpoint::from(("127.0.0.1", port))), ("pipe", Endpoint::from(&*path))] {
        let error = failing(what);
        let socket = connect(&rt, to, |_, _| -> () { unreachable!("there is no descriptor") });
        socket.on_error(move |_, _, e| error(e));
    }
    for (what, at) in [("listen", Endpoint::from(0)), ("listen path", Endpoint::from(dir.path().join("other")))] {
        let (error, server) = (failing(what), Server::new());
        server.on_error(move |_, _, e| error(e));
        server.listen(&rt, at).unwrap();
    }
    // The connection that waits is shed, and the server stays.
    let closed = Rc::new(Cell::new(false));
    let (is_closed, files) = (closed.clone(), RefCell::new(files));
    rt.set_timeout(20, move |rt| {
        shed.set_nonblocking(false).unwrap();
        assert!(!matches!(std::io::Read::read(&mut &shed, &mut [0]), Ok(1..)), "it was shed");
        files.take();
        let (server, local) = (server.clone(), local.clone());
        let client = connect(rt, ("127.0.0.1", port), |rt, client| {
            client.write(rt, "again");
        });
        client.on_data(rt, move |rt, client, bytes| {
            assert_eq!(bytes, b"again");
            client.end(rt);
            server.close(rt);
            local.close(rt);
        });
        let is_closed = is_closed.clone();
        client.on_close(move |_, _, had_error| is_closed.set(!had_error));
    });
    assert_eq!(rt.run(), Ok(0));
    assert!(closed.get());
    let mut failed = failed.take();
    failed.sort_unstable();
    assert_eq!(failed, ["listen", "listen path", "pipe", "tcp"].map(|what| (what, "EMFILE".to_owned())));
}
