//! An echo server that holds back who sends faster than they read: what waits to be written is bounded.
//!
//! With an address it serves until it is ended: `cargo run --example echo 127.0.0.1:7007`, then `nc 127.0.0.1 7007`.
//! Without one it serves a client of its own, and ends.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;

use uv_loop::{Handle, Loop, RunMode};
use uv_net::{Error, Result, Stream, Tcp};

/// As many bytes may wait for a client before it is no longer read from.
const HIGH_WATER: usize = 256 * 1024;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let lp = Loop::new()?;
    let address = std::env::args().nth(1);
    let server = Tcp::new(&lp);
    server.bind(&lp, address.as_deref().unwrap_or("127.0.0.1:0").parse()?)?;
    let once = address.is_none();
    server.listen(&lp, 128, move |lp, server| {
        match server.accept(lp).and_then(|peer| read(lp, peer)) {
            Ok(()) => {}
            Err(error) => eprintln!("a connection is lost: {error}"),
        }
        if once {
            server.close(lp).expect("it is closed once");
        }
    })?;
    let local = server.local_addr(&lp)?;
    if once {
        let client = thread::spawn(move || converse(local));
        lp.run(RunMode::Default)?;
        println!("{}", client.join().expect("it does not panic")?);
    } else {
        println!("listening on {local}");
        lp.run(RunMode::Default)?;
    }
    Ok(())
}

fn read(lp: &Loop, peer: Tcp) -> Result<()> {
    peer.read_start(lp, |lp, peer, read| {
        let next = match read {
            Ok(bytes) => write(lp, peer, bytes.to_vec()),
            // All that was written goes first.
            Err(Error::EOF) => peer.shutdown(lp, |lp, peer, _| close(lp, peer)),
            Err(error) => Err(error),
        };
        if next.is_err() {
            close(lp, peer);
        }
    })
}

fn write(lp: &Loop, peer: Tcp, bytes: Vec<u8>) -> Result<()> {
    peer.write(lp, bytes, |lp, peer, written| {
        let waits = peer.write_queue_size(lp).unwrap_or(0);
        match written {
            // It was held back, and has caught up. Who has said all is not to be read from again.
            Ok(()) if waits == 0 && !peer.is_active(lp) && peer.is_writable(lp) => {
                if read(lp, peer).is_err() {
                    close(lp, peer);
                }
            }
            Ok(()) => {}
            Err(_) => close(lp, peer),
        }
    })?;
    if peer.write_queue_size(lp)? > HIGH_WATER {
        peer.read_stop(lp)?;
    }
    Ok(())
}

/// Also what is being closed already.
fn close(lp: &Loop, peer: Tcp) {
    let _ = peer.close(lp);
}

/// A client that sends more than there is room for anywhere before it reads.
fn converse(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    let mut sending = stream.try_clone()?;
    let sent: Vec<u8> = (0..20_000_000_u32).map(|n| (n % 251) as u8).collect();
    let expected = sent.clone();
    let sender = thread::spawn(move || {
        sending.write_all(&sent)?;
        sending.shutdown(Shutdown::Write)
    });
    let mut back = Vec::new();
    stream.read_to_end(&mut back)?;
    sender.join().expect("it does not panic")?;
    Ok(format!("{} bytes came back, {}", back.len(), if back == expected { "as they were sent" } else { "otherwise" }))
}
