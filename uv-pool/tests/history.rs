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
use uv_pool::{CancelError, Job, JobError, Pool};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_pool_does_as_its_model(
        threads in 1..4_usize,
        steps in prop::collection::vec(step(), 0..40),
        end in prop_oneof![Just(End::Drop), Just(End::Shutdown), Just(End::ShutdownNow)],
    ) {
        quiet_panics();
        let mut run = Run::new(threads);
        for step in steps {
            match step {
                Step::Submit(kind) => run.submit(kind),
                Step::Finish(which) => run.finish(which),
                Step::Cancel(which) => run.cancel(which),
            }
            prop_assert_eq!(run.pool.running(), run.running.len());
            prop_assert_eq!(run.pool.queued(), run.queue.len());
        }
        run.end(end);
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Submit(Kind),
    /// Lets one of the running jobs go on to its end.
    Finish(prop::sample::Index),
    /// Cancels one of all jobs there ever were.
    Cancel(prop::sample::Index),
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
    prop_oneof![
        4 => kind.prop_map(Step::Submit),
        3 => any::<prop::sample::Index>().prop_map(Step::Finish),
        2 => any::<prop::sample::Index>().prop_map(Step::Cancel),
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

/// A pool whose jobs each wait to be told to go on, so that the model knows at all times which of them run.
struct Run {
    pool: Pool,
    threads: usize,
    probe: Probe,
    events: Receiver<Event>,
    jobs: Vec<(Job, Kind, Option<Sender<()>>)>,
    queue: VecDeque<usize>,
    running: Vec<usize>,
}

impl Run {
    fn new(threads: usize) -> Self {
        let (sender, events) = mpsc::channel();
        Self {
            pool: Pool::builder().threads(threads).build().unwrap(),
            threads,
            probe: Probe { alive: Arc::new(()), events: sender },
            events,
            jobs: Vec::new(),
            queue: VecDeque::new(),
            running: Vec::new(),
        }
    }

    fn submit(&mut self, kind: Kind) {
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
        let job = self.pool.submit(work, done);
        self.jobs.push((job, kind, Some(go)));
        self.queue.push_back(number);
        self.expect_start();
    }

    fn finish(&mut self, which: prop::sample::Index) {
        if self.running.is_empty() {
            return;
        }
        let number = self.running.remove(which.index(self.running.len()));
        self.open(number);
        let outcome = self.outcome_of_running(number);
        assert_eq!(self.events.recv(), Ok(Event::Done(number, outcome)));
        self.expect_start();
    }

    fn cancel(&mut self, which: prop::sample::Index) {
        if self.jobs.is_empty() {
            return;
        }
        let number = which.index(self.jobs.len());
        let alive = Arc::strong_count(&self.probe.alive);
        let result = self.jobs[number].0.cancel();
        if let Some(place) = self.queue.iter().position(|&queued| queued == number) {
            self.queue.remove(place);
            assert_eq!(result, Ok(()));
            let expected = Event::Done(number, Outcome::Canceled);
            assert_eq!(self.events.try_recv(), Ok(expected));
            assert!(Arc::strong_count(&self.probe.alive) <= alive - 2);
        } else {
            assert_eq!(result, Err(CancelError::Busy));
        }
    }

    fn end(mut self, end: End) {
        let pool = self.pool;
        let ending = thread::spawn(move || match end {
            End::Drop => drop(pool),
            End::Shutdown => pool.shutdown(),
            End::ShutdownNow => pool.shutdown_now(),
        });

        let mut expected = Vec::new();
        if matches!(end, End::ShutdownNow) {
            // The running jobs are let go only when the queued ones are canceled, else they might run after all.
            for number in self.queue.drain(..) {
                let canceled = Event::Done(number, Outcome::Canceled);
                assert_eq!(self.events.recv(), Ok(canceled));
            }
        }
        let outcome = |number: usize| match self.jobs[number].1 {
            Kind::WorkPanics => Outcome::Panicked,
            Kind::Returns | Kind::DonePanics => Outcome::Value,
        };
        expected.extend(self.running.iter().map(|&n| Event::Done(n, outcome(n))));
        for &number in &self.queue {
            expected.push(Event::Started(number));
            expected.push(Event::Done(number, outcome(number)));
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
        if self.threads > 1 {
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

    /// Waits for the start of the next job in turn, if a worker is free for it.
    fn expect_start(&mut self) {
        if self.running.len() < self.threads
            && let Some(number) = self.queue.pop_front()
        {
            assert_eq!(self.events.recv(), Ok(Event::Started(number)));
            self.running.push(number);
        }
    }

    fn open(&mut self, number: usize) {
        let go = self.jobs[number].2.take();
        go.expect("a running job was not let go before").send(()).unwrap();
    }

    fn outcome_of_running(&self, number: usize) -> Outcome {
        match self.jobs[number].1 {
            Kind::WorkPanics => Outcome::Panicked,
            Kind::Returns | Kind::DonePanics => Outcome::Value,
        }
    }
}
