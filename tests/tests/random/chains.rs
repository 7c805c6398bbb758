//! Programs that ask for one thing after the other: a file request, by callback or as a promise, or a child process. How
//! many turns of the loop each takes is the machine's to say, so nothing else is in flight; what a callback leaves to
//! the queues, to the check phase and to a timer that is due comes before the next answer can.

use proptest::prelude::*;

use super::{Await, Body, Link, PRELUDE, Program, Step, value};

const HELPERS: &str = "\
const { spawn, exec, execFile } = require('child_process');
const shown = (value) => {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value.length > 99 ? 'length ' + value.length : String(value).trim();
  if (Array.isArray(value)) return value.join();
  return value.isDirectory ? 'directory ' + value.isDirectory() : typeof value;
};
const outcome = (error, value) => (error ? error.message.trim() : shown(value));
const settled = (promise, then) => promise.then((value) => then(null, value), then);
const awaited = async (promise, then) => {
  let error = null, value;
  try { value = await promise; } catch (reason) { error = reason; }
  then(error, value);
};
";

const FILES: &[(&str, &str)] = &[
    ("stat", "'.'"),
    ("stat", "'missing'"),
    ("lstat", "'file'"),
    ("access", "'.'"),
    ("access", "'missing'"),
    ("readdir", "'.'"),
    ("readdir", "'missing'"),
    ("writeFile", "'file', 'text'"),
    ("writeFile", "'large', 'x'.repeat(1e6)"),
    ("appendFile", "'file', 'more'"),
    ("readFile", "'file', 'utf8'"),
    ("readFile", "'large'"),
    ("readFile", "'missing'"),
    ("truncate", "'file', 2"),
    ("copyFile", "'file', 'copy'"),
    ("rename", "'file', 'renamed'"),
    ("unlink", "'file'"),
    ("mkdir", "'dir'"),
    ("rmdir", "'dir'"),
];

#[derive(Clone, Debug)]
enum Ask {
    File(Style, &'static str, &'static str, Reaction),
    Open(Style, Reaction, Reaction),
    /// Without pipes: `'exit'` and `'close'` are one macrotask.
    Child(i32, [Reaction; 3]),
    Killed([Reaction; 3]),
    /// It waits for a word between its output, the end of that and its own.
    Talk([Reaction; 6]),
    Missing(Reaction),
    Exec(&'static str, Reaction),
}

#[derive(Clone, Copy, Debug)]
enum Style {
    Callback,
    Then,
    Await,
}

/// What a callback does.
#[derive(Clone, Debug)]
struct Reaction {
    body: Body,
    later: Vec<(Later, Body)>,
    next: Next,
    throws: bool,
}

#[derive(Clone, Copy, Debug)]
enum Later {
    Immediate,
    Timer,
}

/// Where the next thing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    First,
    Last,
    Tick,
    Microtask,
    Immediate,
    Timer,
}

pub(super) fn programs() -> impl Strategy<Value = String> {
    (quiet_body(), prop::collection::vec(ask(), 2..8)).prop_map(|(main, asks)| {
        let mut program = Program { text: format!("{PRELUDE}{HELPERS}"), indent: 0, labels: 0 };
        for (n, ask) in asks.iter().enumerate() {
            program.block(&format!("function ask{n}() {{"), "}", |p| p.ask(ask, &format!("ask{}();", n + 1)));
        }
        program.block(&format!("function ask{}() {{", asks.len()), "}", |p| p.log("end", ""));
        program.body("main", &main);
        program.line("ask0();");
        program.log("main ends", "");
        program.to_string()
    })
}

fn ask() -> impl Strategy<Value = Ask> {
    let style = || prop::sample::select(vec![Style::Callback, Style::Callback, Style::Then, Style::Await]);
    let commands = vec!["echo out", "echo lost >&2; exit 3", "kill -KILL $$"];
    prop_oneof![
        8 => (style(), prop::sample::select(FILES), reaction())
            .prop_map(|(style, (call, args), then)| Ask::File(style, call, args, then)),
        2 => (style(), reaction(), reaction()).prop_map(|(style, open, close)| Ask::Open(style, open, close)),
        1 => (0..4, prop::array::uniform3(reaction())).prop_map(|(code, on)| Ask::Child(code, on)),
        1 => prop::array::uniform3(reaction()).prop_map(Ask::Killed),
        1 => prop::array::uniform6(reaction()).prop_map(Ask::Talk),
        1 => reaction().prop_map(Ask::Missing),
        1 => (prop::sample::select(commands), reaction()).prop_map(|(command, then)| Ask::Exec(command, then)),
    ]
}

fn reaction() -> impl Strategy<Value = Reaction> {
    use Next::*;
    let later = prop::sample::select(vec![Later::Immediate, Later::Timer]);
    let next = prop::sample::select(vec![First, Last, Tick, Microtask, Immediate, Timer]);
    (quiet_body(), prop::collection::vec((later, quiet_body()), 0..3), next, prop::bool::weighted(0.1))
        .prop_map(|(body, later, next, throws)| Reaction { body, later, next, throws })
}

fn quiet_body() -> impl Strategy<Value = Body> {
    prop::collection::vec(quiet(), 0..3)
}

/// What is over when the queues are empty, and throws into a promise at most.
fn quiet() -> impl Strategy<Value = Step> {
    Just(Step::Log).prop_recursive(3, 12, 2, |step| {
        let body = || prop::collection::vec(step.clone(), 0..3);
        let may_throw = || {
            (body(), prop::bool::weighted(0.2)).prop_map(|(mut body, throws)| {
                body.extend(throws.then_some(Step::Throw));
                body
            })
        };
        let link = prop::sample::select(vec![Link::Then, Link::Then, Link::Catch, Link::Finally]);
        prop_oneof![
            3 => body().prop_map(Step::Tick),
            3 => body().prop_map(Step::Microtask),
            2 => (value(), prop::collection::vec((link, may_throw()), 1..3))
                .prop_map(|(value, links)| Step::Chain(value, links)),
            2 => prop::collection::vec((value().prop_map(Await::Value), may_throw()), 1..3).prop_map(Step::Async),
        ]
    })
}

impl Program {
    fn ask(&mut self, ask: &Ask, next: &str) {
        match ask {
            Ask::File(style, call, args, then) => {
                self.request(*style, &format!("fs.{call}"), &format!("fs.promises.{call}"), args, |p| {
                    p.reaction(call, "outcome(error, value)", then, next);
                });
            }
            Ask::Open(style, open, close) => {
                self.request(*style, "fs.open", "fs.promises.open", "'opened', 'a+'", |p| {
                    let n = p.labels;
                    p.block(&format!("const close{n} = () => {{"), "};", |p| {
                        p.line("const file = value;");
                        p.request(*style, "fs.close", "file.close", "", |p| {
                            p.reaction("close", "outcome(error, value)", close, next);
                        });
                    });
                    p.reaction("open", "outcome(error, typeof value)", open, &format!("close{n}();"));
                });
            }
            Ask::Child(code, [spawned, exit, close]) => {
                self.line(&format!("const child = spawn('sh', ['-c', 'exit {code}'], {{ stdio: 'ignore' }});"));
                self.on("child", "spawn", &spawned.calm(), "");
                self.on("child", "exit", exit, "");
                self.on("child", "close", close, next);
            }
            Ask::Killed([spawned, exit, close]) => {
                self.line("const child = spawn('sleep', ['1000'], { stdio: 'ignore' });");
                self.on("child", "spawn", &spawned.calm(), "log('kill ' + child.kill());");
                self.on("child", "exit", exit, "");
                self.on("child", "close", close, next);
            }
            Ask::Talk([spawned, data, end, closed, exit, close]) => {
                let script = "echo word; read x; exec 1>&-; read y; exit 4";
                let stdio = "{ stdio: ['pipe', 'pipe', 'ignore'] }";
                self.line(&format!("const child = spawn('sh', ['-c', '{script}'], {stdio});"));
                self.on("child", "spawn", &spawned.calm(), "");
                self.on("child.stdout", "data", data, "child.stdin.write('go on\\n');");
                self.on("child.stdout", "end", &end.without_throw(), "");
                self.on("child.stdout", "close", &closed.calm(), "child.stdin.end();");
                self.on("child", "exit", exit, "");
                self.on("child", "close", close, next);
            }
            Ask::Missing(error) => {
                self.line("const child = spawn('missing', { stdio: 'ignore' });");
                // The process that could not become the program leaves a signal for the next poll phase, behind which
                // Node would see a child end that was started before it.
                let quiet_next = format!("setImmediate(() => setImmediate(() => {{ {next} }}));");
                self.on("child", "error", &error.calm(), &quiet_next);
                self.line("child.on('exit', () => log('exit of nobody'));");
                self.line("child.on('close', (code) => log('close of nobody ' + code));");
            }
            Ask::Exec(command, then) => {
                self.block(&format!("exec('{command}', (error, out, lost) => {{"), "});", |p| {
                    p.reaction(
                        "exec",
                        "[error && error.code, error && error.signal, shown(out), shown(lost)]",
                        &then.calm(),
                        next,
                    );
                });
            }
        }
    }

    fn request(&mut self, style: Style, call: &str, promised: &str, args: &str, then: impl FnOnce(&mut Self)) {
        // A descriptor is an argument, and a `FileHandle` is what its method is called on.
        let callback_args = if call == "fs.close" { "file" } else { args };
        let open = match style {
            Style::Callback => format!("{call}({callback_args}, (error, value) => {{"),
            Style::Then => format!("settled({promised}({args}), (error, value) => {{"),
            Style::Await => format!("awaited({promised}({args}), (error, value) => {{"),
        };
        self.block(&open, "});", then);
    }

    fn on(&mut self, emitter: &str, event: &str, then: &Reaction, next: &str) {
        self.block(&format!("{emitter}.on('{event}', (...values) => {{"), "});", |p| {
            p.reaction(event, "values.map(String)", then, next);
        });
    }

    fn reaction(&mut self, what: &str, argument: &str, reaction: &Reaction, next: &str) {
        let n = self.labels;
        // `text` takes one value, and an array is one.
        self.log(what, argument);
        match reaction.next {
            Next::First => self.line(next),
            Next::Tick => self.line(&format!("process.nextTick(() => {{ log('{n} next'); {next} }});")),
            Next::Microtask => self.line(&format!("queueMicrotask(() => {{ log('{n} next'); {next} }});")),
            Next::Immediate => self.line(&format!("setImmediate(() => {{ log('{n} next'); {next} }});")),
            Next::Timer => {
                self.line(&format!("setTimeout(() => {{ log('{n} next'); {next} }}, 1);"));
                self.line("spin();");
            }
            Next::Last => {}
        }
        self.steps(&reaction.body);
        for (later, body) in &reaction.later {
            match later {
                Later::Immediate => self.block("setImmediate(() => {", "});", |p| p.body("immediate", body)),
                Later::Timer => {
                    self.block("setTimeout(() => {", "}, 1);", |p| p.body("timer", body));
                    self.line("spin();");
                }
            }
        }
        if reaction.next == Next::Last {
            self.line(next);
        }
        if reaction.throws {
            self.step(&Step::Throw);
        }
    }
}

impl Reaction {
    /// For a callback that may come in more than one phase: it leaves nothing to another.
    fn calm(&self) -> Reaction {
        let next = match self.next {
            Next::Immediate | Next::Timer => Next::Last,
            next => next,
        };
        Reaction { body: self.body.clone(), later: Vec::new(), next, throws: false }
    }

    fn without_throw(&self) -> Reaction {
        Reaction { throws: false, ..self.clone() }
    }
}
