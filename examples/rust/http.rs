//! hyper serves HTTP on the loop.
//!
//! With an address it does so until it is ended: `cargo run --example http 127.0.0.1:8080`, then
//! `curl --data hello http://127.0.0.1:8080/echo`. Without one it serves a client of its own, and ends.

use std::cell::Cell;
use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use uv_loop::{Loop, LoopHandle};
use uv_net::{AsyncListener, HyperTimer, Tcp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lp = Loop::new()?;
    let handle = lp.handle();
    let address = std::env::args().nth(1);
    let listener = AsyncListener::bind(&handle, address.as_deref().unwrap_or("127.0.0.1:0").parse()?)?;
    let local = listener.local_addr()?;
    let server = serve(handle, listener, HyperTimer::new(&lp));
    if address.is_some() {
        println!("listening on {local}");
        lp.block_on(server)??;
    } else {
        lp.spawn_local(server);
        // A client as there are everywhere: it blocks, on a thread of the pool.
        let answers = lp.block_on(lp.work(move || converse(local)))?;
        print!("{}", answers??);
    }
    Ok(())
}

/// Each connection has a task of its own.
async fn serve(handle: LoopHandle, listener: AsyncListener<Tcp>, timer: HyperTimer) -> uv_net::Result<()> {
    let visits = Rc::new(Cell::new(0));
    loop {
        let stream = listener.accept().await?;
        let (visits, timer) = (visits.clone(), timer.clone());
        let connection = async move {
            let result = http1::Builder::new()
                .timer(timer)
                .header_read_timeout(Duration::from_secs(30))
                .serve_connection(stream, service_fn(|request| answer(request, visits.clone())))
                .await;
            if let Err(error) = result {
                eprintln!("{error}");
            }
        };
        handle.with(|lp| drop(lp.spawn_local(connection)))?;
    }
}

/// State needs no lock: all of this is one thread's.
async fn answer(request: Request<Incoming>, visits: Rc<Cell<u32>>) -> Result<Response<Full<Bytes>>, Infallible> {
    visits.set(visits.get() + 1);
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => (StatusCode::OK, Bytes::from(format!("visit {}\n", visits.get()))),
        (&Method::POST, "/echo") => match request.into_body().collect().await {
            Ok(body) => (StatusCode::OK, body.to_bytes()),
            Err(error) => (StatusCode::BAD_REQUEST, Bytes::from(format!("{error}\n"))),
        },
        _ => (StatusCode::NOT_FOUND, Bytes::from("nothing here\n")),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    Ok(response)
}

/// Sends three requests over one connection and gives the answers, without the date.
fn converse(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")?;
    stream.write_all(b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 6\r\n\r\nhello\n")?;
    stream.write_all(b"GET /elsewhere HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")?;
    let mut answers = String::new();
    stream.read_to_string(&mut answers)?;
    Ok(answers.lines().filter(|line| !line.starts_with("date:")).map(|line| format!("{line}\n")).collect())
}
