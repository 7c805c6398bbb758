//! A service over UDP: each datagram is answered with its text in capitals. One that the kernel had to cut off is
//! answered with a complaint.
//!
//! With an address it serves until it is ended: `cargo run --example datagrams 127.0.0.1:7001`, then
//! `nc -u 127.0.0.1 7001`. Without one it serves a client of its own, and ends.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use uv_loop::{Handle, Loop, RunMode};
use uv_net::{Result, Udp};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let lp = Loop::new()?;
    let address = std::env::args().nth(1);
    let service = Udp::new(&lp);
    service.bind(&lp, address.as_deref().unwrap_or("127.0.0.1:0").parse()?)?;
    service.recv_start(&lp, |lp, service, received| {
        let answered = received.and_then(|datagram| match (datagram.from, datagram.truncated) {
            (Some(from), false) => answer(lp, service, String::from_utf8_lossy(datagram.bytes).to_uppercase(), from),
            (Some(from), true) => answer(lp, service, "too long".to_owned(), from),
            (None, _) => Ok(()),
        });
        if let Err(error) = answered {
            eprintln!("a datagram is lost: {error}");
        }
    })?;
    let local = service.local_addr(&lp)?;
    if address.is_some() {
        println!("listening on {local}");
    } else {
        lp.queue_work(
            move || ask(local),
            move |lp, answers| {
                match answers {
                    Ok(Ok(answers)) => answers.iter().for_each(|answer| println!("{answer}")),
                    failed => eprintln!("{failed:?}"),
                }
                service.close(lp).expect("it is closed once");
            },
        );
    }
    lp.run(RunMode::Default)?;
    Ok(())
}

fn answer(lp: &Loop, service: Udp, text: String, to: SocketAddr) -> Result<()> {
    service.send(lp, text, Some(to), |_, _, sent| {
        if let Err(error) = sent {
            eprintln!("an answer is lost: {error}");
        }
    })
}

fn ask(address: SocketAddr) -> io::Result<Vec<String>> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(100)))?;
    let mut buffer = [0; 100];
    let mut answers = Vec::new();
    for question in ["hello", "Straße", ""] {
        socket.send(question.as_bytes())?;
        let length = socket.recv(&mut buffer)?;
        answers.push(format!("{question:?} -> {:?}", String::from_utf8_lossy(&buffer[..length])));
    }
    Ok(answers)
}
