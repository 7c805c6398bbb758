//! Datagrams and look-ups that are awaited.

use std::sync::mpsc;
use std::time::Duration;

use uv_loop::{Loop, Pool, RunMode};
use uv_net::{AsyncUdp, Error, NameFlags, lookup, lookup_name};

fn bound(lp: &Loop) -> AsyncUdp {
    AsyncUdp::bind(lp, "127.0.0.1:0".parse().unwrap()).unwrap()
}

#[test]
fn two_tasks_talk() {
    let lp = Loop::new().unwrap();
    let (one, other) = (bound(&lp), bound(&lp));
    let (first, second) = (one.local_addr().unwrap(), other.local_addr().unwrap());
    let task = lp.spawn_local(async move {
        let mut buffer = [0; 8];
        loop {
            let (length, from) = other.recv_from(&mut buffer).await.unwrap();
            assert_eq!(from, first);
            if length == 0 {
                break;
            }
            other.send_to(&buffer[..length], from).await.unwrap();
        }
    });
    lp.block_on(async {
        for number in 1..=100_u8 {
            one.send_to(&[number], second).await.unwrap();
            let mut buffer = [0; 8];
            assert_eq!(one.recv(&mut buffer).await, Ok(1));
            assert_eq!(buffer[0], number);
        }
        one.send_to(&[], second).await.unwrap();
        task.await.unwrap();
    })
    .unwrap();
}

#[test]
fn a_dropped_receive_loses_nothing() {
    let lp = Loop::new().unwrap();
    let udp = bound(&lp);
    let to = udp.local_addr().unwrap();
    lp.block_on(async {
        let mut unused = [0; 8];
        let nothing = lp.timeout(Duration::from_millis(1), udp.recv(&mut unused)).await;
        assert!(nothing.is_err());
        udp.send_to(b"kept", to).await.unwrap();
        let mut buffer = [0; 8];
        assert_eq!(udp.recv_from(&mut buffer).await, Ok((4, to)));
    })
    .unwrap();
}

#[test]
fn refused_and_too_long() {
    let lp = Loop::new().unwrap();
    let udp = bound(&lp);
    let nobody = bound(&lp).local_addr().unwrap();
    udp.connect(nobody).unwrap();
    lp.block_on(async {
        assert_eq!(udp.send(&vec![0; 70_000]).await, Err(Error::EMSGSIZE));
        assert_eq!(udp.send(b"x").await, Ok(1));
        assert_eq!(udp.recv(&mut [0; 8]).await, Err(Error::ECONNREFUSED));
    })
    .unwrap();
}

#[test]
fn look_ups_are_awaited() {
    let lp = Loop::new().unwrap();
    lp.block_on(async {
        let found = lookup(&lp, Some("127.0.0.1"), Some("80"), None).await.unwrap();
        let flags = NameFlags::NUMERICHOST | NameFlags::NUMERICSERV;
        assert_eq!(lookup_name(&lp, found[0].address, flags).await.unwrap().service, "80");
        assert_eq!(lookup(&lp, None, None, None).await, Err(Error::EINVAL));
    })
    .unwrap();
}

#[test]
fn a_dropped_look_up_is_cancelled() {
    let pool = Pool::builder().threads(1).build().unwrap();
    let lp = Loop::builder().pool(pool.clone()).build().unwrap();
    let (hold, held) = mpsc::channel::<()>();
    lp.queue_work(move || held.recv(), |_, _| {});
    let by_host = lookup(&lp, Some("localhost"), None, None);
    let by_address = lookup_name(&lp, "127.0.0.1:1".parse().unwrap(), NameFlags::default());
    drop((by_host, by_address));
    assert_eq!(pool.counters().canceled, 2);
    drop(hold);
    assert!(!lp.run(RunMode::Default).unwrap());
}
