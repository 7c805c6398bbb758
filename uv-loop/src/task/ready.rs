//! Which tasks are to run: a queue that any thread's wakers reach, and for each task a mark that says whether it is in
//! it, so that any number of wakes is one.
//!
//! A wake on the loop's own thread, while the loop runs, makes no system call: the loop asks the queue before it
//! blocks. Of the other wakes the one that finds the queue empty wakes the loop; those after it need not.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::task::Wake;

use crate::primitive::{AtomicBool, Mutex, Ordering};
use crate::table::Key;

/// Who is to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Runnable {
    /// The future of `block_on`.
    Main,
    Task(Key),
}

/// The loop's end of its tasks' wakers.
pub(crate) struct Ready {
    queue: Queue,
    waker: uv_sys::Waker,
}

impl Ready {
    pub(crate) fn new(waker: uv_sys::Waker) -> Ready {
        Ready { queue: Queue::new(), waker }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Moves those that are to run behind what `into` holds.
    pub(crate) fn collect(&self, into: &mut VecDeque<Runnable>) {
        self.queue.collect(into);
    }

    /// Wakes do nothing from here on.
    pub(crate) fn shut(&self) {
        self.queue.shut();
    }

    /// Marks the loop as the one that runs on this thread, until the guard goes.
    pub(crate) fn enter(&self) -> Entered {
        Entered(RUNNING.replace(self.address()))
    }

    fn address(&self) -> *const () {
        std::ptr::from_ref(self).cast()
    }
}

/// See [`Ready::enter`].
pub(crate) struct Entered(*const ());

impl Drop for Entered {
    fn drop(&mut self) {
        RUNNING.set(self.0);
    }
}

thread_local! {
    /// Which loop runs on this thread: never more than compared.
    static RUNNING: Cell<*const ()> = const { Cell::new(std::ptr::null()) };
}

/// What a task's wakers share.
pub(crate) struct TaskWaker {
    runnable: Runnable,
    scheduled: Mark,
    ready: Arc<Ready>,
}

impl TaskWaker {
    pub(crate) fn new(runnable: Runnable, ready: Arc<Ready>) -> Arc<TaskWaker> {
        Arc::new(TaskWaker { runnable, scheduled: Mark::new(), ready })
    }

    /// Called before the task runs, so that a wake from now on has it run again.
    pub(crate) fn begin(&self) {
        self.scheduled.lower();
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.scheduled.raise() || !self.ready.queue.push(self.runnable) {
            return;
        }
        let is_here = RUNNING.try_with(|running| running.get() == self.ready.address());
        if !is_here.unwrap_or(false) {
            self.ready.waker.wake();
        }
    }
}

/// Whether a task is in the queue, or about to be.
struct Mark(AtomicBool);

impl Mark {
    fn new() -> Mark {
        Mark(AtomicBool::new(false))
    }

    /// Whether the caller must queue the task.
    fn raise(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// A swap, because coalesced wakes are not ordered by the queue: reading the last one's swap is what makes visible
    /// here what was done before it.
    fn lower(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }
}

struct Queue {
    /// `None` once the loop is gone.
    runnables: Mutex<Option<VecDeque<Runnable>>>,
    /// Whether there may be any, so that a turn without costs no lock. Who does not see it yet is about to be woken.
    has_some: AtomicBool,
}

impl Queue {
    fn new() -> Queue {
        Queue { runnables: Mutex::new(Some(VecDeque::new())), has_some: AtomicBool::new(false) }
    }

    /// Whether it was empty.
    fn push(&self, runnable: Runnable) -> bool {
        let mut queue = self.runnables.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = queue.as_mut() else {
            return false;
        };
        queue.push_back(runnable);
        self.has_some.store(true, Ordering::Release);
        queue.len() == 1
    }

    fn is_empty(&self) -> bool {
        !self.has_some.load(Ordering::Acquire)
    }

    /// If `into` is empty the buffers change places, and nobody allocates.
    fn collect(&self, into: &mut VecDeque<Runnable>) {
        if self.is_empty() {
            return;
        }
        if let Some(queue) = self.runnables.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            self.has_some.store(false, Ordering::Release);
            if into.is_empty() {
                std::mem::swap(queue, into);
            } else {
                into.append(queue);
            }
        }
    }

    fn shut(&self) {
        let queue = self.runnables.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.has_some.store(false, Ordering::Release);
        drop(queue);
    }
}

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p uv-loop --lib --release`.
#[cfg(all(test, loom))]
mod tests {
    use super::*;
    use crate::primitive::{AtomicUsize, Ordering};
    use crate::table::Table;
    use loom::sync::{Arc, Condvar};
    use loom::thread;

    /// A loop with some tasks, each of which waits for its own counter to reach its goal.
    struct Model {
        queue: Queue,
        marks: Vec<Mark>,
        keys: Vec<Key>,
        counters: Vec<AtomicUsize>,
        notified: Mutex<bool>,
        changed: Condvar,
    }

    impl Model {
        fn new(tasks: usize) -> Arc<Model> {
            let mut table = Table::default();
            Arc::new(Model {
                queue: Queue::new(),
                marks: (0..tasks).map(|_| Mark::new()).collect(),
                keys: (0..tasks).map(|task| table.insert(task)).collect(),
                counters: (0..tasks).map(|_| AtomicUsize::new(0)).collect(),
                notified: Mutex::new(false),
                changed: Condvar::new(),
            })
        }

        /// As `TaskWaker::wake_by_ref`; on the loop's thread nobody has to be woken.
        fn wake(&self, task: usize, is_here: bool) {
            let mark = &self.marks[task];
            if mark.raise() && self.queue.push(Runnable::Task(self.keys[task])) && !is_here {
                *self.notified.lock().unwrap() = true;
                self.changed.notify_one();
            }
        }

        /// As an iteration: it blocks only if the queue is empty, and gives the tasks that it has begun with.
        fn turn(&self) -> Vec<usize> {
            if self.queue.is_empty() {
                let mut notified = self.notified.lock().unwrap();
                while !*notified {
                    notified = self.changed.wait(notified).unwrap();
                }
                *notified = false;
            }
            let mut batch = VecDeque::new();
            self.queue.collect(&mut batch);
            let tasks: Vec<_> = batch
                .iter()
                .map(|runnable| self.keys.iter().position(|&key| *runnable == Runnable::Task(key)).unwrap())
                .collect();
            tasks.iter().for_each(|&task| self.marks[task].lower());
            tasks
        }
    }

    /// A wake that is not seen leaves the loop waiting for ever, which loom reports. The wakers tell what they have
    /// done by the wake alone.
    fn every_wake_is_seen(tasks: usize, threads: usize, wakes: usize) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.check(move || {
            let model = Model::new(tasks);
            for thread in 0..threads {
                let model = model.clone();
                thread::spawn(move || {
                    for _ in 0..wakes {
                        model.counters[thread % tasks].fetch_add(1, Ordering::Relaxed);
                        model.wake(thread % tasks, false);
                    }
                });
            }
            let goal = |task: usize| (task..threads).step_by(tasks).count() * wakes;
            let mut done = vec![false; tasks];
            // Tasks are woken once when they are made, and then by each other as they end.
            model.wake(0, true);
            while !done.iter().all(|&done| done) {
                for task in model.turn() {
                    done[task] = model.counters[task].load(Ordering::Relaxed) == goal(task);
                    if done[task] {
                        model.wake((task + 1) % tasks, true);
                    }
                }
            }
        });
    }

    #[test]
    fn wakes_of_one_thread_are_seen() {
        every_wake_is_seen(1, 1, 3);
    }

    #[test]
    fn coalesced_wakes_are_seen() {
        every_wake_is_seen(1, 2, 2);
    }

    #[test]
    fn wakes_of_two_tasks_are_seen() {
        every_wake_is_seen(2, 2, 1);
    }

    #[test]
    fn a_wake_after_the_end_does_nothing() {
        loom::model(|| {
            let model = Model::new(1);
            let thread = {
                let model = model.clone();
                thread::spawn(move || model.wake(0, false))
            };
            model.queue.shut();
            thread.join().unwrap();
            assert!(model.queue.is_empty());
        });
    }
}
