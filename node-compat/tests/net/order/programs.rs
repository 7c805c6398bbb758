//! The programs beside this file, in Rust.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use node_compat::net::{Endpoint, NetError, Server, ServerOptions, Socket, SocketOptions, connect, create_server};
use node_compat::{Runtime, Thrown, dns};

use super::Log;
pub(super) use super::lookups::lookups;

const LOCAL: (&str, u16) = ("127.0.0.1", 0);

fn address(rt: &Runtime, server: &Server) -> Endpoint {
    server.address(rt).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn thrown(message: &str) -> Thrown {
    Thrown::new(message)
}

pub(super) fn echo(rt: &Runtime, log: &Log) {
    let main = log;
    let log = main.clone();
    let server = create_server(move |rt, _, socket| {
        log.say("server connection");
        log.around(rt, "connection");
        log.watch("peer", socket);
        let log = log.clone();
        socket.on_data(rt, move |rt, socket, bytes| {
            log.say(format_args!("peer data {}", text(bytes)));
            log.around(rt, "peer data");
            log.say(format_args!("peer write {}", socket.write_with(rt, bytes, log.wrote("peer"))));
        });
    });
    let log = main.clone();
    server.on_listening(move |rt, server| {
        log.say("server listening");
        let client = Socket::new();
        client.connect(rt, address(rt, server));
        log.watch("client", &client);
        log.around(rt, "listening");
        let of = log.clone();
        client.on_connect(move |rt, client| {
            of.around(rt, "connect");
            of.say(format_args!("client write {}", client.write_with(rt, "hello", of.wrote("client"))));
        });
        let (log, server) = (log.clone(), server.clone());
        client.on_data(rt, move |rt, client, bytes| {
            log.say(format_args!("client data {}", text(bytes)));
            log.around(rt, "client data");
            client.end_with(rt, log.wrote("client end"));
            let log = log.clone();
            server.close_with(rt, move |_, _| log.say("server closed"));
        });
    });
    let log = main.clone();
    server.on_close(move |_, _| log.say("server close"));
    server.listen(rt, LOCAL).unwrap();
    main.say("main done");
}

pub(super) fn refused(rt: &Runtime, log: &Log) {
    let server = Server::new();
    let log = log.clone();
    server.on_listening(move |rt, server| {
        let to = address(rt, server);
        let port = to.port().unwrap();
        log.set_port(port);
        let log = log.clone();
        server.close_with(rt, move |rt, _| {
            let client = Socket::new();
            client.connect(rt, to);
            log.watch("client", &client);
            let of = log.clone();
            client.on_error(move |rt, _, error| {
                let (syscall, address) = (error.syscall().unwrap(), error.address().unwrap());
                let (is_port, code) = (error.port() == Some(port), error.errno().unwrap().code());
                of.say(format_args!("{syscall} {address} {is_port} {code}"));
                of.around(rt, "error");
            });
            let of = log.clone();
            client.on_close(move |rt, _, _| of.around(rt, "close"));
            let say = |what: &'static str| {
                let log = log.clone();
                move |_: &Runtime, result: Result<(), NetError>| {
                    let error = result.unwrap_err();
                    log.say(format_args!("{what} {} {error}", error.code().unwrap()));
                }
            };
            client.write_with(rt, "never", say("written"));
            client.end_with(rt, say("ended"));
            log.around(rt, "main");
            rt.next_tick(move |rt| {
                rt.set_immediate(move |_| log.say("second immediate"));
            });
        });
    });
    server.listen(rt, LOCAL).unwrap();
}

pub(super) fn half_open(rt: &Runtime, log: &Log) {
    let main = log;
    let half_open = SocketOptions { allow_half_open: true, ..SocketOptions::default() };
    let server = Server::with_options(ServerOptions { sockets: half_open, ..ServerOptions::default() });
    let peer = Rc::new(RefCell::new(None::<Socket>));
    let (log, to_end) = (main.clone(), peer.clone());
    server.on_connection(move |rt, _, socket| {
        log.watch("peer", socket);
        let of = log.clone();
        socket.on_data(rt, move |_, _, bytes| of.say(format_args!("peer data {}", text(bytes))));
        let (log, peer) = (log.clone(), to_end.clone());
        socket.on_end(move |rt, socket| {
            log.around(rt, "peer end");
            *peer.borrow_mut() = Some(socket.clone());
            let (log, socket) = (log.clone(), socket.clone());
            rt.set_immediate(move |rt| {
                log.say(format_args!("peer write {}", socket.write_with(rt, "late", log.wrote("peer"))));
            });
        });
    });
    let log = main.clone();
    server.on_listening(move |rt, server| {
        let client = Socket::with_options(half_open);
        log.watch("client", &client);
        let (of, peer) = (log.clone(), peer.clone());
        client.on_data(rt, move |rt, _, bytes| {
            of.say(format_args!("client data {}", text(bytes)));
            let (log, peer) = (of.clone(), peer.clone());
            rt.set_immediate(move |rt| {
                peer.take().unwrap().end_with(rt, log.wrote("peer end"));
            });
        });
        let (of, to_close) = (log.clone(), server.clone());
        client.on_end(move |rt, client| {
            let (writable, finished) = (client.is_writable(), client.is_writable_finished());
            of.say(format_args!("client writable {writable} finished {finished}"));
            to_close.close(rt);
        });
        let of = log.clone();
        client.on_connect(move |rt, client| {
            client.write(rt, "early");
            client.end(rt);
            of.say(format_args!("client writable {}", client.is_writable()));
        });
        client.connect(rt, address(rt, server));
    });
    server.listen(rt, LOCAL).unwrap();
}

pub(super) fn destroy(rt: &Runtime, log: &Log) {
    fn next(rt: &Runtime, log: &Log, server: &Server, left: u32) {
        if left == 0 {
            let log = log.clone();
            return server.close_with(rt, move |_, _| log.say("server closed"));
        }
        let (client, name) = (Socket::new(), format!("client{left}"));
        log.watch(&name, &client);
        let (of, on) = (log.clone(), server.clone());
        client.on_close(move |rt, _, _| next(rt, &of, &on, left - 1));
        client.connect(rt, address(rt, server));
        let log = log.clone();
        match left {
            4 => {
                client.write_with(rt, "lost", log.wrote(&name));
                client.end_with(rt, log.wrote(&format!("{name} end")));
                client.destroy(rt);
                log.around(rt, &name);
                log.say(client.write_with(rt, "too late", log.wrote(&format!("{name} late"))));
            }
            3 => {
                client.on_connect(move |rt, client| {
                    client.destroy(rt);
                    client.destroy_with(rt, NetError::other(thrown("again")));
                    log.around(rt, &name);
                    log.say(format_args!("{} {}", client.is_destroyed(), client.is_pending()));
                });
            }
            2 => {
                client.on_connect(move |rt, client| {
                    client.destroy_with(rt, NetError::other(thrown("enough")));
                    log.around(rt, &name);
                });
            }
            _ => {
                client.on_connect(move |rt, client| {
                    log.say(client.write_with(rt, vec![0; 1 << 24], log.wrote(&format!("{name} 1"))));
                    log.say(client.write_with(rt, "second", log.wrote(&format!("{name} 2"))));
                    log.say(client.write_with(rt, "third", log.wrote(&format!("{name} 3"))));
                    client.end_with(rt, log.wrote(&format!("{name} end")));
                    client.destroy(rt);
                    log.around(rt, &name);
                });
            }
        }
    }
    let server = create_server(|rt, _, socket| {
        socket.resume(rt);
        socket.on_error(|_, _, _| ());
    });
    let log = log.clone();
    server.on_listening(move |rt, server| next(rt, &log, server, 4));
    server.listen(rt, LOCAL).unwrap();
}

pub(super) fn timeout(rt: &Runtime, log: &Log) {
    let of = log.clone();
    let server = create_server(move |rt, _, socket| {
        of.watch("peer", socket);
        socket.resume(rt);
    });
    let log = log.clone();
    server.on_listening(move |rt, server| {
        let (of, server) = (log.clone(), server.clone());
        let client = connect(rt, address(rt, &server), move |rt, client| {
            client.set_timeout(rt, Duration::from_millis(40));
            let told = Cell::new(0);
            client.on_timeout(move |rt, client| {
                told.set(told.get() + 1);
                let log = of.clone();
                if told.get() == 1 {
                    client.write_with(rt, "again", move |_, _| log.say("written"));
                } else if told.get() == 2 {
                    client.set_timeout(rt, Duration::ZERO);
                    let client = client.clone();
                    rt.set_timeout(60, move |rt| {
                        log.say("no more");
                        client.set_timeout(rt, Duration::from_millis(10));
                        client.on_timeout(|rt, client| client.end(rt));
                    });
                    server.close(rt);
                }
            });
        });
        log.watch("client", &client);
    });
    server.listen(rt, LOCAL).unwrap();
}

pub(super) fn between(rt: &Runtime, log: &Log) {
    let sockets = Rc::new(RefCell::new(Vec::<Socket>::new()));
    let open = Rc::new(Cell::new(2));
    let clients = Rc::new(RefCell::new(Vec::<Socket>::new()));
    let (log, connected) = (log.clone(), clients.clone());
    let server = create_server(move |rt, server, socket| {
        sockets.borrow_mut().push(socket.clone());
        let name = format!("peer{}", sockets.borrow().len());
        log.say(&name);
        if name == "peer2" {
            let clients = connected.clone();
            rt.set_timeout(10, move |rt| {
                for (client, text) in clients.take().iter().zip(["one", "two"]) {
                    client.write(rt, text);
                }
            });
        }
        let (of, all, me) = (log.clone(), sockets.clone(), name.clone());
        socket.on_data(rt, move |rt, _, bytes| {
            of.say(format_args!("{me} {}", text(bytes)));
            of.around(rt, &me);
            if me == "peer2" {
                let (log, all) = (of.clone(), all.clone());
                rt.set_timeout(5, move |rt| {
                    log.say("timer");
                    for socket in all.take() {
                        socket.write(rt, "bye");
                        socket.end(rt);
                    }
                });
            }
        });
        let (of, me) = (log.clone(), name.clone());
        socket.on_end(move |rt, _| {
            of.say(format_args!("{me} end"));
            let (log, me) = (of.clone(), me.clone());
            rt.next_tick(move |_| log.say(format_args!("{me} tick of end")));
        });
        let (of, open, server) = (log.clone(), open.clone(), server.clone());
        socket.on_close(move |rt, _, _| {
            of.say(format_args!("{name} close"));
            let (log, me) = (of.clone(), name.clone());
            rt.set_immediate(move |_| log.say(format_args!("{me} immediate of close")));
            open.set(open.get() - 1);
            if open.get() == 0 {
                let log = of.clone();
                server.close_with(rt, move |_, _| log.say("closed"));
            }
        });
    });
    server.on_listening(move |rt, server| {
        let (to, clients) = (address(rt, server), clients.clone());
        let first = connect(rt, to.clone(), |rt, first| {
            let first = first.clone();
            let second = connect(rt, to, move |_, second| {
                clients.borrow_mut().extend([first, second.clone()]);
            });
            second.resume(rt);
        });
        first.resume(rt);
    });
    server.listen(rt, LOCAL).unwrap();
}

pub(super) fn pressure(rt: &Runtime, log: &Log) {
    let server = Server::with_options(ServerOptions { pause_on_connect: true, ..ServerOptions::default() });
    let of = log.clone();
    server.on_connection(move |rt, _, socket| {
        let count = Rc::new(Cell::new(0));
        of.watch("peer", socket);
        let counted = count.clone();
        socket.on_data(rt, move |_, _, bytes| counted.set(counted.get() + bytes.len()));
        let log = of.clone();
        socket.on_end(move |_, socket| log.say(format_args!("peer has {} {}", count.get(), socket.bytes_read())));
        of.say(format_args!("peer paused {}", socket.is_paused()));
        let socket = socket.clone();
        rt.set_timeout(20, move |rt| socket.resume(rt));
    });
    let log = log.clone();
    server.on_listening(move |rt, server| {
        let client = Socket::new();
        client.connect(rt, address(rt, server));
        log.watch("client", &client);
        let ok = client.write_with(rt, "x".repeat(10000), log.wrote("early"));
        log.say(format_args!("{ok} {}", client.writable_length()));
        let ok = client.write(rt, "x".repeat(6383));
        log.say(format_args!("{ok} {} {}", client.writable_length(), client.writable_high_water_mark()));
        let ok = client.write_with(rt, "x", log.wrote("late"));
        log.say(format_args!("{ok} {} {}", client.writable_length(), client.bytes_written()));
        let (log, server) = (log.clone(), server.clone());
        client.on_connect(move |rt, client| {
            log.say(format_args!("length {}", client.writable_length()));
            let (log, client, server) = (log.clone(), client.clone(), server.clone());
            rt.set_immediate(move |rt| {
                log.say(format_args!("length {}", client.writable_length()));
                let ok = client.write_with(rt, vec![0; 1 << 25], log.wrote("large"));
                log.say(format_args!("{ok} {}", client.writable_length()));
                let ok = client.write_with(rt, "small", log.wrote("small"));
                log.say(format_args!("{ok} {}", client.writable_length()));
                log.say(client.write(rt, "nobody asks"));
                let of = log.clone();
                client.on_drain(move |rt, client| {
                    of.say(client.write_with(rt, "after", of.wrote("after")));
                    client.end_with(rt, of.wrote("end"));
                    server.close(rt);
                });
                log.say(client.bytes_written());
            });
        });
    });
    server.listen(rt, LOCAL).unwrap();
}

/// In JavaScript the program changes to its directory; here paths are whole, and printed without it.
pub(super) fn paths(rt: &Runtime, main: &Log) {
    let dir = Rc::new(tempfile::tempdir().unwrap());
    let strip = {
        let dir = format!("{}/", dir.path().display());
        move |line: &dyn std::fmt::Display| line.to_string().replace(&dir, "")
    };
    let path: PathBuf = dir.path().join("socket");
    let of = main.clone();
    let server = create_server(move |rt, _, socket| {
        of.watch("peer", socket);
        assert_eq!((socket.remote_addr(rt), socket.local_addr(rt)), (None, None));
        of.say(" ");
        socket.write(rt, "welcome");
        socket.end_with(rt, of.wrote("peer"));
        socket.resume(rt);
    });
    server.listen(rt, &*path).unwrap();
    let shown = strip(&server.address(rt).unwrap());
    main.say(format_args!("listening {} {shown}", server.is_listening()));
    main.around(rt, "main");
    let log = main.clone();
    server.on_listening(move |rt, server| {
        log.say("server listening");
        let again = Server::new();
        let (of, strip, server, path, dir) = (log.clone(), strip.clone(), server.clone(), path.clone(), dir.clone());
        let same = path.clone();
        again.on_error(move |rt, _, error| {
            let (syscall, address) = (error.syscall().unwrap(), strip(&error.address().unwrap()));
            of.say(format_args!("{} {syscall} {address}", strip(error)));
            let nobody = connect(rt, dir.path().join("nobody"), |_, _| ());
            let (log, strip) = (of.clone(), strip.clone());
            nobody.on_error(move |_, _, error| {
                log.say(format_args!("nobody error {} {}", strip(error), error.code().unwrap()))
            });
            let log = of.clone();
            nobody.on_close(move |_, _, had_error| log.say(format_args!("nobody close {had_error}")));
            of.around(rt, "nobody");
            let (of, server, path, dir) = (of.clone(), server.clone(), path.clone(), dir.clone());
            nobody.on_close(move |rt, _, _| {
                let client = Socket::new();
                client.connect(rt, &*path);
                of.say(format_args!("connecting {}", client.is_connecting()));
                of.watch("client", &client);
                let (log, server, dir) = (of.clone(), server.clone(), dir.clone());
                client.on_data(rt, move |rt, _, bytes| {
                    log.say(format_args!("client data {}", text(bytes)));
                    let (log, dir) = (log.clone(), dir.clone());
                    server.close_with(rt, move |_, _| log.say(dir.path().read_dir().unwrap().count()));
                });
            });
        });
        again.listen(rt, &*same).unwrap();
        log.say(format_args!("again {}", again.is_listening()));
    });
}

pub(super) fn servers(rt: &Runtime, log: &Log) {
    let say = |line: &'static str| {
        let log = log.clone();
        move |_: &Runtime, _: &Server| log.say(line)
    };
    let at_once = Server::new();
    at_once.on_listening(say("at once: listening"));
    at_once.on_close(say("at once: close"));
    at_once.listen(rt, 0).unwrap();
    let ip = at_once.address(rt).unwrap().socket_addr().unwrap().ip();
    log.say(format_args!("{} {ip}", at_once.is_listening()));
    let error = at_once.listen(rt, 0).unwrap_err();
    log.say(format_args!("{} {error}", error.code().unwrap()));
    let later = Server::new();
    later.on_listening(say("later: listening"));
    later.listen(rt, LOCAL).unwrap();
    assert_eq!(later.address(rt), None);
    log.say(format_args!("{} ", later.is_listening()));
    log.around(rt, "main");
    let never = Server::new();
    never.on_listening(say("never: listening"));
    never.on_close(say("never: close"));
    let of = log.clone();
    never.close_with(rt, move |_, closed| {
        let error = closed.unwrap_err();
        of.say(format_args!("{} {error}", error.code().unwrap()));
    });
    let overtaken = Server::new();
    overtaken.on_listening(say("overtaken: listening"));
    overtaken.listen(rt, LOCAL).unwrap();
    let of = log.clone();
    overtaken.close_with(rt, move |_, _| of.say("overtaken: closed"));

    let log = log.clone();
    let then = move |rt: &Runtime| {
        let to = address(rt, &later);
        let port = to.port().unwrap();
        log.set_port(port);
        let taken = Server::new();
        let (of, same) = (log.clone(), to.clone());
        taken.on_error(move |rt, _, error| {
            let (syscall, address) = (error.syscall().unwrap(), error.address().unwrap());
            let is_port = error.port() == Some(port);
            of.say(format_args!("{error} {} {syscall} {address} {is_port}", error.code().unwrap()));
            at_once.close(rt);
            later.set_max_connections(1);
            let log = of.clone();
            later.on_connection(move |rt, later, socket| {
                log.say("connection");
                socket.resume(rt);
                let log = log.clone();
                later.count_connections(rt, move |_, count| log.say(format_args!("count {count}")));
            });
            let log = of.clone();
            later.on_drop(move |_, _, peer| log.say(format_args!("drop {}", peer.unwrap().ip())));
            let (log, later, same) = (of.clone(), later.clone(), to.clone());
            let first = connect(rt, to.clone(), move |rt, first| {
                let of = log.clone();
                let second = connect(rt, same, move |_, _| of.say("second: connect"));
                second.resume(rt);
                let of = log.clone();
                second.on_error(move |_, _, error| of.say(format_args!("second {}", error.code().unwrap())));
                let first = first.clone();
                second.on_close(move |rt, _, _| {
                    log.say("second: close");
                    let of = log.clone();
                    later.close_with(rt, move |_, _| of.say("later: closed"));
                    log.say(later.is_listening());
                    first.end(rt);
                });
            });
            first.resume(rt);
        });
        taken.listen(rt, same).unwrap();
        log.say(taken.is_listening());
    };
    rt.set_immediate(move |rt| {
        rt.set_immediate(then);
    });
}

pub(super) fn late(rt: &Runtime, log: &Log) {
    let unconnected = Socket::new();
    log.watch("unconnected", &unconnected);
    let ok = unconnected.write_with(rt, "nowhere", log.wrote("unconnected"));
    log.say(format_args!("{ok} {}", unconnected.writable_length()));
    let main = log.clone();
    unconnected.on_close(move |rt, _, _| {
        let log = main.clone();
        let server = create_server(move |rt, _, socket| {
            log.watch("peer", socket);
            socket.resume(rt);
            let log = log.clone();
            socket.on_close(move |rt, socket, _| {
                let (log, socket) = (log.clone(), socket.clone());
                rt.set_immediate(move |rt| {
                    log.say(socket.write_with(rt, "to nobody", log.wrote("after the end")));
                });
            });
        });
        let log = main.clone();
        server.on_listening(move |rt, server| {
            let client = Socket::new();
            client.connect(rt, address(rt, server));
            log.watch("client", &client);
            client.resume(rt);
            let of = log.clone();
            client.on_connect(move |rt, client| {
                client.end_with(rt, of.wrote("end 1"));
                client.end_with(rt, of.wrote("end 2"));
            });
            let of = log.clone();
            client.on_finish(move |rt, client| client.end_with(rt, of.wrote("end 3")));
            let (log, server) = (log.clone(), server.clone());
            client.on_close(move |rt, client, _| {
                client.end_with(rt, log.wrote("end 4"));
                let (of, server) = (log.clone(), server.clone());
                let other = connect(rt, address(rt, &server), move |rt, other| {
                    other.end(rt);
                    of.say(other.write_with(rt, "more", of.wrote("after one's own end")));
                    server.close(rt);
                });
                log.watch("other", &other);
                other.resume(rt);
            });
        });
        server.listen(rt, LOCAL).unwrap();
    });
}

pub(super) fn names(rt: &Runtime, log: &Log) {
    let main = log;
    let log = main.clone();
    let options = dns::LookupOptions::default();
    dns::lookup(rt, "127.0.0.1", options, move |_, found| log.say(format_args!("lookup {}", found.unwrap())));
    let log = main.clone();
    dns::lookup_all(rt, "::1", options, move |_, found| {
        let found: Vec<_> = found.unwrap().iter().map(IpAddr::to_string).collect();
        log.say(format_args!("all {}", found.join(",")));
    });
    let log = main.clone();
    rt.next_tick(move |_| log.say("tick"));
    let server = create_server(|rt, _, socket| socket.end(rt));
    let log = main.clone();
    server.on_listening(move |rt, server| {
        let to = address(rt, server).socket_addr().unwrap();
        log.say(format_args!("listening on {}", to.ip()));
        let client = Socket::new();
        client.connect(rt, ("localhost", to.port()));
        let of = log.clone();
        client.on_lookup(move |_, _, found, host| {
            of.say(format_args!("client lookup  {} {host}", found.as_ref().unwrap()));
        });
        log.watch("client", &client);
        client.resume(rt);
        let (log, server) = (log.clone(), server.clone());
        client.on_close(move |rt, _, _| {
            server.close(rt);
            let lost = Socket::new();
            lost.connect(rt, ("no such host", 1));
            let of = log.clone();
            lost.on_lookup(move |_, _, found, host| {
                of.say(format_args!("lost lookup {} {host}", found.as_ref().unwrap_err()));
            });
            log.watch("lost", &lost);
            let of = log.clone();
            lost.on_error(move |_, _, error| {
                of.say(format_args!("{} {}", error.syscall().unwrap(), error.hostname().unwrap()));
            });
            let of = log.clone();
            dns::promises::lookup(rt, "127.0.0.1", options).then(rt, move |_, address| {
                of.say(format_args!("promised {address}"));
                Ok(())
            });
        });
    });
    server.listen(rt, ("localhost", 0)).unwrap();
}

pub(super) fn reset(rt: &Runtime, log: &Log) {
    let main = log;
    let log = main.clone();
    let server = create_server(move |rt, _, socket| {
        log.watch("peer", socket);
        let log = log.clone();
        socket.on_data(rt, move |rt, socket, bytes| {
            log.say(format_args!("peer data {}", text(bytes)));
            socket.reset_and_destroy(rt).unwrap();
            log.around(rt, "reset");
        });
    });
    let log = main.clone();
    server.on_listening(move |rt, server| {
        let of = log.clone();
        let client = connect(rt, address(rt, server), move |rt, client| {
            client.write_with(rt, "cut me off", of.wrote("client"));
        });
        log.watch("client", &client);
        let of = log.clone();
        client.on_error(move |rt, client, error| {
            assert_eq!((error.address(), error.port()), (None, None));
            of.say(format_args!("{}  ", error.syscall().unwrap()));
            of.around(rt, "error");
            of.say(client.write_with(rt, "more", of.wrote("more")));
        });
        let (log, server) = (log.clone(), server.clone());
        client.on_close(move |rt, _, _| {
            let log = log.clone();
            server.close_with(rt, move |_, _| log.say("closed"));
        });
    });
    server.listen(rt, LOCAL).unwrap();
}

pub(super) fn throws(rt: &Runtime, log: &Log) {
    let main = log;
    let log = main.clone();
    rt.on_uncaught_exception(move |_, thrown, _| {
        log.say(format_args!("uncaught {}", thrown.message()));
        true
    });
    let log = main.clone();
    let server = create_server(move |rt, server, socket| {
        let of = log.clone();
        socket.on_data(rt, move |rt, _, _| {
            of.around(rt, "data");
            Err(thrown("data"))
        });
        socket.on_end(|_, _| Err(thrown("end")));
        let (of, server) = (log.clone(), server.clone());
        socket.on_close(move |rt, _, _| {
            of.say("peer close");
            server.close(rt);
            Err(thrown("close"))
        });
        let of = log.clone();
        socket.on_finish(move |_, _| of.say("peer finish"));
        Err(thrown("connection"))
    });
    let log = main.clone();
    server.on_close(move |_, _| log.say("server close"));
    let log = main.clone();
    server.on_listening(move |rt, server| {
        let client = connect(rt, address(rt, server), |rt, client| {
            let again = client.clone();
            client.write_with(rt, "one", move |rt, _| {
                let client = again.clone();
                again.write_with(rt, "two", move |rt, _| client.end(rt));
                Err(thrown("written"))
            });
            Err(thrown("connect"))
        });
        let say = |line: &'static str| {
            let log = log.clone();
            move || log.say(line)
        };
        let (ready, end, close) = (say("never ready"), say("client end"), say("client close"));
        client.on_ready(move |_, _| ready());
        client.resume(rt);
        client.on_end(move |_, _| end());
        client.on_close(move |_, _, _| close());
        let (log, server) = (log.clone(), server.clone());
        rt.set_timeout(300, move |rt| {
            if !client.is_destroyed() {
                log.say(format_args!("client is open {}", client.is_writable_finished()));
                client.destroy_with(rt, NetError::other(thrown("nobody listens")));
            }
            server.close_with(rt, move |_, _| log.say("server closed"));
            rt.set_timeout(20, |rt| rt.exit(0));
        });
    });
    server.listen(rt, LOCAL).unwrap();
}
