//! Node's `dns` as far as the system answers: names to addresses and back, on the pool. Each callback is one macrotask in the
//! poll phase; what needs no look-up, an address for example, is told from the nextTick queue.
//!
//! ```
//! use node_compat::{Runtime, dns};
//!
//! let rt = Runtime::new()?;
//! dns::lookup(&rt, "localhost", dns::LookupOptions::default(), |_, address| {
//!     assert!(address.unwrap().is_loopback());
//! });
//! dns::lookup_all(&rt, "::1", dns::LookupOptions::default(), |_, addresses| {
//!     assert_eq!(addresses.unwrap(), ["::1".parse::<std::net::IpAddr>().unwrap()]);
//! });
//! rt.run()?;
//! # Ok::<(), node_compat::Error>(())
//! ```

pub mod promises;

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::rc::Rc;

use uv_net::{Hints, SocketType};

use crate::net::NetError;
use crate::{Error, Outcome, Runtime, Thrown, os};

pub use uv_net::{AddrFlags, Family, NameFlags, NameInfo};

/// Options of a look-up.
///
/// ```
/// use node_compat::{Runtime, dns};
///
/// let rt = Runtime::new()?;
/// let options = dns::LookupOptions {
///     family: dns::Family::INET,
///     hints: dns::AddrFlags::ADDRCONFIG,
///     order: dns::Order::Ipv4First,
/// };
/// dns::lookup(&rt, "localhost", options, |_, address| assert!(address.is_ok_and(|address| address.is_ipv4())));
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct LookupOptions {
    /// Which addresses: `INET`, `INET6`, or unless set any.
    pub family: Family,
    /// What the system is to mind.
    pub hints: AddrFlags,
    /// In which order.
    pub order: Order,
}

/// The order of the addresses that a look-up finds. The enum is exhaustive: Node has these.
///
/// ```
/// assert_eq!(node_compat::dns::Order::default(), node_compat::dns::Order::Verbatim);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Order {
    /// The system's.
    #[default]
    Verbatim,
    /// Those of IPv4 first.
    Ipv4First,
    /// Those of IPv6 first.
    Ipv6First,
}

/// Looks up the first address of a host. As `dns.lookup`; the error of a name without one has the code `ENOTFOUND`, and so
/// has that of an empty name.
///
/// ```
/// use node_compat::{Runtime, dns};
///
/// let rt = Runtime::new()?;
/// dns::lookup(&rt, "host.invalid", dns::LookupOptions::default(), |_, address| {
///     println!("{}", address.unwrap_err());
/// });
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn lookup<O: Outcome>(
    rt: &Runtime,
    host: &str,
    options: LookupOptions,
    f: impl FnOnce(&Runtime, Result<IpAddr, NetError>) -> O + 'static,
) {
    let name = host.to_owned();
    resolve(rt, host, options, move |rt, found| f(rt, first(found, &name)).into_result());
}

/// Looks up all addresses of a host; an empty name has none. As `dns.lookup` with the option `all`.
///
/// ```
/// use node_compat::{Runtime, dns};
///
/// let rt = Runtime::new()?;
/// dns::lookup_all(&rt, "localhost", dns::LookupOptions::default(), |_, addresses| {
///     assert!(addresses.unwrap().iter().all(|address| address.is_loopback()));
/// });
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn lookup_all<O: Outcome>(
    rt: &Runtime,
    host: &str,
    options: LookupOptions,
    f: impl FnOnce(&Runtime, Result<Vec<IpAddr>, NetError>) -> O + 'static,
) {
    resolve(rt, host, options, move |rt, found| f(rt, all(found)).into_result());
}

/// Looks up the names of an address's host and of its port's service. As `dns.lookupService`: a host without a name is an
/// error.
///
/// ```
/// use node_compat::{Runtime, dns};
///
/// let rt = Runtime::new()?;
/// dns::lookup_service(&rt, "127.0.0.1:80".parse().unwrap(), |_, found| match found {
///     Ok(name) => println!("{} {}", name.host, name.service),
///     Err(error) => assert_eq!(error.syscall(), Some("getnameinfo")),
/// });
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn lookup_service<O: Outcome>(
    rt: &Runtime,
    address: SocketAddr,
    f: impl FnOnce(&Runtime, Result<NameInfo, NetError>) -> O + 'static,
) {
    let f = rt.callback(move |rt, found: Result<NameInfo, Error>| {
        f(rt, found.map_err(|error| NetError::dns(error, "getnameinfo", &address.ip().to_string())))
    });
    uv_net::getnameinfo(rt.event_loop(), address, NameFlags::NAMEREQD, f);
}

/// All addresses, with port 0 and, if they are link-local, their interface.
pub(crate) fn resolve(
    rt: &Runtime,
    host: &str,
    options: LookupOptions,
    f: impl FnOnce(&Runtime, Found) -> Result<(), Thrown> + 'static,
) {
    if let Some((f, found)) = request(rt, host, options, f) {
        rt.next_tick(move |rt| f(rt, found));
    }
}

type Found = Result<Vec<SocketAddr>, NetError>;

/// Asks the system; or gives `f` back, with what it is to be told, where there is nothing to ask.
fn request<O: Outcome, F>(rt: &Runtime, host: &str, options: LookupOptions, f: F) -> Option<(F, Found)>
where
    F: FnOnce(&Runtime, Found) -> O + 'static,
{
    if host.is_empty() {
        return Some((f, Ok(Vec::new())));
    }
    if let Some(address) = literal(host) {
        return Some((f, Ok(vec![address])));
    }
    // Whether the request can be made at all is found out with it; its callback is gone then.
    let f = Rc::new(Cell::new(Some(f)));
    let (later, name) = (f.clone(), host.to_owned());
    let callback = rt.callback(move |rt, found: Result<Vec<SocketAddr>, Error>| match later.take() {
        Some(f) => f(rt, found.map_err(|error| NetError::dns(error, "getaddrinfo", &name))).into_result(),
        None => Ok(()),
    });
    let hints =
        Hints { family: options.family, socket_type: SocketType::STREAM, flags: options.hints, ..Hints::default() };
    let begun = uv_net::getaddrinfo(rt.event_loop(), Some(host), None, Some(hints), move |lp, found| {
        callback(lp, found.map(|found| options.order.apply(found.into_iter().map(|info| info.address).collect())));
    });
    let error = begun.err()?;
    f.take().map(|f| (f, Err(NetError::dns(error, "getaddrinfo", host))))
}

fn first(found: Found, host: &str) -> Result<IpAddr, NetError> {
    found?.first().map(SocketAddr::ip).ok_or_else(|| NetError::dns(Error::EAI_NONAME, "getaddrinfo", host))
}

fn all(found: Found) -> Result<Vec<IpAddr>, NetError> {
    Ok(found?.iter().map(SocketAddr::ip).collect())
}

/// The address that a host's name is itself, perhaps with the interface it is on: `fe80::1%eth0`.
fn literal(host: &str) -> Option<SocketAddr> {
    if let Ok(ip) = host.parse() {
        return Some(SocketAddr::new(ip, 0));
    }
    let (ip, zone) = host.split_once('%')?;
    let of_zone = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
    if zone.is_empty() || !zone.chars().all(of_zone) {
        return None;
    }
    let interface = || os::if_nametoindex(zone.as_ref()).ok().or_else(|| zone.parse().ok());
    Some(SocketAddrV6::new(ip.parse().ok()?, 0, 0, interface().unwrap_or(0)).into())
}

impl Order {
    fn apply(self, mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        match self {
            Order::Verbatim => {}
            Order::Ipv4First => addresses.sort_by_key(SocketAddr::is_ipv6),
            Order::Ipv6First => addresses.sort_by_key(SocketAddr::is_ipv4),
        }
        addresses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_may_name_an_interface() {
        let scope = |host| match literal(host) {
            Some(SocketAddr::V6(address)) => Some(address.scope_id()),
            _ => None,
        };
        assert_eq!(literal("10.0.0.1"), Some("10.0.0.1:0".parse().unwrap()));
        assert_eq!(scope("fe80::1"), Some(0));
        assert_eq!(scope("fe80::1%lo"), Some(os::if_nametoindex("lo".as_ref()).unwrap()));
        assert_eq!(scope("fe80::1%7"), Some(7));
        assert_eq!(scope("fe80::1%nowhere0"), Some(0));
        for name in ["fe80::1%", "fe80::1%l_o", "10.0.0.1%lo", "localhost", "%lo", "127.1"] {
            assert_eq!(literal(name), None, "{name}");
        }
    }

    #[test]
    fn order_is_stable() {
        let list = ["[::1]:0", "1.1.1.1:0", "[::2]:0", "1.1.1.2:0"].map(|address| address.parse().unwrap());
        let [a6, a4, b6, b4] = list;
        assert_eq!(Order::Verbatim.apply(list.to_vec()), list);
        assert_eq!(Order::Ipv4First.apply(list.to_vec()), [a4, b4, a6, b6]);
        assert_eq!(Order::Ipv6First.apply(list.to_vec()), [a6, b6, a4, b4]);
    }
}
