//! Signals and full devices, injected into the system calls by `strace` where that is there and may trace: it runs this
//! test once more, and that run has to come out as if nothing had happened.

use std::cell::{Cell, RefCell};
use std::process::Command;
use std::rc::Rc;

use uv_loop::{Handle, Loop, RunMode};
use uv_net::{AsyncUdp, Error, Udp};

const INJECTED: &str = "UV_NET_INJECTED";

#[test]
fn interrupted_and_full() {
    if std::env::var_os(INJECTED).is_some() {
        return exchange();
    }
    exchange();
    let works = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    if !works.is_ok_and(|status| status.success()) {
        eprintln!("skipped: strace cannot trace here");
        return;
    }
    // A device that is full for ever would be an error; one that is full for a while is not.
    let faults = [
        "inject=sendto,sendmmsg,sendmsg:error=EINTR:when=1..9+2",
        "inject=recvmmsg,recvmsg,recvfrom:error=EINTR:when=1..9+2",
        "inject=sendto,sendmmsg,sendmsg:error=ENOBUFS:when=2..20+3",
        "inject=sendto,sendmmsg,sendmsg:error=EAGAIN:when=2..20+3",
        "inject=recvmmsg,recvmsg,recvfrom:error=EAGAIN:when=1..9+2",
        "inject=connect:error=EINTR:when=1",
    ];
    for fault in faults {
        let output = Command::new("strace")
            .args(["-f", "-o", "/dev/null", "-e", "trace=network", "-e", fault, "--"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "interrupted_and_full", "--test-threads=1"])
            .env(INJECTED, "1")
            // Under strace, no sanitizer can look for leaks.
            .env("ASAN_OPTIONS", "detect_leaks=0")
            .output()
            .unwrap();
        assert!(output.status.success(), "{fault}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

/// Sixty datagrams to a handle, by every queued way, and back by another.
fn exchange() {
    let lp = Loop::new().unwrap();
    let (server, client) = (Udp::new(&lp), Udp::new(&lp));
    server.bind(&lp, "127.0.0.1:0".parse().unwrap()).unwrap();
    client.connect(&lp, server.local_addr(&lp).unwrap()).unwrap();
    server
        .recv_start(&lp, |lp, server, received| {
            let datagram = received.unwrap();
            server.send(lp, Vec::from(datagram.bytes), datagram.from, |_, _, sent| sent.unwrap()).unwrap();
        })
        .unwrap();
    let back: Rc<RefCell<Vec<u8>>> = Rc::default();
    let mine = back.clone();
    client
        .recv_start(&lp, move |lp, client, received| {
            mine.borrow_mut().push(received.unwrap().bytes[0]);
            if mine.borrow().len() == 60 {
                client.close(lp).unwrap();
                server.close(lp).unwrap();
            }
        })
        .unwrap();
    let sent = Rc::new(Cell::new(0));
    for number in 0..60 {
        let sent = sent.clone();
        client
            .send(&lp, [number], None, move |_, _, result| {
                result.unwrap();
                assert_eq!(sent.replace(sent.get() + 1), number);
            })
            .unwrap();
    }
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*back.borrow(), (0..60).collect::<Vec<_>>());
    assert_eq!(sent.get(), 60);

    let udp = AsyncUdp::bind(&lp, "127.0.0.1:0".parse().unwrap()).unwrap();
    let to = udp.local_addr().unwrap();
    lp.block_on(async {
        loop {
            match udp.send_to(b"x", to).await {
                // Only the queue waits for a device.
                Err(Error::ENOBUFS) => {}
                result => break assert_eq!(result, Ok(1)),
            }
        }
        assert_eq!(udp.recv_from(&mut [0; 8]).await, Ok((1, to)));
    })
    .unwrap();
}
