//! Names to addresses and back, on the pool.

mod address;
mod future;
mod idna;

use std::ffi::CString;
use std::net::SocketAddr;

use uv_loop::{JobError, Lane, Loop, Work};
use uv_sys::resolve::{self, AddrInfo, Hints, NameFlags};
use uv_sys::{Error, Result};

pub use address::{ip_name, ip4_addr, ip6_addr};
pub use future::{LookupFuture, lookup, lookup_name};
pub use idna::HostName;

/// A look-up on its way, as `uv_getaddrinfo_t` and `uv_getnameinfo_t`.
///
/// ```
/// use uv_loop::{Loop, Pool, RunMode};
/// use uv_net::{Error, getaddrinfo};
///
/// let lp = Loop::builder().pool(Pool::builder().threads(1).build()?).build()?;
/// let (hold, held) = std::sync::mpsc::channel::<()>();
/// lp.queue_work(move || held.recv(), |_, _| {});
/// let lookup = getaddrinfo(&lp, Some("localhost"), None, None, |_, found| {
///     assert_eq!(found, Err(Error::EAI_CANCELED));
/// })?;
/// lookup.cancel(&lp)?;
/// drop(hold);
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Lookup(Work);

impl Lookup {
    /// Takes the look-up back if no thread has begun with it, as `uv_cancel`. Its callback is called all the same, from the
    /// loop, with [`Error::EAI_CANCELED`].
    ///
    /// # Errors
    ///
    /// `EBUSY` if a thread is at it or has done it; `EINVAL` if its callback has been called.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    /// use uv_net::{Error, NameFlags, getnameinfo};
    ///
    /// let lp = Loop::new()?;
    /// let lookup = getnameinfo(&lp, "127.0.0.1:80".parse().unwrap(), NameFlags::default(), |_, _| {});
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(lookup.cancel(&lp), Err(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn cancel(self, lp: &Loop) -> Result<()> {
        self.0.cancel(lp)
    }

    /// Whether the look-up's callback is still to be called.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// assert!(uv_net::getaddrinfo(&lp, Some("::1"), None, None, |_, _| {})?.is_pending(&lp));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn is_pending(self, lp: &Loop) -> bool {
        self.0.is_pending(lp)
    }
}

/// Looks up a host's addresses and a service's port, one of which may be missing, and calls `callback` from the loop with
/// them, in the order in which they are to be tried; as `uv_getaddrinfo`. A pool's thread waits for the answer, and such
/// threads are never more than half of the pool's. A host's name may have any letters ([IDNA]): the system is asked for
/// its form in ASCII.
///
/// [IDNA]: https://www.rfc-editor.org/rfc/rfc5890
///
/// # Errors
///
/// `EINVAL` without both, for an empty host, for one that is longer than 255 bytes in ASCII, and for a zero byte. The
/// other errors are the callback's: `EAI_NONAME` or `EAI_NODATA` if there is no such host, `EAI_AGAIN` if nobody could be
/// asked, `EAI_SERVICE` if there is no such service, `EAI_CANCELED` after [`Lookup::cancel`].
///
/// ```
/// use uv_loop::{Loop, RunMode};
/// use uv_net::{Family, Hints, SocketType, getaddrinfo};
///
/// let lp = Loop::new()?;
/// let hints = Hints { family: Family::INET, socket_type: SocketType::STREAM, ..Hints::default() };
/// getaddrinfo(&lp, Some("localhost"), Some("80"), Some(hints), |_, found| {
///     assert_eq!(found.unwrap()[0].address, "127.0.0.1:80".parse().unwrap());
/// })?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_net::Error>(())
/// ```
pub fn getaddrinfo(
    lp: &Loop,
    host: Option<&str>,
    service: Option<&str>,
    hints: Option<Hints>,
    callback: impl FnOnce(&Loop, Result<Vec<AddrInfo>>) + 'static,
) -> Result<Lookup> {
    let query = Query::new(host, service, hints)?;
    let work = lp.queue_work_in(Lane::Slow, move || query.ask(), |lp, result| callback(lp, answer(result)));
    Ok(Lookup(work))
}

/// [`getaddrinfo`] at once, on this thread, which waits for the answer; as `uv_getaddrinfo` without a callback.
///
/// # Errors
///
/// Those of [`getaddrinfo`] and of its callback.
///
/// ```
/// use uv_net::{AddrFlags, Error, Hints, getaddrinfo_sync};
///
/// let found = getaddrinfo_sync(Some("::1"), Some("443"), None)?;
/// assert_eq!(found[0].address, "[::1]:443".parse().unwrap());
/// let numeric = Hints { flags: AddrFlags::NUMERICHOST, ..Hints::default() };
/// assert_eq!(getaddrinfo_sync(Some("localhost"), None, Some(numeric)), Err(Error::EAI_NONAME));
/// # Ok::<(), Error>(())
/// ```
pub fn getaddrinfo_sync(host: Option<&str>, service: Option<&str>, hints: Option<Hints>) -> Result<Vec<AddrInfo>> {
    Query::new(host, service, hints)?.ask()
}

/// The names of an address's host and of its port's service, or their numbers where they have none.
///
/// ```
/// use uv_net::{NameFlags, getnameinfo_sync};
///
/// let name = getnameinfo_sync("127.0.0.1:80".parse().unwrap(), NameFlags::NUMERICHOST | NameFlags::NUMERICSERV)?;
/// assert_eq!((name.host.as_str(), name.service.as_str()), ("127.0.0.1", "80"));
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct NameInfo {
    /// The host's name.
    pub host: String,
    /// The service's name.
    pub service: String,
}

/// Looks up the names of an address and calls `callback` from the loop with them, as `uv_getnameinfo`. A pool's thread
/// waits for the answer, as for [`getaddrinfo`].
///
/// The callback's errors are `EAI_NONAME` if the host has no name and [`NameFlags::NAMEREQD`] asks for one, `EAI_AGAIN` if
/// nobody could be asked, `EAI_CANCELED` after [`Lookup::cancel`].
///
/// ```
/// use uv_loop::{Loop, RunMode};
/// use uv_net::{NameFlags, getnameinfo};
///
/// let lp = Loop::new()?;
/// getnameinfo(&lp, "[::1]:7".parse().unwrap(), NameFlags::NUMERICHOST | NameFlags::NUMERICSERV, |_, name| {
///     assert_eq!(name.unwrap().host, "::1");
/// });
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_net::Error>(())
/// ```
pub fn getnameinfo(
    lp: &Loop,
    address: SocketAddr,
    flags: NameFlags,
    callback: impl FnOnce(&Loop, Result<NameInfo>) + 'static,
) -> Lookup {
    let ask = move || getnameinfo_sync(address, flags);
    Lookup(lp.queue_work_in(Lane::Slow, ask, |lp, result| callback(lp, answer(result))))
}

/// [`getnameinfo`] at once, on this thread, which waits for the answer; as `uv_getnameinfo` without a callback.
///
/// # Errors
///
/// Those of [`getnameinfo`]'s callback.
///
/// ```
/// use uv_net::{NameFlags, getnameinfo_sync};
///
/// let name = getnameinfo_sync("127.0.0.1:0".parse().unwrap(), NameFlags::NUMERICSERV)?;
/// assert!(!name.host.is_empty());
/// # Ok::<(), uv_net::Error>(())
/// ```
pub fn getnameinfo_sync(address: SocketAddr, flags: NameFlags) -> Result<NameInfo> {
    let (host, service) = resolve::getnameinfo(address, flags)?;
    Ok(NameInfo { host, service })
}

/// What is asked, in the system's form.
struct Query {
    host: Option<HostName>,
    service: Option<CString>,
    hints: Option<Hints>,
}

impl Query {
    fn new(host: Option<&str>, service: Option<&str>, hints: Option<Hints>) -> Result<Query> {
        if host.is_none() && service.is_none() {
            return Err(Error::EINVAL);
        }
        Ok(Query {
            host: host.map(HostName::new).transpose()?,
            service: service.map(CString::new).transpose().map_err(|_| Error::EINVAL)?,
            hints,
        })
    }

    fn ask(&self) -> Result<Vec<AddrInfo>> {
        resolve::getaddrinfo(self.host.as_ref().map(HostName::as_c_str), self.service.as_deref(), self.hints.as_ref())
    }
}

fn answer<T>(result: std::result::Result<Result<T>, JobError>) -> Result<T> {
    match result {
        Ok(answer) => answer,
        Err(JobError::Canceled) => Err(Error::EAI_CANCELED),
        // Nothing here panics but for want of memory.
        Err(_) => Err(Error::EAI_MEMORY),
    }
}
