//! What a loop owns, apart from the owner: so that it can be referred to weakly.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use uv_pool::Pool;
use uv_sys::{Clock, Events, Poller, Result};
use uv_timers::IndexedHeap;

use crate::builder::{Builder, MakePool};
use crate::completed::Completed;
use crate::extension::Extensions;
use crate::handle::Body;
use crate::handles::signal::LoopSignals;
use crate::mailbox::{Desk, Mail, Mailbox};
use crate::metrics::Counters;
use crate::observer::Observed;
use crate::owner::HandleOwner;
use crate::patience::Patience;
use crate::remote::Remote;
use crate::request::Requests;
use crate::slab::{Busy, Slab};
use crate::task::Tasks;
use uv_sys::MonotonicClock;

/// libuv reads up to this many events a poll.
const EVENTS: usize = 1024;

pub(crate) struct Core {
    pub(crate) poller: Poller,
    /// Taken out while a poll phase runs.
    pub(crate) events: Cell<Option<Box<Events>>>,
    pub(crate) clock: Rc<dyn Clock>,
    /// Whether no callback was called since the clock was read.
    pub(crate) is_time_fresh: Cell<bool>,
    /// Milliseconds, frozen between two `update_time`s.
    pub(crate) now: Cell<u64>,
    pub(crate) busy: Busy,
    pub(crate) state: RefCell<State>,
    pub(crate) requests: Requests,
    pub(crate) completed: Completed,
    pub(crate) extensions: Extensions,
    pub(crate) active_handles: Cell<usize>,
    pub(crate) active_requests: Rc<Cell<usize>>,
    /// Has the flag that ends `run`.
    pub(crate) remote: Remote,
    pub(crate) running: Cell<bool>,
    /// How many descriptors are watched.
    pub(crate) watched: Cell<usize>,
    /// How many poll phases there were.
    pub(crate) polls: Cell<u64>,
    /// How many events of the last wait were nobody's.
    pub(crate) ignored: Cell<usize>,
    /// Where the limit has cut the last poll phase's events, and whether before the first.
    pub(crate) next_event: Cell<usize>,
    pub(crate) events_first: Cell<bool>,
    pub(crate) limit: Option<NonZeroUsize>,
    pub(crate) orders_async: bool,
    pub(crate) owner: Option<Rc<dyn HandleOwner>>,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) patience: Patience,
    pub(crate) desk: RefCell<Desk>,
    /// Mail that has been taken from the mailbox and not yet been delivered.
    pub(crate) mail: RefCell<VecDeque<Mail>>,
    pub(crate) observed: Observed,
    pub(crate) counters: Counters,
    pub(crate) tasks: Tasks,
    pub(crate) signals: LoopSignals,
    pub(crate) pool: OnceCell<Pool>,
    pub(crate) make_pool: Cell<Option<MakePool>>,
    /// Whether the loop has been dropped.
    pub(crate) ended: Cell<bool>,
}

pub(crate) struct State {
    pub(crate) slab: Slab<Body>,
    /// By slot.
    pub(crate) timers: IndexedHeap,
}

impl State {
    fn new(busy: Busy) -> State {
        static NEXT_ID: AtomicU32 = AtomicU32::new(0);
        State { slab: Slab::new(NEXT_ID.fetch_add(1, Ordering::Relaxed), busy), timers: IndexedHeap::new() }
    }
}

impl Core {
    pub(crate) fn new(options: Builder) -> Result<Core> {
        let poller = Poller::new()?;
        let busy = Busy::default();
        let observed = Observed::default();
        observed.set(options.observer);
        let mailbox = Arc::new(Mailbox::new(poller.waker()));
        let tasks = Tasks::new(poller.waker());
        let remote = Remote::new(poller.waker());
        Ok(Core {
            poller,
            events: Cell::new(Some(Box::new(Events::with_capacity(EVENTS)))),
            clock: options.clock.unwrap_or_else(|| Rc::new(MonotonicClock)),
            is_time_fresh: Cell::new(false),
            now: Cell::new(0),
            state: RefCell::new(State::new(busy.clone())),
            busy,
            requests: Requests::default(),
            completed: Completed::default(),
            extensions: Extensions::default(),
            active_handles: Cell::new(0),
            active_requests: Rc::new(Cell::new(0)),
            remote,
            running: Cell::new(false),
            watched: Cell::new(0),
            polls: Cell::new(0),
            ignored: Cell::new(0),
            next_event: Cell::new(0),
            events_first: Cell::new(false),
            limit: options.limit,
            orders_async: options.orders_async,
            owner: options.owner,
            mailbox,
            patience: Patience::new(options.looks_for_mail),
            desk: RefCell::new(Desk::new(options.orders_async)),
            mail: RefCell::new(VecDeque::new()),
            observed,
            counters: Counters::new(options.metrics_idle_time),
            tasks,
            signals: LoopSignals::default(),
            pool: OnceCell::new(),
            make_pool: Cell::new(options.pool),
            ended: Cell::new(false),
        })
    }

    /// Drops every task, handle and request, and what they captured. What is dropped may come back to the loop by a
    /// [`LoopHandle`](crate::LoopHandle), and finds it gone; so does a callback in whose middle this happens.
    pub(crate) fn end(&self) {
        self.ended.set(true);
        // Who runs it, by what was lent, would wait for what never comes.
        self.remote.set_stopped();
        self.mailbox.shut();
        self.desk.borrow_mut().close_all(&self.mailbox);
        self.mail.borrow_mut().clear();
        self.active_handles.set(0);
        self.watched.set(0);
        self.tasks.end();
        // The state of another loop, whose handles nobody can name.
        let state = self.state.replace(State::new(self.busy.clone()));
        drop(state);
        self.requests.clear();
        self.completed.clear();
        self.extensions.clear();
        self.observed.set(None);
        drop(self.make_pool.take());
    }
}
