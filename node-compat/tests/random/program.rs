//! The language of the random programs.

use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;

/// A callback: it writes its number to the log and takes its steps.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) number: usize,
    pub(crate) steps: Rc<Vec<Step>>,
}

/// What a callback does. Numbers in the place of a timer or immediate mean the one of that number, counted from the
/// first that the program made, modulo how many there are.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Tick(Body),
    Microtask(Body),
    /// `Promise.resolve().then(body)`
    Then(Body),
    /// `Promise.resolve().then(() => Promise.resolve()).then(body)`
    AndThen(Body),
    /// `Promise.resolve().finally(() => {}).then(body)`
    Finally(Body),
    /// `Promise.reject().catch(body)`
    Reject(Body),
    Immediate(Body),
    Timeout(u32, Body),
    Interval(u32, Body),
    Clear(usize),
    Refresh(usize),
    Unref(usize),
    Ref(usize),
    ClearImmediate(usize),
    UnrefImmediate(usize),
    RefImmediate(usize),
    /// Lets milliseconds pass.
    Sleep(u64),
    Throw,
}

/// A line of the log.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Line {
    /// A body began, at this time.
    Body(usize, u64),
    Uncaught(usize),
    UnhandledRejection(usize),
}

/// A program that has written so many lines is ended: intervals would go on for ever.
pub(crate) const MAX_LINES: usize = 150;

impl Body {
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Body { number: 0, steps: Rc::new(steps) }
    }

    /// Gives each body a number of its own.
    pub(crate) fn number(&mut self) {
        self.number_from(&mut 0);
    }

    fn number_from(&mut self, next: &mut usize) {
        self.number = *next;
        *next += 1;
        for step in Rc::make_mut(&mut self.steps) {
            if let Some(body) = step.body() {
                body.number_from(next);
            }
        }
    }
}

impl Step {
    fn body(&mut self) -> Option<&mut Body> {
        match self {
            Step::Tick(body)
            | Step::Microtask(body)
            | Step::Then(body)
            | Step::AndThen(body)
            | Step::Finally(body)
            | Step::Reject(body)
            | Step::Immediate(body)
            | Step::Timeout(_, body)
            | Step::Interval(_, body) => Some(body),
            Step::Clear(_)
            | Step::Refresh(_)
            | Step::Unref(_)
            | Step::Ref(_)
            | Step::ClearImmediate(_)
            | Step::UnrefImmediate(_)
            | Step::RefImmediate(_)
            | Step::Sleep(_)
            | Step::Throw => None,
        }
    }
}

/// A program of such steps, given the bodies inside of them. The deeper the fewer.
pub(crate) fn of(step: impl Fn(BoxedStrategy<Body>) -> BoxedStrategy<Step>) -> BoxedStrategy<Body> {
    let empty = Just(Body::new(Vec::new())).boxed();
    [2, 3, 4, 6].into_iter().fold(empty, |inner, most| vec(step(inner), 0..=most).prop_map(Body::new).boxed())
}

/// Everything that the queues and phases are about, and timers far apart.
pub(crate) fn queue_step() -> impl Fn(BoxedStrategy<Body>) -> BoxedStrategy<Step> {
    |body| {
        prop_oneof![
            3 => body.clone().prop_map(Step::Tick),
            2 => body.clone().prop_map(Step::Microtask),
            1 => body.clone().prop_map(Step::Then),
            1 => body.clone().prop_map(Step::AndThen),
            1 => body.clone().prop_map(Step::Finally),
            1 => body.clone().prop_map(Step::Reject),
            3 => body.clone().prop_map(Step::Immediate),
            3 => (1..4_u32, body).prop_map(|(millis, body)| Step::Timeout(millis * 10, body)),
            1 => (1..30_u64).prop_map(Step::Sleep),
            2 => Just(Step::Throw),
        ]
        .boxed()
    }
}

/// Timers that get in each other's way.
pub(crate) fn timer_step() -> impl Fn(BoxedStrategy<Body>) -> BoxedStrategy<Step> {
    |body| {
        let delay = 1..6_u32;
        prop_oneof![
            6 => (delay.clone(), body.clone()).prop_map(|(millis, body)| Step::Timeout(millis, body)),
            2 => (delay, body.clone()).prop_map(|(millis, body)| Step::Interval(millis, body)),
            3 => (0..10_usize).prop_map(Step::Clear),
            3 => (0..10_usize).prop_map(Step::Refresh),
            1 => (0..10_usize).prop_map(Step::Unref),
            1 => (0..10_usize).prop_map(Step::Ref),
            3 => (1..8_u64).prop_map(Step::Sleep),
            2 => body.clone().prop_map(Step::Tick),
            1 => body.prop_map(Step::Immediate),
            1 => Just(Step::Throw),
        ]
        .boxed()
    }
}

pub(crate) fn any_step() -> impl Fn(BoxedStrategy<Body>) -> BoxedStrategy<Step> {
    |body| {
        prop_oneof![
            4 => queue_step()(body.clone()),
            4 => timer_step()(body),
            1 => (0..6_usize).prop_map(Step::ClearImmediate),
            1 => (0..6_usize).prop_map(Step::UnrefImmediate),
            1 => (0..6_usize).prop_map(Step::RefImmediate),
        ]
        .boxed()
    }
}
