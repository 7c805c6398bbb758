//! Node's `dns.promises`. What needs no look-up, an address for example, settles its promise at once.

use std::net::{IpAddr, SocketAddr};

use super::{Found, LookupOptions, NameInfo, all, first, request};
use crate::net::NetError;
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
    let name = host.to_owned();
    settled(rt, host, options, move |found| first(found, &name))
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
    settled(rt, host, options, all)
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

/// Settled at once if there is nothing to ask the system.
fn settled<T: Clone + 'static>(
    rt: &Runtime,
    host: &str,
    options: LookupOptions,
    take: impl FnOnce(Found) -> Result<T, NetError> + 'static,
) -> Promise<T> {
    let (promise, resolver) = Promise::with_resolver();
    let settle = move |rt: &Runtime, found| match take(found) {
        Ok(value) => resolver.resolve(rt, value),
        Err(error) => resolver.reject(rt, error),
    };
    if let Some((settle, found)) = request(rt, host, options, settle) {
        settle(rt, found);
    }
    promise
}
