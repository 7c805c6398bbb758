//! Each crate beside what one would take instead, in one run: `cargo run --release [timers] [poll] [pool]`.

mod measure;
mod poll;
mod pool;
mod timers;

use std::process::ExitCode;

use measure::Table;

type Group = (&'static str, fn() -> Table);

fn main() -> ExitCode {
    let groups: [Group; 3] = [("timers", timers::compare), ("poll", poll::compare), ("pool", pool::compare)];
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = chosen.iter().find(|name| groups.iter().all(|(group, _)| group != name)) {
        eprintln!("no group {unknown:?}; there are: timers poll pool");
        return ExitCode::FAILURE;
    }
    for (name, compare) in groups {
        if chosen.is_empty() || chosen.iter().any(|group| group == name) {
            println!("## {name}\n\n{}", compare());
        }
    }
    ExitCode::SUCCESS
}
