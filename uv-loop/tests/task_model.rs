//! Random programs of tasks that wake, join and abort each other, against a model of the executor.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;
use uv_loop::{Handle, JoinError, JoinHandle, Loop, LoopHandle, ManualClock, Prepare, RunMode, yield_now};

#[derive(Clone, Copy, Debug)]
enum Op {
    Yield,
    Tick,
    Sleep(u64),
    /// Awaits any wake.
    Park,
    Wake(usize),
    Join(usize),
    Abort(usize),
    Panic,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Returned,
    Canceled,
    Panicked,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Entry {
    /// A task begins with an operation of its program, in an iteration and at a time.
    Begins(usize, usize, u64, u64),
    Joined(usize, End),
}

type Program = Vec<Vec<Op>>;

fn program() -> impl Strategy<Value = Program> {
    (1..6usize).prop_flat_map(|tasks| {
        let task = move || 0..tasks;
        let op = prop_oneof![
            8 => Just(Op::Yield),
            2 => Just(Op::Tick),
            2 => (0..4u64).prop_map(Op::Sleep),
            2 => Just(Op::Park),
            5 => task().prop_map(Op::Wake),
            2 => task().prop_map(Op::Join),
            1 => task().prop_map(Op::Abort),
            1 => Just(Op::Panic),
        ];
        proptest::collection::vec(proptest::collection::vec(op, 0..24), tasks)
    })
}

mod subject {
    use super::*;

    #[derive(Default)]
    struct Shared {
        log: RefCell<Vec<Entry>>,
        wakers: RefCell<Vec<Option<Waker>>>,
        handles: RefCell<Vec<Option<JoinHandle<()>>>>,
        live: Cell<usize>,
        iterations: Cell<u64>,
    }

    /// Counts the tasks that are not dropped yet.
    struct Live(Rc<Shared>);

    impl Drop for Live {
        fn drop(&mut self) {
            self.0.live.set(self.0.live.get() - 1);
        }
    }

    async fn run(task: usize, ops: Vec<Op>, shared: Rc<Shared>, handle: LoopHandle) {
        shared.live.set(shared.live.get() + 1);
        let _live = Live(shared.clone());
        for (step, op) in ops.into_iter().enumerate() {
            let now = handle.with(Loop::now).unwrap();
            shared.log.borrow_mut().push(Entry::Begins(task, step, shared.iterations.get(), now));
            match op {
                Op::Yield => yield_now().await,
                Op::Tick => handle.tick().await,
                Op::Sleep(millis) => handle.sleep(Duration::from_millis(millis)).await,
                Op::Park => {
                    let mut is_parked = false;
                    poll_fn(|_| if std::mem::replace(&mut is_parked, true) { Poll::Ready(()) } else { Poll::Pending })
                        .await;
                }
                Op::Wake(other) => {
                    let waker = shared.wakers.borrow()[other].clone();
                    waker.into_iter().for_each(Waker::wake);
                }
                Op::Join(other) => {
                    let other_handle = shared.handles.borrow_mut()[other].take();
                    if let Some(other_handle) = other_handle {
                        let end = match other_handle.await {
                            Ok(()) => End::Returned,
                            Err(JoinError::Canceled) => End::Canceled,
                            Err(JoinError::Panicked(_)) => End::Panicked,
                        };
                        shared.log.borrow_mut().push(Entry::Joined(task, end));
                    }
                }
                Op::Abort(other) => {
                    if let Some(handle) = &shared.handles.borrow()[other] {
                        handle.abort();
                    }
                }
                // Without the message of a panic.
                Op::Panic => std::panic::resume_unwind(Box::new("on purpose")),
            }
        }
    }

    /// Runs until nothing more can happen.
    pub(super) fn log(program: &Program) -> Vec<Entry> {
        let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
        let shared = Rc::new(Shared::default());
        shared.wakers.borrow_mut().resize(program.len(), None);
        let prepare = Prepare::new(&lp);
        let counted = shared.clone();
        prepare.start(&lp, move |_, _| counted.iterations.set(counted.iterations.get() + 1)).unwrap();
        prepare.unref(&lp).unwrap();
        for (task, ops) in program.iter().enumerate() {
            let mut future = Box::pin(run(task, ops.clone(), shared.clone(), lp.handle()));
            let all = shared.clone();
            let spawned = lp.spawn_local(poll_fn(move |cx| {
                all.wakers.borrow_mut()[task] = Some(cx.waker().clone());
                future.as_mut().poll(cx)
            }));
            shared.handles.borrow_mut().push(Some(spawned));
        }
        while lp.alive() && lp.backend_timeout().is_some() {
            lp.run(RunMode::Once).unwrap();
        }
        // The wakers go last, and wake nobody any more.
        drop(lp);
        assert_eq!(shared.live.get(), 0);
        shared.wakers.take().into_iter().flatten().for_each(Waker::wake);
        drop(shared.handles.take());
        assert_eq!(Rc::strong_count(&shared), 1);
        shared.log.take()
    }
}

/// The executor in as few words as possible.
mod model {
    use super::*;

    #[derive(Clone, Copy)]
    enum Wait {
        Nothing,
        Yield,
        Park,
        Tick(u64),
        Sleep(u64),
        Join(usize),
    }

    struct Task {
        ops: Vec<Op>,
        step: usize,
        wait: Wait,
        is_scheduled: bool,
        has_begun: bool,
        is_aborted: bool,
        /// Whether nobody has taken its handle yet.
        has_handle: bool,
        end: Option<End>,
        waiter: Option<usize>,
    }

    #[derive(Default)]
    struct Executor {
        tasks: Vec<Task>,
        ready: VecDeque<usize>,
        ticks: VecDeque<usize>,
        sleeps: Vec<(u64, usize)>,
        polls: u64,
        now: u64,
        log: Vec<Entry>,
    }

    impl Executor {
        fn wake(&mut self, task: usize) {
            if self.tasks[task].end.is_none() && !std::mem::replace(&mut self.tasks[task].is_scheduled, true) {
                self.ready.push_back(task);
            }
        }

        fn end(&mut self, task: usize, end: End) {
            self.sleeps.retain(|&(_, sleeper)| sleeper != task);
            self.tasks[task].end = Some(end);
            if let Some(waiter) = self.tasks[task].waiter.take() {
                self.wake(waiter);
            }
        }

        /// Whether what the task waits for has come.
        fn has_come(&mut self, task: usize) -> bool {
            match self.tasks[task].wait {
                Wait::Nothing | Wait::Yield | Wait::Park => true,
                Wait::Tick(since) => {
                    let has_come = self.polls > since;
                    if !has_come {
                        self.ticks.push_back(task);
                    }
                    has_come
                }
                Wait::Sleep(due) => {
                    let has_come = self.now >= due;
                    if has_come {
                        self.sleeps.retain(|&(_, sleeper)| sleeper != task);
                    } else if !self.sleeps.iter().any(|&(_, sleeper)| sleeper == task) {
                        self.sleeps.push((due, task));
                    }
                    has_come
                }
                Wait::Join(other) => match self.tasks[other].end {
                    Some(end) => {
                        self.log.push(Entry::Joined(task, end));
                        true
                    }
                    None => {
                        self.tasks[other].waiter = Some(task);
                        false
                    }
                },
            }
        }

        /// What the task waits for after it has begun with an operation.
        fn begin(&mut self, task: usize, op: Op) -> Option<Wait> {
            match op {
                Op::Yield => {
                    self.wake(task);
                    return Some(Wait::Yield);
                }
                Op::Park => return Some(Wait::Park),
                Op::Tick => return Some(Wait::Tick(self.polls)),
                Op::Sleep(millis) => return Some(Wait::Sleep(self.now + millis)),
                Op::Join(other) => {
                    if std::mem::replace(&mut self.tasks[other].has_handle, false) {
                        return Some(Wait::Join(other));
                    }
                }
                Op::Wake(other) => {
                    if self.tasks[other].has_begun {
                        self.wake(other);
                    }
                }
                Op::Abort(other) if !self.tasks[other].has_handle || self.tasks[other].end.is_some() => {}
                Op::Abort(other) if other == task => self.tasks[task].is_aborted = true,
                Op::Abort(other) => self.end(other, End::Canceled),
                Op::Panic => unreachable!(),
            }
            None
        }

        fn run(&mut self, task: usize) {
            if self.tasks[task].end.is_some() {
                return;
            }
            self.tasks[task].is_scheduled = false;
            self.tasks[task].has_begun = true;
            let mut is_waiting = !matches!(self.tasks[task].wait, Wait::Nothing);
            loop {
                if is_waiting && !self.has_come(task) {
                    break;
                }
                self.tasks[task].wait = Wait::Nothing;
                let step = self.tasks[task].step;
                let Some(&op) = self.tasks[task].ops.get(step) else {
                    return self.end(task, End::Returned);
                };
                self.log.push(Entry::Begins(task, step, self.polls, self.now));
                self.tasks[task].step += 1;
                if let Op::Panic = op {
                    return self.end(task, End::Panicked);
                }
                let wait = self.begin(task, op);
                is_waiting = wait.is_some();
                self.tasks[task].wait = wait.unwrap_or(Wait::Nothing);
                if let Some(Wait::Yield | Wait::Park) = wait {
                    break;
                }
            }
            if self.tasks[task].is_aborted {
                self.end(task, End::Canceled);
            }
        }

        fn first_sleep(&self) -> Option<u64> {
            self.sleeps.iter().map(|&(due, _)| due).min()
        }

        fn iterate(&mut self) {
            if self.ready.is_empty() && self.ticks.is_empty() {
                self.now = self.now.max(self.first_sleep().unwrap());
            }
            self.polls += 1;
            for task in std::mem::take(&mut self.ticks) {
                self.wake(task);
            }
            for _ in 0..8 {
                for task in std::mem::take(&mut self.ready) {
                    self.run(task);
                }
            }
            while let Some(due) = self.first_sleep().filter(|&due| due <= self.now) {
                let place = self.sleeps.iter().position(|&(other, _)| other == due).unwrap();
                let (_, task) = self.sleeps.remove(place);
                self.wake(task);
            }
        }
    }

    pub(super) fn log(program: &Program) -> Vec<Entry> {
        let mut executor = Executor::default();
        for (task, ops) in program.iter().enumerate() {
            executor.tasks.push(Task {
                ops: ops.clone(),
                step: 0,
                wait: Wait::Nothing,
                is_scheduled: false,
                has_begun: false,
                is_aborted: false,
                has_handle: true,
                end: None,
                waiter: None,
            });
            executor.wake(task);
        }
        let is_alive = |executor: &Executor| executor.tasks.iter().any(|task| task.end.is_none());
        let can_go_on = |executor: &Executor| {
            !(executor.ready.is_empty() && executor.ticks.is_empty() && executor.sleeps.is_empty())
        };
        while is_alive(&executor) && can_go_on(&executor) {
            executor.iterate();
        }
        executor.log
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn tasks_run_as_in_the_model(program in program()) {
        prop_assert_eq!(subject::log(&program), model::log(&program));
    }
}
