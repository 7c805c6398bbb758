//! The network examples, used by several real clients at once: `nc` and `socat` where they are installed, and std's
//! sockets.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use uv_tests::{cargo_build, profile_dir};

/// An example that serves. Ended also when the test fails.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(example: &str, arguments: &[&str]) -> Server {
        cargo_build(&["-p", "examples", "--example", example]);
        let mut command = Command::new(profile_dir().join("examples").join(example));
        let mut child = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").expect("it says where").parse().unwrap();
        Server { child, address }
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(100))).unwrap();
        Client(BufReader::new(stream))
    }

    /// What the programs get that people have at hand, of those that are installed: each sends `input`, says that this
    /// is all and waits for the other end to do so.
    fn ask_with_programs(&self, input: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        let (ip, port) = (self.address.ip().to_string(), self.address.port().to_string());
        let (nc, socat) = (["-N", &ip, &port], ["-t", "100", "-", &format!("TCP:{}", self.address)]);
        let ask = |program, arguments: &[&str]| Some((program, with_program(program, arguments, input)?));
        [ask("nc", &nc), ask("socat", &socat)].into_iter().flatten().collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn say(&mut self, line: &str) {
        writeln!(self.0.get_mut(), "{line}").unwrap();
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    fn converse(mut self, all: &[u8]) -> Vec<u8> {
        let mut sending = self.0.get_ref().try_clone().unwrap();
        thread::scope(|scope| {
            scope.spawn(move || {
                sending.write_all(all).unwrap();
                sending.shutdown(Shutdown::Write).unwrap();
            });
            let mut back = Vec::new();
            self.0.read_to_end(&mut back).unwrap();
            back
        })
    }
}

/// What `program` gets when it is given `input`; `None` where it is not installed.
fn with_program(program: &str, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let spawned = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        eprintln!("skipped: there is no {program}");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).unwrap());
        Some(child.wait_with_output().unwrap().stdout)
    })
}

#[test]
fn echo() {
    let server = Server::start("echo", &["127.0.0.1:0"]);
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 253) as u8).collect();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(server.connect().converse(&bytes) == bytes));
        }
    });
    // One that breaks off harms nobody.
    let mut gone = server.connect();
    gone.say("hello");
    drop(gone);
    // More than fits into the buffers on the way.
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    for (program, back) in server.ask_with_programs(&bytes) {
        assert!(back == bytes, "{program}: {} bytes", back.len());
    }
}

#[test]
fn chat() {
    let server = Server::start("chat", &["127.0.0.1:0"]);
    let mut ada = server.connect();
    // In the room is who has been heard of by another.
    let mut grace = server.connect();
    assert_eq!(ada.hear(), "* guest 2 has come\n");
    let mut alan = server.connect();
    for guest in [&mut ada, &mut grace] {
        assert_eq!(guest.hear(), "* guest 3 has come\n");
    }
    alan.say("hello");
    ada.say("at last");
    assert_eq!(ada.hear(), "3: hello\n");
    let mut heard = [grace.hear(), grace.hear()];
    heard.sort();
    assert_eq!(heard, ["1: at last\n", "3: hello\n"]);
    assert_eq!(alan.hear(), "1: at last\n");
    drop(alan);
    for guest in [&mut ada, &mut grace] {
        assert_eq!(guest.hear(), "* guest 3 is gone\n");
    }
    grace.say(&"x".repeat(5000));
    assert_eq!(ada.hear().len(), 4096 + "2: \n".len());
    assert_eq!(ada.hear(), format!("2: {}\n", "x".repeat(5000 - 4096)));
    for (guest, (program, heard)) in (4..).zip(server.ask_with_programs(b"hello\n")) {
        assert_eq!(String::from_utf8_lossy(&heard), "", "{program}");
        for other in [&mut ada, &mut grace] {
            let all = [other.hear(), other.hear(), other.hear()];
            let come_and_gone = [format!("* guest {guest} has come\n"), format!("* guest {guest} is gone\n")];
            assert_eq!(all, [&come_and_gone[0][..], &format!("{guest}: hello\n"), &come_and_gone[1]], "{program}");
        }
    }
}

#[test]
fn proxy() {
    let echo = Server::start("echo", &["127.0.0.1:0"]);
    let proxy = Server::start("proxy", &["127.0.0.1:0", &echo.address.to_string()]);
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 253) as u8).collect();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(proxy.connect().converse(&bytes) == bytes));
        }
    });
    for (program, back) in proxy.ask_with_programs(&bytes) {
        assert!(back == bytes, "{program}: {} bytes", back.len());
    }
    // Before something that nobody here has written: a server of HTTP, asked by curl.
    let http = Server::start("http", &["127.0.0.1:0"]);
    let proxy = Server::start("proxy", &["127.0.0.1:0", &http.address.to_string()]);
    let url = format!("http://{}/", proxy.address);
    let arguments = ["--silent", "--noproxy", "*", "--max-time", "100", &url, &url];
    if let Some(answer) = with_program("curl", &arguments, b"") {
        assert_eq!(String::from_utf8_lossy(&answer), "visit 1\nvisit 2\n");
    }
}

#[test]
fn a_proxy_before_nothing_ends_the_connection() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = Server::start("proxy", &["127.0.0.1:0", &nobody.to_string()]);
    for _ in 0..3 {
        assert_eq!(proxy.connect().hear(), "");
    }
}

#[test]
fn datagrams() {
    let server = Server::start("datagrams", &["127.0.0.1:0"]);
    thread::scope(|scope| {
        for client in 0..8 {
            let server = &server;
            scope.spawn(move || {
                let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
                socket.connect(server.address).unwrap();
                socket.set_read_timeout(Some(Duration::from_secs(100))).unwrap();
                for number in 0..50 {
                    let question = format!("client {client}, question {number}");
                    socket.send(question.as_bytes()).unwrap();
                    let mut answer = [0; 100];
                    let length = socket.recv(&mut answer).unwrap();
                    assert_eq!(String::from_utf8_lossy(&answer[..length]), question.to_uppercase());
                }
            });
        }
    });
    let (ip, port) = (server.address.ip().to_string(), server.address.port().to_string());
    // Each waits for one answer and no longer.
    let nc = ["-u", "-W", "1", &ip, &port];
    let socat = ["-T", "100", "-", &format!("UDP:{},readbytes=5", server.address)];
    for (program, arguments) in [("nc", &nc[..]), ("socat", &socat)] {
        if let Some(answer) = with_program(program, arguments, b"hello") {
            assert_eq!(String::from_utf8_lossy(&answer), "HELLO", "{program}");
        }
    }
}

/// As many connections a worker would have if each had as many.
const SHARE: usize = 100;

/// How many of the connections each worker has answered; there is one for each core.
fn shares(way: &str) -> Vec<usize> {
    let server = Server::start("cluster", &[way, "127.0.0.1:0"]);
    let cores = thread::available_parallelism().unwrap().get();
    let mut workers = HashMap::<String, usize>::new();
    for _ in 0..SHARE / 4 {
        let mut clients: Vec<_> = (0..4 * cores).map(|_| server.connect()).collect();
        clients.iter_mut().for_each(|client| client.say("10000"));
        for mut client in clients {
            let answer = client.hear();
            let worker = answer.strip_prefix("1229 by ").unwrap_or_else(|| panic!("{answer:?}"));
            *workers.entry(worker.to_owned()).or_default() += 1;
        }
    }
    let mut lost = server.connect();
    lost.say("many");
    assert_eq!(lost.hear(), "EINVAL\n");
    for (program, answer) in server.ask_with_programs(b"1000\n") {
        assert!(answer.starts_with(b"168 by "), "{program}: {}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(workers.len(), cores, "{workers:?}");
    assert_eq!(workers.values().sum::<usize>(), cores * SHARE);
    workers.into_values().collect()
}

/// The kernel draws lots: that one of them has less than a fourth of its share comes once in 10^15 times.
#[test]
fn threads_share_a_port() {
    let shares = shares("threads");
    assert!(shares.iter().all(|&share| share >= SHARE / 4), "{shares:?}");
}

#[test]
fn processes_share_a_port() {
    let shares = shares("processes");
    assert!(shares.iter().all(|&share| share == SHARE), "{shares:?}");
}
