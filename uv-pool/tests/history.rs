//! Random histories of a pool against a model of it.
#![cfg(not(loom))]

mod common;

use std::collections::VecDeque;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use common::{Quiet, quiet_panics};
use proptest::prelude::*;
use uv_pool::{CancelError, Job, JobError, Lane, Pool};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_pool_does_as_its_model(
        threads in 1..6_usize,
        steps in prop::collection::vec(step(), 0..40),
        end in prop_oneof![Just(End::Drop), Just(End::Shutdown), Just(End::ShutdownNow)],
    ) {
        quiet_panics();
        let mut run = Run::new(threads);
        for step in steps {
            match step {
                Step::Submit(lane, kind) => run.submit(lane, kind),
                Step::Finish(which) => run.finish(which),
                Step::Cancel(which) => run.cancel(which),
                Step::Resize(threads) => run.resize(threads),
            }
            prop_assert_eq!(run.pool.running(), run.model.running.len());
            prop_assert_eq!(run.pool.queued(), run.model.queued());
            prop_assert_eq!(run.pool.threads(), run.model.threads);
        }
        run.end(end);
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Submit(Lane, Kind),
    /// Lets one of the running jobs go on to its end.
    Finish(prop::sample::Index),
    /// Cancels one of all jobs there ever were.
    Cancel(prop::sample::Index),
    Resize(usize),
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Returns,
    WorkPanics,
    DonePanics,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Drop,
    Shutdown,
    ShutdownNow,
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![
        3 => Just(Kind::Returns),
        1 => Just(Kind::WorkPanics),
        1 => Just(Kind::DonePanics),
    ];
    let lane = prop_oneof![Just(Lane::Fast), Just(Lane::Slow)];
    prop_oneof![
        5 => (lane, kind).prop_map(|(lane, kind)| Step::Submit(lane, kind)),
        3 => any::<prop::sample::Index>().prop_map(Step::Finish),
        2 => any::<prop::sample::Index>().prop_map(Step::Cancel),
        1 => (1..6_usize).prop_map(Step::Resize),
    ]
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Event {
    Started(usize),
    Done(usize, Outcome),
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Outcome {
    Value,
    Panicked,
    Canceled,
}

/// What a job's functions own. The count goes down before the channel can be seen to be closed.
#[derive(Clone)]
struct Probe {
    alive: Arc<()>,
    events: Sender<Event>,
}

impl Probe {
    fn tell(&self, event: Event) {
        self.events.send(event).unwrap();
    }
}

/// libuv's queue, as it is in its `threadpool.c`, without the threads.
struct Model {
    threads: usize,
    order: VecDeque<Entry>,
    slow: VecDeque<usize>,
    running: Vec<(usize, Lane)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Fast(usize),
    RunSlow,
}

impl Model {
    fn submit(&mut self, number: usize, lane: Lane) {
        match lane {
            Lane::Fast => self.order.push_back(Entry::Fast(number)),
            Lane::Slow => {
                self.slow.push_back(number);
                if !self.order.contains(&Entry::RunSlow) {
                    self.order.push_back(Entry::RunSlow);
                }
            }
        }
    }

    fn cancel(&mut self, number: usize) -> bool {
        let before = self.queued();
        self.order.retain(|entry| *entry != Entry::Fast(number));
        self.slow.retain(|queued| *queued != number);
        self.queued() < before
    }

    fn queued(&self) -> usize {
        self.order.iter().filter(|entry| **entry != Entry::RunSlow).count() + self.slow.len()
    }

    /// What the free threads start, in order.
    fn start(&mut self) -> Vec<usize> {
        let mut started = Vec::new();
        while self.running.len() < self.threads {
            let slow_is_full =
                self.running.iter().filter(|(_, lane)| *lane == Lane::Slow).count() >= self.threads.div_ceil(2);
            if self.order == [Entry::RunSlow] && slow_is_full {
                break;
            }
            let next = match self.order.pop_front() {
                None => break,
                Some(Entry::Fast(number)) => (number, Lane::Fast),
                Some(Entry::RunSlow) if slow_is_full => {
                    self.order.push_back(Entry::RunSlow);
                    continue;
                }
                Some(Entry::RunSlow) => {
                    let Some(number) = self.slow.pop_front() else {
                        continue;
                    };
                    if !self.slow.is_empty() {
                        self.order.push_back(Entry::RunSlow);
                    }
                    (number, Lane::Slow)
                }
            };
            self.running.push(next);
            started.push(next.0);
        }
        started
    }
}

/// A pool whose jobs each wait to be told to go on, so that the model knows at all times which of them run.
struct Run {
    pool: Pool,
    model: Model,
    probe: Probe,
    events: Receiver<Event>,
    jobs: Vec<(Job, Kind, Option<Sender<()>>)>,
}

impl Run {
    fn new(threads: usize) -> Self {
        let (sender, events) = mpsc::channel();
        Self {
            pool: Pool::builder().threads(threads).build().unwrap(),
            model: Model { threads, order: VecDeque::new(), slow: VecDeque::new(), running: Vec::new() },
            probe: Probe { alive: Arc::new(()), events: sender },
            events,
            jobs: Vec::new(),
        }
    }

    fn submit(&mut self, lane: Lane, kind: Kind) {
        let number = self.jobs.len();
        let (go, gate) = mpsc::channel();
        let (in_work, in_done) = (self.probe.clone(), self.probe.clone());
        let work = move || {
            in_work.tell(Event::Started(number));
            gate.recv().unwrap();
            if kind == Kind::WorkPanics {
                panic_any(Quiet);
            }
            in_work
        };
        let done = move |result: Result<Probe, JobError>| {
            let outcome = match result {
                Ok(_) => Outcome::Value,
                Err(JobError::Canceled) => Outcome::Canceled,
                Err(JobError::Panicked(payload)) if payload.is::<Quiet>() => Outcome::Panicked,
                Err(error) => panic!("{error}"),
            };
            in_done.tell(Event::Done(number, outcome));
            if kind == Kind::DonePanics {
                panic_any(Quiet);
            }
        };
        let job = self.pool.submit_in(lane, work, done);
        self.jobs.push((job, kind, Some(go)));
        self.model.submit(number, lane);
        self.expect_starts();
    }

    fn finish(&mut self, which: prop::sample::Index) {
        if self.model.running.is_empty() {
            return;
        }
        let (number, _) = self.model.running.remove(which.index(self.model.running.len()));
        self.open(number);
        assert_eq!(self.events.recv(), Ok(Event::Done(number, self.jobs[number].1.outcome())));
        self.expect_starts();
    }

    fn cancel(&mut self, which: prop::sample::Index) {
        if self.jobs.is_empty() {
            return;
        }
        let number = which.index(self.jobs.len());
        let alive = Arc::strong_count(&self.probe.alive);
        let result = self.jobs[number].0.cancel();
        if self.model.cancel(number) {
            assert_eq!(result, Ok(()));
            let expected = Event::Done(number, Outcome::Canceled);
            assert_eq!(self.events.try_recv(), Ok(expected));
            assert!(Arc::strong_count(&self.probe.alive) <= alive - 2);
        } else {
            assert_eq!(result, Err(CancelError::Busy));
        }
    }

    fn resize(&mut self, threads: usize) {
        self.settle();
        self.pool.resize(threads);
        self.model.threads = threads;
        // The idle ones that are too many take no more jobs once they are gone.
        while self.pool.counters().threads > threads.max(self.model.running.len()) {
            thread::yield_now();
        }
        self.expect_starts();
    }

    fn end(mut self, end: End) {
        let pool = self.pool.clone();
        drop(self.pool);
        let ending = thread::spawn(move || match end {
            End::Drop => drop(pool),
            End::Shutdown => pool.shutdown(),
            End::ShutdownNow => pool.shutdown_now(),
        });

        if matches!(end, End::ShutdownNow) {
            // The running jobs are let go only when the queued ones are canceled, else they might run after all.
            let fast = self.model.order.drain(..).filter_map(|entry| match entry {
                Entry::Fast(number) => Some(number),
                Entry::RunSlow => None,
            });
            for number in fast.chain(self.model.slow.drain(..)) {
                assert_eq!(self.events.recv(), Ok(Event::Done(number, Outcome::Canceled)));
            }
        }
        let in_order = self.model.threads == 1 && self.model.running.len() <= 1;
        let mut expected = Vec::new();
        loop {
            let done = std::mem::take(&mut self.model.running);
            expected.extend(done.iter().map(|&(n, _)| Event::Done(n, self.jobs[n].1.outcome())));
            let started = self.model.start();
            if started.is_empty() {
                break;
            }
            expected.extend(started.into_iter().map(Event::Started));
        }
        for (_, _, go) in &mut self.jobs {
            if let Some(go) = go.take() {
                // The gates of canceled jobs are gone.
                let _ = go.send(());
            }
        }

        // The channel is closed when nothing of any job is left.
        let Probe { alive, events } = self.probe;
        drop(events);
        let mut seen: Vec<Event> = self.events.iter().collect();
        if !in_order {
            let key = |event: &Event| match *event {
                Event::Started(number) => (number, 0),
                Event::Done(number, _) => (number, 1),
            };
            seen.sort_by_key(key);
            expected.sort_by_key(key);
        }
        assert_eq!(seen, expected);
        assert_eq!(Arc::strong_count(&alive), 1);
        for (job, _, _) in &self.jobs {
            assert_eq!(job.cancel(), Err(CancelError::Busy));
        }
        ending.join().unwrap();
    }

    /// Waits until the workers that have told of their job's end are asleep or gone: before that they may still hold
    /// their job's place in the slow lane, which then loses its turn to what new workers start.
    fn settle(&self) {
        loop {
            let counters = self.pool.counters();
            if counters.threads - counters.idle == self.model.running.len() {
                return;
            }
            thread::yield_now();
        }
    }

    /// Waits for the jobs that free workers start. If there are several, the workers may tell of it in any order.
    fn expect_starts(&mut self) {
        let mut started = self.model.start();
        let mut seen: Vec<_> = started
            .iter()
            .map(|_| match self.events.recv() {
                Ok(Event::Started(number)) => number,
                other => panic!("{other:?}"),
            })
            .collect();
        started.sort_unstable();
        seen.sort_unstable();
        assert_eq!(seen, started);
    }

    fn open(&mut self, number: usize) {
        let go = self.jobs[number].2.take();
        go.expect("a running job was not let go before").send(()).unwrap();
    }
}

impl Kind {
    fn outcome(self) -> Outcome {
        match self {
            Kind::WorkPanics => Outcome::Panicked,
            Kind::Returns | Kind::DonePanics => Outcome::Value,
        }
    }
}
