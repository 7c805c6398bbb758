//! Addresses of both families, and what a socket can be told.

use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Read};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Duration;

use rustix::net::sockopt;
use uv_loop::{Handle, Loop, RunMode};
use uv_net::{BindOptions, Error, KeepAlive, Stream, Tcp};

fn has_ipv6() -> bool {
    let has = TcpListener::bind("[::1]:0").is_ok();
    if !has {
        eprintln!("skipped: there is no IPv6 here");
    }
    has
}

/// A server that says whom it sees, to each of as many clients.
fn server(lp: &Loop, address: SocketAddr, options: BindOptions, clients: usize) -> (Tcp, u16) {
    let server = Tcp::new(lp);
    server.bind_with(lp, address, options).unwrap();
    let mut left = clients;
    server
        .listen(lp, 128, move |lp, server| {
            let peer = server.accept(lp).unwrap();
            let seen = peer.peer_addr(lp).unwrap().ip().to_string();
            peer.write(lp, seen, |lp, peer, written| {
                written.unwrap();
                peer.close(lp).unwrap();
            })
            .unwrap();
            left -= 1;
            if left == 0 {
                server.close(lp).unwrap();
            }
        })
        .unwrap();
    let port = server.local_addr(lp).unwrap().port();
    (server, port)
}

/// What a client hears that connects from this loop.
fn ask(lp: &Loop, address: SocketAddr) -> Rc<RefCell<Result<String, Error>>> {
    let heard = Rc::new(RefCell::new(Ok(String::new())));
    let mine = heard.clone();
    Tcp::new(lp)
        .connect(lp, address, move |lp, client, connected| {
            if let Err(error) = connected {
                *mine.borrow_mut() = Err(error);
                return client.close(lp).unwrap();
            }
            client
                .read_start(lp, move |lp, client, read| match read {
                    Ok(bytes) => mine.borrow_mut().as_mut().unwrap().push_str(std::str::from_utf8(bytes).unwrap()),
                    Err(_) => client.close(lp).unwrap(),
                })
                .unwrap();
        })
        .unwrap();
    heard
}

#[test]
fn both_families_one_alone_and_one_for_both() {
    let lp = Loop::new().unwrap();
    let (_, port) = server(&lp, (Ipv4Addr::LOCALHOST, 0).into(), BindOptions::new(), 1);
    let heard = ask(&lp, (Ipv4Addr::LOCALHOST, port).into());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*heard.borrow(), Ok("127.0.0.1".to_owned()));
    if !has_ipv6() {
        return;
    }
    let (_, port) = server(&lp, (Ipv6Addr::LOCALHOST, 0).into(), BindOptions::new(), 1);
    let heard = ask(&lp, (Ipv6Addr::LOCALHOST, port).into());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*heard.borrow(), Ok("::1".to_owned()));

    let (_, port) = server(&lp, (Ipv6Addr::UNSPECIFIED, 0).into(), BindOptions::new(), 2);
    let by_four = ask(&lp, (Ipv4Addr::LOCALHOST, port).into());
    let by_six = ask(&lp, (Ipv6Addr::LOCALHOST, port).into());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*by_four.borrow(), Ok("::ffff:127.0.0.1".to_owned()));
    assert_eq!(*by_six.borrow(), Ok("::1".to_owned()));

    let six_only = BindOptions::new().ipv6_only(true);
    let (_, port) = server(&lp, (Ipv6Addr::UNSPECIFIED, 0).into(), six_only, 1);
    let by_four = ask(&lp, (Ipv4Addr::LOCALHOST, port).into());
    let by_six = ask(&lp, (Ipv6Addr::LOCALHOST, port).into());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*by_four.borrow(), Err(Error::ECONNREFUSED));
    assert_eq!(*by_six.borrow(), Ok("::1".to_owned()));
}

#[test]
fn a_port_is_shared_by_those_who_all_say_so() {
    let lp = Loop::new().unwrap();
    let shared = BindOptions::new().reuse_port(true);
    let seen = [Rc::new(Cell::new(0)), Rc::new(Cell::new(0))];
    let first = Tcp::new(&lp);
    first.bind_with(&lp, (Ipv4Addr::LOCALHOST, 0).into(), shared).unwrap();
    let address = first.local_addr(&lp).unwrap();
    let second = Tcp::new(&lp);
    second.bind_with(&lp, address, shared).unwrap();
    for (server, seen) in [first, second].into_iter().zip(&seen) {
        let seen = seen.clone();
        server
            .listen(&lp, 128, move |lp, server| {
                server.accept(lp).unwrap().close(lp).unwrap();
                seen.set(seen.get() + 1);
            })
            .unwrap();
    }
    let other = Tcp::new(&lp);
    other.bind(&lp, address).unwrap();
    assert_eq!(other.listen(&lp, 128, |_, _| unreachable!()), Err(Error::EADDRINUSE));

    // The kernel spreads them by their ports.
    let mut clients = Vec::new();
    while seen.iter().any(|seen| seen.get() == 0) {
        clients.push(TcpStream::connect(address).unwrap());
        while seen.iter().map(|seen| seen.get()).sum::<usize>() < clients.len() {
            lp.run(RunMode::Once).unwrap();
        }
    }
}

#[test]
fn options_reach_the_socket_also_when_they_come_before_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let lp = Loop::new().unwrap();
    let minute = Duration::from_secs(60);
    let often = KeepAlive { idle: minute, interval: Duration::from_secs(7), count: 4 };
    for early in [true, false] {
        let tcp = if early { Tcp::new(&lp) } else { Tcp::new_v4(&lp).unwrap() };
        tcp.set_nodelay(&lp, true).unwrap();
        tcp.set_keepalive(&lp, Some(often)).unwrap();
        tcp.connect(&lp, listener.local_addr().unwrap(), |_, _, connected| connected.unwrap()).unwrap();
        let fd = tcp.fileno(&lp).unwrap();
        assert!(sockopt::tcp_nodelay(&*fd).unwrap());
        assert!(sockopt::socket_keepalive(&*fd).unwrap());
        assert_eq!(sockopt::tcp_keepidle(&*fd).unwrap(), minute);
        assert_eq!(sockopt::tcp_keepintvl(&*fd).unwrap(), Duration::from_secs(7));
        assert_eq!(sockopt::tcp_keepcnt(&*fd).unwrap(), 4);
        tcp.set_nodelay(&lp, false).unwrap();
        tcp.set_keepalive(&lp, None).unwrap();
        assert!(!sockopt::tcp_nodelay(&*fd).unwrap());
        assert!(!sockopt::socket_keepalive(&*fd).unwrap());
        let never = KeepAlive { count: 0, ..often };
        assert_eq!(tcp.set_keepalive(&lp, Some(never)), Err(Error::EINVAL));
        drop(fd);
        lp.run(RunMode::Default).unwrap();
        tcp.close(&lp).unwrap();
    }
    lp.run(RunMode::Default).unwrap();
}

#[test]
fn a_reset_cuts_off_what_was_written_and_the_peer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let lp = Loop::new().unwrap();
    let tcp = Tcp::new(&lp);
    tcp.open(&lp, TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    let mut peer = listener.accept().unwrap().0;
    let log = Rc::new(RefCell::new(Vec::new()));
    let (written, closed) = (log.clone(), log.clone());
    let much = vec![0; 64 << 20];
    tcp.write(&lp, much, move |_, _, result| written.borrow_mut().push(format!("{result:?}"))).unwrap();
    tcp.close_reset(&lp, move |_| closed.borrow_mut().push("closed".to_owned())).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    let canceled = format!("{:?}", Err::<(), _>(Error::ECANCELED));
    assert_eq!(*log.borrow(), [canceled, "closed".to_owned()]);
    let error = peer.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);

    let tcp = Tcp::new(&lp);
    tcp.open(&lp, TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    tcp.shutdown(&lp, |_, _, result| assert_eq!(result, Err(Error::ECANCELED))).unwrap();
    assert_eq!(tcp.close_reset(&lp, |_| unreachable!()), Err(Error::EINVAL));
    tcp.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}
