//! Look-ups through the loop. None of them needs a network.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;
use std::sync::mpsc;

use uv_loop::{Loop, Pool, RunMode};
use uv_net::{
    AddrFlags, AddrInfo, Error, Family, Hints, NameFlags, NameInfo, Protocol, SocketType, getaddrinfo,
    getaddrinfo_sync, getnameinfo, getnameinfo_sync, ip_name, ip4_addr, ip6_addr,
};

/// What the callback is called with.
fn lookup(host: Option<&str>, service: Option<&str>, hints: Option<Hints>) -> Result<Vec<AddrInfo>, Error> {
    let lp = Loop::new().unwrap();
    let result = Rc::new(RefCell::new(None));
    let mine = result.clone();
    let lookup = getaddrinfo(&lp, host, service, hints, move |_, found| *mine.borrow_mut() = Some(found))?;
    assert!(lookup.is_pending(&lp) && lp.alive() && result.borrow().is_none(), "from the loop");
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(!lookup.is_pending(&lp));
    result.take().unwrap()
}

fn lookup_name(address: &str, flags: NameFlags) -> Result<NameInfo, Error> {
    let lp = Loop::new().unwrap();
    let result = Rc::new(RefCell::new(None));
    let mine = result.clone();
    getnameinfo(&lp, address.parse().unwrap(), flags, move |_, name| *mine.borrow_mut() = Some(name));
    assert!(!lp.run(RunMode::Default).unwrap());
    result.take().unwrap()
}

#[test]
fn hosts_services_and_hints() {
    let tcp = Hints { socket_type: SocketType::STREAM, ..Hints::default() };
    let found = lookup(Some("127.0.0.1"), Some("8080"), Some(tcp)).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address, (Ipv4Addr::LOCALHOST, 8080).into());
    assert_eq!((found[0].socket_type, found[0].protocol), (SocketType::STREAM, Protocol::TCP));
    assert_eq!(getaddrinfo_sync(Some("127.0.0.1"), Some("8080"), Some(tcp)), Ok(found));

    let v6 = Hints { family: Family::INET6, flags: AddrFlags::V4MAPPED, ..tcp };
    let mapped = IpAddr::from(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
    assert_eq!(lookup(Some("127.0.0.1"), None, Some(v6)).unwrap()[0].address.ip(), mapped);
    let passive = Hints { family: Family::INET6, flags: AddrFlags::PASSIVE, ..tcp };
    let any = lookup(None, Some("80"), Some(passive)).unwrap();
    assert_eq!(any[0].address, (Ipv6Addr::UNSPECIFIED, 80).into());
    let named = Hints { flags: AddrFlags::CANONNAME, ..tcp };
    assert!(lookup(Some("localhost"), None, Some(named)).unwrap()[0].canonical_name.is_some());
    let found = lookup(Some("localhost"), None, None).unwrap();
    assert!(found.iter().all(|info| info.address.ip().is_loopback()), "{found:?}");
}

#[test]
fn questions_that_are_none() {
    assert_eq!(lookup(None, None, None), Err(Error::EINVAL));
    assert_eq!(lookup(Some(""), None, None), Err(Error::EINVAL));
    assert_eq!(lookup(Some(&"a".repeat(256)), None, None), Err(Error::EINVAL));
    assert_eq!(lookup(Some("a\0b"), None, None), Err(Error::EINVAL));
    assert_eq!(lookup(Some("localhost"), Some("8\0"), None), Err(Error::EINVAL));
    assert_eq!(getaddrinfo_sync(Some(&"ü".repeat(300)), None, None), Err(Error::EINVAL));
}

#[test]
fn answers_that_are_errors() {
    let numeric = Hints { flags: AddrFlags::NUMERICHOST, ..Hints::default() };
    assert_eq!(lookup(Some("localhost"), None, Some(numeric)), Err(Error::EAI_NONAME));
    assert_eq!(lookup(Some("bücher.example"), None, Some(numeric)), Err(Error::EAI_NONAME));
    let family = Hints { family: Family::from_raw(4242), ..numeric };
    assert_eq!(lookup(Some("127.0.0.1"), None, Some(family)), Err(Error::EAI_FAMILY));
    let flags = Hints { flags: AddrFlags::from_raw(1 << 30), ..numeric };
    assert_eq!(lookup(Some("127.0.0.1"), None, Some(flags)), Err(Error::EAI_BADFLAGS));
    let service = Hints { socket_type: SocketType::DGRAM, ..numeric };
    assert_eq!(lookup(Some("127.0.0.1"), Some("no such service"), Some(service)), Err(Error::EAI_SERVICE));
    // With a network there is no such name, and without one nobody can be asked.
    let error = lookup(Some("no-such-host.invalid"), None, None).unwrap_err();
    assert!([Error::EAI_NONAME, Error::EAI_AGAIN, Error::EAI_NODATA, Error::EAI_FAIL].contains(&error), "{error}");
}

#[test]
fn a_dot_of_another_script_is_a_dot() {
    let numeric = Hints { flags: AddrFlags::NUMERICHOST, ..Hints::default() };
    let found = lookup(Some("127。0．0｡1"), None, Some(numeric)).unwrap();
    assert_eq!(found[0].address.ip(), Ipv4Addr::LOCALHOST);
}

#[test]
fn names_of_addresses() {
    let numbers = NameFlags::NUMERICHOST | NameFlags::NUMERICSERV;
    for (address, host, service) in [("127.0.0.1:80", "127.0.0.1", "80"), ("[::1]:0", "::1", "0")] {
        let name = lookup_name(address, numbers).unwrap();
        assert_eq!((name.host.as_str(), name.service.as_str()), (host, service));
        assert_eq!(getnameinfo_sync(address.parse().unwrap(), numbers), Ok(name));
    }
    assert_eq!(lookup_name("127.0.0.1:0", NameFlags::NAMEREQD).unwrap().host, "localhost");
    let error = lookup_name("192.0.2.77:0", NameFlags::NAMEREQD | NameFlags::NUMERICHOST).unwrap_err();
    assert!(error.name().starts_with("EAI_"), "{error}");
}

/// Of a pool's threads, look-ups take half: then other work goes on, and a look-up that waits can be taken back.
#[test]
fn look_ups_are_cancelled_and_leave_room() {
    let lp = Loop::builder().pool(Pool::builder().threads(1).build().unwrap()).build().unwrap();
    let (hold, held) = mpsc::channel::<()>();
    lp.queue_work(move || held.recv(), |_, _| {});
    let results: Rc<RefCell<Vec<Error>>> = Rc::default();
    let (one, two) = (results.clone(), results.clone());
    let by_host = getaddrinfo(&lp, Some("localhost"), None, None, move |_, found| {
        one.borrow_mut().push(found.unwrap_err());
    })
    .unwrap();
    let by_address = getnameinfo(&lp, "127.0.0.1:80".parse().unwrap(), NameFlags::default(), move |_, name| {
        two.borrow_mut().push(name.unwrap_err());
    });
    by_host.cancel(&lp).unwrap();
    by_address.cancel(&lp).unwrap();
    assert!(results.borrow().is_empty(), "from the loop");
    drop(hold);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*results.borrow(), [Error::EAI_CANCELED; 2]);
    assert_eq!(by_host.cancel(&lp), Err(Error::EINVAL));
}

#[test]
fn many_at_once() {
    let lp = Loop::new().unwrap();
    let count = Rc::new(Cell::new(0));
    for number in 0..100_u32 {
        let (count, host) = (count.clone(), Ipv4Addr::from(0x7f00_0000 + number));
        getaddrinfo(&lp, Some(&host.to_string()), None, None, move |lp, found| {
            assert_eq!(found.unwrap()[0].address.ip(), host);
            count.set(count.get() + 1);
            // And one from inside a callback.
            let count = count.clone();
            getnameinfo(lp, (host, 1).into(), NameFlags::NUMERICHOST | NameFlags::NUMERICSERV, move |_, name| {
                assert_eq!(name.unwrap().host, host.to_string());
                count.set(count.get() + 1);
            });
        })
        .unwrap();
    }
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(count.get(), 200);
}

#[test]
fn addresses_as_text() {
    assert_eq!(ip4_addr("255.255.255.255", 65_535).unwrap().to_string(), "255.255.255.255:65535");
    for text in ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "::1", "1.2.3.4 ", "a.b.c.d"] {
        assert_eq!(ip4_addr(text, 0), Err(Error::EINVAL), "{text}");
    }
    for text in ["::", "::1", "fe80::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"] {
        let address = ip6_addr(text, 7).unwrap();
        assert_eq!((ip_name(&address.into()).as_str(), address.port(), address.scope_id()), (text, 7, 0));
    }
    for text in ["", ":", "1::2::3", "g::", "1.2.3.4", "%lo", "1:2:3:4:5:6:7:8:9"] {
        assert_eq!(ip6_addr(text, 0), Err(Error::EINVAL), "{text}");
    }
    assert_eq!(ip6_addr("fe80::1%", 0).unwrap().scope_id(), 0);
    #[cfg(target_os = "linux")]
    assert_eq!(ip6_addr("fe80::1%lo", 0).unwrap().scope_id(), 1);
}
