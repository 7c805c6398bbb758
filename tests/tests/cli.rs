//! The command's contract with a shell: bad input gives Node's exit code and one clear message, and never a word of
//! Rust. `NODE_COMPAT=node` runs the same tests on Node; those that do not hold there are about options and limits of our own.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use uv_tests::{End, Finished, clean_env, node_compat, root, run};

/// A directory with files, in which the command is run.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Desk(tempfile::tempdir().unwrap())
    }

    fn with(files: &[(&str, &[u8])]) -> Self {
        let desk = Desk::new();
        for (name, content) in files {
            fs::write(desk.path().join(name), content).unwrap();
        }
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(node_compat());
        clean_env(&mut command, self.path()).current_dir(self.path()).args(args);
        command
    }

    /// Runs it; whatever happens, nobody hears of a panic.
    fn run(&self, args: &[&str]) -> Finished {
        self.run_command(&mut self.command(args))
    }

    fn run_command(&self, command: &mut Command) -> Finished {
        let finished = run(command);
        let stderr = finished.err();
        for word in ["panicked", "RUST_BACKTRACE", "unwrap()", ".rs:"] {
            assert!(!stderr.contains(word), "{command:?}: {stderr}");
        }
        finished
    }
}

/// One script in a directory of its own.
fn script(content: impl AsRef<[u8]>) -> Finished {
    Desk::with(&[("script.js", content.as_ref())]).run(&["script.js"])
}

fn eval(args: &[&str]) -> Finished {
    Desk::new().run(args)
}

#[track_caller]
fn succeeds(finished: &Finished, stdout: &str) {
    assert_eq!((finished.end.clone(), finished.out().as_str(), finished.err().as_str()), (End::Code(0), stdout, ""));
}

/// It failed with this code and said this once, on stderr.
#[track_caller]
fn fails(finished: &Finished, code: i32, message: &str) {
    let stderr = finished.err();
    assert_eq!((finished.end.clone(), finished.out().as_str()), (End::Code(code), ""), "{stderr}");
    assert_eq!(stderr.matches(message).count(), 1, "{message:?} in:\n{stderr}");
    assert!(stderr.lines().count() < 30, "a long message:\n{stderr}");
}

/// The command's name as it stands in its messages.
fn name() -> String {
    node_compat().file_name().unwrap().to_str().unwrap().to_owned()
}

mod scripts {
    use super::*;

    #[test]
    fn missing() {
        let desk = Desk::new();
        let finished = desk.run(&["missing.js"]);
        let path = desk.path().canonicalize().unwrap().join("missing.js");
        fails(&finished, 1, &format!("Error: Cannot find module '{}'", path.display()));
        assert!(finished.err().contains("MODULE_NOT_FOUND"), "{}", finished.err());
    }

    #[test]
    fn a_directory() {
        let desk = Desk::new();
        fs::create_dir(desk.path().join("dir")).unwrap();
        fails(&desk.run(&["dir"]), 1, "Error: Cannot find module '");
    }

    #[test]
    fn a_directory_with_an_index() {
        let desk = Desk::new();
        fs::create_dir(desk.path().join("dir")).unwrap();
        fs::write(desk.path().join("dir/index.js"), "console.log('index')").unwrap();
        succeeds(&desk.run(&["dir"]), "index\n");
    }

    #[test]
    fn a_directory_named_as_a_script() {
        let desk = Desk::new();
        fs::create_dir(desk.path().join("dir.js")).unwrap();
        fails(&desk.run(&["dir.js"]), 1, "Error: Cannot find module '");
    }

    #[test]
    fn without_its_extension() {
        succeeds(&Desk::with(&[("script.js", b"console.log(1)")]).run(&["./script"]), "1\n");
    }

    #[test]
    fn whose_reading_fails() {
        // Reading a process's memory at address 0 is an error for everybody, root as well.
        fails(&eval(&["/proc/self/mem"]), 1, "EIO: i/o error, read");
    }

    #[test]
    fn behind_a_link_to_itself() {
        let desk = Desk::new();
        std::os::unix::fs::symlink("loop.js", desk.path().join("loop.js")).unwrap();
        fails(&desk.run(&["loop.js"]), 1, "Error: Cannot find module '");
    }

    #[test]
    fn with_a_name_of_any_bytes() {
        let desk = Desk::new();
        let name = OsString::from_vec(b"not-\xff-utf8.js".to_vec());
        fs::write(desk.path().join(&name), "console.log('ran')").unwrap();
        let finished = desk.run_command(desk.command(&[]).arg(&name));
        // Node decodes its arguments, and does not find what they have become.
        fails(&finished, 1, "Error: Cannot find module '");
    }

    #[test]
    fn empty() {
        succeeds(&script(""), "");
    }

    #[test]
    fn that_begin_with_a_shebang() {
        succeeds(&script("#!/usr/bin/env node\nconsole.log('ran')"), "ran\n");
        succeeds(&script("#!/usr/bin/env node"), "");
    }

    #[test]
    fn that_begin_with_a_byte_order_mark() {
        succeeds(&script(b"\xef\xbb\xbfconsole.log('ran')"), "ran\n");
    }

    #[test]
    fn that_are_not_utf8() {
        succeeds(&script(b"// caf\xe9\nconsole.log('caf\xe9')"), "caf\u{fffd}\n");
        fails(&script(b"var caf\xe9 = 1"), 1, "SyntaxError: ");
        fails(&script(b"\xff\xfea\0"), 1, "SyntaxError: ");
    }

    #[test]
    fn with_a_nul() {
        fails(&script(b"var a\0 = 1"), 1, "SyntaxError: ");
        fails(&script(b"\0"), 1, "SyntaxError: ");
    }

    #[test]
    fn of_one_very_long_line() {
        let sum = vec!["1"; 20_000].join("+");
        succeeds(&script(format!("console.log({sum})")), "20000\n");
    }

    #[test]
    fn from_stdin() {
        let desk = Desk::with(&[("input", b"console.log(process.argv.length, __filename)")]);
        let input = fs::File::open(desk.path().join("input")).unwrap();
        let output = desk.command(&["-"]).stdin(input).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "2 [stdin]\n");
    }

    #[test]
    fn as_modules() {
        let desk = Desk::with(&[
            ("main.mjs", b"import { one } from './one.mjs'; console.log(one, await 2)"),
            ("one.mjs", b"export const one = 1"),
            ("lost.mjs", b"import './nowhere.mjs'"),
            ("wrong.mjs", b"import { two } from './one.mjs'"),
            ("bad.mjs", b"let = = 1"),
            ("open.mjs", b"await new Promise(() => {})"),
        ]);
        succeeds(&desk.run(&["main.mjs"]), "1 2\n");
        fails(&desk.run(&["lost.mjs"]), 1, "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '");
        fails(&desk.run(&["wrong.mjs"]), 1, "SyntaxError: ");
        fails(&desk.run(&["bad.mjs"]), 1, "SyntaxError: ");
        fails(&desk.run(&["open.mjs"]), 13, "Warning: Detected unsettled top-level await");
    }
}

mod errors {
    use super::*;

    #[test]
    fn of_syntax() {
        let finished = script("\n\nlet = = 1\n");
        fails(&finished, 1, "SyntaxError: ");
        assert!(finished.err().contains("script.js:3"), "{}", finished.err());
    }

    #[test]
    fn thrown_by_the_main_program() {
        let finished = script("console.error('before');\nfunction f() {\n  throw new TypeError('boom');\n}\nf();");
        fails(&finished, 1, "TypeError: boom");
        assert!(finished.err().contains("script.js:3"), "{}", finished.err());
    }

    #[test]
    fn thrown_by_callbacks() {
        for code in [
            "setTimeout(() => { throw new Error('boom'); }, 1)",
            "setInterval(() => { throw new Error('boom'); }, 1)",
            "setImmediate(() => { throw new Error('boom'); })",
            "process.nextTick(() => { throw new Error('boom'); })",
            "queueMicrotask(() => { throw new Error('boom'); })",
            "require('fs').stat('.', () => { throw new Error('boom'); })",
            "require('fs').readFile('none', (error) => { throw new Error('boom'); })",
            "process.on('beforeExit', () => { throw new Error('boom'); })",
            "process.on('exit', () => { throw new Error('boom'); })",
            "new (require('events'))().emit('error', new Error('boom'))",
            "Promise.reject(new Error('boom'))",
            "(async () => { await null; throw new Error('boom'); })()",
        ] {
            let finished = script(code);
            fails(&finished, 1, "Error: boom");
            assert!(finished.err().contains("script.js:1"), "{code}: {}", finished.err());
        }
    }

    #[test]
    fn of_every_kind_of_value() {
        for (value, shown) in [
            ("null", "null"),
            ("undefined", "undefined"),
            ("7", "7"),
            ("'text'", "text"),
            ("10n ** 20n", "100000000000000000000"),
            ("{ key: 'value' }", "{ key: 'value' }"),
            ("[1, 2]", "[ 1, 2 ]"),
            ("Object.create(null)", "[Object: null prototype] {}"),
        ] {
            let finished = script(format!("var value = {value};\nthrow value;"));
            assert_eq!(finished.end, End::Code(1), "{value}");
            assert!(finished.err().contains(shown), "{value}: {}", finished.err());
        }
    }

    #[test]
    fn whose_description_throws() {
        for code in [
            "throw { toString() { throw 1; } }",
            "throw { get message() { throw 1; }, get stack() { throw 2; } }",
            "throw new Proxy({}, { get() { throw 1; }, has() { throw 2; }, ownKeys() { throw 3; } })",
            "const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { throw 1; } }); throw e",
        ] {
            assert_eq!(script(code).end, End::Code(1), "{code}");
        }
    }

    #[test]
    fn in_the_handler_of_errors() {
        let finished =
            script("process.on('uncaughtException', () => { throw new Error('again'); }); throw new Error('first');");
        fails(&finished, 7, "Error: again");
    }

    #[test]
    fn of_too_deep_a_recursion() {
        succeeds(
            &script(
                "function f() { return f() + 1; } try { f(); } catch (e) { console.log(e instanceof RangeError, e.message); }",
            ),
            "true Maximum call stack size exceeded\n",
        );
        fails(&script("function f() { return f() + 1; } f();"), 1, "RangeError: Maximum call stack size exceeded");
        fails(&script("setTimeout(function f() { f(); f(); }, 1);"), 1, "RangeError: Maximum call stack size exceeded");
    }

    #[test]
    fn of_deep_recursion_through_native_functions() {
        for code in [
            "const f = () => [1].map(f); f()",
            "const f = () => JSON.stringify({ toJSON: f }); f()",
            "const o = {}; o.toString = () => `${o}`; `${o}`",
            "const e = new (require('events'))(); e.on('x', () => e.emit('x')); e.emit('x')",
        ] {
            fails(&script(code), 1, "RangeError: Maximum call stack size exceeded");
        }
    }

    #[test]
    fn of_deep_nesting_in_the_source() {
        let nested = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
        let finished = script(nested);
        assert_eq!(finished.end, End::Code(1), "{}", finished.err());
    }

    #[test]
    fn of_modules_that_do_not_exist_yet() {
        for module in ["net", "http", "crypto", "zlib", "dns", "worker_threads"] {
            let finished = script(format!("require('{module}')"));
            assert_eq!(finished.end, End::Code(1), "{module}");
            assert!(finished.err().contains(module), "{module}: {}", finished.err());
        }
        fails(&script("require('./nowhere')"), 1, "Cannot find module './nowhere'");
        fails(&script("require('nowhere')"), 1, "Cannot find module 'nowhere'");
    }

    #[test]
    fn that_exit_codes_tell() {
        assert_eq!(script("process.exit(42)").end, End::Code(42));
        assert_eq!(script("process.exitCode = 7").end, End::Code(7));
        assert_eq!(script("setTimeout(() => process.exit(3), 1); setInterval(() => {}, 1)").end, End::Code(3));
        assert_eq!(script("process.on('exit', (code) => { process.exitCode = code + 5; })").end, End::Code(5));
        assert_eq!(script("process.abort()").end, End::Signal("SIGABRT".to_owned()));
        assert_eq!(
            script("process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 1e6)").end,
            End::Signal("SIGTERM".to_owned())
        );
    }
}

mod options {
    use super::*;

    #[test]
    fn unknown() {
        let name = name();
        fails(&eval(&["--no-such-option"]), 9, &format!("{name}: bad option: --no-such-option"));
        fails(&eval(&["--no-such-option=5", "script.js"]), 9, &format!("{name}: bad option: --no-such-option"));
        fails(&eval(&["-X"]), 9, &format!("{name}: bad option: -X"));
        fails(&eval(&["-e", "1", "--no-such-option"]), 9, &format!("{name}: bad option: --no-such-option"));
    }

    #[test]
    fn without_their_values() {
        let name = name();
        fails(&eval(&["-e"]), 9, &format!("{name}: -e requires an argument"));
        fails(&eval(&["--eval"]), 9, &format!("{name}: --eval requires an argument"));
        fails(&eval(&["--unhandled-rejections"]), 9, "--unhandled-rejections requires an argument");
    }

    #[test]
    fn with_wrong_values() {
        for (option, value) in [
            ("--unhandled-rejections", "sometimes"),
            ("--input-type", "perl"),
            ("--drain", "never"),
            ("--phase-callback-limit", "-1"),
            ("--phase-callback-limit", "many"),
            ("--phase-callback-limit", "99999999999999999999"),
        ] {
            fails(&eval(&[&format!("{option}={value}"), "-e", "1"]), 9, option);
        }
    }

    #[test]
    fn version() {
        for option in ["-v", "--version"] {
            let finished = eval(&[option, "missing.js"]);
            assert_eq!((finished.end.clone(), finished.err().as_str()), (End::Code(0), ""));
            let version = finished.out();
            let number = version.trim_end().rsplit([' ', 'v']).next().unwrap();
            let numbers: Vec<_> = number.split('.').collect();
            assert_eq!(numbers.len(), 3, "{version}");
            assert!(numbers.iter().all(|number| number.parse::<u32>().is_ok()), "{version}");
        }
    }

    #[test]
    fn help() {
        let (long, short) = (eval(&["--help"]), eval(&["-h"]));
        assert_eq!(long, short);
        assert_eq!((long.end.clone(), long.err().as_str()), (End::Code(0), ""));
        let text = long.out();
        for option in ["--eval", "--print", "--version", "--help"] {
            assert!(text.contains(option), "{option} in:\n{text}");
        }
        assert!(text.lines().all(|line| line.len() <= 120), "{text}");
    }

    #[test]
    fn eval_code() {
        succeeds(&eval(&["-e", "console.log(6 * 7)"]), "42\n");
        succeeds(&eval(&["--eval=console.log(6 * 7)"]), "42\n");
        succeeds(&eval(&["-e", ""]), "");
        succeeds(&eval(&["-e", "setTimeout(() => console.log('later'), 2)"]), "later\n");
        succeeds(&eval(&["-e", "console.log(typeof require, require('path').basename('/a/b'))"]), "function b\n");
        let finished = eval(&["-e", "throw new Error('boom')"]);
        fails(&finished, 1, "Error: boom");
        assert!(finished.err().contains("[eval]:1"), "{}", finished.err());
        fails(&eval(&["-e", "syntax error"]), 1, "SyntaxError: ");
        fails(&eval(&["-e", "Promise.reject(new Error('boom'))"]), 1, "Error: boom");
    }

    #[test]
    fn print_values() {
        succeeds(&eval(&["-p", "[1, { a: 2 }]"]), "[ 1, { a: 2 } ]\n");
        succeeds(&eval(&["--print", "'text'"]), "text\n");
        succeeds(&eval(&["-pe", "1 + 1"]), "2\n");
        succeeds(&eval(&["-p", "setImmediate(() => console.log('after')); 'first'"]), "first\nafter\n");
        fails(&eval(&["-p", "nothing"]), 1, "ReferenceError: nothing is not defined");
    }

    #[test]
    fn modules_from_the_command_line() {
        succeeds(
            &eval(&["--input-type=module", "-e", "import path from 'path'; console.log(path.sep, await 1)"]),
            "/ 1\n",
        );
        succeeds(&eval(&["--input-type=commonjs", "-e", "console.log(typeof module)"]), "object\n");
    }

    #[test]
    fn arguments_behind_the_script() {
        let print = b"console.log(JSON.stringify(process.argv.slice(2)), JSON.stringify(process.execArgv))";
        let desk = Desk::with(&[("script.js", print)]);
        succeeds(
            &desk.run(&["--no-warnings", "script.js", "-e", "--version", "x"]),
            "[\"-e\",\"--version\",\"x\"] [\"--no-warnings\"]\n",
        );
        succeeds(&desk.run(&["--", "script.js", "--", "x"]), "[\"--\",\"x\"] []\n");
        succeeds(&eval(&["-p", "process.argv.slice(1)", "--", "--x", "y"]), "[ '--x', 'y' ]\n");
        succeeds(&eval(&["-p", "process.argv.slice(1).join()", "a", "b"]), "a,b\n");
    }

    #[test]
    fn unhandled_rejections() {
        let code = "Promise.reject(new Error('boom')); setImmediate(() => console.error('on'))";
        let run = |mode: &str| eval(&[&format!("--unhandled-rejections={mode}"), "-e", code]);
        fails(&run("throw"), 1, "Error: boom");
        fails(&run("strict"), 1, "Error: boom");
        succeeds(&Finished { stderr: Vec::new(), ..run("none") }, "");
        assert_eq!(run("none").err(), "on\n");
        let warned = run("warn");
        assert_eq!(warned.end, End::Code(0));
        assert!(
            warned.err().contains("UnhandledPromiseRejectionWarning") && warned.err().contains("on\n"),
            "{}",
            warned.err()
        );
        assert_eq!(run("warn-with-error-code").end, End::Code(1));
    }

    #[test]
    fn warnings() {
        let code = "process.emitWarning('careful'); process.on('warning', (w) => console.log(w.message))";
        let finished = eval(&["-e", code]);
        assert_eq!((finished.end.clone(), finished.out().as_str()), (End::Code(0), "careful\n"));
        assert!(finished.err().contains("Warning: careful"), "{}", finished.err());
        succeeds(&eval(&["--no-warnings", "-e", code]), "careful\n");
        let traced = eval(&["--trace-warnings", "-e", code]);
        assert!(traced.err().contains("    at "), "{}", traced.err());
    }

    #[test]
    fn drain_rules() {
        let v11 = root().join("examples/js/v11.js");
        let v11 = v11.to_str().unwrap();
        succeeds(&eval(&[v11]), "1\n3\n4\n2\n");
        succeeds(&eval(&["--drain=per-callback", v11]), "1\n3\n4\n2\n");
        succeeds(&eval(&["--drain=per-phase", v11]), "1\n2\n3\n4\n");
    }

    #[test]
    fn phase_callback_limit() {
        let code = "for (const n of [1, 2, 3]) setTimeout(() => { console.log(n); \
                    if (n === 1) setImmediate(() => console.log('check')); }, n); \
                    const late = Date.now() + 6; while (Date.now() < late);";
        succeeds(&eval(&["-e", code]), "1\n2\n3\ncheck\n");
        succeeds(&eval(&["--phase-callback-limit=0", "-e", code]), "1\n2\n3\ncheck\n");
        succeeds(&eval(&["--phase-callback-limit=1", "-e", code]), "1\ncheck\n2\n3\n");
    }
}

mod output {
    use super::*;

    #[test]
    fn to_a_closed_pipe() {
        // Whether the script has anything left to write when the pipe closes is a race.
        let by_chance = [End::Code(0), End::Code(1)];
        for (code, ends) in [
            ("for (let i = 0; i < 1e4; i++) console.log('line ' + i)", &by_chance[..]),
            ("let n = 0; setInterval(() => { console.log('line'); if (++n > 500) process.exit(); }, 0)", &by_chance),
            (
                "process.stdout.on('error', (e) => process.exit(e.code === 'EPIPE' ? 5 : 6)); \
                 setInterval(() => process.stdout.write('x'.repeat(1e5)), 0)",
                &[End::Code(5)],
            ),
        ] {
            let desk = Desk::new();
            let mut command = desk.command(&["-e", code]);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut stdout = child.stdout.take().unwrap();
            stdout.read_exact(&mut [0; 1]).unwrap();
            drop(stdout);
            let output = child.wait_with_output().unwrap();
            let (end, stderr) = (End::from(output.status), String::from_utf8_lossy(&output.stderr));
            assert!(ends.contains(&end), "{code}: ended with {end}: {stderr}");
            let errors = stderr.matches("Error: write EPIPE").count();
            assert_eq!(errors, usize::from(end == End::Code(1)), "{code}: {stderr}");
            assert!(!stderr.contains("panicked"), "{code}: {stderr}");
        }
    }

    #[test]
    fn of_the_command_itself_to_a_closed_pipe() {
        for args in [&["--help"][..], &["--version"], &["-p", "1"]] {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let child = Desk::new().command(args).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn();
            let output = child.unwrap().wait_with_output().unwrap();
            assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{args:?}");
            assert!(matches!(End::from(output.status), End::Code(_)), "{args:?}: {}", output.status);
        }
    }

    #[test]
    fn to_a_full_device() {
        let full = || fs::File::options().write(true).open("/dev/full").unwrap();
        for args in [
            &["--help"][..],
            &["-p", "1"],
            &["-e", "console.log(1); console.error(2)"],
            &["--no-such-option"],
            &["-e", "throw 1"],
        ] {
            let output = Desk::new().command(args).stdin(Stdio::null()).stdout(full()).stderr(full()).status().unwrap();
            assert!(matches!(End::from(output), End::Code(_)), "{args:?}: {output}");
        }
    }

    #[test]
    fn is_complete_when_the_process_exits() {
        let code = "for (let i = 0; i < 500; i++) console.log('0123456789'.repeat(9)); process.exit(0)";
        let finished = eval(&["-e", code]);
        assert_eq!((finished.end.clone(), finished.stdout.len()), (End::Code(0), 500 * 91));
    }

    #[test]
    fn of_any_bytes() {
        let code = "process.stdout.write(Buffer.from([0, 255, 10])); console.log('\\ud83d \\ud83d\\ude00')";
        let finished = eval(&["-e", code]);
        assert_eq!(finished.stdout, ["\0".as_bytes(), b"\xff\n", "\u{fffd} 😀\n".as_bytes()].concat());
    }
}

#[test]
fn runs_from_a_directory_that_is_gone() {
    let desk = Desk::new();
    let gone = desk.path().join("gone");
    fs::create_dir(&gone).unwrap();
    let shell = format!("cd {gone:?} && rmdir {gone:?} && exec {:?} -e 'console.log(1)'", node_compat());
    let mut command = Command::new("sh");
    let finished = desk.run_command(clean_env(&mut command, desk.path()).args([OsStr::new("-c"), OsStr::new(&shell)]));
    assert!(matches!(finished.end, End::Code(_)), "{finished:?}");
}
