//! Node's `dns.promises`.

use std::net::{IpAddr, SocketAddr};

use super::{LookupOptions, NameInfo};
use crate::{Promise, Runtime};

/// [`dns::lookup`](super::lookup) as a promise. As `dns.promises.lookup`.
///
/// ```
/// use node_compat::{Runtime, dns};
///
/// let rt = Runtime::new()?;
/// dns::promises::lookup(&rt, "127.0.0.1", dns::LookupOptions::default()).then(&rt, |_, address| {
///     assert!(address.is_loopback());
///     Ok(())
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn lookup(rt: &Runtime, host: &str, options: LookupOptions) -> Promise<IpAddr> {
    let (promise, resolver) = Promise::with_resolver();
    super::lookup(rt, host, options, move |rt, found| match found {
        Ok(address) => resolver.resolve(rt, address),
        Err(error) => resolver.reject(rt, error),
    });
    promise
}

/// [`dns::lookup_all`](super::lookup_all) as a promise. As `dns.promises.lookup` with the option `all`.
///
/// ```
/// use node_compat::{Runtime, dns};
///
/// let rt = Runtime::new()?;
/// dns::promises::lookup_all(&rt, "host.invalid", dns::LookupOptions::default()).catch(&rt, |_, reason| {
///     let error: &node_compat::net::NetError = reason.downcast_ref().unwrap();
///     assert_eq!(error.hostname(), Some("host.invalid"));
///     Ok(Vec::new())
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn lookup_all(rt: &Runtime, host: &str, options: LookupOptions) -> Promise<Vec<IpAddr>> {
    let (promise, resolver) = Promise::with_resolver();
    super::lookup_all(rt, host, options, move |rt, found| match found {
        Ok(addresses) => resolver.resolve(rt, addresses),
        Err(error) => resolver.reject(rt, error),
    });
    promise
}

/// [`dns::lookup_service`](super::lookup_service) as a promise. As `dns.promises.lookupService`.
///
/// ```
/// use node_compat::{Runtime, dns};
///
/// let rt = Runtime::new()?;
/// dns::promises::lookup_service(&rt, "127.0.0.1:80".parse().unwrap()).when_settled(&rt, |_, found| {
///     println!("{found:?}");
///     Ok(())
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn lookup_service(rt: &Runtime, address: SocketAddr) -> Promise<NameInfo> {
    let (promise, resolver) = Promise::with_resolver();
    super::lookup_service(rt, address, move |rt, found| match found {
        Ok(name) => resolver.resolve(rt, name),
        Err(error) => resolver.reject(rt, error),
    });
    promise
}
