//! The seam behind which a script engine sits.

use crate::{Runtime, Thrown};

/// Where an uncaught exception came from: the second argument of Node's `'uncaughtException'` listeners.
///
/// ```
/// assert_eq!(node_compat::Origin::UnhandledRejection.as_str(), "unhandledRejection");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Origin {
    /// A callback threw.
    UncaughtException,
    /// A promise was rejected and nobody handled it.
    UnhandledRejection,
}

impl Origin {
    /// Node's name for it.
    ///
    /// ```
    /// assert_eq!(node_compat::Origin::UncaughtException.as_str(), "uncaughtException");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::UncaughtException => "uncaughtException",
            Origin::UnhandledRejection => "unhandledRejection",
        }
    }
}

/// A script engine under a [`Runtime`].
///
/// The runtime owns all queues but one: an engine keeps its own microtasks (its promise jobs) and is asked to run
/// them where Node would. It enqueues everything else as closures that call into it, and hands what its script throws
/// back as their [`Thrown`].
///
/// ```
/// use std::cell::RefCell;
/// use std::collections::VecDeque;
/// use std::rc::Rc;
/// use node_compat::{Engine, Runtime};
///
/// /// An "engine" whose jobs are words to print.
/// #[derive(Default)]
/// struct Words(RefCell<VecDeque<&'static str>>, RefCell<Vec<&'static str>>);
///
/// impl Engine for Words {
///     fn run_microtasks(&self, _: &Runtime) {
///         while let Some(word) = self.0.borrow_mut().pop_front() {
///             self.1.borrow_mut().push(word);
///         }
///     }
/// }
///
/// let words = Rc::new(Words::default());
/// let rt = Runtime::builder().engine(words.clone()).build()?;
/// words.0.borrow_mut().push_back("microtask");
/// let ticker = words.clone();
/// rt.next_tick(move |_| ticker.1.borrow_mut().push("tick"));
/// rt.run()?;
/// assert_eq!(*words.1.borrow(), ["tick", "microtask"]);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub trait Engine {
    /// Runs all of the engine's microtasks, those included that they add.
    fn run_microtasks(&self, rt: &Runtime);

    /// Whether [`process_rejections`](Engine::process_rejections) has anything to do.
    fn has_rejections(&self) -> bool {
        false
    }

    /// Reports the promises that were rejected and not handled, and those handled too late; called when both queues
    /// are empty. Returns whether script ran, so that the queues must be looked at again.
    ///
    /// # Errors
    ///
    /// What a listener threw; it ends the drain, as a throwing tick does.
    fn process_rejections(&self, rt: &Runtime) -> Result<bool, Thrown> {
        let _ = rt;
        Ok(false)
    }

    /// A callback threw. Returns whether somebody handled it; if not, the runtime ends with exit code 1 (or the one
    /// that [`Runtime::set_exit_code`] was given meanwhile). Without this method the handler of
    /// [`Runtime::on_uncaught_exception`] decides.
    fn uncaught_exception(&self, rt: &Runtime, thrown: &Thrown, origin: Origin) -> bool {
        rt.call_uncaught_handler(thrown, origin)
    }
}
