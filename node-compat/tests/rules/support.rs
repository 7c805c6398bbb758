//! What the tests share.

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;

use node_compat::{ManualClock, Runtime};

/// Lines in the order in which they were said.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub(crate) fn say(&self, line: impl Display) {
        self.0.borrow_mut().push(line.to_string());
    }

    /// A callback that says `line`.
    pub(crate) fn will(&self, line: impl Display) -> impl Fn(&Runtime) + Clone + 'static {
        let (log, line) = (self.clone(), line.to_string());
        move |_| log.say(&line)
    }

    /// All lines since the last time, in one.
    pub(crate) fn take(&self) -> String {
        self.0.take().join(" ")
    }
}

/// A runtime whose time passes only where it would wait, and its clock.
pub(crate) fn manual() -> (Runtime, ManualClock) {
    let clock = ManualClock::new_auto();
    let rt = Runtime::builder().clock(clock.clone()).build().unwrap();
    (rt, clock)
}

/// Has uncaught exceptions and unhandled rejections written to the log, and handled.
pub(crate) fn catch_all(rt: &Runtime, log: &Log) {
    let lines = log.clone();
    rt.on_uncaught_exception(move |_, thrown, origin| {
        lines.say(format_args!("{}:{}", origin.as_str(), thrown.message()));
        true
    });
}
