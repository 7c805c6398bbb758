//! Look-ups that are awaited.

use std::cell::Cell;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use uv_loop::{Loop, LoopHandle};
use uv_sys::Result;
use uv_sys::resolve::{AddrInfo, Hints, NameFlags};

use super::{Lookup, NameInfo, getaddrinfo, getnameinfo};

/// [`getaddrinfo`] for `async` code. The look-up begins at once.
///
/// # Errors
///
/// The future's are those of [`getaddrinfo`] and its callback.
///
/// ```
/// use uv_loop::Loop;
/// use uv_net::lookup;
///
/// let lp = Loop::new()?;
/// let found = lp.block_on(lookup(&lp, Some("::1"), Some("80"), None))??;
/// assert_eq!(found[0].address, "[::1]:80".parse().unwrap());
/// # Ok::<(), uv_net::Error>(())
/// ```
pub fn lookup(
    lp: &Loop,
    host: Option<&str>,
    service: Option<&str>,
    hints: Option<Hints>,
) -> LookupFuture<Vec<AddrInfo>> {
    LookupFuture::new(lp, |done| getaddrinfo(lp, host, service, hints, move |_, found| done.set(found)))
}

/// [`getnameinfo`] for `async` code. The look-up begins at once.
///
/// # Errors
///
/// The future's are those of [`getnameinfo`]'s callback.
///
/// ```
/// use uv_net::{NameFlags, lookup_name};
///
/// let lp = uv_loop::Loop::new()?;
/// let name = lp.block_on(lookup_name(&lp, "[::1]:80".parse().unwrap(), NameFlags::NUMERICHOST))??;
/// assert_eq!(name.host, "::1");
/// # Ok::<(), uv_net::Error>(())
/// ```
pub fn lookup_name(lp: &Loop, address: SocketAddr, flags: NameFlags) -> LookupFuture<NameInfo> {
    LookupFuture::new(lp, |done| Ok(getnameinfo(lp, address, flags, move |_, name| done.set(name))))
}

/// A look-up that is awaited. Dropping it cancels the look-up, if no thread has begun with it.
///
/// ```
/// use uv_net::{LookupFuture, lookup};
///
/// let lp = uv_loop::Loop::new()?;
/// let future: LookupFuture<_> = lookup(&lp, Some("localhost"), None, None);
/// drop(future);
/// # Ok::<(), uv_net::Error>(())
/// ```
#[must_use = "dropping it cancels the look-up"]
pub struct LookupFuture<T> {
    done: Rc<Done<T>>,
    handle: LoopHandle,
    request: Option<Lookup>,
}

struct Done<T> {
    result: Cell<Option<Result<T>>>,
    waker: Cell<Option<Waker>>,
}

impl<T> Done<T> {
    fn set(&self, result: Result<T>) {
        self.result.set(Some(result));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl<T> LookupFuture<T> {
    fn new(lp: &Loop, begin: impl FnOnce(Rc<Done<T>>) -> Result<Lookup>) -> LookupFuture<T> {
        let done = Rc::new(Done { result: Cell::default(), waker: Cell::default() });
        let request = match begin(done.clone()) {
            Ok(request) => Some(request),
            Err(error) => {
                done.set(Err(error));
                None
            }
        };
        LookupFuture { done, handle: lp.handle(), request }
    }
}

impl<T> Future for LookupFuture<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.done.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                self.done.waker.set(Some(cx.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for LookupFuture<T> {
    fn drop(&mut self) {
        if let Some(request) = self.request {
            // It fails if a thread has begun, or has done it.
            let _ = self.handle.with(|lp| request.cancel(lp));
        }
    }
}

impl<T> fmt::Debug for LookupFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookupFuture").field("request", &self.request).finish_non_exhaustive()
    }
}
