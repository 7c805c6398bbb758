//! Random JavaScript programs, in our command and in the real `node`: both print the same lines.
//!
//! Each program logs a label of its own in every callback. What would be a race is settled before control goes back to
//! the event loop: behind a short timer the program spins until it is due, and behind a file request until the only
//! thread of the pool is through with it. So the next turn finds all of them ready, and only the phases, the queues and
//! first in, first out decide. `RANDOM_PROGRAMS=5000` runs that many.

mod chains;

use std::fmt::{self, Write};
use std::path::Path;
use std::process::Command;
use std::thread;

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use uv_tests::{Finished, clean_env, node_compat, node_or_skip, run};

const PRELUDE: &str = "\
process.env.UV_THREADPOOL_SIZE = '1';
const fs = require('fs');
const log = (label) => console.log(label);
const text = (value) => (value && value.message !== undefined ? value.message : String(value));
const spin = () => { const end = Date.now() + 3; while (Date.now() < end); };
let marks = 0;
const settle = () => { const mark = 'mark' + marks++; fs.mkdir(mark, () => {}); while (!fs.existsSync(mark)); spin(); };
const timers = [], immediates = [];
process.on('uncaughtException', (error, origin) => log(`uncaught ${text(error)} ${origin}`));
process.on('unhandledRejection', (reason) => log(`unhandled ${text(reason)}`));
process.on('rejectionHandled', () => log('handled late'));
process.on('exit', (code) => log(`exit ${code}`));
";

/// What a program or a callback does, one after the other.
type Body = Vec<Step>;

#[derive(Clone, Debug)]
enum Step {
    Log,
    Tick(Body),
    Microtask(Body),
    Immediate(Body),
    Timer(Body),
    Interval(u32, Body),
    File(Request, Body),
    Chain(Value, Vec<(Link, Body)>),
    Async(Vec<(Await, Body)>),
    Try(Body, Body),
    Throw,
    ClearTimer(usize),
    ClearImmediate(usize),
    BeforeExit(Body),
}

#[derive(Clone, Copy, Debug)]
enum Request {
    Stat,
    Access,
    Missing,
    MakeDir,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Plain,
    Resolved,
    Thenable,
    Rejected,
    ResolvedByTick,
    Async,
}

#[derive(Clone, Copy, Debug)]
enum Link {
    Then,
    Catch,
    Finally,
}

#[derive(Clone, Copy, Debug)]
enum Await {
    Value(Value),
    Timer,
    Immediate,
    File,
}

#[test]
fn print_the_same_in_node() {
    compare(60, body(5).prop_map(|main| Program::new(&main).to_string()));
}

#[test]
fn requests_and_children_in_a_row_print_the_same_in_node() {
    compare(30, chains::programs());
}

fn compare(programs: u32, program: impl Strategy<Value = String>) {
    let Some(node) = node_or_skip("random programs") else {
        return;
    };
    let ours = node_compat();
    let programs =
        std::env::var("RANDOM_PROGRAMS").map_or(programs, |n| n.parse().expect("RANDOM_PROGRAMS is a number"));
    let config = Config {
        cases: programs,
        max_shrink_iters: 400,
        failure_persistence: None::<Box<FileFailurePersistence>>.map(|persistence| persistence as _),
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&program, |program| match difference(&program, ours, &node) {
        None => Ok(()),
        Some(difference) => Err(TestCaseError::fail(format!("{difference}\n\n{program}"))),
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// How the two differ. Both are run again before it is believed: a machine that is busy enough can break the tie that
/// a spin was to prevent.
fn difference(program: &str, ours: &Path, node: &Path) -> Option<String> {
    let mut by_node = Vec::new();
    for _ in 0..4 {
        let (mine, theirs) = thread::scope(|scope| {
            let mine = scope.spawn(|| run_program(program, ours));
            (run_program(program, node), mine.join().unwrap())
        });
        let (mine, theirs) = (theirs, mine);
        by_node.push((theirs.end.clone(), theirs.out()));
        if by_node.contains(&(mine.end.clone(), mine.out())) {
            return None;
        }
        if by_node.len() == 4 {
            let report = format!(
                "ours (ended with {}):\n{}{}\nnode (ended with {}):\n{}",
                mine.end,
                mine.out(),
                mine.err(),
                theirs.end,
                theirs.out()
            );
            return Some(report);
        }
    }
    None
}

fn run_program(program: &str, command: &Path) -> Finished {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("program.js");
    std::fs::write(&script, program).unwrap();
    run(clean_env(&mut Command::new(command), dir.path()).arg(script).current_dir(dir.path()))
}

fn body(most: usize) -> impl Strategy<Value = Body> {
    prop::collection::vec(step(), 1..=most)
}

fn step() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        4 => Just(Step::Log),
        1 => Just(Step::Throw),
        1 => (0..6_usize).prop_map(Step::ClearTimer),
        1 => (0..6_usize).prop_map(Step::ClearImmediate),
    ];
    leaf.prop_recursive(4, 30, 3, |step| {
        let body = || prop::collection::vec(step.clone(), 0..3);
        prop_oneof![
            4 => body().prop_map(Step::Tick),
            3 => body().prop_map(Step::Microtask),
            4 => body().prop_map(Step::Immediate),
            4 => body().prop_map(Step::Timer),
            1 => (1..4_u32, body()).prop_map(|(times, body)| Step::Interval(times, body)),
            3 => (request(), body()).prop_map(|(request, body)| Step::File(request, body)),
            3 => (value(), prop::collection::vec((link(), body()), 1..4)).prop_map(|(value, links)| Step::Chain(value, links)),
            3 => prop::collection::vec((wait(), body()), 1..4).prop_map(Step::Async),
            1 => (body(), body()).prop_map(|(body, handler)| Step::Try(body, handler)),
            1 => body().prop_map(Step::BeforeExit),
        ]
    })
}

fn request() -> impl Strategy<Value = Request> {
    prop::sample::select(vec![Request::Stat, Request::Access, Request::Missing, Request::MakeDir])
}

fn value() -> impl Strategy<Value = Value> {
    use Value::*;
    prop::sample::select(vec![Plain, Resolved, Thenable, Rejected, ResolvedByTick, Async])
}

fn link() -> impl Strategy<Value = Link> {
    prop::sample::select(vec![Link::Then, Link::Then, Link::Catch, Link::Finally])
}

fn wait() -> impl Strategy<Value = Await> {
    prop_oneof![
        4 => value().prop_map(Await::Value),
        1 => Just(Await::Timer),
        1 => Just(Await::Immediate),
        1 => Just(Await::File),
    ]
}

/// The text of a program, as it is written.
struct Program {
    text: String,
    indent: usize,
    labels: u32,
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Program {
    fn new(main: &Body) -> Self {
        let mut program = Program { text: PRELUDE.to_owned(), indent: 0, labels: 0 };
        program.body("main", main);
        program.log("main ends", "");
        program
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", self.indent);
    }

    fn log(&mut self, what: &str, argument: &str) {
        self.labels += 1;
        let label = format!("{} {what}", self.labels);
        match argument {
            "" => self.line(&format!("log('{label}');")),
            _ => self.line(&format!("log('{label} ' + text({argument}));")),
        }
    }

    /// Logs that it runs, and does the steps.
    fn body(&mut self, what: &str, body: &Body) {
        self.log(what, "");
        self.steps(body);
    }

    fn steps(&mut self, body: &Body) {
        for step in body {
            self.step(step);
            if matches!(step, Step::Throw) {
                break; // nothing behind it can run
            }
        }
    }

    /// `open`, a callback's body, `close`.
    fn block(&mut self, open: &str, close: &str, inside: impl FnOnce(&mut Self)) {
        self.line(open);
        self.indent += 2;
        inside(self);
        self.indent -= 2;
        self.line(close);
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Log => self.log("log", ""),
            Step::Throw => {
                self.labels += 1;
                self.line(&format!("throw new Error('error {}');", self.labels));
            }
            Step::Tick(body) => self.block("process.nextTick(() => {", "});", |p| p.body("tick", body)),
            Step::Microtask(body) => self.block("queueMicrotask(() => {", "});", |p| p.body("microtask", body)),
            Step::Immediate(body) => {
                self.block("immediates.push(setImmediate(() => {", "}));", |p| p.body("immediate", body));
            }
            Step::Timer(body) => {
                self.block("timers.push(setTimeout(() => {", "}, 1));", |p| p.body("timer", body));
                self.line("spin();");
            }
            Step::Interval(times, body) => self.interval(*times, body),
            Step::File(request, body) => {
                let open = match request {
                    Request::Stat => "fs.stat('.', (error) => {".to_owned(),
                    Request::Access => "fs.access('.', (error) => {".to_owned(),
                    Request::Missing => "fs.readdir('missing', (error) => {".to_owned(),
                    Request::MakeDir => format!("fs.mkdir('dir{}', (error) => {{", self.labels),
                };
                self.block(&open, "});", |p| {
                    p.log("file", "error && error.code");
                    p.steps(body);
                });
                self.line("settle();");
            }
            Step::Chain(value, links) => self.chain(*value, links),
            Step::Async(parts) => self.async_function(parts),
            Step::Try(body, handler) => {
                self.block("try {", "} catch (error) {", |p| p.body("try", body));
                self.indent += 2;
                self.log("catch", "error");
                self.steps(handler);
                self.indent -= 2;
                self.line("}");
            }
            Step::ClearTimer(index) => self.line(&format!("clearTimeout(timers[{index}]);")),
            Step::ClearImmediate(index) => self.line(&format!("clearImmediate(immediates[{index}]);")),
            Step::BeforeExit(body) => {
                self.block("process.once('beforeExit', () => {", "});", |p| p.body("beforeExit", body));
            }
        }
    }

    fn interval(&mut self, times: u32, body: &Body) {
        self.block("{", "}", |p| {
            p.line("let turns = 0;");
            p.block("const interval = setInterval(() => {", "}, 1);", |p| {
                p.line(&format!("if (++turns === {times}) clearInterval(interval);"));
                p.line("spin();");
                p.body("interval", body);
            });
            p.line("timers.push(interval);");
            p.line("spin();");
        });
    }

    fn chain(&mut self, value: Value, links: &[(Link, Body)]) {
        let start = self.value(value);
        let start = if matches!(value, Value::Resolved | Value::Rejected) {
            start
        } else {
            format!("Promise.resolve({start})")
        };
        self.line(&start);
        self.indent += 2;
        for (n, (link, body)) in links.iter().enumerate() {
            let (method, argument) = match link {
                Link::Then => ("then", "value"),
                Link::Catch => ("catch", "value"),
                Link::Finally => ("finally", ""),
            };
            let close = if n + 1 == links.len() { "});" } else { "})" };
            self.block(&format!(".{method}(({argument}) => {{"), close, |p| {
                p.log(method, argument);
                p.steps(body);
                if !body.iter().any(|step| matches!(step, Step::Throw)) {
                    let result = p.labels;
                    p.line(&format!("return {result};"));
                }
            });
        }
        self.indent -= 2;
    }

    fn async_function(&mut self, parts: &[(Await, Body)]) {
        self.block("(async () => {", "})();", |p| {
            p.log("async", "");
            for (wait, body) in parts {
                let promise = match wait {
                    Await::Value(value) => p.value(*value),
                    Await::Timer => {
                        "((promise) => (spin(), promise))(new Promise((resolve) => setTimeout(resolve, 1)))".to_owned()
                    }
                    Await::Immediate => "new Promise((resolve) => setImmediate(resolve))".to_owned(),
                    Await::File => "((promise) => (settle(), promise))(fs.promises.access('.'))".to_owned(),
                };
                p.line(&format!("const value{} = await {promise};", p.labels));
                let value = format!("value{}", p.labels);
                p.log("resumed", &value);
                p.steps(body);
                if body.iter().any(|step| matches!(step, Step::Throw)) {
                    break;
                }
            }
        });
    }

    fn value(&mut self, value: Value) -> String {
        self.labels += 1;
        let n = self.labels;
        match value {
            Value::Plain => format!("{n}"),
            Value::Resolved => format!("Promise.resolve({n})"),
            Value::Thenable => {
                format!("{{ then(resolve) {{ log('{n} thenable'); resolve({n}); }} }}")
            }
            Value::Rejected => format!("Promise.reject(new Error('reason {n}'))"),
            Value::ResolvedByTick => {
                format!("new Promise((resolve) => process.nextTick(resolve, {n}))")
            }
            Value::Async => format!("(async () => {n})()"),
        }
    }
}
