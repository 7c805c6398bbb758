//! Groups and broadcasts.

use super::*;

#[test]
fn groups_are_joined_and_left() {
    let lo = Interface::Address(Ipv4Addr::LOCALHOST);
    let lp = Loop::new().unwrap();
    let group = Ipv4Addr::new(239, 255, 10, 1);
    let receiver = Udp::new(&lp);
    assert_eq!(receiver.set_multicast_ttl(&lp, 1), Err(Error::EBADF));
    assert_eq!(receiver.set_multicast_loop(&lp, true), Err(Error::EBADF));
    assert_eq!(receiver.set_multicast_interface(&lp, lo), Err(Error::EBADF));
    receiver.bind(&lp, "0.0.0.0:0".parse().unwrap()).unwrap();
    let port = receiver.local_addr(&lp).unwrap().port();
    assert_eq!(receiver.join_group(&lp, Ipv4Addr::LOCALHOST.into(), lo), Err(Error::EINVAL), "no group");
    receiver.join_group(&lp, group.into(), lo).unwrap();
    assert_eq!(receiver.join_group(&lp, group.into(), lo), Err(Error::EADDRINUSE));
    let received = collect(&lp, receiver);

    let sender = Udp::new(&lp);
    sender.bind(&lp, "127.0.0.1:0".parse().unwrap()).unwrap();
    sender.set_multicast_interface(&lp, lo).unwrap();
    sender.set_multicast_ttl(&lp, 1).unwrap();
    assert_eq!(sender.set_multicast_ttl(&lp, 256), Err(Error::EINVAL));
    sender.try_send(&lp, b"to the group", Some((group, port).into())).unwrap();
    run_until(&lp, || !received.borrow().is_empty());
    assert_eq!(*received.borrow(), [Ok(b"to the group".to_vec())]);

    // The loopback interface loops in any case.
    sender.set_multicast_loop(&lp, false).unwrap();
    sender.set_multicast_loop(&lp, true).unwrap();
    receiver.leave_group(&lp, group.into(), lo).unwrap();
    assert_eq!(receiver.leave_group(&lp, group.into(), lo), Err(Error::EADDRNOTAVAIL));
    sender.try_send(&lp, b"unheard", Some((group, port).into())).unwrap();
    sender.try_send(&lp, b"last", Some((Ipv4Addr::LOCALHOST, port).into())).unwrap();
    run_until(&lp, || received.borrow().len() > 1);
    assert_eq!(received.borrow()[1], Ok(b"last".to_vec()));
}

#[test]
fn groups_of_one_source() {
    let lo = Interface::Address(Ipv4Addr::LOCALHOST);
    let lp = Loop::new().unwrap();
    let group = IpAddr::from(Ipv4Addr::new(232, 255, 10, 2));
    let receiver = Udp::new(&lp);
    receiver.bind(&lp, "0.0.0.0:0".parse().unwrap()).unwrap();
    let port = receiver.local_addr(&lp).unwrap().port();
    let source = IpAddr::from(Ipv4Addr::LOCALHOST);
    let v6 = IpAddr::from(Ipv6Addr::LOCALHOST);
    assert_eq!(receiver.join_source_group(&lp, group, v6, lo), Err(Error::EINVAL));
    assert_eq!(receiver.join_source_group(&lp, group, source, Interface::Index(1)), Err(Error::EINVAL));
    receiver.join_source_group(&lp, group, source, lo).unwrap();
    let received = collect(&lp, receiver);
    let senders = ["127.0.0.2:0", "127.0.0.1:0"].map(|address| {
        let sender = Udp::new(&lp);
        sender.bind(&lp, address.parse().unwrap()).unwrap();
        sender.set_multicast_interface(&lp, lo).unwrap();
        sender
    });
    senders[0].try_send(&lp, b"of another", Some((group, port).into())).unwrap();
    senders[1].try_send(&lp, b"of the source", Some((group, port).into())).unwrap();
    run_until(&lp, || !received.borrow().is_empty());
    assert_eq!(*received.borrow(), [Ok(b"of the source".to_vec())]);
    receiver.leave_source_group(&lp, group, source, lo).unwrap();
    assert!(receiver.leave_source_group(&lp, group, source, lo).is_err());
}

#[test]
#[cfg(target_os = "linux")]
fn groups_of_ipv6() {
    let lo = Interface::Index(1);
    let lp = Loop::new().unwrap();
    let group = Ipv6Addr::new(0xff12, 0, 0, 0, 0, 0, 0x8000, 0x1234);
    let receiver = Udp::new(&lp);
    assert_eq!(receiver.join_group(&lp, group.into(), Interface::Address(Ipv4Addr::LOCALHOST)), Err(Error::EINVAL));
    assert_eq!(receiver.join_group(&lp, group.into(), Interface::Index(99_999)), Err(Error::ENODEV));
    receiver.join_group(&lp, group.into(), lo).unwrap();
    assert!(receiver.local_addr(&lp).unwrap().is_ipv6(), "bound by the join");
    let source = IpAddr::from(Ipv6Addr::LOCALHOST);
    let ssm = IpAddr::from(Ipv6Addr::new(0xff32, 0, 0, 0, 0, 0, 0x8000, 0x1235));
    receiver.join_source_group(&lp, ssm, source, lo).unwrap();
    receiver.leave_source_group(&lp, ssm, source, lo).unwrap();
    receiver.set_multicast_loop(&lp, true).unwrap();
    receiver.set_multicast_ttl(&lp, 3).unwrap();
    receiver.set_ttl(&lp, 3).unwrap();
    receiver.set_multicast_interface(&lp, lo).unwrap();
    receiver.set_multicast_interface(&lp, Interface::Any).unwrap();
    receiver.leave_group(&lp, group.into(), lo).unwrap();

    let v4 = Udp::new(&lp);
    v4.bind(&lp, "0.0.0.0:0".parse().unwrap()).unwrap();
    v4.join_group(&lp, Ipv4Addr::new(239, 255, 10, 3).into(), lo).unwrap();
    v4.set_multicast_interface(&lp, lo).unwrap();
    v4.set_multicast_interface(&lp, Interface::Any).unwrap();
}

#[test]
fn broadcast_is_allowed_on_demand() {
    let lp = Loop::new().unwrap();
    let udp = Udp::new(&lp);
    assert_eq!(udp.set_broadcast(&lp, true), Err(Error::EBADF));
    assert_eq!(udp.set_ttl(&lp, 1), Err(Error::EBADF));
    udp.bind(&lp, "0.0.0.0:0".parse().unwrap()).unwrap();
    let everyone = Some((Ipv4Addr::new(127, 255, 255, 255), udp.local_addr(&lp).unwrap().port()).into());
    assert_eq!(udp.try_send(&lp, b"x", everyone), Err(Error::EACCES));
    udp.set_broadcast(&lp, true).unwrap();
    let received = collect(&lp, udp);
    udp.try_send(&lp, b"x", everyone).unwrap();
    run_until(&lp, || !received.borrow().is_empty());
    assert_eq!(udp.set_ttl(&lp, 256), Err(Error::EINVAL));
    udp.set_ttl(&lp, 255).unwrap();
}
