//! Medians of interleaved rounds: what disturbs the machine disturbs all of a row alike.

use std::fmt;
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;

/// One thing to measure: a name, and a function that does it a number of times and says how often.
pub struct Candidate<'a> {
    pub name: &'static str,
    pub work: Box<dyn FnMut() -> usize + 'a>,
}

impl<'a> Candidate<'a> {
    pub fn new(name: &'static str, work: impl FnMut() -> usize + 'a) -> Self {
        Candidate { name, work: Box::new(work) }
    }
}

/// Rows of the same work done by several candidates; the first is ours.
#[derive(Default)]
pub struct Table {
    rows: Vec<(String, Vec<(&'static str, Duration)>)>,
}

impl Table {
    pub fn row(&mut self, what: impl Into<String>, mut candidates: Vec<Candidate<'_>>) {
        let mut rounds: Vec<Vec<Duration>> = vec![Vec::new(); candidates.len()];
        for round in 0..=ROUNDS {
            for (candidate, times) in candidates.iter_mut().zip(&mut rounds) {
                let start = Instant::now();
                let count = (candidate.work)();
                let time = start.elapsed() / u32::try_from(count).expect("a small count");
                if round > 0 {
                    times.push(time); // the first one warms up
                }
            }
        }
        let medians = candidates.iter().zip(&mut rounds).map(|(candidate, times)| {
            times.sort();
            (candidate.name, times[times.len() / 2])
        });
        self.rows.push((what.into(), medians.collect()));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((_, first)) = self.rows.first() else {
            return Ok(());
        };
        let names: Vec<_> = first.iter().map(|(name, _)| *name).collect();
        writeln!(f, "| | {} |", names.join(" | "))?;
        writeln!(f, "|---|{}", "---|".repeat(names.len()))?;
        for (what, times) in &self.rows {
            let ours = times[0].1;
            write!(f, "| {what} |")?;
            for (n, (_, time)) in times.iter().enumerate() {
                write!(f, " {}", nanoseconds(*time))?;
                if n > 0 {
                    write!(f, " ({:.2}x)", time.as_secs_f64() / ours.as_secs_f64())?;
                }
                write!(f, " |")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn nanoseconds(time: Duration) -> String {
    match time.as_nanos() {
        nanos if nanos < 10_000 => format!("{nanos} ns"),
        nanos => format!("{:.1} µs", nanos as f64 / 1000.0),
    }
}
