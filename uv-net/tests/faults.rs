//! The kernel says no. `strace` makes system calls fail, in this program run again beneath it.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::rc::Rc;

use uv_loop::{Handle, Interest, Loop, Poll, RunMode};
use uv_net::{Error, Pipe, Stream, Tcp};

const LENGTH: usize = 200_000;

fn pattern() -> Vec<u8> {
    (0..LENGTH).map(|i| (i * 31 + i / 251) as u8).collect()
}

fn echo(lp: &Loop, stream: impl Stream) {
    stream
        .read_start(lp, |lp, stream, read| match read {
            Ok(bytes) => stream.write(lp, Vec::from(bytes), |_, _, _| {}).unwrap(),
            Err(_) => stream.close(lp).unwrap(),
        })
        .unwrap();
}

/// Sends in many ways, and wants all of it back. Who was turned away comes again.
fn client(lp: &Loop, address: SocketAddr, left: Rc<Cell<usize>>, server: Tcp) {
    Tcp::new(lp)
        .connect(lp, address, move |lp, tcp, connected| {
            connected.unwrap();
            let sent = pattern();
            let buffers: Vec<Vec<u8>> = sent[1000..].chunks(999).map(Vec::from).collect();
            for byte in sent[..1000].iter().copied() {
                tcp.write(lp, [byte], |_, _, _| {}).unwrap();
            }
            tcp.write_vectored(lp, buffers, |_, _, _| {}).unwrap();
            tcp.read_exact(lp, LENGTH, move |lp, tcp, bytes, result| {
                tcp.close(lp).unwrap();
                match result {
                    Ok(()) => {
                        assert!(bytes == pattern());
                        left.set(left.get() - 1);
                        if left.get() == 0 {
                            server.close(lp).unwrap();
                        }
                    }
                    Err(error) => {
                        assert!(std::env::var_os("UV_NET_SHEDS").is_some(), "{error:?}");
                        assert!(matches!(error, Error::EOF | Error::ECONNRESET), "{error:?}");
                        client(lp, address, left, server);
                    }
                }
            })
            .unwrap();
        })
        .unwrap();
}

#[test]
fn conversation() {
    let lp = Loop::new().unwrap();
    let server = Tcp::new(&lp);
    server.bind(&lp, ([127, 0, 0, 1], 0).into()).unwrap();
    server.listen(&lp, 128, |lp, server| echo(lp, server.accept(lp).unwrap())).unwrap();
    let address = server.local_addr(&lp).unwrap();
    let left = Rc::new(Cell::new(10));
    for _ in 0..10 {
        client(&lp, address, left.clone(), server);
    }
    // Descriptors pass as well.
    let (one, two) = uv_net::socketpair().unwrap();
    let (sender, receiver) = (Pipe::new_ipc(&lp), Pipe::new_ipc(&lp));
    sender.open(&lp, one).unwrap();
    receiver.open(&lp, two).unwrap();
    for _ in 0..20 {
        sender.write2(&lp, "x", server, |_, _, result| result.unwrap()).unwrap();
    }
    let bytes = Rc::new(RefCell::new(0));
    receiver
        .read_start(&lp, move |lp, receiver, read| {
            *bytes.borrow_mut() += read.unwrap().len();
            if *bytes.borrow() == 20 {
                assert_eq!(receiver.pending_count(lp), Ok(20));
                receiver.close(lp).unwrap();
                sender.close(lp).unwrap();
            }
        })
        .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(left.get(), 0);
}

/// The log of `strace` over the conversation; `None` where that cannot be used.
fn traced(trace: &str, inject: Option<&str>, sheds: bool) -> Option<String> {
    let strace = |args: &[&str]| Command::new("strace").args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !strace(&["-o", "/dev/null", "true"]).is_ok_and(|status| status.success()) {
        eprintln!("skipped: strace cannot be used here");
        return None;
    }
    let log = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new("strace")
        .args(["-f", "-y", "-o", log.path().to_str().unwrap(), "-e", &format!("trace={trace}")])
        .args(inject.map(|inject| format!("--inject={inject}")))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "conversation"])
        // Under strace, no sanitizer can look for leaks.
        .env("ASAN_OPTIONS", "detect_leaks=0")
        .envs(sheds.then_some(("UV_NET_SHEDS", "1")))
        .output()
        .unwrap();
    assert!(output.status.success(), "{inject:?}:\n{}", String::from_utf8_lossy(&output.stdout));
    Some(std::fs::read_to_string(log.path()).unwrap())
}

/// Every so many calls of `calls` fail with `error`, after the first ones, which are the program's start.
fn survives(calls: &str, error: &str, when: &str) {
    let inject = format!("{calls}:error={error}:when={when}");
    if let Some(log) = traced(calls, Some(&inject), error == "EMFILE") {
        let injected = log.lines().filter(|line| line.ends_with("(INJECTED)")).count();
        assert!(injected > 0, "{inject} has never happened");
    }
}

#[test]
fn no_call_lets_a_vanished_peer_raise_a_signal() {
    if let Some(log) = traced("write,writev,sendto,sendmsg", None, false) {
        let (sends, writes): (Vec<_>, Vec<_>) = log
            .lines()
            .filter_map(|line| line.split_once(' ')?.1.trim_start().split_once('('))
            .partition(|(call, _)| call.starts_with("send"));
        assert!(sends.len() > 10, "{sends:?}");
        assert!(sends.iter().all(|(_, arguments)| arguments.contains("MSG_NOSIGNAL")), "{sends:?}");
        // What is written to is the test's output and the loop's eventfd.
        assert!(writes.iter().all(|(call, arguments)| *call == "write" && !arguments.contains("socket")), "{writes:?}");
    }
}

#[test]
fn interrupted_calls_are_made_again() {
    for (calls, when) in
        [("recvfrom", "1+2"), ("sendto", "1+2"), ("sendmsg", "1+2"), ("recvmsg", "1+2"), ("accept4", "1+2")]
    {
        survives(calls, "EINTR", when);
    }
}

#[test]
fn full_and_empty_buffers_are_waited_for() {
    survives("recvfrom", "EAGAIN", "1+2");
    survives("recvmsg", "EAGAIN", "1+2");
    for error in ["EAGAIN", "ENOBUFS"] {
        survives("sendto", error, "1+2");
        survives("sendmsg", error, "1+2");
    }
}

#[test]
fn a_listener_outlives_connections_that_fail() {
    survives("accept4", "ECONNABORTED", "1+2");
    survives("accept4", "EMFILE", "2+5");
}

/// A closed connection of which there is a duplicate is watched no longer; one that nobody else has, neither.
#[test]
fn what_lives_on_in_a_duplicate_is_not_reported() {
    for is_duplicated in [false, true] {
        let lp = Loop::new().unwrap();
        let server = Tcp::new(&lp);
        server.bind(&lp, "127.0.0.1:0".parse().unwrap()).unwrap();
        let accepted = Rc::new(Cell::new(None));
        let place = accepted.clone();
        server
            .listen(&lp, 1, move |lp, server| {
                let peer = server.accept(lp).unwrap();
                peer.read_start(lp, |_, _, _| unreachable!()).unwrap();
                place.set(Some(peer));
                server.close(lp).unwrap();
                lp.stop();
            })
            .unwrap();
        let mut client = std::net::TcpStream::connect(server.local_addr(&lp).unwrap()).unwrap();
        lp.run(RunMode::Default).unwrap();
        let peer = accepted.get().unwrap();
        let duplicate = is_duplicated.then(|| peer.fileno(&lp).unwrap().as_fd().try_clone_to_owned().unwrap());
        peer.close(&lp).unwrap();
        lp.run(RunMode::NoWait).unwrap();
        client.write_all(b"to nobody").unwrap();
        if !is_duplicated {
            // It is gone for its other end, too.
            assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
        }
        let before = lp.metrics().events;
        for _ in 0..3 {
            lp.run(RunMode::NoWait).unwrap();
        }
        assert_eq!(lp.metrics().events, before);
        assert!(!has_events(&lp));
        drop(duplicate);
    }
}

#[test]
fn what_was_opened_and_lives_on_elsewhere_is_not_watched_after_the_close() {
    let lp = Loop::new().unwrap();
    let (ours, mut theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let duplicate = ours.try_clone().unwrap();
    let pipe = Pipe::new(&lp);
    pipe.open(&lp, ours).unwrap();
    pipe.read_start(&lp, |_, _, _| unreachable!()).unwrap();
    lp.run(RunMode::NoWait).unwrap();
    pipe.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    theirs.write_all(b"to nobody").unwrap();
    assert!(!has_events(&lp));
    drop(duplicate);
}

/// Whether the kernel has something to tell the loop.
fn has_events(lp: &Loop) -> bool {
    let (observer, found) = (Loop::new().unwrap(), Rc::new(Cell::new(false)));
    let into = found.clone();
    let poll = Poll::new(&observer, lp.backend_fd().try_clone_to_owned().unwrap()).unwrap();
    poll.start(&observer, Interest::READABLE, move |_, _, _| into.set(true)).unwrap();
    observer.run(RunMode::NoWait).unwrap();
    poll.close(&observer).unwrap();
    observer.run(RunMode::NoWait).unwrap();
    found.get()
}
