//! The events of children, and who listens to them.

use super::{ChildError, ChildProcess};
use crate::{ListenerId, Outcome, Runtime, Thrown};

pub(super) struct Emitted {
    child: ChildProcess,
    event: Event,
}

pub(super) enum Event {
    Spawn,
    Exit(Option<i32>, Option<i32>),
    Close(Option<i32>, Option<i32>),
    Error(ChildError),
}

impl Event {
    fn name(&self) -> &'static str {
        match self {
            Event::Spawn => "spawn",
            Event::Exit(..) => "exit",
            Event::Close(..) => "close",
            Event::Error(_) => "error",
        }
    }
}

/// Events. Listeners get the child, so that they need not hold it.
impl ChildProcess {
    /// It runs. As the event `'spawn'`, from the nextTick queue.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let child = child_process::spawn(&rt, "true", [""; 0], Default::default());
    /// child.on_spawn(|_, child| println!("it is process {}", child.pid().unwrap()));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_spawn<O: Outcome>(&self, f: impl Fn(&Runtime, &ChildProcess) -> O + 'static) -> ListenerId {
        self.0.emitter.on("spawn", move |rt, emitted: &Emitted| match emitted.event {
            Event::Spawn => f(rt, &emitted.child).into_result(),
            _ => Ok(()),
        })
    }

    /// It has ended, with this code or by this signal. Its output may still be on its way. As the event `'exit'`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let child = child_process::spawn(&rt, "false", [""; 0], Default::default());
    /// child.on_exit(|_, _, code, signal| assert_eq!((code, signal), (Some(1), None)));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_exit<O: Outcome>(
        &self,
        f: impl Fn(&Runtime, &ChildProcess, Option<i32>, Option<i32>) -> O + 'static,
    ) -> ListenerId {
        self.0.emitter.on("exit", move |rt, emitted: &Emitted| match emitted.event {
            Event::Exit(code, signal) => f(rt, &emitted.child, code, signal).into_result(),
            _ => Ok(()),
        })
    }

    /// It has ended and its pipes are closed. The last event. As the event `'close'`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let child = child_process::spawn(&rt, "true", [""; 0], Default::default());
    /// child.on_close(|_, child, code, _| assert_eq!(child.exit_code(), code));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_close<O: Outcome>(
        &self,
        f: impl Fn(&Runtime, &ChildProcess, Option<i32>, Option<i32>) -> O + 'static,
    ) -> ListenerId {
        self.0.emitter.on("close", move |rt, emitted: &Emitted| match emitted.event {
            Event::Close(code, signal) => f(rt, &emitted.child, code, signal).into_result(),
            _ => Ok(()),
        })
    }

    /// It could not be run, or not be killed. Without a listener the error is thrown. As the event `'error'`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let child = child_process::spawn(&rt, "/no/such/program", ["x"], Default::default());
    /// child.on_error(|_, child, error| {
    ///     assert_eq!((error.code, error.path.as_deref()), (Some("ENOENT"), Some("/no/such/program")));
    ///     assert_eq!((child.pid(), error.spawnargs.as_slice()), (None, ["x".to_owned()].as_slice()));
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_error<O: Outcome>(&self, f: impl Fn(&Runtime, &ChildProcess, &ChildError) -> O + 'static) -> ListenerId {
        self.0.emitter.on("error", move |rt, emitted: &Emitted| match &emitted.event {
            Event::Error(error) => f(rt, &emitted.child, error).into_result(),
            _ => Ok(()),
        })
    }

    /// Removes a listener, and says whether it was there. As `child.off`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let child = child_process::spawn(&rt, "true", [""; 0], Default::default());
    /// let id = child.on_spawn(|_, _| ());
    /// assert!(child.off(id) && !child.off(id));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn off(&self, id: ListenerId) -> bool {
        self.0.emitter.off(id)
    }

    pub(super) fn emit(&self, rt: &Runtime, event: Event) -> Result<(), Thrown> {
        let name = event.name();
        if let Event::Error(error) = &event
            && self.0.emitter.listener_count(name) == 0
        {
            return Err(error.clone().into_thrown());
        }
        self.0.emitter.emit(rt, name, Emitted { child: self.clone(), event }).map(drop)
    }
}
