//! The executor: futures that run on the loop's thread.
//!
//! A task's future, which need not be `Send`, stands in a table of the loop; its wakers, which any thread may have, know
//! its key in that table and nothing of the future. So a waker that outlives its task, or the loop, wakes nobody.

mod join;
mod ready;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use uv_sys::{Error, Result};

use crate::event_loop::Loop;
use crate::futures::time::Sleeps;
use crate::loop_handle::LoopHandle;
use crate::mailbox::{Desk, Mail, Target};
use crate::observer::Source;
use crate::request::RequestGuard;
use crate::run::RunMode;
use crate::table::{Key, Table};

use join::{Body, Join, Spawned};
pub use join::{JoinError, JoinHandle};
use ready::{Entered, Ready, TaskWaker};

/// How many rounds of tasks a poll phase runs. libuv gives callbacks that its poll phase puts off as many.
const ROUNDS: usize = 8;

impl Loop {
    /// Runs the loop until `future` is done, and gives what it returns. The future may borrow, and it is a task like
    /// those of [`spawn_local`](Loop::spawn_local), which run beside it: a call of `block_on` is a
    /// [`run`](Loop::run) in the default mode that ends with the iteration in which the future does.
    ///
    /// A panic of the future passes through. Handles and tasks that are still active when it is done go on in the
    /// next `run`.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Loop::run): `EBUSY` when called from inside the loop. `ECANCELED` if [`stop`](Loop::stop)
    /// has ended the run first; the future is dropped then.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let name = String::from("loop");
    /// let length = lp.block_on(async {
    ///     lp.sleep(Duration::from_millis(1)).await;
    ///     name.len()
    /// })?;
    /// assert_eq!(length, 4);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output> {
        if self.core.running.get() {
            return Err(Error::EBUSY);
        }
        let mut future = pin!(future);
        let main = MainAddress::new(&self.core.tasks);
        let waker = Waker::from(main.waker.clone());
        waker.wake_by_ref();
        let mut output = None;
        let mut poll = || {
            // What it drops at its end may wake it once more.
            if output.is_some() {
                return;
            }
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                output = Some(value);
                self.stop();
            }
        };
        let request = self.request();
        self.run_with(RunMode::Default, Some(&mut poll))?;
        drop(request);
        output.ok_or(Error::ECANCELED)
    }

    /// Starts a task on the loop's thread: `future` begins in the next poll phase, and runs whenever it is woken.
    ///
    /// A task keeps the loop alive until it ends, as a request does. Dropping the loop drops it where it awaits. A panic
    /// of the task ends it, and is its [`JoinHandle`]'s: unlike a callback's it does not pass through
    /// [`run`](Loop::run).
    ///
    /// Tasks run in the poll phase, after its callbacks, in the order in which they were woken. Those that are woken
    /// meanwhile, by each other say, run in further rounds; after eight the rest waits for the next iteration, which
    /// does not block. So tasks that wake each other without end starve nobody.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let handle = lp.handle();
    /// lp.spawn_local(async move {
    ///     handle.sleep(Duration::from_millis(1)).await;
    ///     println!("a millisecond later");
    /// });
    /// assert!(!lp.run(RunMode::Default)?);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn spawn_local<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        let join = Join::new();
        let body = Box::new(Spawned::new(future, join.clone()));
        if self.core.ended.get() {
            drop(body);
            return JoinHandle::new(join, self.handle(), None);
        }
        let tasks = &self.core.tasks;
        let request = self.request();
        let mut table = tasks.table.borrow_mut();
        let key = table.next_key();
        let waker = tasks.open(Some(key));
        waker.wake_by_ref();
        let inserted = table.insert(Task {
            request,
            address: waker.index(),
            running: Some((Waker::from(waker), body)),
            is_aborted: false,
        });
        debug_assert_eq!(key, inserted);
        JoinHandle::new(join, self.handle(), Some(key))
    }

    pub(crate) fn abort_task(&self, key: Key) {
        let task = {
            let mut table = self.core.tasks.table.borrow_mut();
            match table.get_mut(key) {
                Some(Task { running: None, is_aborted, .. }) => {
                    *is_aborted = true;
                    None
                }
                _ => self.core.tasks.remove(&mut table, key),
            }
        };
        drop(task);
    }

    /// Runs the tasks that were woken, in the poll phase; `main` is `block_on`'s. The limit of callbacks holds for them
    /// apart from the phase's handles and requests, so that neither keeps the other from its turn.
    #[inline(always)]
    pub(crate) fn run_tasks(&self, main: &mut Main<'_>) {
        if self.core.tasks.are_ready() {
            self.run_ready_tasks(main);
        }
    }

    #[inline(never)]
    fn run_ready_tasks(&self, main: &mut Main<'_>) {
        let tasks = &self.core.tasks;
        let mut budget = self.budget();
        tasks.wake_ticks();
        for _ in 0..ROUNDS {
            // What the limit left out, or a panic, comes first.
            tasks.ready.mailbox.collect(&tasks.batch);
            let count = tasks.batch.borrow().len();
            if count == 0 {
                return;
            }
            for _ in 0..count {
                if !budget.take() {
                    return;
                }
                match tasks.receive() {
                    Some(Target::Task(Some(key))) => self.run_task(key),
                    Some(Target::Task(None)) => {
                        if let Some(main) = main.as_mut() {
                            let _seen = self.observe_callback(|| Source::Task { key: None });
                            main();
                        }
                    }
                    // It has ended, after a last wake.
                    Some(_) => {}
                    None => return,
                }
            }
        }
    }

    fn run_task(&self, key: Key) {
        let table = &self.core.tasks.table;
        let running = table.borrow_mut().get_mut(key).and_then(|task| task.running.take());
        let Some((waker, mut body)) = running else {
            return;
        };
        let seen = self.observe_callback(|| Source::Task { key: Some(key.number()) });
        let mut has_ended = body.run(&mut Context::from_waker(&waker));
        drop(seen);
        let mut table = table.borrow_mut();
        if let Some(task) = table.get_mut(key) {
            has_ended |= task.is_aborted;
            if !has_ended {
                task.running = Some((waker, body));
                return;
            }
        }
        // Its request ends before its result is given; what is dropped may come back to the tasks.
        let task = self.core.tasks.remove(&mut table, key);
        drop(table);
        drop(task);
        drop(body);
    }
}

impl LoopHandle {
    /// [`Loop::spawn_local`]; if the loop is gone the task is canceled at once.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let handle = lp.handle();
    /// let sum = lp.spawn_local(async move {
    ///     let parts = [1, 2, 3].map(|part| handle.spawn_local(async move { part * 10 }));
    ///     let mut sum = 0;
    ///     for part in parts {
    ///         sum += part.await.unwrap();
    ///     }
    ///     sum
    /// });
    /// assert_eq!(lp.block_on(sum)?.unwrap(), 60);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn spawn_local<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        let mut future = Some(future);
        let spawned = self.with(|lp| future.take().map(|future| lp.spawn_local(future)));
        spawned.ok().flatten().unwrap_or_else(|| {
            let join = Join::new();
            join.finish(Err(JoinError::Canceled));
            JoinHandle::new(join, self.clone(), None)
        })
    }
}

/// How `block_on` has its future polled.
pub(crate) type Main<'a> = Option<&'a mut dyn FnMut()>;

/// A loop's tasks, and what wakes them from inside of it.
pub(crate) struct Tasks {
    table: RefCell<Table<Task>>,
    ready: Arc<Ready>,
    desk: RefCell<Desk>,
    /// Who has left the mailbox of the ready, and has not run yet.
    batch: RefCell<VecDeque<Mail>>,
    /// Who is to be woken in the next poll phase.
    ticks: RefCell<VecDeque<Waker>>,
    pub(crate) sleeps: Sleeps,
}

struct Task {
    /// First, so that it ends first.
    #[expect(dead_code, reason = "it is there to be dropped")]
    request: RequestGuard,
    address: u32,
    /// Out of its place while it runs.
    running: Option<(Waker, Box<dyn Body>)>,
    is_aborted: bool,
}

/// The address of a `block_on`, which ends with it.
struct MainAddress<'a> {
    tasks: &'a Tasks,
    waker: Arc<TaskWaker>,
}

impl<'a> MainAddress<'a> {
    fn new(tasks: &'a Tasks) -> Self {
        MainAddress { tasks, waker: tasks.open(None) }
    }
}

impl Drop for MainAddress<'_> {
    fn drop(&mut self) {
        self.tasks.close(self.waker.index());
    }
}

impl Tasks {
    pub(crate) fn new(waker: uv_sys::Waker) -> Tasks {
        Tasks {
            table: RefCell::default(),
            ready: Arc::new(Ready::new(waker)),
            desk: RefCell::default(),
            batch: RefCell::default(),
            ticks: RefCell::default(),
            sleeps: Sleeps::default(),
        }
    }

    /// Whether the next poll phase has a task to run.
    #[inline]
    pub(crate) fn are_ready(&self) -> bool {
        !(self.batch.borrow().is_empty() && self.ticks.borrow().is_empty() && self.ready.mailbox.is_empty())
    }

    /// Wakes of tasks make no system call on this thread until the guard goes.
    pub(crate) fn enter(&self) -> Entered {
        self.ready.enter()
    }

    /// Gives a task, or `block_on`'s future, its address.
    fn open(&self, key: Option<Key>) -> Arc<TaskWaker> {
        let address = self.desk.borrow_mut().open(&self.ready.mailbox, Target::Task(key));
        TaskWaker::new(address, self.ready.clone())
    }

    fn close(&self, address: u32) {
        self.desk.borrow_mut().close(&self.ready.mailbox, address);
    }

    fn remove(&self, table: &mut Table<Task>, key: Key) -> Option<Task> {
        let task = table.remove(key)?;
        self.close(task.address);
        Some(task)
    }

    /// Who is to run next. From here on a wake has it run again.
    fn receive(&self) -> Option<Target> {
        match self.batch.borrow_mut().pop_front()? {
            Mail::Posted(index) => Some(self.desk.borrow_mut().receive(&self.ready.mailbox, index)),
            Mail::Again(_) | Mail::Done(_) => Some(Target::Vacant),
        }
    }

    /// In the child of a fork: a wake whose thread has stayed behind in its midst is done.
    pub(crate) fn recover(&self) {
        self.ready.mailbox.recover(&self.desk.borrow(), &[], &mut self.batch.borrow_mut());
    }

    pub(crate) fn on_next_tick(&self, waker: Waker) {
        self.ticks.borrow_mut().push_back(waker);
    }

    fn wake_ticks(&self) {
        let count = self.ticks.borrow().len();
        for _ in 0..count {
            let waker = self.ticks.borrow_mut().pop_front();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Drops every task, and wakes those who wait for one.
    pub(crate) fn end(&self) {
        self.ready.mailbox.shut();
        self.desk.borrow_mut().close_all(&self.ready.mailbox);
        self.batch.borrow_mut().clear();
        let table = self.table.take();
        drop(table);
        let ticks = self.ticks.take();
        drop(ticks);
        self.sleeps.end();
    }
}
