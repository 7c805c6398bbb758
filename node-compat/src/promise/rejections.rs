//! Who is told of rejections that nobody handles: Node's default mode, `--unhandled-rejections=throw`.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::{Origin, Runtime, Thrown};

/// The rejection of one promise.
pub(super) struct Rejection {
    reason: Rc<Thrown>,
    /// Counts the rejections of a runtime that had no handler at first, from 1; 0 for one that had.
    id: u64,
    stage: Cell<Stage>,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// Will not be reported, or has been and also that it was handled later.
    Settled,
    /// Will be reported, unless it is handled before.
    Pending,
    /// Will be reported in the round that has begun.
    InRound,
    Reported,
}

type Hook = Rc<dyn Fn(&Runtime, &Thrown, u64)>;

/// The rejections that may be worth a report.
#[derive(Default)]
pub(crate) struct Rejections {
    last_id: u64,
    pending: Vec<Rc<Rejection>>,
    /// Being reported; not empty outside of a round only when a hook panicked.
    round: VecDeque<Rc<Rejection>>,
    handled_late: VecDeque<Rc<Rejection>>,
    on_unhandled: Option<Hook>,
    on_handled: Option<Hook>,
}

impl Rejections {
    /// Whether [`process_rejections`] may have something to do.
    pub(crate) fn has_news(&self) -> bool {
        !(self.pending.is_empty() && self.round.is_empty() && self.handled_late.is_empty())
    }

    fn begin_round(&mut self) {
        for rejection in self.pending.drain(..) {
            if rejection.stage.get() == Stage::Pending {
                rejection.stage.set(Stage::InRound);
                self.round.push_back(rejection);
            }
        }
    }
}

impl Rejection {
    pub(super) fn reason(&self) -> &Rc<Thrown> {
        &self.reason
    }

    /// The promise got its first reaction after it had been rejected.
    pub(super) fn now_handled(self: &Rc<Self>, rt: &Runtime) {
        match self.stage.get() {
            Stage::Pending => self.stage.set(Stage::Settled),
            Stage::Reported => {
                self.stage.set(Stage::Settled);
                rt.0.rejections.borrow_mut().handled_late.push_back(self.clone());
            }
            // Node neither takes it out of the round nor tells of it later.
            Stage::InRound | Stage::Settled => {}
        }
    }
}

/// A promise was rejected; `handled` if it has a reaction.
pub(super) fn track(rt: &Runtime, reason: Rc<Thrown>, handled: bool) -> Rc<Rejection> {
    if handled {
        return Rc::new(Rejection { reason, id: 0, stage: Cell::new(Stage::Settled) });
    }
    let mut rejections = rt.0.rejections.borrow_mut();
    rejections.last_id += 1;
    let rejection = Rc::new(Rejection { reason, id: rejections.last_id, stage: Cell::new(Stage::Pending) });
    rejections.pending.push(rejection.clone());
    rejection
}

/// Reports what was handled too late and then what nobody has handled. Returns whether somebody was told, or there is
/// more to report: then the queues must be looked at again. As Node's `processPromiseRejections`.
pub(crate) fn process_rejections(rt: &Runtime) -> bool {
    let rejections = &rt.0.rejections;
    let mut told = false;
    loop {
        let late = rejections.borrow_mut().handled_late.pop_front();
        let Some(rejection) = late else { break };
        told = true;
        let hook = rejections.borrow().on_handled.clone();
        if let Some(hook) = hook {
            hook(rt, &rejection.reason, rejection.id);
        }
    }
    rejections.borrow_mut().begin_round();
    while !rt.0.exiting.get() {
        let next = rejections.borrow_mut().round.pop_front();
        let Some(rejection) = next else { break };
        told = true;
        rejection.stage.set(Stage::Reported);
        let hook = rejections.borrow().on_unhandled.clone();
        match hook {
            Some(hook) => hook(rt, &rejection.reason, rejection.id),
            None => rt.uncaught(Thrown::rethrow(rejection.reason.clone()), Origin::UnhandledRejection),
        }
    }
    told || !rejections.borrow().pending.is_empty()
}

impl Runtime {
    /// Sets who is told of promises that were rejected and had no reaction when both queues were empty; the number
    /// counts the rejections of this runtime, from 1. Without a hook such a rejection is an uncaught exception, of
    /// [`Origin::UnhandledRejection`]. As `process.on('unhandledRejection')`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// rt.on_unhandled_rejection(|_, reason, id| println!("rejection {id}: {}", reason.message()));
    /// Promise::<()>::rejected(&rt, Thrown::new("boom"));
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_unhandled_rejection(&self, hook: impl Fn(&Runtime, &Thrown, u64) + 'static) {
        let before = self.0.rejections.borrow_mut().on_unhandled.replace(Rc::new(hook));
        drop(before);
    }

    /// Sets who is told when a promise whose rejection was reported gets a reaction after all; reason and number are
    /// those of the report. As `process.on('rejectionHandled')`.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// let open = Rc::new(Cell::new(0));
    /// let (more, less) = (open.clone(), open.clone());
    /// rt.on_unhandled_rejection(move |_, _, _| more.set(more.get() + 1));
    /// rt.on_rejection_handled(move |_, _, _| less.set(less.get() - 1));
    /// let promise = Promise::<()>::rejected(&rt, Thrown::new("handled in the next iteration"));
    /// rt.set_immediate(move |rt| {
    ///     promise.catch(rt, |_, _| Ok(()));
    /// });
    /// rt.run()?;
    /// assert_eq!(open.get(), 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_rejection_handled(&self, hook: impl Fn(&Runtime, &Thrown, u64) + 'static) {
        let before = self.0.rejections.borrow_mut().on_handled.replace(Rc::new(hook));
        drop(before);
    }
}
