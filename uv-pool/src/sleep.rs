//! How workers start, sleep, wake and end. The README beside this folder explains the protocol.

use std::io;
use std::mem;
use std::sync::Arc;

use crate::primitive::{
    AtomicBool, AtomicU8, AtomicU64, Condvar, JoinHandle, Mutex, MutexGuard, Ordering, Padded, Patience, is_finished,
    lock, mine, set_mine, thread, wait,
};

pub(crate) struct Sleep {
    /// How many jobs were submitted, times `ONE_JOB`; how many workers sleep that nobody has woken yet, times `ONE_IDLE`;
    /// and the flags. All but the first and the clearing of `WAKING` is changed under the lock.
    gate: Padded<AtomicU64>,
    /// Whether there are more workers than there may be. Apart from the gate, as every worker asks after every job.
    excess: Padded<AtomicBool>,
    state: Mutex<State>,
    ended: Condvar,
}

/// What the protocol asks of the pool around it.
pub(crate) trait Host {
    /// Whether a worker would find something to do.
    fn has_work(&self) -> bool;

    /// How many workers there may be.
    fn limit(&self) -> usize;

    /// Starts a worker.
    fn spawn(&self, number: usize, worker: Arc<Worker>) -> io::Result<JoinHandle<()>>;
}

/// Why the workers will not take a job that is in the queue already.
pub(crate) enum Refused {
    Closed,
    NoThreads(io::Error),
}

/// What a worker is to do that found nothing to do.
pub(crate) enum Next {
    /// Look at the queue again. With the baton there is a duty: see [`Sleep::pass_on`].
    Look {
        baton: bool,
    },
    End,
}

impl Next {
    fn look(baton: bool) -> Self {
        Self::Look { baton }
    }
}

/// A worker as the others see it.
#[derive(Default)]
pub(crate) struct Worker {
    /// One of `ASLEEP`, `WOKEN` and `WOKEN_WITH_BATON`.
    signal: AtomicU8,
    /// Jobs that it has begun with, and jobs that it is through with. Written by the worker alone.
    started: AtomicU64,
    finished: AtomicU64,
}

/// Sums over all workers there ever were.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) started: u64,
    pub(crate) finished: u64,
    pub(crate) submitted: u64,
    pub(crate) idle: usize,
    pub(crate) threads: usize,
}

impl Sleep {
    pub(crate) fn new() -> Self {
        Self {
            gate: Padded(AtomicU64::new(MAY_GROW)),
            excess: Padded(AtomicBool::new(false)),
            state: Mutex::new(State::default()),
            ended: Condvar::new(),
        }
    }

    /// To be called after a job was pushed. `wanted` says whether a worker should come for it.
    ///
    /// If this fails, the job stays in the queue, and a worker may still come by and take it.
    pub(crate) fn submitted(&self, host: &impl Host, wanted: bool) -> Result<(), Refused> {
        let gate = self.gate.fetch_add(ONE_JOB, Ordering::AcqRel);
        if gate & CLOSED != 0 {
            return Err(Refused::Closed);
        }
        if wanted && needs_call(gate) { self.call(host) } else { Ok(()) }
    }

    /// To be called by a worker after it has put something into the queue itself.
    pub(crate) fn pushed(&self, host: &impl Host) {
        if needs_call(self.gate.fetch_or(0, Ordering::AcqRel)) {
            // The caller is a worker and will see to it that what it has put there is done.
            let _ = self.call(host);
        }
    }

    /// To be called by a worker as the first thing it does: waits until whoever has started it is through with that.
    pub(crate) fn begin(&self) {
        set_mine(self.place());
        drop(lock(&self.state));
    }

    /// To be called by a worker with the baton as soon as it has a job: lets the next wake-up go out, and sends it if
    /// there is more to do.
    pub(crate) fn pass_on(&self, host: &impl Host) {
        let gate = self.gate.fetch_and(!WAKING, Ordering::AcqRel) & !WAKING;
        if needs_call(gate) && host.has_work() {
            let _ = self.call(host);
        }
    }

    /// To be called by a worker that has found nothing to do, before it [sleeps](Self::sleep): looks on for a moment, and says
    /// whether there is something. Only who has the baton does, or gets it now: there is one that looks, and nobody is woken
    /// for what it will see.
    pub(crate) fn search(&self, host: &impl Host, baton: &mut bool) -> bool {
        let mut patience = Patience::new();
        if patience.is_none() || self.is_closed() || self.has_excess() {
            return false;
        }
        if !*baton {
            let _state = lock(&self.state);
            if self.gate.load(Ordering::Relaxed) & WAKING != 0 {
                return false;
            }
            self.gate.fetch_or(WAKING, Ordering::AcqRel);
            *baton = true;
        }
        while !host.has_work() {
            if !patience.wait() || self.is_closed() {
                return false;
            }
        }
        true
    }

    /// To be called by a worker that has found nothing to do. `baton` says whether it has been woken and has not passed
    /// it on.
    pub(crate) fn sleep(&self, host: &impl Host, number: usize, baton: bool) -> Next {
        let mut state = lock(&self.state);
        if self.has_excess() {
            return Next::look(baton);
        }
        let closed = self.is_closed();
        let worker = state.worker(number);
        worker.signal.store(ASLEEP, Ordering::Relaxed);
        // Whether it ends or sleeps, from here on a submission must not count on this worker. Then it looks again, for
        // those who did, and if need be takes all of it back: nobody else raises the flag under this lock.
        let change = if closed { 0 } else { ONE_IDLE }.wrapping_sub(if baton { WAKING } else { 0 });
        self.gate.fetch_add(change, Ordering::AcqRel);
        if host.has_work() {
            self.gate.fetch_sub(change, Ordering::AcqRel);
            return Next::look(baton);
        }
        if closed {
            return Next::End;
        }
        state.idle.push(number);
        drop(state);
        loop {
            match worker.signal.load(Ordering::Acquire) {
                ASLEEP => thread::park(),
                signal => return Next::look(signal == WOKEN_WITH_BATON),
            }
        }
    }

    /// Lets no job in any more; the workers empty the queue and end.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        self.gate.fetch_or(CLOSED, Ordering::AcqRel);
        let sleepers = self.take_idle(&mut state, usize::MAX);
        drop(state);
        sleepers.iter().for_each(Sleeper::wake);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.gate.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// To be called when `host.limit()` has changed.
    pub(crate) fn resized(&self, host: &impl Host) {
        let mut state = lock(&self.state);
        if self.is_closed() {
            return;
        }
        let excess = self.count_members(&state, host);
        let sleepers = self.take_idle(&mut state, excess);
        drop(state);
        sleepers.iter().for_each(Sleeper::wake);
        self.look_after(host);
    }

    /// Whether a worker should ask [`leave`](Self::leave).
    pub(crate) fn has_excess(&self) -> bool {
        self.excess.load(Ordering::Relaxed)
    }

    /// Whether the worker is one too many, and is no member any more.
    pub(crate) fn leave(&self, host: &impl Host, number: usize) -> bool {
        let mut state = lock(&self.state);
        let is_excess = state.alive > host.limit();
        if is_excess {
            self.remove(&mut state, number);
        }
        self.count_members(&state, host);
        is_excess
    }

    /// To be called by a worker as the last thing it does if it has not left.
    pub(crate) fn end(&self, number: usize) {
        let mut state = lock(&self.state);
        self.remove(&mut state, number);
    }

    /// Wakes a worker if there is something to do, or starts one.
    pub(crate) fn look_after(&self, host: &impl Host) {
        if needs_call(self.gate.fetch_or(0, Ordering::AcqRel)) && host.has_work() {
            let _ = self.call(host);
        }
    }

    /// After `close`: waits until all workers have ended. Returns at once on one of them.
    pub(crate) fn join(&self) {
        if mine() == self.place() {
            return;
        }
        let mut state = lock(&self.state);
        while state.alive > 0 {
            state = wait(&self.ended, state);
        }
        // The first to come joins the threads; whoever comes later is content with the workers' last act.
        let handles = mem::take(&mut state.left);
        drop(state);
        for handle in handles {
            handle.join().expect("a worker does not panic");
        }
    }

    /// By which its workers know it.
    fn place(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(crate) fn sums(&self) -> Sums {
        let state = lock(&self.state);
        let mut sums = Sums { threads: state.alive, idle: state.idle.len(), ..state.past };
        sums.submitted = self.gate.load(Ordering::Relaxed) / ONE_JOB;
        for member in state.members.iter().flatten() {
            member.worker.add_to(&mut sums);
        }
        sums
    }

    /// Sends the one wake-up that may be on its way at a time, if it is not: to the worker that fell asleep last, else
    /// to a new one.
    fn call(&self, host: &impl Host) -> Result<(), Refused> {
        let mut state = lock(&self.state);
        let gate = self.gate.load(Ordering::Relaxed);
        if !needs_call(gate) {
            return Ok(());
        }
        if gate & CLOSED != 0 && state.alive == 0 {
            return Err(Refused::Closed);
        }
        if let Some(number) = state.idle.pop() {
            let sleeper = state.sleeper(number);
            self.gate.fetch_sub(ONE_IDLE - WAKING, Ordering::AcqRel);
            drop(state);
            sleeper.wake_with_baton();
            return Ok(());
        }
        let number = state.vacancy();
        let worker = Arc::new(Worker::default());
        match host.spawn(number, Arc::clone(&worker)) {
            Ok(handle) => {
                state.add(number, Member { worker, handle });
                self.gate.fetch_add(WAKING, Ordering::AcqRel);
                self.count_members(&state, host);
                Ok(())
            }
            // Those there are will come to it.
            Err(_) if state.alive > 0 => Ok(()),
            Err(error) => Err(Refused::NoThreads(error)),
        }
    }

    /// Sets what follows from the number of workers. Returns how many there are too many.
    fn count_members(&self, state: &MutexGuard<'_, State>, host: &impl Host) -> usize {
        let limit = host.limit();
        let closed = self.is_closed();
        if state.alive >= limit {
            self.gate.fetch_and(!MAY_GROW, Ordering::AcqRel);
        } else if !closed {
            self.gate.fetch_or(MAY_GROW, Ordering::AcqRel);
        }
        let excess = state.alive.saturating_sub(limit);
        self.excess.store(excess > 0, Ordering::Relaxed);
        excess
    }

    fn take_idle(&self, state: &mut MutexGuard<'_, State>, most: usize) -> Vec<Sleeper> {
        let left = state.idle.len().saturating_sub(most);
        let numbers = state.idle.split_off(left);
        self.gate.fetch_sub(numbers.len() as u64 * ONE_IDLE, Ordering::AcqRel);
        numbers.into_iter().map(|number| state.sleeper(number)).collect()
    }

    fn remove(&self, state: &mut MutexGuard<'_, State>, number: usize) {
        let member = state.members[number].take().expect("a worker ends once");
        member.worker.add_to(&mut state.past);
        state.left.retain(|handle| !is_finished(handle));
        state.left.push(member.handle);
        state.alive -= 1;
        if state.alive == 0 {
            self.ended.notify_all();
        }
    }
}

impl Worker {
    pub(crate) fn started(&self) {
        add_one(&self.started);
    }

    pub(crate) fn finished(&self) {
        add_one(&self.finished);
    }

    fn add_to(&self, sums: &mut Sums) {
        // In this order, so that a sum never has more jobs finished than started.
        sums.finished += self.finished.load(Ordering::Acquire);
        sums.started += self.started.load(Ordering::Relaxed);
    }
}

/// Adds to a count that no other thread writes.
fn add_one(count: &AtomicU64) {
    count.store(count.load(Ordering::Relaxed) + 1, Ordering::Release);
}

/// Whether nobody is on the way to the queue whom one could wake or start: then one has to.
fn needs_call(gate: u64) -> bool {
    gate & WAKING == 0 && gate & (MAY_GROW | IDLE) != 0
}

/// A wake-up is on its way. The worker that it wakes or starts clears this.
const WAKING: u64 = 1;
/// No job is let in.
const CLOSED: u64 = 2;
/// More workers may be started.
const MAY_GROW: u64 = 4;
const ONE_IDLE: u64 = 8;
const IDLE: u64 = ONE_JOB - ONE_IDLE;
/// Leaves 13 bits to the idle, of which there are at most 1024 and those that are about to leave.
const ONE_JOB: u64 = 1 << 16;

const ASLEEP: u8 = 0;
const WOKEN: u8 = 1;
const WOKEN_WITH_BATON: u8 = 2;

#[derive(Default)]
struct State {
    alive: usize,
    /// By number. A worker's number is free for another when it has ended.
    members: Vec<Option<Member>>,
    /// The numbers of those who sleep and are not woken yet, the last to fall asleep at the end.
    idle: Vec<usize>,
    /// Threads that have ended, or are about to.
    left: Vec<JoinHandle<()>>,
    past: Sums,
}

struct Member {
    worker: Arc<Worker>,
    handle: JoinHandle<()>,
}

struct Sleeper {
    worker: Arc<Worker>,
    thread: thread::Thread,
}

impl State {
    fn vacancy(&self) -> usize {
        self.members.iter().position(Option::is_none).unwrap_or(self.members.len())
    }

    fn add(&mut self, number: usize, member: Member) {
        if number == self.members.len() {
            self.members.push(None);
        }
        self.members[number] = Some(member);
        self.alive += 1;
    }

    fn member(&self, number: usize) -> &Member {
        self.members[number].as_ref().expect("a worker is a member until its end")
    }

    fn worker(&self, number: usize) -> Arc<Worker> {
        Arc::clone(&self.member(number).worker)
    }

    fn sleeper(&self, number: usize) -> Sleeper {
        Sleeper { worker: self.worker(number), thread: self.member(number).handle.thread().clone() }
    }
}

impl Sleeper {
    fn wake(&self) {
        self.signal(WOKEN);
    }

    fn wake_with_baton(&self) {
        self.signal(WOKEN_WITH_BATON);
    }

    fn signal(&self, signal: u8) {
        self.worker.signal.store(signal, Ordering::Release);
        self.thread.unpark();
    }
}
