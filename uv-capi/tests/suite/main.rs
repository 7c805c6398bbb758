//! libuv's own test suite, test by test, on libuv itself and on our library.
//!
//! It takes a while, so it is run by `UV_SUITE=1 cargo test -p uv-capi --test suite`, or by `.ci/run suite`.
//! `UV_SUITE=tcp_` runs the tests whose names begin so. `UV_SUITE=asan` runs all under the address and leak sanitizers,
//! `UV_SUITE=valgrind` under valgrind, and `UV_SUITE=asan:tcp_` some of them: then it also fails for what is found on our
//! library and not on libuv. What comes of each test is in `target/tmp/suite*/results`.

mod build;
mod lane;
mod memory;
mod run;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use build::{Side, Suite, Tool, libuv_source};
use lane::{Done, LIMIT, Outcome};
use run::run;

/// Tests that libuv passes and this library does not, and why.
const KNOWN: [(&str, &str); 1] = [(
    "threadpool_cancel_fs_iouring_sync_cancel",
    "skips itself: file requests go to the pool, and not to an io_uring",
)];

/// Tests that connect to an address on the internet: what comes of them depends on where they run.
const OUTSIDE: [&str; 2] = ["tcp_close_while_connecting", "tcp_connect_timeout"];

fn main() -> ExitCode {
    let Some(wanted) = env::var_os("UV_SUITE") else {
        println!("skipped: libuv's suite takes a while; UV_SUITE=1 runs it");
        return ExitCode::SUCCESS;
    };
    let Some(source) = libuv_source() else {
        println!("skipped: libuv's source is not here (the crate libuv-sys2 of bench/ has it)");
        return ExitCode::SUCCESS;
    };
    let wanted = wanted.into_string().unwrap_or_default();
    let (tool, prefix) = match wanted.split_once(':').unwrap_or((&wanted, "")) {
        ("1", prefix) => (Tool::None, prefix),
        ("asan", prefix) => (Tool::Asan, prefix),
        ("valgrind", prefix) => (Tool::Valgrind, prefix),
        (prefix, _) => (Tool::None, prefix),
    };
    let suite = Suite::build(&source, tool);
    let names = suite.names(prefix);
    let begun = Instant::now();
    let results = Results(lane::run_all(&suite, &names));
    let mut is_good = results.report(&suite, &names);
    if tool != Tool::None {
        is_good &= memory::report(&suite, &names);
    }
    if prefix.is_empty() {
        is_good &= says_the_same(&suite, "newer.c", None);
    }
    if prefix.is_empty() && tool == Tool::None {
        is_good &= says_the_same(&suite, "arguments.c", Some(include_str!("arguments.txt")));
    }
    println!("took {} s", begun.elapsed().as_secs());
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether a program of ours prints the same on both sides, and what is known of it. It tries what Debian's libuv does not
/// have yet, or answers in another way.
fn says_the_same(suite: &Suite, name: &str, known: Option<&str>) -> bool {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite").join(name);
    let [libuv, ours] = [Side::Libuv, Side::Ours].map(|side| {
        let dir = tempfile::tempdir().unwrap();
        let mut program = suite.program(side, &source);
        let ended = run(program.current_dir(dir.path()), &suite.log(side, name), LIMIT);
        (ended.status, ended.output)
    });
    let same = libuv == ours && libuv.0 == Some(0) && !libuv.1.is_empty() && known.is_none_or(|known| known == libuv.1);
    if !same {
        println!("{name}:\non libuv: {:?}\n{}\non uv-capi: {:?}\n{}", libuv.0, libuv.1, ours.0, ours.1);
    }
    same
}

/// What came of each test on each side.
struct Results(BTreeMap<(Side, String), Done>);

impl Results {
    fn of(&self, side: Side, name: &str) -> Outcome {
        self.0[&(side, name.to_owned())].outcome
    }

    /// Says by name what is not as it should be; whether all is.
    fn report(&self, suite: &Suite, names: &[String]) -> bool {
        let line = |name: &String| {
            let [libuv, ours] = [Side::Libuv, Side::Ours].map(|side| &self.0[&(side, name.clone())]);
            format!("{name}\t{:?}\t{:?}\t{:.1}\t{:.1}\n", libuv.outcome, ours.outcome, libuv.seconds, ours.seconds)
        };
        fs::write(suite.dir.join("results"), names.iter().map(line).collect::<String>()).unwrap();
        for side in [Side::Libuv, Side::Ours] {
            let count = |is: fn(Outcome) -> bool| names.iter().filter(|name| is(self.of(side, name))).count();
            println!(
                "{}: {} pass, {} fail, {} skip, of {}; {} were run again",
                side.title(),
                count(Outcome::passes),
                count(|it| it == Outcome::Fail),
                count(|it| it == Outcome::Skip),
                names.len(),
                self.0.iter().filter(|((its, _), done)| *its == side && done.was_run_again).count(),
            );
        }
        assert!(KNOWN.len() <= 5);
        let bad = names.iter().filter(|name| !self.judge(suite, name)).count();
        bad == 0 && names.iter().any(|name| self.of(Side::Libuv, name).passes())
    }

    fn judge(&self, suite: &Suite, name: &str) -> bool {
        let known = KNOWN.iter().find(|(known, _)| *known == name);
        match (self.of(Side::Libuv, name), self.of(Side::Ours, name)) {
            (_, Outcome::Fail) if OUTSIDE.contains(&name) => println!("needs a route to the outside: {name}"),
            (libuv, ours) if libuv.passes() && !ours.passes() => match known {
                Some((_, why)) => println!("fails, as is known: {name}: {why}"),
                None => {
                    println!("FAILS, and libuv passes it: {name}, see {}", suite.log(Side::Ours, name).display());
                    return false;
                }
            },
            (Outcome::Fail, ours) => println!("fails on libuv: {name} (here: {ours:?})"),
            (libuv, ours) => {
                for (side, outcome) in [(Side::Libuv, libuv), (Side::Ours, ours)] {
                    if outcome == Outcome::PassAgain {
                        println!("passed when it was run again, alone: {name} on {}", side.title());
                    }
                }
            }
        }
        true
    }
}
