//! A server written with `async`/`await` on the loop alone: connections as tasks, the arithmetic on the thread pool, a
//! silent client cut off by a timeout, and another thread that ends it all.
//!
//! ```text
//! cargo run -p examples --example async
//! ```

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use uv_loop::{AsyncFd, Channel, Handle, JoinError, Loop, LoopHandle};

fn main() -> Result<(), Box<dyn Error>> {
    let lp = Loop::new()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut server = Some(lp.spawn_local(serve(lp.handle(), AsyncFd::new(&lp, listener)?)));

    // The clients are tasks, too: all of them are under way before the first answer is awaited.
    let clients = ["360", "1001", "65537", "many", ""].map(|line| {
        let answer = lp.spawn_local(ask(lp.handle(), address, line));
        (line, answer)
    });
    lp.block_on(async {
        for (line, answer) in clients {
            println!("{line:?} -> {:?}", answer.await??);
        }
        Ok::<_, Box<dyn Error>>(())
    })??;

    // Another thread ends the server, by a value it sends into the loop.
    let (_, sender) = Channel::new(&lp, move |lp, channel, word: &str| {
        println!("a thread says {word}");
        channel.close(lp).expect("it is closed once");
        let Some(server) = server.take() else { return };
        server.abort();
        lp.spawn_local(async move {
            assert!(matches!(server.await, Err(JoinError::Canceled)));
            println!("the server has ended");
        });
    });
    thread::spawn(move || sender.send("stop")).join().expect("a send does not panic")?;
    lp.run(uv_loop::RunMode::Default)?;
    println!("nothing is left to wait for");
    Ok(())
}

/// Takes connections until it is aborted. Each is a task of its own.
async fn serve(handle: LoopHandle, listener: AsyncFd<TcpListener>) -> io::Result<()> {
    loop {
        let (connection, _) = listener.read_with(TcpListener::accept).await?;
        let connection = handle.with(|lp| AsyncFd::new(lp, connection))??;
        handle.spawn_local(answer(handle.clone(), connection));
    }
}

/// Reads a line and writes the answer to it.
async fn answer(handle: LoopHandle, connection: AsyncFd<TcpStream>) -> io::Result<()> {
    let reply = match handle.timeout(Duration::from_millis(50), read_line(&connection)).await {
        Err(_) => "you say nothing".to_string(),
        Ok(line) => match line?.parse() {
            Err(_) => "that is no number".to_string(),
            // Arithmetic that takes long would hold up the loop: a thread of the pool does it.
            Ok(number) => handle.work(move || factors(number)).await.unwrap_or_else(|error| error.to_string()),
        },
    };
    write_line(&connection, &reply).await
}

async fn ask(handle: LoopHandle, address: SocketAddr, line: &str) -> io::Result<String> {
    let connection = handle.with(|lp| AsyncFd::new(lp, TcpStream::connect(address)?).map_err(io::Error::from))??;
    if !line.is_empty() {
        write_line(&connection, line).await?;
    }
    read_line(&connection).await
}

async fn read_line(connection: &AsyncFd<TcpStream>) -> io::Result<String> {
    let (mut line, mut buffer) = (Vec::new(), [0; 64]);
    while !line.ends_with(b"\n") {
        match connection.read_with(|mut socket| socket.read(&mut buffer)).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => line.extend_from_slice(&buffer[..count]),
        }
    }
    let text = String::from_utf8(line).map_err(io::Error::other)?;
    Ok(text.trim_end().to_string())
}

async fn write_line(connection: &AsyncFd<TcpStream>, line: &str) -> io::Result<()> {
    let line = format!("{line}\n");
    let mut left = line.as_bytes();
    while !left.is_empty() {
        let count = connection.write_with(|mut socket| socket.write(left)).await?;
        left = &left[count..];
    }
    Ok(())
}

fn factors(mut number: u64) -> String {
    let mut factors = Vec::new();
    for divisor in 2.. {
        while divisor * divisor <= number && number.is_multiple_of(divisor) {
            factors.push(divisor.to_string());
            number /= divisor;
        }
        if divisor * divisor > number {
            break;
        }
    }
    factors.push(number.to_string());
    factors.join(" * ")
}
