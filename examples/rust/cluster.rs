//! One port, served by all cores: a loop for each of them. Each request is a number, and is answered with how many primes
//! are below it, which keeps one loop busy and leaves the others free.
//!
//! - `cluster threads ADDRESS`: threads that listen to the port, each with a socket of its own; the kernel spreads the
//!   connections over them (`SO_REUSEPORT`).
//! - `cluster processes ADDRESS`: one process listens and passes the connections to others in turn, over pipes.
//!
//! Either goes on until it is ended: `cargo run --example cluster threads 127.0.0.1:7002`, then
//! `echo 1000000 | nc 127.0.0.1 7002`. Without arguments both serve a client of their own until all have answered.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;

use uv_loop::{Handle, Loop, RunMode};
use uv_net::{BindOptions, Error, Pipe, Result, Stream, Tcp, socketpair};

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let anywhere = "127.0.0.1:0".parse()?;
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["worker"] => work()?,
        ["threads", address] => {
            println!("listening on {}", threads(address.parse()?)?);
            loop {
                thread::park();
            }
        }
        ["processes", address] => processes(address.parse()?, |address| {
            println!("listening on {address}");
            loop {
                thread::park();
            }
        })?,
        _ => {
            until_all_have_answered(threads(anywhere)?)?;
            println!("all threads have answered");
            processes(anywhere, until_all_have_answered)?;
            println!("all processes have answered");
        }
    }
    Ok(())
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Threads with loops that listen to the same port.
fn threads(address: SocketAddr) -> Outcome<SocketAddr> {
    let shared = BindOptions::new().reuse_port(true);
    // Bound, it holds the port for the others; as it does not listen it gets no connections.
    let lp = Loop::new()?;
    let holder = Tcp::new(&lp);
    holder.bind_with(&lp, address, shared)?;
    let address = holder.local_addr(&lp)?;
    let (listening, listens) = mpsc::channel();
    for number in 0..cores() {
        let listening = listening.clone();
        thread::spawn(move || {
            let serve = || {
                let lp = Loop::new()?;
                let server = Tcp::new(&lp);
                server.bind_with(&lp, address, shared)?;
                server.listen(&lp, 128, move |lp, server| {
                    if let Ok(peer) = server.accept(lp) {
                        answer(lp, peer, format!("thread {number}"));
                    }
                })?;
                Ok(lp)
            };
            let served: Result<Loop> = serve();
            let _ = listening.send(served.as_ref().map(drop).map_err(|error| *error));
            if let Ok(lp) = served {
                lp.run(RunMode::Default).expect("it runs");
            }
        });
    }
    for _ in 0..cores() {
        listens.recv()??;
    }
    Ok(address)
}

/// A loop that listens, and processes with loops, which are given the connections in turn until `client` returns.
fn processes(address: SocketAddr, client: fn(SocketAddr) -> io::Result<()>) -> Outcome<()> {
    let lp = Loop::new()?;
    let (mut children, mut pipes) = (Vec::new(), Vec::new());
    for _ in 0..cores() {
        let (ours, theirs) = socketpair()?;
        children.push(Ended(Command::new(std::env::current_exe()?).arg("worker").stdin(theirs).spawn()?));
        let pipe = Pipe::new_ipc(&lp);
        pipe.open(&lp, ours)?;
        pipes.push(pipe);
    }
    let server = Tcp::new(&lp);
    server.bind(&lp, address)?;
    let workers = pipes.clone();
    let mut turn = 0;
    server.listen(&lp, 128, move |lp, server| {
        let Ok(peer) = server.accept(lp) else { return };
        turn = (turn + 1) % workers.len();
        // The descriptor goes with a byte, and is the worker's from then on.
        let passed = workers[turn].write2(lp, "!", peer, move |_, _, passed| {
            if let Err(error) = passed {
                eprintln!("a connection is lost: {error}");
            }
        });
        if let Err(error) = passed {
            eprintln!("a connection is lost: {error}");
        }
        peer.close(lp).expect("it is open");
    })?;
    let local = server.local_addr(&lp)?;
    let (say, said) = mpsc::channel();
    lp.queue_work(
        move || client(local),
        move |lp, result| {
            // Their pipes' end is the workers'.
            pipes.iter().for_each(|pipe| pipe.close(lp).expect("it is open"));
            server.close(lp).expect("it is open");
            say.send(result).expect("it is listened to");
        },
    );
    lp.run(RunMode::Default)?;
    said.recv()???;
    Ok(())
}

/// A child that does not outlive this.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that is given connections, until nobody is there who could give one.
fn work() -> Result<()> {
    let lp = Loop::new()?;
    let pipe = Pipe::new_ipc(&lp);
    pipe.open(&lp, io::stdin().as_fd().try_clone_to_owned()?)?;
    pipe.read_start(&lp, |lp, pipe, read| {
        if read.is_err() {
            return pipe.close(lp).expect("it is open");
        }
        while let Ok(peer) = pipe.accept_tcp(lp) {
            answer(lp, peer, format!("process {}", std::process::id()));
        }
    })?;
    lp.run(RunMode::Default)?;
    Ok(())
}

fn answer(lp: &Loop, peer: Tcp, who: String) {
    let mut line = Vec::new();
    let started = peer.read_start(lp, move |lp, peer, read| {
        let end = read.is_err();
        line.extend_from_slice(read.unwrap_or_default());
        if !end && !line.contains(&b'\n') && line.len() < 20 {
            return;
        }
        let asked = String::from_utf8_lossy(&line).trim().parse();
        let answer = match asked {
            Ok(below) => format!("{} by {who}\n", primes(below)),
            Err(_) => format!("{}\n", Error::EINVAL.name()),
        };
        let _ = peer.read_stop(lp);
        if peer.write(lp, answer, |lp, peer, _| _ = peer.close(lp)).is_err() {
            let _ = peer.close(lp);
        }
    });
    if started.is_err() {
        let _ = peer.close(lp);
    }
}

/// How many there are below a number, of which those up to ten millions are taken seriously.
fn primes(below: usize) -> usize {
    let mut is_prime = vec![true; below.min(10_000_000)];
    is_prime.iter_mut().take(2).for_each(|is_prime| *is_prime = false);
    let root = is_prime.len().isqrt();
    for number in 2..=root {
        if is_prime.get(number) == Some(&true) {
            is_prime.iter_mut().skip(number * number).step_by(number).for_each(|is_prime| *is_prime = false);
        }
    }
    is_prime.iter().filter(|is_prime| **is_prime).count()
}

fn until_all_have_answered(address: SocketAddr) -> io::Result<()> {
    let mut workers = HashSet::new();
    while workers.len() < cores() {
        let mut stream = TcpStream::connect(address)?;
        writeln!(stream, "100000")?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        let worker = answer.strip_prefix("9592 by ").ok_or_else(|| io::Error::other(answer.clone()))?;
        workers.insert(worker.to_owned());
    }
    Ok(())
}
