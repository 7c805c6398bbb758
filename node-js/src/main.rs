//! The `node-compat` command.

#![forbid(unsafe_code)]

use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

use lexopt::prelude::{Long, Short, Value};
use node_compat::DrainRule;
use node_js::{Main, Options, UnhandledRejections};

/// Node's exit code for an option that it does not know.
const INVALID_ARGUMENT: u8 = 9;

const HELP: &str = "\
Usage: node-compat [options] script.js [arguments]
       node-compat [options] -e CODE [arguments]

Runs a JavaScript file with Node.js's order of events.

  -e, --eval CODE              run CODE
  -p, --print CODE             run CODE and print its value
      --input-type=TYPE        CODE is 'commonjs' (the default) or 'module'
      --drain=RULE             empty the nextTick and microtask queues 'per-callback' (the default: Node 11 and
                               later) or 'per-phase' (before Node 11)
      --phase-callback-limit=N run at most N callbacks a phase (0, the default: no limit)
      --unhandled-rejections=MODE
                               'throw' (the default), 'strict', 'warn', 'none' or 'warn-with-error-code'
      --no-warnings            do not print process warnings
      --trace-warnings         print process warnings with their stack
  -v, --version                print the version
  -h, --help                   print this help
  -                            read the script from standard input
";

fn main() -> ExitCode {
    let options = match parse(std::env::args_os().skip(1).collect()) {
        Ok(Command::Run(options)) => *options,
        Ok(Command::Print(text)) => return print(&text),
        Err(message) => {
            complain(&message);
            return ExitCode::from(INVALID_ARGUMENT);
        }
    };
    match node_js::run(options) {
        Ok(code) => ExitCode::from(code as u8),
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Nor is a full disk behind stderr.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "node-compat: {message}");
}

/// A closed pipe is no reason to panic.
fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

enum Command {
    Run(Box<Options>),
    Print(String),
}

fn parse(args: Vec<std::ffi::OsString>) -> Result<Command, String> {
    let mut options = Options::new(Main::Script(String::new()));
    let mut main = None;
    let total = args.len();
    let all: Vec<String> = args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        match arg {
            Short('e') | Long("eval") => main = Some(Main::Eval(value(&mut parser)?, false)),
            Short('p') => main = Some(Main::Eval(print_value(&mut parser)?, true)),
            Long("print") => main = Some(Main::Eval(value(&mut parser)?, true)),
            Short('v') | Long("version") => return Ok(Command::Print(version())),
            Short('h') | Long("help") => return Ok(Command::Print(HELP.to_owned())),
            Long("input-type") => {
                options.input_type_module = match value(&mut parser)?.as_str() {
                    "module" => true,
                    "commonjs" => false,
                    _ => return Err("--input-type must be 'module' or 'commonjs'".to_owned()),
                };
            }
            Long("drain") => {
                options.drain_rule = match value(&mut parser)?.as_str() {
                    "per-callback" => DrainRule::PerCallback,
                    "per-phase" => DrainRule::PerPhase,
                    _ => return Err("--drain must be 'per-callback' or 'per-phase'".to_owned()),
                };
            }
            Long("phase-callback-limit") => {
                let text = value(&mut parser)?;
                options.phase_callback_limit =
                    text.parse().map_err(|_| format!("--phase-callback-limit must be a number, not '{text}'"))?;
            }
            Long("unhandled-rejections") => {
                let name = value(&mut parser)?;
                options.unhandled_rejections = UnhandledRejections::from_name(&name)
                    .ok_or_else(|| format!("--unhandled-rejections has no mode '{name}'"))?;
            }
            Long("no-warnings") => options.no_warnings = true,
            Long("trace-warnings") => options.trace_warnings = true,
            Value(script) if main.is_none() => {
                main = Some(Main::Script(script.to_string_lossy().into_owned()));
                break;
            }
            Value(first) => {
                options.args.push(first.to_string_lossy().into_owned());
                break;
            }
            Short(name) => return Err(format!("bad option: -{name}")),
            Long(name) => return Err(format!("bad option: --{name}")),
        }
    }
    let rest = parser.raw_args().map_err(|error| error.to_string())?;
    options.args.extend(rest.map(|arg| arg.to_string_lossy().into_owned()));
    let script = usize::from(matches!(main, Some(Main::Script(_))));
    options.exec_args = all[..total - options.args.len() - script].to_vec();
    if options.exec_args.last().is_some_and(|last| last == "--") {
        options.exec_args.pop();
    }
    options.main = match main {
        Some(Main::Script(path)) if path == "-" => {
            options.args.insert(0, path);
            Main::Stdin(read_stdin()?)
        }
        Some(main) => main,
        None if std::io::stdin().is_terminal() => {
            return Err("there is no interactive mode; name a script, or see --help".to_owned());
        }
        None => Main::Stdin(read_stdin()?),
    };
    Ok(Command::Run(Box::new(options)))
}

fn value(parser: &mut lexopt::Parser) -> Result<String, String> {
    match parser.value() {
        Ok(value) => Ok(value.to_string_lossy().into_owned()),
        Err(lexopt::Error::MissingValue { option }) => {
            Err(format!("{} requires an argument", option.unwrap_or_default()))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// `-pe CODE` is `-p -e CODE`.
fn print_value(parser: &mut lexopt::Parser) -> Result<String, String> {
    match parser.optional_value() {
        Some(attached) if attached != "e" => Ok(attached.to_string_lossy().into_owned()),
        _ => value(parser),
    }
}

fn read_stdin() -> Result<String, String> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("cannot read standard input: {error}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn version() -> String {
    format!("node-compat {}\n", env!("CARGO_PKG_VERSION"))
}
