//! Datagrams: what was sent is what is received, and what the kernel says of it is told.

use std::io::IoSliceMut;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;

use proptest::prelude::*;
use uv_sys::Error;
use uv_sys::net::{BATCH, Received, join_source_v6, leave_source_v6, recv_error, recv_many, set_recv_errors};

fn socket(ip: impl Into<IpAddr>) -> UdpSocket {
    let socket = UdpSocket::bind((ip.into(), 0)).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

/// An address where nobody receives.
fn nobody(ip: impl Into<IpAddr>) -> SocketAddr {
    socket(ip).local_addr().unwrap()
}

/// All that waits in the socket, received by calls with so many buffers of such a size.
fn receive_all(socket: &UdpSocket, count: usize, size: usize) -> Vec<(Vec<u8>, Received)> {
    let mut all = Vec::new();
    loop {
        let mut memory = vec![0; count * size];
        let mut buffers: Vec<_> = memory.chunks_mut(size).map(IoSliceMut::new).collect();
        let mut received = vec![Received::default(); count];
        match recv_many(socket.as_fd(), &mut buffers, &mut received) {
            Err(Error::EAGAIN) => return all,
            result => {
                let got = result.unwrap();
                assert!((1..=count.min(BATCH)).contains(&got));
                for (bytes, received) in memory.chunks(size).zip(received).take(got) {
                    all.push((bytes[..received.length].to_vec(), received));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn datagrams_arrive_whole_and_in_order(
        datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..50),
        count in 1..25_usize,
        size in 1..400_usize,
        v6 in any::<bool>(),
    ) {
        let ip = if v6 { IpAddr::from(Ipv6Addr::LOCALHOST) } else { Ipv4Addr::LOCALHOST.into() };
        let (sender, receiver) = (socket(ip), socket(ip));
        for datagram in &datagrams {
            sender.send_to(datagram, receiver.local_addr().unwrap()).unwrap();
        }
        let received = receive_all(&receiver, count, size);
        prop_assert_eq!(received.len(), datagrams.len());
        for ((bytes, received), sent) in received.iter().zip(&datagrams) {
            prop_assert_eq!(bytes, &sent[..sent.len().min(size)]);
            prop_assert_eq!(received.truncated, sent.len() > size);
            prop_assert_eq!(received.address, Some(sender.local_addr().unwrap()));
        }
    }
}

#[test]
fn nothing_to_receive_into_is_invalid() {
    let socket = socket(Ipv4Addr::LOCALHOST);
    assert_eq!(recv_many(socket.as_fd(), &mut [], &mut [Received::default()]), Err(Error::EINVAL));
    assert_eq!(recv_many(socket.as_fd(), &mut [IoSliceMut::new(&mut [0])], &mut []), Err(Error::EINVAL));
}

#[test]
fn no_socket_is_an_error() {
    let file = std::fs::File::open("/dev/null").unwrap();
    let result = recv_many(file.as_fd(), &mut [IoSliceMut::new(&mut [0])], &mut [Received::default()]);
    assert_eq!(result.unwrap_err().name(), "ENOTSOCK");
}

#[test]
fn datagrams_without_an_ip_address_have_none() {
    let (one, other) = std::os::unix::net::UnixDatagram::pair().unwrap();
    one.send(b"x").unwrap();
    let (mut byte, mut received) = ([0], [Received::default()]);
    assert_eq!(recv_many(other.as_fd(), &mut [IoSliceMut::new(&mut byte)], &mut received), Ok(1));
    assert_eq!((received[0].address, received[0].length, byte), (None, 1, *b"x"));
}

#[test]
fn a_refused_datagram_is_told_once() {
    let client = socket(Ipv4Addr::LOCALHOST);
    client.connect(nobody(Ipv4Addr::LOCALHOST)).unwrap();
    client.send(b"hello").unwrap();
    let receive = || recv_many(client.as_fd(), &mut [IoSliceMut::new(&mut [0])], &mut [Received::default()]);
    assert_eq!(receive(), Err(Error::ECONNREFUSED));
    assert_eq!(receive(), Err(Error::EAGAIN));
}

#[test]
#[cfg(target_os = "linux")]
fn the_error_queue_tells_who_refused_what() {
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        let (client, target) = (socket(ip), nobody(ip));
        set_recv_errors(client.as_fd(), ip.is_ipv6(), true).unwrap();
        // Unconnected: without the option the kernel says nothing of it.
        client.send_to(b"first", target).unwrap();
        // The first error is also the socket's own, which the next call on it tells.
        let second = client.send_to(b"second", target).unwrap_err();
        assert_eq!(Error::from(second), Error::ECONNREFUSED);
        client.send_to(b"third", target).unwrap();

        for sent in [&b"first"[..], b"third"] {
            let mut buffer = [0; 32];
            let failed = recv_error(client.as_fd(), &mut buffer).unwrap();
            assert_eq!(failed.error, Error::ECONNREFUSED);
            assert_eq!(failed.offender.unwrap().ip(), ip);
            assert_eq!(failed.datagram.address, Some(target));
            assert_eq!(&buffer[..failed.datagram.length], sent);
        }
        assert_eq!(recv_error(client.as_fd(), &mut []), Err(Error::EAGAIN));

        set_recv_errors(client.as_fd(), ip.is_ipv6(), false).unwrap();
        let _ = client.take_error();
        client.send_to(b"fourth", target).unwrap();
        client.send_to(b"fifth", target).unwrap();
        assert_eq!(recv_error(client.as_fd(), &mut []), Err(Error::EAGAIN));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_error_of_this_machine_has_no_offender() {
    let client = socket(Ipv4Addr::UNSPECIFIED);
    set_recv_errors(client.as_fd(), false, true).unwrap();
    // Larger than any datagram, or than the loopback interface's unit if that forbids pieces: refused at once.
    let result = client.send_to(&[0; 65_536], (Ipv4Addr::LOCALHOST, 9));
    assert_eq!(Error::from(result.unwrap_err()), Error::EMSGSIZE);
    if let Ok(failed) = recv_error(client.as_fd(), &mut [0; 8]) {
        assert_eq!((failed.error, failed.offender), (Error::EMSGSIZE, None));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn source_specific_groups_of_ipv6() {
    let socket = socket(Ipv6Addr::UNSPECIFIED);
    let group = Ipv6Addr::new(0xff31, 0, 0, 0, 0, 0, 0x8000, 1);
    let source = Ipv6Addr::LOCALHOST;
    let lo = 1;
    assert_eq!(join_source_v6(socket.as_fd(), source, source, lo), Err(Error::EINVAL), "no group");
    assert_eq!(join_source_v6(socket.as_fd(), group, source, 99_999), Err(Error::ENODEV));
    join_source_v6(socket.as_fd(), group, source, lo).unwrap();
    assert_eq!(join_source_v6(socket.as_fd(), group, source, lo), Err(Error::EADDRNOTAVAIL), "joined already");
    leave_source_v6(socket.as_fd(), group, source, lo).unwrap();
    assert!(leave_source_v6(socket.as_fd(), group, source, lo).is_err());
}
