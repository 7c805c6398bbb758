//! How workers start, sleep, wake and end. The README beside this folder explains the protocol.

use std::io;
use std::mem;

use crate::primitive::{AtomicUsize, Condvar, JoinHandle, Mutex, Ordering, fence, thread};

pub(crate) struct Sleep {
    /// `CLOSED`, `GROW`, and above them the number of sleeping workers that nobody has woken yet. It is 0 if a
    /// submitter has nothing to do but to leave the job in the queue. Written under the lock, read without.
    gate: AtomicUsize,
    state: Mutex<State>,
    wake: Condvar,
    ended: Condvar,
}

/// Why the workers will not take a job that is in the queue already.
pub(crate) enum Refused {
    Closed,
    NoThreads(io::Error),
}

impl Sleep {
    pub(crate) fn new() -> Self {
        Self {
            gate: AtomicUsize::new(GROW),
            state: Mutex::new(State { wakes: 0, alive: 0, ids: Vec::new(), handles: Vec::new() }),
            wake: Condvar::new(),
            ended: Condvar::new(),
        }
    }

    /// Sees to it that a worker looks at the queue, into which the caller has pushed: wakes one that sleeps, else
    /// starts one if there are fewer than `limit`. `spawn` is given the new worker's number.
    ///
    /// If this fails, the job stays in the queue, and a worker may still come by and take it.
    pub(crate) fn submitted(
        &self,
        limit: impl FnOnce() -> usize,
        spawn: impl FnOnce(usize) -> io::Result<JoinHandle<()>>,
    ) -> Result<(), Refused> {
        // Pairs with the fences in `sleep`.
        fence(Ordering::SeqCst);
        if self.gate.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        let mut state = self.state.lock();
        let gate = self.gate.load(Ordering::Relaxed);
        if gate & CLOSED != 0 {
            return Err(Refused::Closed);
        }
        if gate >= ONE_IDLE {
            self.gate.store(gate - ONE_IDLE, Ordering::Relaxed);
            state.wakes += 1;
            drop(state);
            self.wake.notify_one();
        } else if gate & GROW != 0 {
            match spawn(state.ids.len()) {
                Ok(handle) => {
                    state.alive += 1;
                    state.ids.push(handle.thread().id());
                    state.handles.push(handle);
                    if state.ids.len() >= limit() {
                        self.gate.store(gate & !GROW, Ordering::Relaxed);
                    }
                }
                Err(error) if state.ids.is_empty() => return Err(Refused::NoThreads(error)),
                // The workers there are will come to this job; the next submission tries again.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Puts the calling worker to sleep until there may be something in the queue, which it found empty. `false`
    /// if it is to end instead.
    pub(crate) fn sleep(&self, is_empty: impl Fn() -> bool) -> bool {
        let mut state = self.state.lock();
        if self.is_closed() {
            fence(Ordering::SeqCst);
            return !is_empty();
        }
        self.add_idle();
        fence(Ordering::SeqCst);
        if !is_empty() {
            self.remove_idle();
            return true;
        }
        loop {
            if state.wakes > 0 {
                // Who gave the wake has taken a worker off the gate. It does not matter which worker takes it.
                state.wakes -= 1;
                return true;
            }
            if self.is_closed() {
                self.remove_idle();
                return true;
            }
            state = self.wake.wait(state);
        }
    }

    /// Lets no job in any more; the workers empty the queue and end.
    pub(crate) fn close(&self) {
        let _state = self.state.lock();
        let gate = self.gate.load(Ordering::Relaxed);
        self.gate.store(gate | CLOSED, Ordering::Relaxed);
        self.wake.notify_all();
    }

    /// To be called by a worker as the last thing it does.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock();
        state.alive -= 1;
        if state.alive == 0 {
            self.ended.notify_all();
            // The workers in `sleep` are always the idle ones on the gate and those that have a wake to come.
            let idle = self.gate.load(Ordering::Relaxed) / ONE_IDLE;
            assert_eq!((idle, state.wakes), (0, 0), "idle workers and wakes");
        }
    }

    /// After `close`: waits until all workers have ended. Returns at once on one of them.
    pub(crate) fn join(&self) {
        let mut state = self.state.lock();
        if state.ids.contains(&thread::current().id()) {
            return;
        }
        // The first to come joins the threads; whoever comes meanwhile waits for the workers' last act.
        let handles = mem::take(&mut state.handles);
        while state.alive > 0 {
            state = self.ended.wait(state);
        }
        drop(state);
        for handle in handles {
            handle.join().expect("a worker does not panic");
        }
    }

    fn is_closed(&self) -> bool {
        self.gate.load(Ordering::Relaxed) & CLOSED != 0
    }

    fn add_idle(&self) {
        self.gate.fetch_add(ONE_IDLE, Ordering::Relaxed);
    }

    fn remove_idle(&self) {
        self.gate.fetch_sub(ONE_IDLE, Ordering::Relaxed);
    }
}

/// No job is let in.
const CLOSED: usize = 1;
/// More workers may be started.
const GROW: usize = 2;
const ONE_IDLE: usize = 4;

struct State {
    /// How many sleeping workers were told to wake and have not yet done so.
    wakes: usize,
    alive: usize,
    /// Of all workers ever started.
    ids: Vec<thread::ThreadId>,
    handles: Vec<JoinHandle<()>>,
}
