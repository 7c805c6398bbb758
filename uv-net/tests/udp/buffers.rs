//! Datagrams in the callers' memory.

use super::*;

/// The calls of one poll phase: datagrams, and then that there is nothing more.
#[test]
fn buffers_of_the_callers() {
    let lp = Loop::new().unwrap();
    let (udp, address) = local(&lp);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    for bytes in [&b"first"[..], b"", b"far too long"] {
        sender.send_to(bytes, address).unwrap();
    }
    let log: Log<_> = Log::default();
    let mine = log.clone();
    udp.recv_start_with(
        &lp,
        |_, _, suggested| {
            assert_eq!(suggested, 65_536);
            Some(vec![b'.'; 8])
        },
        move |_, _, received| {
            assert!(!received.free && !received.recv_error);
            let ReceivedBuffer::Whole(buffer) = received.buffer else { panic!() };
            mine.borrow_mut().push((received.result, buffer, received.truncated, received.name.is_some()));
        },
    )
    .unwrap();
    lp.run(RunMode::Once).unwrap();
    let expected = [
        (Ok(Some(5)), b"first...".to_vec(), false, true),
        (Ok(Some(0)), b"........".to_vec(), false, true),
        (Ok(Some(8)), b"far too ".to_vec(), true, true),
        (Ok(None), b"........".to_vec(), false, false),
    ];
    assert_eq!(*log.borrow(), expected);
}

#[test]
#[cfg(target_os = "linux")]
fn buffers_of_the_callers_for_many() {
    let lp = Loop::new().unwrap();
    let udp = Udp::with_options(&lp, UdpOptions { recvmmsg: true, family: Family::INET }).unwrap();
    assert_eq!(udp.using_recvmmsg(&lp), Ok(true));
    udp.bind(&lp, "127.0.0.1:0".parse().unwrap()).unwrap();
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..5 {
        sender.send_to(&[number], udp.local_addr(&lp).unwrap()).unwrap();
    }
    let log: Log<String> = Log::default();
    let (mine, allocations) = (log.clone(), log.clone());
    udp.recv_start_with(
        &lp,
        move |_, _, size| {
            allocations.borrow_mut().push("alloc".into());
            Some(vec![0; 3 * size + 1])
        },
        move |_, _, received| {
            mine.borrow_mut().push(match (received.buffer, received.result) {
                (ReceivedBuffer::Chunk(chunk), Ok(Some(1))) if chunk.len() == 65_536 => format!("chunk {}", chunk[0]),
                (ReceivedBuffer::Whole(buffer), Ok(None)) if received.free => format!("free {}", buffer.len()),
                (ReceivedBuffer::Whole(_), Ok(None)) => "nothing".into(),
                other => format!("{other:?}"),
            });
        },
    )
    .unwrap();
    lp.run(RunMode::Once).unwrap();
    // The portable way receives one datagram a call.
    let calls: &[&[u8]] = if cfg!(uv_portable_poll) { &[&[0], &[1], &[2], &[3], &[4]] } else { &[&[0, 1, 2], &[3, 4]] };
    let mut expected = Vec::new();
    for chunks in calls {
        expected.push("alloc".to_owned());
        expected.extend(chunks.iter().map(|chunk| format!("chunk {chunk}")));
        expected.push("free 196609".to_owned());
    }
    expected.extend(["alloc".to_owned(), "nothing".to_owned()]);
    assert_eq!(*log.borrow(), expected);
}

#[test]
fn no_buffer_is_told_and_loses_nothing() {
    for recvmmsg in [false, true] {
        let lp = Loop::new().unwrap();
        let udp = Udp::with_options(&lp, UdpOptions { recvmmsg, family: Family::INET }).unwrap();
        udp.bind(&lp, "127.0.0.1:0".parse().unwrap()).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.send_to(b"x", udp.local_addr(&lp).unwrap()).unwrap();
        let calls = Rc::new(Cell::new(0));
        let (mine, turns) = (calls.clone(), Cell::new(0));
        udp.recv_start_with(
            &lp,
            move |_, _, size| {
                turns.set(turns.get() + 1);
                match turns.get() {
                    1 => None,
                    2 => Some(vec![]),
                    _ => Some(vec![0; size]),
                }
            },
            move |lp, udp, received| {
                mine.set(mine.get() + 1);
                match (mine.get(), received.buffer) {
                    (1, ReceivedBuffer::Missing) => assert_eq!(received.result, Err(Error::ENOBUFS)),
                    (2, ReceivedBuffer::Whole(buffer)) => {
                        assert!(buffer.is_empty());
                        assert_eq!(received.result, Err(Error::ENOBUFS));
                    }
                    (3, _) => {
                        assert_eq!(received.result, Ok(Some(1)));
                        udp.close(lp).unwrap();
                    }
                    other => panic!("{other:?}"),
                }
            },
        )
        .unwrap();
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(calls.get(), 3);
    }
}

#[test]
fn a_buffer_for_many_that_has_no_room_for_one_is_invalid() {
    let lp = Loop::new().unwrap();
    let udp = Udp::with_options(&lp, UdpOptions { recvmmsg: true, family: Family::INET6 }).unwrap();
    if !udp.using_recvmmsg(&lp).unwrap() {
        return;
    }
    udp.bind(&lp, "[::1]:0".parse().unwrap()).unwrap();
    udp.try_send(&lp, b"x", Some(udp.local_addr(&lp).unwrap())).unwrap();
    udp.recv_start_with(
        &lp,
        |_, _, size| Some(vec![0; size - 1]),
        |lp, udp, received| {
            assert_eq!(received.result, Err(Error::EINVAL));
            udp.close(lp).unwrap();
        },
    )
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}
