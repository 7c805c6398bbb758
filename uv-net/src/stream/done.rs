//! Who is told of the end of a connect or a shutdown.

use std::rc::Rc;

use uv_loop::{HandleId, Loop};
use uv_sys::Result;

/// Has the callbacks of many connects and shutdowns, each of which is a number to it: see
/// [`Tcp::connect_from`](crate::Tcp::connect_from) and [`Stream::shutdown_from`](crate::Stream::shutdown_from).
///
/// ```
/// use std::rc::Rc;
/// use uv_loop::{Handle, HandleId, Loop, RunMode};
/// use uv_net::{Error, Pipe, RequestOwner, Result, Stream};
///
/// struct Closing;
/// impl RequestOwner for Closing {
///     fn done(&self, lp: &Loop, id: HandleId, request: usize, result: Result<()>) {
///         assert_eq!((request, result), (7, Ok(())));
///         id.close(lp).unwrap();
///     }
/// }
///
/// let lp = Loop::new()?;
/// let (pipe, _) = Pipe::pair(&lp)?;
/// pipe.shutdown_from(&lp, Rc::new(Closing), 7)?;
/// lp.run(RunMode::Default)?;
/// assert!(pipe.is_closing(&lp));
/// # Ok::<(), Error>(())
/// ```
pub trait RequestOwner {
    /// The request has ended: called once for each.
    fn done(&self, lp: &Loop, id: HandleId, request: usize, result: Result<()>);
}

type Callback = Box<dyn FnOnce(&Loop, HandleId, Result<()>)>;

pub(crate) enum Done {
    Call(Callback),
    Owner(Rc<dyn RequestOwner>, usize),
}

impl Done {
    pub(super) fn is(self, lp: &Loop, id: HandleId, result: Result<()>) {
        match self {
            Done::Call(callback) => callback(lp, id, result),
            Done::Owner(owner, request) => owner.done(lp, id, request, result),
        }
    }
}
