//! The table, as the measurements come in, and the JSON.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::case::{Case, Unit};

/// What the peer is called that the ratio and the goal are about.
const REFERENCE: &str = "libuv";

pub struct Row {
    case: String,
    unit: Unit,
    ours: f64,
    peers: Vec<(&'static str, f64)>,
    goal: Option<f64>,
}

impl Row {
    /// `values` are those of the case's ways.
    pub fn new(case: &Case, values: Vec<f64>) -> Self {
        let peers = case.ways.iter().map(|way| way.name).zip(values.iter().copied()).skip(1).collect();
        Row { case: case.name.clone(), unit: case.unit, ours: values[0], peers, goal: case.goal }
    }

    fn ratio(&self) -> Option<f64> {
        let &(_, reference) = self.peers.iter().find(|(name, _)| *name == REFERENCE)?;
        Some(self.unit.ratio(self.ours, reference))
    }

    fn falls_short(&self) -> bool {
        matches!((self.ratio(), self.goal), (Some(ratio), Some(goal)) if ratio < goal)
    }
}

pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    pub fn begin() -> Self {
        println!(
            "{}",
            line("case", "unit", "ours", REFERENCE, "ratio", "goal", "others (ours is so many times better)")
        );
        Report { rows: Vec::new() }
    }

    pub fn add(&mut self, row: Row) {
        let reference = row.peers.iter().find(|(name, _)| *name == REFERENCE);
        let mut others = String::new();
        for &(name, value) in row.peers.iter().filter(|(name, _)| *name != REFERENCE) {
            let separator = if others.is_empty() { "" } else { ", " };
            let ratio = row.unit.ratio(row.ours, value);
            let _ = write!(others, "{separator}{name} {} ({ratio:.2})", number(value));
        }
        let mark = if row.falls_short() { " !" } else { "" };
        println!(
            "{}",
            line(
                &row.case,
                row.unit.name(),
                &number(row.ours),
                &reference.map_or(String::new(), |&(_, value)| number(value)),
                &row.ratio().map_or(String::new(), |ratio| format!("{ratio:.2}")),
                &row.goal.map_or(String::new(), |goal| format!("{goal}{mark}")),
                &others,
            )
        );
        let _ = std::io::stdout().flush();
        self.rows.push(row);
    }

    pub fn end(&self) {
        let short: Vec<_> = self.rows.iter().filter(|row| row.falls_short()).map(|row| row.case.as_str()).collect();
        let goals = self.rows.iter().filter(|row| row.goal.is_some()).count();
        if goals > 0 {
            println!("\n{} of {goals} goals reached", goals - short.len());
        }
        if !short.is_empty() {
            println!("short of its goal (!): {}", short.join(", "));
        }
    }

    /// A list of objects: `case`, `unit`, `ours`, a key for each peer, `ratio` to libuv and `goal`, which are null where
    /// there is none.
    pub fn json(&self) -> String {
        let mut json = String::from("[");
        for (n, row) in self.rows.iter().enumerate() {
            let separator = if n == 0 { "" } else { "," };
            let _ = write!(json, "{separator}\n  {{\"case\": {:?}, \"unit\": {:?}", row.case, row.unit.name());
            let _ = write!(json, ", \"ours\": {}", row.ours);
            for (name, value) in &row.peers {
                let _ = write!(json, ", {name:?}: {value}");
            }
            let null = |value: Option<f64>| value.map_or("null".to_owned(), |value| value.to_string());
            let _ = write!(json, ", \"ratio\": {}, \"goal\": {}}}", null(row.ratio()), null(row.goal));
        }
        json + "\n]\n"
    }
}

fn line(case: &str, unit: &str, ours: &str, libuv: &str, ratio: &str, goal: &str, others: &str) -> String {
    let line = format!("{case:<26} {unit:<7} {ours:>8} {libuv:>8} {ratio:>6}  {goal:<6} {others}");
    line.trim_end().to_owned()
}

/// With three or four digits that say something.
fn number(value: f64) -> String {
    match value {
        _ if value >= 1e6 => format!("{:.2} M", value / 1e6),
        _ if value >= 1e4 => format!("{:.1} k", value / 1e3),
        _ if value >= 100.0 => format!("{value:.0}"),
        _ => format!("{value:.1}"),
    }
}
