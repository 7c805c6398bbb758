//! What can be set of a socket, and the time in which something has to happen.

use std::time::Duration;

use super::Socket;
use super::events::Event;
use crate::{Delay, Runtime, Thrown};

impl Socket {
    /// Has `'timeout'` emitted when nothing comes or goes for so long: whole milliseconds, at most 2^31 - 1, and zero for
    /// never. It does not keep the runtime alive. As `socket.setTimeout`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use node_compat::{Runtime, net};
    ///
    /// let (rt, socket) = (Runtime::new()?, net::Socket::new());
    /// socket.set_timeout(&rt, Duration::from_secs(60));
    /// socket.set_timeout(&rt, Duration::ZERO);
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn set_timeout(&self, rt: &Runtime, after: Duration) {
        if self.is_destroyed() {
            return;
        }
        self.stop_timeout(rt);
        if !after.is_zero() {
            let longest = Duration::from_millis(i32::MAX as u64);
            self.start_timeout(rt, Delay::from(after.min(longest)));
        }
    }

    /// Sends small writes at once, and not together with those that follow. As `socket.setNoDelay`.
    ///
    /// ```
    /// let (rt, socket) = (node_compat::Runtime::new()?, node_compat::net::Socket::new());
    /// socket.set_no_delay(&rt, true);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn set_no_delay(&self, rt: &Runtime, on: bool) {
        if self.0.no_delay.replace(on) != on
            && let Some(handle) = self.0.handle.get()
        {
            handle.set_nodelay(rt.event_loop(), on);
        }
    }

    /// Has the system look whether the other end is still there when the connection is idle for so long (whole seconds; for
    /// less than one it is the system's own time), or no longer. As `socket.setKeepAlive`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (rt, socket) = (node_compat::Runtime::new()?, node_compat::net::Socket::new());
    /// socket.set_keep_alive(&rt, Some(Duration::from_secs(60)));
    /// socket.set_keep_alive(&rt, None);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn set_keep_alive(&self, rt: &Runtime, idle: Option<Duration>) {
        if self.0.keep_alive.replace(idle) != idle
            && let Some(handle) = self.0.handle.get()
        {
            handle.set_keepalive(rt.event_loop(), idle);
        }
    }

    /// Lets it keep the runtime alive (the default). As `socket.ref`.
    ///
    /// ```
    /// let (rt, socket) = (node_compat::Runtime::new()?, node_compat::net::Socket::new());
    /// socket.ref_(&rt);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn ref_(&self, rt: &Runtime) {
        self.set_referenced(rt, true);
    }

    /// Lets the runtime end while it is open. As `socket.unref`.
    ///
    /// ```
    /// use node_compat::{Runtime, net::Socket};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// Socket::from_fd(&rt, ours)?.unref(&rt);
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn unref(&self, rt: &Runtime) {
        self.set_referenced(rt, false);
    }

    pub(super) fn apply_options(&self, rt: &Runtime) {
        let Some(handle) = self.0.handle.get() else { return };
        if self.0.no_delay.get() {
            handle.set_nodelay(rt.event_loop(), true);
        }
        if let Some(idle) = self.0.keep_alive.get() {
            handle.set_keepalive(rt.event_loop(), Some(idle));
        }
    }

    /// Something has come or gone: the timeout begins anew. As Node's `_unrefTimer`.
    pub(super) fn touch(&self, rt: &Runtime) {
        if let Some((timeout, delay)) = self.0.timeout.get()
            && !timeout.refresh(rt)
        {
            self.start_timeout(rt, delay);
        }
    }

    fn start_timeout(&self, rt: &Runtime, delay: Delay) {
        let socket = self.clone();
        let timeout = rt.set_refreshable_timeout(delay, move |rt| socket.timed_out(rt));
        timeout.unref(rt);
        self.0.timeout.set(Some((timeout, delay)));
    }

    pub(super) fn stop_timeout(&self, rt: &Runtime) {
        if let Some((timeout, _)) = self.0.timeout.take() {
            rt.clear_timeout(timeout);
        }
    }

    fn timed_out(&self, rt: &Runtime) -> Result<(), Thrown> {
        let (it, last) = (&self.0, self.0.last_write_queue_size.get());
        if let Some(handle) = it.handle.get().filter(|_| last > 0) {
            let now = handle.write_queue_size(rt.event_loop());
            if now != last {
                // A long write gets on.
                it.last_write_queue_size.set(now);
                self.touch(rt);
                return Ok(());
            }
        }
        self.emit(rt, Event::Timeout)
    }

    fn set_referenced(&self, rt: &Runtime, on: bool) {
        match self.0.handle.get() {
            Some(handle) => handle.set_referenced(rt.event_loop(), on),
            None => {
                self.once("connect", move |rt, socket| socket.set_referenced(rt, on));
            }
        }
    }
}
