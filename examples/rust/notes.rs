//! A service over UDP: notes by name, kept in memory. One datagram asks and one answers.
//!
//! `cargo run --example notes ADDRESS` serves until someone sends `quit`:
//!
//! ```text
//! $ printf 'put milk two bottles' | nc -u -w1 127.0.0.1 5300
//! kept
//! $ printf 'get milk' | nc -u -w1 127.0.0.1 5300
//! two bottles
//! ```
//!
//! Without an address it takes a free port, and a client of the standard library's shows what is said.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use uv_loop::{Handle, Loop, Result, RunMode};
use uv_net::{Datagram, Udp};

fn main() -> Result<()> {
    let address = std::env::args().nth(1).map_or(Ok(SocketAddr::from(([127, 0, 0, 1], 0))), |text| text.parse());
    let address = address.expect("an address, such as 127.0.0.1:5300");

    let lp = Loop::new()?;
    let service = Udp::new(&lp);
    service.bind(&lp, address)?;
    let mut notes = HashMap::new();
    service.recv_start(&lp, move |lp, service, received| {
        // An error is a client's that was gone before its answer came.
        let Ok(Datagram { bytes, from, .. }) = received else { return };
        let question = String::from_utf8_lossy(bytes);
        let answer = answer(&mut notes, &question);
        let quits = question.trim() == "quit";
        service
            .send(lp, answer, from, move |lp, service, _| {
                if quits {
                    service.close(lp).unwrap();
                }
            })
            .unwrap();
    })?;

    let demonstration = (address.port() == 0).then(|| {
        let service = service.local_addr(&lp).unwrap();
        thread::spawn(move || demonstrate(service))
    });
    lp.run(RunMode::Default)?;
    if let Some(client) = demonstration {
        client.join().unwrap();
    }
    Ok(())
}

fn answer(notes: &mut HashMap<String, String>, question: &str) -> String {
    let mut words = question.trim().splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some("put"), Some(name), Some(text)) => {
            notes.insert(name.to_owned(), text.to_owned());
            "kept\n".to_owned()
        }
        (Some("get"), Some(name), None) => match notes.get(name) {
            Some(text) => format!("{text}\n"),
            None => format!("no note {name}\n"),
        },
        (Some("count"), None, None) => format!("{} notes\n", notes.len()),
        (Some("quit"), None, None) => "good-bye\n".to_owned(),
        _ => "put NAME TEXT, get NAME, count or quit\n".to_owned(),
    }
}

fn demonstrate(service: SocketAddr) {
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.connect(service).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    for question in ["get milk", "put milk two bottles", "get milk", "put tea", "put tea green", "count", "quit"] {
        client.send(question.as_bytes()).unwrap();
        let mut buffer = [0; 1024];
        let length = client.recv(&mut buffer).unwrap();
        print!("{question:20} -> {}", String::from_utf8_lossy(&buffer[..length]));
    }
}
