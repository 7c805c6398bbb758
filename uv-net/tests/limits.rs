//! Alone in its process: it uses up the descriptors.

use std::cell::Cell;
use std::fs::File;
use std::io::Read;
use std::net::TcpStream;
use std::rc::Rc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use uv_loop::{Handle, Loop, RunMode};
use uv_net::Tcp;

#[test]
fn connections_beyond_the_last_descriptor_are_closed() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum }).unwrap();
    let lp = Loop::new().unwrap();
    let accepted = Rc::new(Cell::new(0));
    let server = Tcp::new(&lp);
    server.bind(&lp, ([127, 0, 0, 1], 0).into()).unwrap();
    server
        .listen(&lp, 16, {
            let accepted = accepted.clone();
            move |lp, server| {
                server.accept(lp).unwrap().close(lp).unwrap();
                accepted.set(accepted.get() + 1);
            }
        })
        .unwrap();
    let address = server.local_addr(&lp).unwrap();
    for round in 1..=3 {
        let mut clients = [(); 3].map(|()| TcpStream::connect(address).unwrap());
        let mut files = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            files.push(file);
        }
        lp.run(RunMode::NoWait).unwrap();
        // Nothing is left that would keep the loop busy, and the peers see their end.
        lp.run(RunMode::NoWait).unwrap();
        assert_eq!(accepted.get(), round - 1);
        for client in &mut clients {
            let _ = client.read(&mut [0]);
        }
        drop(files);
        // With descriptors there is service again.
        let _client = TcpStream::connect(address).unwrap();
        lp.run(RunMode::Once).unwrap();
        lp.run(RunMode::NoWait).unwrap();
        assert_eq!(accepted.get(), round);
    }
}
