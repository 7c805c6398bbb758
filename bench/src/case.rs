//! What is measured: the same work, done in several ways.

use std::ffi::OsStr;

use crate::support::quick;

/// What a measurement counts.
#[derive(Clone, Copy)]
pub enum Unit {
    /// Nanoseconds of the clock on the wall for one of whatever the case is about.
    Nanoseconds,
    /// Nanoseconds of processor time, of all threads: of work that is one thread's, or that waits.
    CpuNanoseconds,
    Bytes,
    PerSecond,
    PerCpuSecond,
}

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Unit::Nanoseconds => "ns",
            Unit::CpuNanoseconds => "ns CPU",
            Unit::Bytes => "bytes",
            Unit::PerSecond => "/s",
            Unit::PerCpuSecond => "/s CPU",
        }
    }

    /// By how much `ours` is better: above 1 it is.
    pub fn ratio(self, ours: f64, peer: f64) -> f64 {
        match self {
            Unit::Nanoseconds | Unit::CpuNanoseconds | Unit::Bytes => peer / ours,
            Unit::PerSecond | Unit::PerCpuSecond => ours / peer,
        }
    }
}

/// One way to do the work. The first of a case is ours.
pub struct Way {
    pub name: &'static str,
    work: Box<dyn Fn() -> f64>,
}

pub struct Case {
    /// `group/name`.
    pub name: String,
    pub unit: Unit,
    /// The ratio to libuv that is to be reached.
    pub goal: Option<f64>,
    pub ways: Vec<Way>,
    rounds: usize,
}

impl Case {
    /// `ours` does the work once and returns what it came to in `unit`.
    pub fn new(name: impl Into<String>, unit: Unit, ours: impl Fn() -> f64 + 'static) -> Self {
        let ours = Way { name: "ours", work: Box::new(ours) };
        Case { name: name.into(), unit, goal: None, ways: vec![ours], rounds: 5 }
    }

    pub fn against(mut self, name: &'static str, work: impl Fn() -> f64 + 'static) -> Self {
        self.ways.push(Way { name, work: Box::new(work) });
        self
    }

    pub fn goal(mut self, ratio: f64) -> Self {
        self.goal = Some(ratio);
        self
    }

    /// How often each way is measured; 5 times where nothing is said.
    pub fn with_rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }

    pub fn rounds(&self) -> usize {
        if quick() { self.rounds.min(3) } else { self.rounds }
    }

    /// Measures one way once, in this process.
    pub fn measure_here(&self, way: &OsStr) -> Option<f64> {
        let way = self.ways.iter().find(|one| one.name == way)?;
        Some((way.work)())
    }
}
