//! A handle that is closed with its scope.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;

use crate::event_loop::Loop;
use crate::handle::Handle;
use crate::loop_handle::LoopHandle;

/// Owns a handle: closes it when dropped, if that has not happened by then. Handles themselves are plain ids, which
/// nothing closes but [`Handle::close`]. It is made by [`Handle::owned`].
///
/// As with any close, the handle is closed by the loop's next closing phase. A loop that is gone, or already closes the
/// handle, is no error.
///
/// ```
/// use std::time::Duration;
/// use uv_loop::{Handle, Loop, RunMode, Timer};
///
/// let lp = Loop::new()?;
/// let heartbeat = Timer::new(&lp).owned(&lp);
/// heartbeat.start(&lp, Duration::from_secs(1), Duration::from_secs(1), |_, _| {})?;
/// drop(heartbeat);
/// assert!(!lp.run(RunMode::Default)?);
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub struct OwnedHandle<H: Handle> {
    handle: H,
    lp: LoopHandle,
}

impl<H: Handle> OwnedHandle<H> {
    pub(crate) fn new(lp: &Loop, handle: H) -> Self {
        OwnedHandle { handle, lp: lp.handle() }
    }

    /// Gives the handle back, which nobody owns then.
    ///
    /// ```
    /// use uv_loop::{Handle, Idle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let idle = Idle::new(&lp).owned(&lp).release();
    /// assert!(!idle.is_closing(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn release(self) -> H {
        // The reference to the loop is all that there is to drop.
        let mut this = ManuallyDrop::new(self);
        this.lp = LoopHandle::none();
        this.handle
    }
}

impl<H: Handle> Drop for OwnedHandle<H> {
    fn drop(&mut self) {
        // Closed already, or the loop is gone: what was wanted.
        let _ = self.lp.with(|lp| self.handle.close(lp));
    }
}

impl<H: Handle> Deref for OwnedHandle<H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.handle
    }
}

impl<H: Handle + fmt::Debug> fmt::Debug for OwnedHandle<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnedHandle").field(&self.handle).finish()
    }
}
