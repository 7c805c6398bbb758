//! A proxy, written with `async`/`await`: each connection is passed on to another address, both ways, and when one side
//! has said all, the other one may still speak.
//!
//! With two addresses it goes on until it is ended: `cargo run --example proxy 127.0.0.1:8081 127.0.0.1:8080`, which
//! listens on the first. Without any it stands before a server of its own, and ends.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;

use uv_loop::{Loop, LoopHandle};
use uv_net::{AsyncListener, AsyncStream, Result, Tcp};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let lp = Loop::new()?;
    let handle = lp.handle();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [address, upstream] = &arguments[..] {
        let listener = AsyncListener::bind(&handle, address.parse()?)?;
        println!("listening on {}", listener.local_addr()?);
        lp.block_on(serve(handle, listener, upstream.parse()?))??;
        return Ok(());
    }
    let behind = TcpListener::bind("127.0.0.1:0")?;
    let listener = AsyncListener::bind(&handle, "127.0.0.1:0".parse()?)?;
    let (address, upstream) = (listener.local_addr()?, behind.local_addr()?);
    lp.spawn_local(serve(handle, listener, upstream));
    // Both ends block, each on a thread of the pool.
    let counted = lp.work(move || count(behind));
    let answer = lp.block_on(lp.work(move || ask(address)))???;
    lp.block_on(counted)???;
    println!("{answer}");
    Ok(())
}

/// Each connection has a task of its own.
async fn serve(handle: LoopHandle, listener: AsyncListener<Tcp>, upstream: SocketAddr) -> Result<()> {
    loop {
        let client = listener.accept().await?;
        let connection = pass(handle.clone(), client, upstream);
        handle.spawn_local(async move {
            if let Err(error) = connection.await {
                eprintln!("a connection is lost: {error}");
            }
        });
    }
}

async fn pass(handle: LoopHandle, client: AsyncStream<Tcp>, upstream: SocketAddr) -> Result<()> {
    let server = Rc::new(AsyncStream::connect(&handle, upstream).await?);
    let client = Rc::new(client);
    let back = handle.spawn_local(copy(server.clone(), client.clone()));
    if let Err(error) = copy(client, server).await {
        back.abort();
        return Err(error);
    }
    back.await.unwrap_or(Err(uv_net::Error::ECANCELED))
}

/// No more than one buffer is ever read ahead: who does not read is not read for.
async fn copy(from: Rc<AsyncStream<Tcp>>, to: Rc<AsyncStream<Tcp>>) -> Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..count]).await?;
    }
}

/// A server that answers when it has heard all.
fn count(listener: TcpListener) -> io::Result<()> {
    let (mut client, _) = listener.accept()?;
    let mut all = Vec::new();
    client.read_to_end(&mut all)?;
    let lines = all.iter().filter(|byte| **byte == b'\n').count();
    write!(client, "{} bytes in {lines} lines", all.len())
}

fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all("a line of text\n".repeat(100_000).as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
