//! Which tasks are to run: a mailbox that any thread's wakers reach, in which each task has an address. So any number of
//! wakes is one; a wake takes no lock, and a process that forks meanwhile finds none that nobody will release.
//!
//! A wake on the loop's own thread, while the loop runs, makes no system call: the loop asks the mailbox before it
//! blocks. Of the other wakes the one that finds it empty wakes the loop; those after it need not.

use std::cell::Cell;
use std::sync::Arc;
use std::task::Wake;

use crate::mailbox::{Address, Mailbox};

/// The loop's end of its tasks' wakers.
pub(crate) struct Ready {
    pub(crate) mailbox: Mailbox,
}

impl Ready {
    pub(crate) fn new(waker: uv_sys::Waker) -> Ready {
        Ready { mailbox: Mailbox::always_asleep(waker) }
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

/// What a task's wakers share. It outlives the task and the loop harmlessly.
pub(crate) struct TaskWaker {
    address: Address,
    ready: Arc<Ready>,
}

impl TaskWaker {
    pub(crate) fn new(address: Address, ready: Arc<Ready>) -> Arc<TaskWaker> {
        Arc::new(TaskWaker { address, ready })
    }

    pub(crate) fn index(&self) -> u32 {
        self.address.index()
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // An error says that the task has ended, or the loop is gone.
        if self.ready.mailbox.post(self.address) != Ok(true) {
            return;
        }
        let is_here = RUNNING.try_with(|running| running.get() == self.ready.address());
        if !is_here.unwrap_or(false) {
            self.ready.mailbox.wake();
        }
    }
}

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p uv-loop --lib --release`.
#[cfg(all(test, loom))]
mod tests {
    use crate::mailbox::{Address, Mail, Stack};
    use crate::primitive::{AtomicUsize, Mutex, Ordering};
    use loom::sync::{Arc, Condvar};
    use loom::thread;
    use std::collections::VecDeque;

    /// A loop with some tasks, each of which waits for its own counter to reach its goal.
    struct Model {
        stack: Stack,
        counters: Vec<AtomicUsize>,
        notified: Mutex<bool>,
        changed: Condvar,
    }

    impl Model {
        fn new(tasks: usize) -> Arc<Model> {
            let stack = Stack::always_asleep();
            (0..tasks as u32).for_each(|index| stack.reserve(index));
            Arc::new(Model {
                stack,
                counters: (0..tasks).map(|_| AtomicUsize::new(0)).collect(),
                notified: Mutex::new(false),
                changed: Condvar::new(),
            })
        }

        /// As `TaskWaker::wake_by_ref`; on the loop's thread nobody has to be woken.
        fn wake(&self, task: usize, is_here: bool) {
            if self.stack.push(Address::first(task as u32)) == Ok(true) && !is_here {
                *self.notified.lock().unwrap() = true;
                self.changed.notify_one();
            }
        }

        /// As an iteration: it blocks only if the queue is empty, and gives the tasks that it has begun with.
        fn turn(&self) -> Vec<usize> {
            if self.stack.is_empty() {
                let mut notified = self.notified.lock().unwrap();
                while !*notified {
                    notified = self.changed.wait(notified).unwrap();
                }
                *notified = false;
            }
            let mut batch = VecDeque::new();
            self.stack.collect(&mut batch);
            let index = |mail: Mail| match mail {
                Mail::Posted(index) => index,
                Mail::Done(_) | Mail::Again(_) => unreachable!(),
            };
            let tasks: Vec<_> = batch.into_iter().map(index).collect();
            tasks.iter().for_each(|&task| self.stack.lower(task));
            tasks.into_iter().map(|task| task as usize).collect()
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
            model.stack.shut();
            thread.join().unwrap();
            assert!(model.stack.is_empty());
        });
    }
}
