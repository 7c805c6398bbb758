//! What lies between a program and the layer: memory that is the program's again, threads that it does not stop, and
//! arguments that are wrong.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::{built, compile, library_dir, run_bounded, system_header};
use uv_tests::{End, Finished, clean_env, profile_dir};

/// What the program says on ours, which is what it says on the system's libuv; the latter has no memory to lose by it.
fn said(name: &str) -> Option<String> {
    said_with(name, &["-luv", "-pthread"])
}

fn said_with(name: &str, arguments: &[&str]) -> Option<String> {
    said_and_noted(name, arguments).map(|(said, _)| said)
}

/// On its standard error it may note what is not the same on the system's libuv.
fn said_and_noted(name: &str, arguments: &[&str]) -> Option<(String, String)> {
    let program = compiled(name, name, arguments)?;
    let run = |library_dir: Option<&Path>| {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(&program);
        clean_env(&mut command, dir.path()).current_dir(dir.path()).env_remove("LD_LIBRARY_PATH");
        if let Some(library_dir) = library_dir {
            command.env("LD_LIBRARY_PATH", library_dir);
        }
        let ended = run_bounded(&command);
        assert_eq!(ended.end, End::Code(0), "{name}:\n{}{}", ended.out(), ended.err());
        (ended.out(), ended.err())
    };
    let ours = run(Some(library_dir()));
    assert_eq!(ours.0, run(None).0, "on the system's libuv");
    Some(ours)
}

/// The program of this source.
fn compiled(source: &str, name: &str, arguments: &[&str]) -> Option<PathBuf> {
    system_header(&format!("the program {source}.c"))?;
    let program = profile_dir().join("libuv-borders").join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/borders").join(format!("{source}.c"));
    compile(&source, &program, arguments);
    Some(program)
}

#[test]
fn threads_may_send_to_an_async_handle_while_it_closes() {
    if let Some(said) = said("async_close") {
        assert_eq!(said, "closed 50 times, the loop: 0\n");
    }
}

#[test]
fn a_buffer_for_datagrams_is_not_looked_at_after_a_stop() {
    if let Some(said) = said("udp_stop") {
        assert!(said.ends_with("received 2, the loop: 0\n"), "{said}");
    }
}

#[test]
fn a_datagram_goes_to_a_unix_socket() {
    if let Some(said) = said("unix_datagram") {
        assert!(said.contains("to the socket: sent\nto nobody: ENOENT\nreceived 4, ping\n"), "{said}");
        // As many as there are before the first that cannot be sent; none if one is no address.
        let several = "several 3\nseveral 1\nseveral ENOENT\nseveral EINVAL\n";
        assert!(
            said.contains(&format!("{several}received one \nreceived two \nreceived more\nreceived one \n")),
            "{said}"
        );
    }
}

#[test]
fn what_is_given_back_is_not_touched() {
    if let Some(said) = said_with("given_back", &["-luv", "-pthread", "-lutil"]) {
        assert!(said.ends_with("pieces, none touched\n"), "{said}");
    }
}

#[test]
fn the_library_is_unloaded_with_its_threads() {
    if let Some(said) = said_with("unload", &["-pthread", "-ldl"]) {
        assert_eq!(said, "worked 16, told 16\nworked 16, told 16\nworked 16, told 0\nworked 16, told 0\n");
    }
}

#[test]
fn what_was_given_to_the_pool_is_done_before_the_end() {
    if let Some(said) = said("at_exit") {
        assert_eq!(said, "the end\nall of it is done\n");
    }
}

#[test]
fn handlers_of_forks_are_called_if_there_are_any() {
    let dir = profile_dir().join("libuv-borders");
    let (handlers, low) = (dir.join("atfork_handlers.so"), dir.join("atfork_low.so"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/borders/atfork_handlers.c");
    compile(&source, &handlers, &["-shared", "-fPIC", "-pthread"]);
    // It comes to lie lower than where it was linked for, which no process has.
    let arguments = ["-shared", "-fPIC", "-DNO_HANDLERS", "-Wl,-Ttext-segment=0x7fff000000000000"];
    compile(&source, &low, &arguments);
    let define = [format!("-DHANDLERS=\"{}\"", handlers.display()), format!("-DLOW=\"{}\"", low.display())];
    let arguments = [&define[0], &define[1], "-rdynamic", "-luv", "-ldl"];
    let Some((said, noted)) = said_and_noted("atfork", &arguments) else { return };
    assert_eq!(said.matches("the child has ended: 3, 0").count(), 5, "{said}");
    assert!(said.contains("prepared 2 times"), "{said}");
    assert_eq!(noted, "without handlers: 0\nwith a low library: 0\nwith handlers: 1\nand again: 2\nunloaded: 2\n");
}

/// The C library is in the program, which names none of its functions.
#[test]
fn handlers_of_forks_are_called_in_a_static_program() {
    if system_header("a static program").is_none() {
        return;
    }
    let program = profile_dir().join("libuv-borders").join("atfork_static");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/borders/atfork_static.c");
    let library = built("libuv.a");
    let library = library.to_str().unwrap();
    compile(&source, &program, &["-static-pie", library, "-lm"]);
    let ended = run_bounded(&Command::new(&program));
    assert_eq!(ended.end, End::Code(0), "{}", ended.err());
    assert_eq!(ended.out(), "prepared 1 times\n");
}

#[test]
fn a_descriptor_that_is_refused_stays_the_programs() {
    if let Some(said) = said("refused") {
        assert_eq!(said.matches("EBUSY").count(), 3, "{said}");
        assert!(said.ends_with("open: 1 1 1\non closing handles: 1 1 1\n"), "{said}");
    }
}

#[test]
fn callbacks_are_told_the_state_of_their_time() {
    if let Some(said) = said("answers") {
        let lines = [
            "connected: ECONNRESET",
            "read: ECONNRESET, active: 1, alive: 1, again: EALREADY",
            "the loop goes on: 0",
            "active: 0, again: ENOTCONN",
            "closed, alive: 0, then: 0",
            "closed, alive: 0, then: 0",
            "closed, alive: 0, then: 1",
            "the loop: 0\n",
        ];
        assert_eq!(said, lines.join("\n"));
    }
}

#[test]
fn a_failed_request_is_told_of_before_its_handle_is_closed() {
    if let Some(said) = said("failed") {
        assert!(said.ends_with("write: EFAULT, send: EFAULT, connect: ECANCELED\n3 closed\n"), "{said}");
        assert!(!said.contains("already"), "{said}");
    }
}

const FOREIGN: &str = "fired 3, closed 900, worked 900, answered 1800\nstopped, alive: 1\nclosed 903, the loop: 0\n";

#[test]
fn threads_may_leave_to_a_loop_what_it_is_to_do() {
    if let Some(said) = said("foreign") {
        assert_eq!(said, FOREIGN);
    }
}

/// At the same time, which libuv does not survive.
#[test]
fn threads_may_do_so_at_any_time() {
    if let Some(program) = compiled("foreign", "foreign_storm", &["-DSTORM", "-luv", "-pthread"]) {
        let ended = run_ours(&program);
        assert_eq!(ended.end, End::Code(0), "{}{}", ended.out(), ended.err());
        assert_eq!(ended.out(), FOREIGN);
    }
}

/// Libuv's loop is not to be used so at the same time.
#[test]
fn threads_and_signals_find_a_loop_in_order() {
    if let Some(program) = compiled("foreign_order", "foreign_order", &["-luv", "-pthread"]) {
        let ended = run_ours(&program);
        assert_eq!(ended.end, End::Code(0), "{}{}", ended.out(), ended.err());
        assert_eq!(ended.out(), "stopped: 0\nclosed: 0\nsignals\nthe child has ended: 0\n");
    }
}

#[test]
fn threads_may_look_at_handles() {
    if let Some(said) = said("foreign_streams") {
        assert_eq!(said, "done 3, the loop: 0\n");
    }
}

#[test]
fn threads_may_look_at_handles_at_any_time() {
    if let Some(program) = compiled("foreign_streams", "foreign_streams_storm", &["-DSTORM", "-luv", "-pthread"]) {
        let ended = run_ours(&program);
        assert_eq!(ended.end, End::Code(0), "{}{}", ended.out(), ended.err());
        assert_eq!(ended.out(), "done 3, the loop: 0\n");
    }
}

const WRITTEN: &str = "written 150, sent 3, received 3, shut 3, ended 3\nthe loop: 0\n";

#[test]
fn threads_may_write_and_send() {
    if let Some(said) = said("foreign_writes") {
        assert_eq!(said, WRITTEN);
    }
}

#[test]
fn threads_may_write_and_send_at_any_time() {
    if let Some(program) = compiled("foreign_writes", "foreign_writes_storm", &["-DSTORM", "-luv", "-pthread"]) {
        let ended = run_ours(&program);
        assert_eq!(ended.end, End::Code(0), "{}{}", ended.out(), ended.err());
        assert_eq!(ended.out(), WRITTEN);
    }
}

const HANDLES: &str =
    "sent 300, turns 900, signals 0, readable 0, closed 1800\nsignals 3, readable 3, closed 1806, the loop: 0\n";

#[test]
fn threads_may_make_handles() {
    if let Some(said) = said("foreign_handles") {
        assert_eq!(said, HANDLES);
    }
}

#[test]
fn threads_may_make_handles_at_any_time() {
    if let Some(program) = compiled("foreign_handles", "foreign_handles_storm", &["-DSTORM", "-luv", "-pthread"]) {
        let ended = run_ours(&program);
        assert_eq!(ended.end, End::Code(0), "{}{}", ended.out(), ended.err());
        assert_eq!(ended.out(), HANDLES);
    }
}

const CONNECTED: &str = "idled 180, checked 180, sent 180, connected 360, refused 180\nthe loop: 0\n";

#[test]
fn threads_may_connect() {
    if let Some(said) = said("foreign_connects") {
        assert_eq!(said, CONNECTED);
    }
}

#[test]
fn threads_may_connect_at_any_time() {
    if let Some(program) = compiled("foreign_connects", "foreign_connects_storm", &["-DSTORM", "-luv", "-pthread"]) {
        let ended = run_ours(&program);
        assert_eq!(ended.end, End::Code(0), "{}{}", ended.out(), ended.err());
        assert_eq!(ended.out(), CONNECTED);
    }
}

#[test]
fn the_pool_does_at_once_what_threads_give_it() {
    if let Some(said) = said("foreign_pool") {
        assert!(said.starts_with("all was done meanwhile\n"), "{said}");
        assert_eq!(said.matches(") = 0\n").count(), 12, "{said}");
        assert!(said.contains("alive: 2\n"), "{said}");
        assert!(said.contains("worked 1, made 0, written 0\n"), "{said}");
    }
}

#[test]
fn threads_may_take_back_what_they_gave_the_pool() {
    if let Some(program) = compiled("foreign_pool", "foreign_pool_storm", &["-DSTORM", "-luv", "-pthread"]) {
        let ended = run_ours(&program);
        assert_eq!(ended.end, End::Code(0), "{}{}", ended.out(), ended.err());
        assert_eq!(ended.out(), "answered 6000, differ 0, failed 0\nthe loop: 0\n");
    }
}

/// What cannot be left ends the process, which says what it was.
#[test]
fn threads_are_told_what_they_may_not_call() {
    let calls = [
        ("uv_listen", "uv_listen((uv_stream_t*) &tcp, 1, NULL)"),
        ("uv_print_all_handles", "uv_print_all_handles(&loop, NULL)"),
        ("uv_run", "uv_run(&loop, UV_RUN_NOWAIT)"),
        ("uv_pipe_open", "uv_pipe_open(&pipe_handle, 0)"),
        ("uv_pipe_pending_count", "uv_pipe_pending_count(&pipe_handle)"),
    ];
    for (name, call) in calls {
        let arguments = [&format!("-DFUNCTION={call}"), "-luv", "-pthread"];
        let Some(program) = compiled("foreign_refused", &format!("refused_{name}"), &arguments) else { return };
        let ended = run_ours(&program);
        assert_eq!(ended.out(), "");
        let rule = match name {
            "uv_run" => "another thread runs the loop",
            _ => "called on another thread than the one that runs the loop",
        };
        assert_eq!(ended.err(), format!("libuv: {name}: {rule}\n"));
    }
}

/// libuv takes each out.
#[cfg(target_arch = "x86_64")]
#[test]
fn a_stream_leaves_the_epoll_set_by_its_close() {
    if let Some(program) = compiled("closes", "closes", &["-luv"]) {
        let ended = run_ours(&program);
        assert_eq!(ended.end, End::Code(0), "{}{}", ended.out(), ended.err());
        assert_eq!(ended.out(), "added enough: 1, removed: 0\n");
    }
}

#[test]
fn a_loop_goes_from_thread_to_thread() {
    if let Some(said) = said("turns") {
        assert_eq!(said, "the child has ended: 0\nfired 2, active: 0\nthe loop: 0\n");
    }
}

#[test]
fn a_thread_waits_for_a_loop_that_another_runs_in_steps() {
    if let Some(said) = said("driven") {
        assert_eq!(said, "all requests were told\nall 20 timers were told\n64 spare requests, the loop: 0\n");
    }
}

/// Debian's libuv sends it to whose number it is.
#[test]
fn a_child_that_has_ended_is_not_killed() {
    if let Some((_, noted)) = said_and_noted("ended", &["-luv"]) {
        assert_eq!(noted, "ESRCH\n");
    }
}

/// libuv's suite has it compared with libuv 1.53, of which the text is: Debian's answers in another way here and there.
#[test]
fn wrong_arguments_are_answered_as_libuv_does() {
    if system_header("wrong arguments").is_none() {
        return;
    }
    let program = profile_dir().join("libuv-borders/arguments");
    compile(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/arguments.c"), &program, &["-luv", "-pthread"]);
    let ended = run_ours(&program);
    assert_eq!(ended.end, End::Code(0), "{}", ended.err());
    assert_eq!(ended.out(), include_str!("suite/arguments.txt"));
}

/// In a folder of its own, on our library.
fn run_ours(program: &Path) -> Finished {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    clean_env(&mut command, dir.path()).current_dir(dir.path()).env("LD_LIBRARY_PATH", library_dir());
    run_bounded(&command)
}
