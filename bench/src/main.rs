//! The crates beside libuv in C, and beside what else one would take instead: `bench [--list] [--json FILE] [PATTERN]`.

mod case;
mod cases;
mod libuv;
mod report;
mod steady;
mod support;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use case::Case;
use lexopt::prelude::*;
use report::{Report, Row};

const USAGE: &str = "bench/run [--list] [--json FILE] [PATTERN]

    PATTERN      only the cases whose name contains it
    --list       the names of the cases, and nothing is measured
    --json FILE  the results as a list of objects
    BENCH_QUICK=1 in the environment: fewer and shorter rounds";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Options {
    pattern: String,
    list: bool,
    json: Option<PathBuf>,
    /// A case and a way: measure this once, in this process.
    child: Option<(OsString, OsString)>,
    /// A kind of event, a way and a number of times: let it come so often, for `bench/syscalls`.
    steady: Option<(String, String, usize)>,
}

fn options() -> Result<Option<Options>> {
    let mut options = Options { pattern: String::new(), list: false, json: None, child: None, steady: None };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("list") => options.list = true,
            Long("json") => options.json = Some(parser.value()?.into()),
            Long("child") => options.child = Some((parser.value()?, parser.value()?)),
            Long("steady") => {
                let event = (parser.value()?.string()?, parser.value()?.string()?);
                options.steady = Some((event.0, event.1, parser.value()?.parse()?));
            }
            Long("help") | Short('h') => return Ok(None),
            Value(pattern) if options.pattern.is_empty() => options.pattern = pattern.string()?,
            _ => return Err(format!("{}\n\n{USAGE}", argument.unexpected()).into()),
        }
    }
    Ok(Some(options))
}

fn run() -> Result<()> {
    let Some(options) = options()? else {
        println!("{USAGE}");
        return Ok(());
    };
    if let Some((event, way, times)) = options.steady {
        return Ok(steady::run(&event, way == "ours", times).ok_or("no such event")?);
    }
    let mut cases = cases::all();
    if let Some((name, way)) = options.child {
        let case = cases.iter().find(|case| *case.name == *name).ok_or("no such case")?;
        println!("{}", case.measure_here(&way).ok_or("no such way")?);
        return Ok(());
    }
    cases.retain(|case| case.name.contains(&options.pattern));
    if cases.is_empty() {
        return Err(format!("no case has {:?} in its name; --list gives them all", options.pattern).into());
    }
    if options.list {
        cases.iter().for_each(|case| println!("{}", case.name));
        return Ok(());
    }
    let mut report = Report::begin();
    let mut failed = Vec::new();
    for case in &cases {
        match measure(case) {
            Ok(values) => report.add(Row::new(case, values)),
            Err(error) => {
                eprintln!("{error}");
                failed.push(case.name.as_str());
            }
        }
    }
    report.end();
    if let Some(path) = options.json {
        fs::write(&path, report.json()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!("could not be measured: {}", failed.join(", ")).into()),
    }
}

/// The median of each way. Every measurement has a process of its own, which leaves nothing to the next; the rounds of
/// the ways take turns, so that what disturbs the machine disturbs all alike.
fn measure(case: &Case) -> Result<Vec<f64>> {
    let mut rounds = vec![Vec::new(); case.ways.len()];
    for _ in 0..case.rounds() {
        for (way, values) in case.ways.iter().zip(&mut rounds) {
            let failed = |why: String| format!("{} of {}: {why}", case.name, way.name);
            let output = Command::new(env::current_exe()?).arg("--child").args([&case.name, way.name]).output()?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                return Err(failed(format!("{}\n{said}", output.status)).into());
            }
            let value: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
            if !value.is_finite() || value <= 0.0 {
                return Err(failed(format!("measured {value}")).into());
            }
            values.push(value);
        }
    }
    Ok(rounds.into_iter().map(median).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
