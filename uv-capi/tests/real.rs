//! Programs that the system's packages bring do real work on our library, with the output that they have on the system's.

mod support;

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use support::{library_dir, run_bounded};
use uv_tests::{End, Finished, clean_env, notice, profile_dir, run};

#[test]
fn cmake_configures_and_builds() {
    both("cmake", "cmake", "-- Build files have been written", |command, dir| {
        fs::write(
            dir.join("CMakeLists.txt"),
            "cmake_minimum_required(VERSION 3.10)\nproject(hello C)\nadd_executable(hello hello.c)\n\
             add_custom_command(TARGET hello POST_BUILD COMMAND hello)\n",
        )
        .unwrap();
        fs::write(dir.join("hello.c"), "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n").unwrap();
        command.args(["-S", ".", "-B", "build"]);
    });
}

#[test]
fn cmake_runs_commands_and_tests() {
    both("cmake", "cmake", "Timeout 1", |command, _| {
        command.arg("-P").arg(script("commands.cmake"));
    });
}

#[test]
fn neovim_edits_a_file() {
    both("nvim", "neovim", "timer", |command, dir| {
        fs::write(dir.join("file"), "b\na\n").unwrap();
        command.args(["--headless", "-u", "NONE", "-n", "-c", "%sort", "-c", "silent write! sorted", "file"]).args([
            "-c",
            "lua local t = vim.loop.new_timer(); t:start(1, 0, vim.schedule_wrap(function() t:close(); \
             io.stdout:write('timer ', table.concat(vim.fn.readfile('sorted'), ' '), '\\n'); vim.cmd('qa!') end))",
        ]);
    });
}

#[test]
fn neovim_runs_jobs() {
    both("nvim", "neovim", "in a terminal", |command, _| {
        command.args(["--headless", "-u", "NONE", "-n", "-c"]).arg(format!("luafile {}", script("jobs.lua").display()));
    });
}

#[test]
fn neovim_lends_its_loop() {
    both("nvim", "neovim", "embedded\t42", |command, _| {
        command
            .args(["--headless", "-u", "NONE", "-n", "-c"])
            .arg(format!("luafile {}", script("vim-loop.lua").display()));
    });
}

/// Debian's own Node, as `real/debian-node` unpacks it into the target directory.
#[test]
fn debians_node_does_all_that_it_can() {
    let node = profile_dir().parent().unwrap().join("debian-node/node");
    if !node.is_file() {
        return notice(
            "skipped, Debian's Node is not unpacked: uv-capi/tests/real/debian-node target/debian-node does it",
        );
    }
    both(node.to_str().unwrap(), "nodejs", "others", |command, _| {
        command.arg(script("node.js"));
    });
}

#[test]
fn lua_uses_luv() {
    let Some(lua) = find("lua5.1", "lua5.1 and lua-luv") else { return };
    if run(Command::new(&lua).args(["-e", "require('luv')"])).end != End::Code(0) {
        return notice("skipped, lua-luv is not installed");
    }
    both("lua5.1", "lua-luv", "got\tHELLO", |command, _| {
        command.arg(script("luv.lua"));
    });
}

#[test]
fn python_uses_uvloop() {
    let python = "/usr/bin/python3";
    if !Path::new(python).exists() || run(Command::new(python).args(["-c", "import uvloop"])).end != End::Code(0) {
        return notice("skipped, python3-uvloop is not installed");
    }
    both(python, "uvloop", "b'HELLO'", |command, _| {
        command.arg(script("loop.py"));
    });
}

#[test]
fn raku_does_all_that_its_machine_can() {
    both("raku", "rakudo", "2686700", |command, _| {
        command.arg(script("loop.raku"));
    });
}

#[test]
fn knot_resolver_answers_dig() {
    let (Some(resolver), Some(dig)) = (find("kresd", "knot-resolver"), find("dig", "bind9-dnsutils")) else { return };
    // A port that is free for datagrams may still be held for streams: then another one will do.
    let answers = (0..10).find_map(|_| answers_of_resolver(&resolver, &dig)).expect("a port that is free for both");
    assert_eq!(answers, ["192.0.2.7\n", "192.0.2.7\n", "", "exit status: 0"]);
}

/// What it says to a datagram, on a connection, of a name that is not there, and how it ends; if it has found its port free.
fn answers_of_resolver(resolver: &Path, dig: &Path) -> Option<[String; 4]> {
    let dir = tempfile::tempdir().unwrap();
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = format!(
        "net.listen('127.0.0.1', {port}, {{ kind = 'dns' }})\nmodules = {{ 'hints > iterate' }}\n\
         hints['www.example.com'] = '192.0.2.7'\n\
         policy.add(policy.suffix(policy.DENY, {{ todname('none.example.com') }}))\n\
         trust_anchors.remove('.')\ncache.size = 10*MB\n"
    );
    fs::write(dir.path().join("config"), config).unwrap();
    let mut server = Command::new(resolver);
    server.args(["-n", "-q", "-c", "config", "."]).current_dir(dir.path()).env("LD_LIBRARY_PATH", library_dir());
    let mut server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let ask = |arguments: &[&str]| {
        thread::sleep(Duration::from_millis(20));
        let mut command = Command::new(dig);
        command.args(["@127.0.0.1", "-p", &port.to_string(), "+short"]).args(arguments);
        on(&mut command, None, dir.path()).out()
    };
    let first = (0..1000).find_map(|_| match server.try_wait().unwrap() {
        Some(_) => Some(None),
        None => Some(ask(&["+tries=1", "+time=1", "www.example.com"])).filter(|said| said == "192.0.2.7\n").map(Some),
    });
    let Some(first) = first.flatten() else {
        let _ = server.kill();
        server.wait().unwrap();
        return None;
    };
    let rest = [ask(&["+tcp", "www.example.com"]), ask(&["none.example.com"])];
    run(Command::new("kill").arg(server.id().to_string()));
    let end = server.wait().unwrap().to_string();
    let [connection, none] = rest;
    Some([first, connection, none, end])
}

#[test]
fn named_answers_dig() {
    let (Some(named), Some(dig)) = (find("named", "bind9"), find("dig", "bind9-dnsutils")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let zone = "$TTL 60\n@ IN SOA ns hm 1 60 60 60 60\n@ IN NS ns\nns IN A 127.0.0.1\nwww IN A 192.0.2.7\n";
    fs::write(dir.path().join("zone"), zone).unwrap();
    let (mut server, reader, port) = running_named(&named, dir.path(), "");
    let ask = |arguments: &[&str], library_dir: Option<&Path>| {
        let mut command = Command::new(&dig);
        command.args(["@127.0.0.1", "-p", &port.to_string(), "+short"]).args(arguments);
        on(&mut command, library_dir, dir.path()).out()
    };
    let answers = [Some(library_dir()), None].map(|library_dir| {
        [
            ask(&["www.example.test"], library_dir),
            ask(&["+tcp", "www.example.test"], library_dir),
            ask(&["+tcp", "AXFR", "example.test"], library_dir).lines().count().to_string(),
            ask(&["none.example.test"], library_dir),
        ]
    });
    stop(&mut server);
    let log = reader.join().unwrap();
    for answers in answers {
        assert_eq!(answers, ["192.0.2.7\n", "192.0.2.7\n", "5", ""], "named said:\n{log}");
    }
}

/// With more connections than it serves at a time, the others wait until it accepts them.
#[test]
fn named_has_connections_wait() {
    let Some(named) = find("named", "bind9") else { return };
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("zone"), "$TTL 60\n@ IN SOA ns hm 1 60 60 60 60\n@ IN NS ns\nns IN A 127.0.0.1\n")
        .unwrap();
    let (mut server, reader, port) = running_named(&named, dir.path(), "tcp-clients 4;");
    // ns.example.test, A, IN; behind its length.
    let question = b"\0\x21\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x02ns\x07example\x04test\0\0\x01\0\x01";
    // No more than it lets wait: who is turned away tries again a second later.
    let mut connections: VecDeque<_> = (0..10).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
    for connection in &mut connections {
        connection.set_read_timeout(Some(Duration::from_secs(100))).unwrap();
        connection.write_all(question).unwrap();
    }
    let mut answers = 0;
    while let Some(mut connection) = connections.pop_front() {
        let mut start = [0; 6];
        answers += usize::from(connection.read_exact(&mut start).is_ok() && start[2..4] == question[2..4]);
    }
    let end = stop(&mut server);
    let log = reader.join().unwrap();
    assert_eq!((answers, end.code()), (10, Some(0)), "named said:\n{log}");
}

/// Named on ours, once it runs: the process, what will have been all that it said, its port.
fn running_named(named: &Path, dir: &Path, options: &str) -> (Child, JoinHandle<String>, u16) {
    // A port that is free for datagrams may still be held for streams, by a connection that has ended lately.
    let (server, mut lines, mut log, port) = (0..50)
        .find_map(|_| {
            let (mut server, mut lines, port) = start_named(named, dir, options);
            let mut log = Vec::new();
            let running = lines.by_ref().any(|line| {
                log.push(line);
                log.last().unwrap().ends_with(" running")
            });
            if log.iter().any(|line| line.ends_with("address in use")) {
                stop(&mut server);
                return None;
            }
            assert!(running, "{}", log.join("\n"));
            Some((server, lines, log, port))
        })
        .expect("a port that is free for both");
    // Reads on, so that it is never held up.
    let reader = thread::spawn(move || {
        log.extend(&mut lines);
        log.join("\n")
    });
    (server, reader, port)
}

/// Starts named on ours, with the zone in `dir`: the process, what it says, its port.
fn start_named(named: &Path, dir: &Path, options: &str) -> (Child, impl Iterator<Item = String> + Send + use<>, u16) {
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let path = dir.display();
    fs::write(
        dir.join("named.conf"),
        format!(
            "options {{ directory \"{path}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; \
             pid-file none; session-keyfile none; recursion no; dnssec-validation no; {options} }};\n\
             controls {{ }};\nzone \"example.test\" {{ type primary; file \"zone\"; }};\n"
        ),
    )
    .unwrap();
    let mut server = Command::new("timeout");
    server.args(["120"]).arg(named).args(["-g", "-n", "2", "-c"]).arg(dir.join("named.conf"));
    server.env("LD_LIBRARY_PATH", library_dir()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = server.spawn().unwrap();
    let lines = BufReader::new(server.stderr.take().unwrap()).lines().map_while(Result::ok);
    (server, lines, port)
}

fn stop(server: &mut Child) -> ExitStatus {
    run(Command::new("kill").arg(server.id().to_string()));
    server.wait().unwrap()
}

/// Runs a command on the system's library and on ours, each in a folder of its own that `prepare` fills; if it is installed.
fn both(name: &str, package: &str, contains: &str, prepare: impl Fn(&mut Command, &Path)) {
    let Some(path) = find(name, package) else { return };
    let [systems, ours] = [None, Some(library_dir())].map(|library_dir| {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(&path);
        prepare(&mut command, dir.path());
        let finished = on(&mut command, library_dir, dir.path());
        let out = finished.out().replace(&dir.path().display().to_string(), "DIR");
        // A command that has made a makefile is to build with it.
        let built = dir.path().join("build").exists().then(|| {
            let mut build = Command::new(&path);
            on(build.args(["--build", "build"]), library_dir, dir.path())
                .out()
                .replace(&dir.path().display().to_string(), "DIR")
        });
        (finished.end.clone(), out, built, finished.err())
    });
    assert_eq!(systems.0, End::Code(0), "{name} on the system's libuv:\n{}\n{}", systems.1, systems.3);
    assert_eq!((&ours.0, &ours.1, &ours.2), (&systems.0, &systems.1, &systems.2), "{name} on ours:\n{}", ours.3);
    let all = [ours.1, ours.3].concat();
    assert!(all.contains(contains), "{name}: {all}");
}

fn on(command: &mut Command, library_dir: Option<&Path>, dir: &Path) -> Finished {
    clean_env(command, dir).current_dir(dir).env_remove("LD_LIBRARY_PATH");
    if let Some(library_dir) = library_dir {
        command.env("LD_LIBRARY_PATH", library_dir);
    }
    run_bounded(command)
}

/// The command, if it is installed.
fn find(name: &str, package: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = dirs.map(|dir| dir.join(name)).find(|file| file.is_file());
    if found.is_none() {
        notice(&format!("skipped, {name} is not installed ({package})"));
    }
    found
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real").join(name)
}
