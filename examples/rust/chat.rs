//! A chat: the lines of each are sent to all others. Who does not read is left behind.
//!
//! With an address it goes on until it is ended: `cargo run --example chat 127.0.0.1:7000`, then `nc 127.0.0.1 7000` from
//! several terminals. Without one some clients of its own have a talk, and it ends.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;

use uv_loop::{Handle, Loop, RunMode};
use uv_net::{Error, Result, Stream, Tcp};

/// As many bytes may wait for a guest.
const PATIENCE: usize = 1 << 20;

/// As long may a line be.
const LONGEST: usize = 4096;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let lp = Loop::new()?;
    let address = std::env::args().nth(1);
    let server = Tcp::new(&lp);
    server.bind(&lp, address.as_deref().unwrap_or("127.0.0.1:0").parse()?)?;
    let room = Rc::new(Room::default());
    server.listen(&lp, 128, move |lp, server| {
        if let Ok(guest) = server.accept(lp)
            && let Err(error) = room.enter(lp, guest)
        {
            eprintln!("a guest is lost: {error}");
        }
    })?;
    let local = server.local_addr(&lp)?;
    if address.is_some() {
        println!("listening on {local}");
    } else {
        // The room is closed when the talk is over; the guests have gone by then.
        lp.queue_work(
            move || talk(local),
            move |lp, heard| {
                match heard {
                    Ok(Ok(heard)) => print!("{heard}"),
                    failed => eprintln!("{failed:?}"),
                }
                server.close(lp).expect("it is closed once");
            },
        );
    }
    lp.run(RunMode::Default)?;
    Ok(())
}

/// All of it is one thread's: no locks.
#[derive(Default)]
struct Room {
    guests: RefCell<BTreeMap<u32, Tcp>>,
    last: RefCell<u32>,
}

impl Room {
    fn enter(self: &Rc<Self>, lp: &Loop, guest: Tcp) -> Result<()> {
        let number = self.last.replace_with(|last| *last + 1) + 1;
        self.tell(lp, number, &format!("* guest {number} has come\n"));
        self.guests.borrow_mut().insert(number, guest);
        let (room, mut line) = (self.clone(), Vec::new());
        guest.read_start(lp, move |lp, guest, read| match read {
            Ok(bytes) => {
                for &byte in bytes {
                    line.push(byte);
                    if byte == b'\n' || line.len() == LONGEST {
                        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                        room.tell(lp, number, &format!("{number}: {text}\n"));
                        line.clear();
                    }
                }
            }
            Err(error) => {
                let why = if error == Error::EOF { "gone" } else { "lost" };
                room.leave(lp, number, guest, why);
            }
        })
    }

    /// Tells all but one; the bytes are shared by all who get them.
    fn tell(self: &Rc<Self>, lp: &Loop, but: u32, text: &str) {
        let bytes: Rc<[u8]> = text.as_bytes().into();
        let guests: Vec<_> = self.guests.borrow().iter().map(|(&number, &guest)| (number, guest)).collect();
        for (number, guest) in guests.into_iter().filter(|(number, _)| *number != but) {
            let room = self.clone();
            // A guest who cannot be written to is soon found to be gone by the reading, too.
            let told = guest.write(lp, bytes.clone(), |_, _, _| {});
            if told.is_ok() && guest.write_queue_size(lp).is_ok_and(|waits| waits > PATIENCE) {
                room.leave(lp, number, guest, "asleep");
            }
        }
    }

    fn leave(self: &Rc<Self>, lp: &Loop, number: u32, guest: Tcp, why: &str) {
        if self.guests.borrow_mut().remove(&number).is_some() {
            let _ = guest.close(lp);
            self.tell(lp, number, &format!("* guest {number} is {why}\n"));
        }
    }
}

/// Three clients as there are everywhere: what the first one hears.
fn talk(address: SocketAddr) -> io::Result<String> {
    let mut first = BufReader::new(TcpStream::connect(address)?);
    let mut heard = String::new();
    for name in ["Ada", "Grace"] {
        let mut other = BufReader::new(TcpStream::connect(address)?);
        first.read_line(&mut heard)?;
        writeln!(other.get_mut(), "I am {name}")?;
        first.read_line(&mut heard)?;
        writeln!(first.get_mut(), "hello, {name}")?;
        let mut answer = String::new();
        other.read_line(&mut answer)?;
        heard += &format!("{name} hears {answer}");
        drop(other);
        first.read_line(&mut heard)?;
    }
    Ok(heard)
}
