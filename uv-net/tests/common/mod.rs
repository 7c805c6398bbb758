//! What several tests of TCP use.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

pub(crate) type Log = Rc<RefCell<Vec<String>>>;

pub(crate) fn local() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

pub(crate) fn note(log: &Log, what: &str) -> impl Fn() + 'static {
    let (log, what) = (log.clone(), what.to_owned());
    move || log.borrow_mut().push(what.clone())
}
