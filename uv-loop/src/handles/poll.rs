//! Poll handles: any descriptor, watched for readiness.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;

use uv_sys::{Error, Event, Interest, Result, set_nonblocking};

use crate::event_loop::Loop;
use crate::handle::Handle;
use crate::handles::callback::Callback;
use crate::handles::spare::{self, Spare};
use crate::kind::HandleKind;
use crate::slab::HandleId;

/// Calls back when a descriptor is ready, for libraries that do their own input and output. As `uv_poll_t`.
///
/// It is level-triggered: the callback is called in each poll phase for as long as what it waits for holds. So it
/// reads or writes what there is, or stops the handle. It is called without a cause at times, and the descriptor is
/// non-blocking, so that this does no harm.
///
/// The handle keeps the descriptor, or a share of it, until it is closed. To use it meanwhile, share it by an `Rc`.
///
/// ```
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use std::rc::Rc;
/// use uv_loop::{Handle, Interest, Loop, Poll, RunMode};
///
/// let (near, mut far) = UnixStream::pair()?;
/// let near = Rc::new(near);
/// let lp = Loop::new()?;
/// let poll = Poll::new(&lp, near.clone())?;
/// poll.start(&lp, Interest::READABLE, move |lp, poll, ready| {
///     assert!(ready.unwrap().contains(Interest::READABLE));
///     let mut text = [0; 5];
///     (&*near).read_exact(&mut text).unwrap();
///     assert_eq!(&text, b"hello");
///     poll.close(lp).unwrap();
/// })?;
/// far.write_all(b"hello")?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Poll(HandleId);

impl Handle for Poll {
    fn id(self) -> HandleId {
        self.0
    }
}

impl Poll {
    /// A handle for the descriptor, which becomes non-blocking; it is not started. As `uv_poll_init`.
    ///
    /// # Errors
    ///
    /// `EPERM` if the kernel cannot watch the descriptor (a regular file), `EEXIST` if this loop watches it already,
    /// `EBADF` if it is not open; the descriptor is dropped then.
    ///
    /// ```
    /// use std::fs::File;
    /// use uv_loop::{Error, Loop, Poll};
    ///
    /// let lp = Loop::new()?;
    /// let (reader, _writer) = std::io::pipe()?;
    /// Poll::new(&lp, reader)?;
    /// # #[cfg(target_os = "linux")]
    /// assert_eq!(Poll::new(&lp, File::open("/proc/self/exe")?), Err(Error::EPERM));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(lp: &Loop, fd: impl AsFd + 'static) -> Result<Poll> {
        lp.check_fd(fd.as_fd())?;
        set_nonblocking(fd.as_fd(), true)?;
        Ok(Poll(lp.add_handle(Watched::of(fd))))
    }

    /// Calls `callback` in each poll phase in which one of the conditions holds, with those that do; the handle is
    /// active. A handle that is started already has its conditions and its callback replaced, and what the poll phase
    /// in hand has found is forgotten. [`Interest::NONE`] stops it. As `uv_poll_start`.
    ///
    /// The callback's result is `EBADF` if the descriptor has an error of which nobody is told otherwise (the other
    /// end of a pipe or a connection is gone); the handle is stopped then. After a hang-up all conditions hold.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed, `EEXIST` if another handle of this loop
    /// watches the descriptor; `callback` is dropped then, and the handle is as it was.
    ///
    /// ```
    /// use uv_loop::{Interest, Loop, Poll, RunMode};
    ///
    /// let (reader, writer) = std::io::pipe()?;
    /// let lp = Loop::new()?;
    /// let poll = Poll::new(&lp, writer)?;
    /// poll.start(&lp, Interest::WRITABLE, |lp, poll, ready| {
    ///     assert_eq!(ready, Ok(Interest::WRITABLE));
    ///     poll.stop(lp).unwrap();
    /// })?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start(
        self,
        lp: &Loop,
        interest: Interest,
        callback: impl FnMut(&Loop, Poll, Result<Interest>) + 'static,
    ) -> Result<()> {
        let watched = self.watched(lp)?;
        watched.watch(lp, self.0, interest)?;
        match interest.is_empty() {
            true => watched.callback.clear(),
            false => watched.callback.set(callback),
        }
        Ok(())
    }

    /// [`start`](Poll::start) with the callback that the handle has: a handle whose conditions change often allocates
    /// nothing.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Poll::start), and `EINVAL` if the handle is not started.
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    /// use uv_loop::{Interest, Loop, Poll, RunMode};
    ///
    /// let (near, far) = UnixStream::pair()?;
    /// let lp = Loop::new()?;
    /// let poll = Poll::new(&lp, near)?;
    /// poll.start(&lp, Interest::READABLE, |lp, poll, ready| {
    ///     assert_eq!(ready, Ok(Interest::WRITABLE));
    ///     poll.stop(lp).unwrap();
    /// })?;
    /// poll.restart(&lp, Interest::WRITABLE)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn restart(self, lp: &Loop, interest: Interest) -> Result<()> {
        let watched = self.watched(lp)?;
        if watched.interest.get().is_empty() {
            return Err(Error::EINVAL);
        }
        match interest.is_empty() {
            true => self.stop(lp),
            false => watched.watch(lp, self.0, interest),
        }
    }

    /// Ends the calls, also for what the poll phase in hand has found, and drops the callback. A handle that is not
    /// started stays so. As `uv_poll_stop`.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use uv_loop::{Handle, Interest, Loop, Poll};
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let lp = Loop::new()?;
    /// let poll = Poll::new(&lp, reader)?;
    /// poll.start(&lp, Interest::READABLE, |_, _, _| unreachable!())?;
    /// poll.stop(&lp)?;
    /// assert!(!poll.is_active(&lp));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stop(self, lp: &Loop) -> Result<()> {
        let watched = self.watched(lp)?;
        watched.watch(lp, self.0, Interest::NONE)?;
        watched.callback.clear();
        Ok(())
    }

    /// The conditions for which the handle is started, [`Interest::NONE`] if it is not.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use uv_loop::{Interest, Loop, Poll};
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let lp = Loop::new()?;
    /// assert_eq!(Poll::new(&lp, reader)?.interest(&lp)?, Interest::NONE);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn interest(self, lp: &Loop) -> Result<Interest> {
        Ok(self.watched(lp)?.interest.get())
    }

    /// The descriptor, as `uv_fileno`.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use std::os::fd::{AsFd, AsRawFd};
    /// use uv_loop::{Loop, Poll};
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let number = reader.as_raw_fd();
    /// let lp = Loop::new()?;
    /// let fd = Poll::new(&lp, reader)?.fd(&lp)?;
    /// assert_eq!(fd.as_fd().as_raw_fd(), number);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn fd(self, lp: &Loop) -> Result<Rc<dyn AsFd>> {
        self.watched(lp)?.fd().ok_or(Error::EBADF)
    }

    fn watched(self, lp: &Loop) -> Result<Rc<Watched>> {
        let watched = lp.kind(self.0)?;
        match self.is_closing(lp) {
            true => Err(Error::EINVAL),
            false => Ok(watched),
        }
    }
}

#[derive(Default)]
struct Watched {
    fd: RefCell<Option<Rc<dyn Watchable>>>,
    /// The place of the last descriptor, with none in it.
    spare: RefCell<Option<Rc<dyn Watchable>>>,
    interest: Cell<Interest>,
    /// The poll phase in which, or after which, the interest was set: what that one has found is not for it.
    since: Cell<u64>,
    callback: Callback<Poll, Result<Interest>>,
}

/// A place for a descriptor. It is shared for the time of a call, or by who asks for it.
trait Watchable: AsFd + Any {
    fn clear(&mut self);
}

struct Place<F>(Option<F>);

impl<F: AsFd> AsFd for Place<F> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_ref().expect("it is there as long as anybody has a share").as_fd()
    }
}

impl<F: AsFd + 'static> Watchable for Place<F> {
    fn clear(&mut self) {
        drop(self.0.take());
    }
}

thread_local! {
    /// What closed handles have left for those that are opened next.
    static SPARE: Spare<Watched> = const { RefCell::new(Vec::new()) };
}

impl Watched {
    /// One that watches nothing yet.
    fn of(fd: impl AsFd + 'static) -> Rc<Watched> {
        let watched = spare::take(&SPARE);
        let place = watched.spare.take();
        watched.fd.replace(Some(shared(place, fd)));
        watched
    }

    fn watch(&self, lp: &Loop, id: HandleId, interest: Interest) -> Result<()> {
        if interest != self.interest.get() {
            lp.watch(id, interest)?;
        }
        lp.set_active(id, !interest.is_empty())?;
        self.interest.set(interest);
        self.since.set(lp.core.polls.get());
        Ok(())
    }
}

/// In the place that there is, if it is one for such a descriptor.
fn shared<F: AsFd + 'static>(place: Option<Rc<dyn Watchable>>, fd: F) -> Rc<dyn Watchable> {
    if let Some(place) = place
        && let Ok(mut place) = (place as Rc<dyn Any>).downcast::<Place<F>>()
        && let Some(unused) = Rc::get_mut(&mut place)
    {
        unused.0 = Some(fd);
        return place;
    }
    Rc::new(Place(Some(fd)))
}

impl HandleKind for Watched {
    fn name(&self) -> &'static str {
        "poll"
    }

    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        Some(self.fd.borrow().clone()?)
    }

    fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
        if self.since.get() == lp.core.polls.get() {
            return;
        }
        // Files of sysfs report an error together with priority, and mean the latter.
        if event.error && !event.priority {
            // It fails only for a handle that is closing, to which nothing is reported.
            let _ = self.watch(lp, id, Interest::NONE);
            return self.callback.call_last(lp, Poll(id), Err(Error::EBADF));
        }
        self.callback.call(lp, Poll(id), Ok(conditions(event, self.interest.get())));
    }

    fn on_close(&self, _: &Loop, _: HandleId) {
        self.interest.set(Interest::NONE);
        self.callback.clear();
        if let Some(mut fd) = self.fd.take()
            && let Some(unused) = Rc::get_mut(&mut fd)
        {
            unused.clear();
            self.spare.replace(Some(fd));
        }
    }

    fn on_released(self: Rc<Self>) {
        spare::keep(&SPARE, self);
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("interest", &self.interest.get()).finish_non_exhaustive()
    }
}

/// Those of `interest` that hold. After an error or a hang-up all do, so that whoever reads or writes comes to know.
fn conditions(event: Event, interest: Interest) -> Interest {
    if event.error || event.hangup {
        return interest;
    }
    let found = [
        (event.readable, Interest::READABLE),
        (event.writable, Interest::WRITABLE),
        (event.priority, Interest::PRIORITY),
        (event.disconnect, Interest::DISCONNECT),
    ];
    let holds = |&(is_found, condition): &(bool, Interest)| is_found && interest.contains(condition);
    found.into_iter().filter(holds).fold(Interest::NONE, |all, (_, condition)| all | condition)
}
