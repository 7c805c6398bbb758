//! Look-ups that need no network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use uv_sys::Error;
use uv_sys::resolve::{AddrFlags, AddrInfo, Family, Hints, NameFlags, Protocol, SocketType, getaddrinfo, getnameinfo};

fn numeric() -> Hints {
    Hints { flags: AddrFlags::NUMERICHOST, ..Hints::default() }
}

#[test]
fn an_address_comes_for_each_type_of_sockets() {
    let found = getaddrinfo(Some(c"127.0.0.1"), None, Some(&numeric())).unwrap();
    let kinds: Vec<_> = found.iter().map(|info| (info.socket_type, info.protocol)).collect();
    assert!(kinds.contains(&(SocketType::STREAM, Protocol::TCP)), "{kinds:?}");
    assert!(kinds.contains(&(SocketType::DGRAM, Protocol::UDP)), "{kinds:?}");
    assert!(found.iter().all(|info| info.address == (Ipv4Addr::LOCALHOST, 0).into()));
}

#[test]
fn hints_select() {
    let stream = Hints { socket_type: SocketType::STREAM, ..numeric() };
    let found = getaddrinfo(Some(c"::1"), Some(c"443"), Some(&stream)).unwrap();
    let [AddrInfo { address, socket_type, protocol, canonical_name, .. }] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(*address, (Ipv6Addr::LOCALHOST, 443).into());
    assert_eq!((*socket_type, *protocol, canonical_name), (SocketType::STREAM, Protocol::TCP, &None));

    let udp = Hints { protocol: Protocol::UDP, ..numeric() };
    let found = getaddrinfo(Some(c"::1"), None, Some(&udp)).unwrap();
    assert!(found.iter().all(|info| info.protocol == Protocol::UDP), "{found:?}");

    let v4 = Hints { family: Family::INET, ..Hints::default() };
    let found = getaddrinfo(Some(c"localhost"), None, Some(&v4)).unwrap();
    assert!(found.iter().all(|info| info.address.ip() == Ipv4Addr::LOCALHOST), "{found:?}");
}

#[test]
fn mapped_addresses() {
    let hints =
        Hints { family: Family::INET6, flags: AddrFlags::NUMERICHOST | AddrFlags::V4MAPPED, ..Hints::default() };
    let found = getaddrinfo(Some(c"127.0.0.1"), None, Some(&hints)).unwrap();
    assert_eq!(found[0].address.ip(), IpAddr::from(Ipv4Addr::LOCALHOST.to_ipv6_mapped()));
}

#[test]
fn no_host_is_the_machine_or_any_address() {
    let own = getaddrinfo(None, Some(c"80"), Some(&Hints::default())).unwrap();
    assert!(own.iter().all(|info| info.address.ip().is_loopback() && info.address.port() == 80), "{own:?}");
    let passive = Hints { flags: AddrFlags::PASSIVE | AddrFlags::NUMERICSERV, ..Hints::default() };
    let any = getaddrinfo(None, Some(c"80"), Some(&passive)).unwrap();
    assert!(any.iter().all(|info| info.address.ip().is_unspecified()), "{any:?}");
}

#[test]
fn the_canonical_name_comes_with_the_first() {
    let hints = Hints { flags: AddrFlags::NUMERICHOST | AddrFlags::CANONNAME, ..Hints::default() };
    let found = getaddrinfo(Some(c"127.0.0.1"), None, Some(&hints)).unwrap();
    assert_eq!(found[0].canonical_name.as_deref(), Some("127.0.0.1"));
    assert!(found[1..].iter().all(|info| info.canonical_name.is_none()));
}

#[test]
fn a_scope_is_kept() {
    let found = getaddrinfo(Some(c"fe80::1%lo"), None, Some(&numeric())).unwrap();
    let std::net::SocketAddr::V6(address) = found[0].address else { panic!("{found:?}") };
    assert_eq!(address.scope_id(), 1);
    let (host, _) = getnameinfo(address.into(), NameFlags::NUMERICHOST | NameFlags::NUMERICSERV).unwrap();
    assert_eq!(host, "fe80::1%lo");
}

#[test]
fn errors_have_their_names() {
    let hints = |hints: Hints| getaddrinfo(Some(c"127.0.0.1"), None, Some(&hints)).unwrap_err();
    assert_eq!(hints(Hints { family: Family::from_raw(12_345), ..numeric() }), Error::EAI_FAMILY);
    assert_eq!(hints(Hints { flags: AddrFlags::from_raw(1 << 30), ..Hints::default() }), Error::EAI_BADFLAGS);
    assert_eq!(hints(Hints { family: Family::INET6, ..numeric() }), Error::EAI_ADDRFAMILY);
    assert_eq!(hints(Hints { socket_type: SocketType::from_raw(99), ..numeric() }), Error::EAI_SOCKTYPE);
    assert_eq!(getaddrinfo(None, None, None), Err(Error::EAI_NONAME));
    assert_eq!(getaddrinfo(Some(c"not-an-address"), None, Some(&numeric())), Err(Error::EAI_NONAME));
    let service = Hints { socket_type: SocketType::STREAM, ..numeric() };
    let result = getaddrinfo(Some(c"127.0.0.1"), Some(c"no-such-service"), Some(&service));
    assert_eq!(result, Err(Error::EAI_SERVICE));
    let result = getaddrinfo(
        Some(c"127.0.0.1"),
        Some(c"http"),
        Some(&Hints { flags: AddrFlags::NUMERICHOST | AddrFlags::NUMERICSERV, ..Hints::default() }),
    );
    assert_eq!(result, Err(Error::EAI_NONAME));
    // No address has a name of the documentation's network, or nobody could be asked.
    let error = getnameinfo("192.0.2.1:0".parse().unwrap(), NameFlags::NAMEREQD | NameFlags::NUMERICHOST);
    assert!(error.is_err_and(|error| error.name().starts_with("EAI_")));
}

#[test]
fn names_of_addresses() {
    let address = "127.0.0.1:0".parse().unwrap();
    let (host, service) = getnameinfo(address, NameFlags::NUMERICSERV).unwrap();
    assert_eq!((host.as_str(), service.as_str()), ("localhost", "0"));
}
