//! Waits a number of times, to count the system calls of a turn:
//!
//! ```text
//! cargo build --release -p uv-sys --example turns
//! strace -f -c target/release/examples/turns event 10000
//! ```

use std::env;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use uv_sys::{Events, Interest, Poller};

fn main() -> Result<ExitCode, io::Error> {
    let mut arguments = env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    let turns: u32 = match arguments.next().map(|number| number.parse()) {
        None => 10_000,
        Some(Ok(number)) if number > 0 => number,
        Some(_) => return Ok(usage()),
    };

    let (reader, mut writer) = io::pipe()?;
    let poller = Poller::new()?;
    poller.add(reader.as_fd(), 0, Interest::READABLE)?;
    let waker = poller.waker();
    let timeout = match &*mode {
        "idle" => Some(Duration::ZERO),
        "event" | "wake" => None,
        "timeout" => Some(Duration::from_micros(10)),
        _ => return Ok(usage()),
    };
    if mode == "event" {
        writer.write_all(b"x")?;
    }

    let mut events = Events::with_capacity(1024);
    let start = Instant::now();
    for _ in 0..turns {
        if mode == "wake" {
            waker.wake();
        }
        poller.wait(&mut events, timeout)?;
    }
    println!("{mode}: {:?} a turn", start.elapsed() / turns);
    Ok(ExitCode::SUCCESS)
}

fn usage() -> ExitCode {
    eprintln!("usage: turns idle|event|timeout|wake [TURNS]");
    ExitCode::FAILURE
}
