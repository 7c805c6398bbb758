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
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use uv_net::{Hints, SocketType};

use crate::net::NetError;
use crate::{Error, Outcome, Runtime, Thrown};

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
    resolve(rt, host, options, move |rt, found| {
        let first = found.and_then(|found| {
            let first = found.first().map(SocketAddr::ip);
            first.ok_or_else(|| NetError::dns(Error::EAI_NONAME, "getaddrinfo", &name))
        });
        f(rt, first).into_result()
    });
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
    resolve(rt, host, options, move |rt, found| {
        f(rt, found.map(|found| found.iter().map(SocketAddr::ip).collect())).into_result()
    });
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
    f: impl FnOnce(&Runtime, Result<Vec<SocketAddr>, NetError>) -> Result<(), Thrown> + 'static,
) {
    if host.is_empty() {
        return rt.next_tick(|rt| f(rt, Ok(Vec::new())));
    }
    if let Ok(ip) = host.parse() {
        return rt.next_tick(move |rt| f(rt, Ok(vec![SocketAddr::new(ip, 0)])));
    }
    let name = host.to_owned();
    let f = move |rt: &Runtime, found: Result<Vec<SocketAddr>, Error>| {
        f(rt, found.map_err(|error| NetError::dns(error, "getaddrinfo", &name)))
    };
    // Whether the request can be made at all is found out with it; its callback is gone then.
    let f = Rc::new(Cell::new(Some(f)));
    let later = f.clone();
    let callback = rt.callback(move |rt, found| later.take().map_or(Ok(()), |f| f(rt, found)));
    let hints =
        Hints { family: options.family, socket_type: SocketType::STREAM, flags: options.hints, ..Hints::default() };
    let begun = uv_net::getaddrinfo(rt.event_loop(), Some(host), None, Some(hints), move |lp, found| {
        callback(lp, found.map(|found| options.order.apply(found.into_iter().map(|info| info.address).collect())));
    });
    if let Err(error) = begun
        && let Some(f) = f.take()
    {
        rt.next_tick(move |rt| f(rt, Err(error)));
    }
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
    fn order_is_stable() {
        let list = ["[::1]:0", "1.1.1.1:0", "[::2]:0", "1.1.1.2:0"].map(|address| address.parse().unwrap());
        let [a6, a4, b6, b4] = list;
        assert_eq!(Order::Verbatim.apply(list.to_vec()), list);
        assert_eq!(Order::Ipv4First.apply(list.to_vec()), [a4, b4, a6, b6]);
        assert_eq!(Order::Ipv6First.apply(list.to_vec()), [a6, b6, a4, b4]);
    }
}
