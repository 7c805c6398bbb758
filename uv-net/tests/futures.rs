//! Streams as futures.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use uv_loop::{Handle, Loop, LoopHandle, RunMode, yield_now};
use uv_net::{AsyncListener, AsyncStream, Error, Pipe, Result, Stream, Tcp};

fn pair(lp: &Loop) -> (AsyncStream<Pipe>, AsyncStream<Pipe>) {
    let (one, other) = Pipe::pair(lp).unwrap();
    (AsyncStream::new(lp, one), AsyncStream::new(lp, other))
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + i / 251) as u8).collect()
}

async fn read_to_end<S: Stream>(stream: &AsyncStream<S>) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        all.reserve(10_000);
        if stream.read_into(&mut all).await? == 0 {
            return Ok(all);
        }
    }
}

async fn echo<S: Stream>(stream: AsyncStream<S>) -> Result<()> {
    let mut buffer = [0; 30_000];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return stream.shutdown().await,
            count => stream.write_all(&buffer[..count]).await?,
        }
    }
}

#[test]
fn a_server_and_its_clients_on_one_thread() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    let listener = AsyncListener::bind(&handle, "127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let server = {
        let handle = handle.clone();
        lp.spawn_local(async move {
            for _ in 0..20 {
                let stream = listener.accept().await.unwrap();
                handle.with(|lp| lp.spawn_local(echo(stream))).unwrap();
            }
        })
    };
    let done = Rc::new(Cell::new(0));
    async fn client(handle: LoopHandle, address: std::net::SocketAddr, length: usize, done: Rc<Cell<usize>>) {
        let stream = Rc::new(AsyncStream::connect(&handle, address).await.unwrap());
        let sent = pattern(length);
        // One task writes while another reads.
        let writer = {
            let (stream, sent) = (stream.clone(), sent.clone());
            handle.with(|lp| {
                lp.spawn_local(async move {
                    stream.write_all(&sent).await?;
                    stream.shutdown().await
                })
            })
        };
        assert!(read_to_end(&stream).await.unwrap() == sent);
        writer.unwrap().await.unwrap().unwrap();
        done.set(done.get() + 1);
    }
    for number in 0..20 {
        lp.spawn_local(client(handle.clone(), address, number * number * 5_000, done.clone()));
    }
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(server.is_finished());
    assert_eq!(done.get(), 20);
    assert!(lp.close().is_ok(), "all handles are closed");
}

#[test]
fn a_dropped_read_takes_nothing() {
    let lp = Loop::new().unwrap();
    let (one, other) = pair(&lp);
    lp.block_on(async {
        let mut bytes = [0; 10];
        {
            let mut read = pin!(one.read(&mut bytes));
            poll_fn(|cx| {
                assert!(read.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        other.write_all(b"hello").await.unwrap();
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(one.read(&mut bytes).await, Ok(5));
    })
    .unwrap();
}

#[test]
fn a_dropped_connect_closes_its_socket() {
    let lp = Loop::new().unwrap();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let handle = lp.handle();
    {
        let mut connect = pin!(AsyncStream::connect(&handle, server.local_addr().unwrap()));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(connect.as_mut().poll(&mut cx).is_pending());
    }
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(lp.close().is_ok());
}

#[test]
fn readers_of_one_stream_share_what_comes() {
    let lp = Loop::new().unwrap();
    let (one, other) = pair(&lp);
    let one = Rc::new(one);
    let total = Rc::new(Cell::new(0));
    for _ in 0..4 {
        let (one, total) = (one.clone(), total.clone());
        lp.spawn_local(async move {
            let mut bytes = [0; 1000];
            loop {
                match one.read(&mut bytes).await.unwrap() {
                    0 => break,
                    count => total.set(total.get() + count),
                }
            }
        });
    }
    lp.spawn_local(async move { other.write_all(&[1; 300_000]).await });
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(total.get(), 300_000);
}

#[test]
fn callbacks_and_futures_keep_the_order_of_writes() {
    let lp = Loop::new().unwrap();
    let (one, other) = pair(&lp);
    let order = Rc::new(RefCell::new(Vec::new()));
    let noted = order.clone();
    one.stream().write(&lp, pattern(1_000_000), move |_, _, _| noted.borrow_mut().push("callback")).unwrap();
    let reader = lp.spawn_local(async move { read_to_end(&other).await.unwrap() });
    let received = lp
        .block_on(async {
            one.write_all(b"the end").await.unwrap();
            order.borrow_mut().push("future");
            one.shutdown().await.unwrap();
            assert_eq!(one.write(b"more").await, Err(Error::EPIPE));
            reader.await.unwrap()
        })
        .unwrap();
    assert_eq!(*order.borrow(), ["callback", "future"]);
    assert!(received[..1_000_000] == pattern(1_000_000) && &received[1_000_000..] == b"the end");
}

#[test]
fn a_close_by_someone_else_ends_the_wait() {
    let lp = Loop::new().unwrap();
    let (reader, _quiet) = pair(&lp);
    let (writer, _full) = pair(&lp);
    let pipes = [reader.stream(), writer.stream()];
    let read = lp.spawn_local(async move { reader.read(&mut [0]).await });
    let write = lp.spawn_local(async move { writer.write_all(&[0; 1 << 20]).await });
    for _ in 0..3 {
        lp.run(RunMode::NoWait).unwrap();
    }
    assert!(!read.is_finished() && !write.is_finished());
    for pipe in pipes {
        pipe.close(&lp).unwrap();
    }
    let (read, write) = lp.block_on(async { (read.await.unwrap(), write.await.unwrap()) }).unwrap();
    assert!(matches!(read, Err(Error::EINVAL | Error::EBADF)));
    assert!(matches!(write, Err(Error::EINVAL | Error::EBADF)));
}

#[test]
fn the_loop_sleeps_while_nobody_is_ready() {
    let lp = Loop::new().unwrap();
    let (one, other) = pair(&lp);
    let turns = Rc::new(Cell::new(0));
    let counted = turns.clone();
    uv_loop::Check::new(&lp).start(&lp, move |_, _| counted.set(counted.get() + 1)).unwrap();
    let echoed = lp.spawn_local(echo(other));
    lp.block_on(async {
        let mut byte = [0];
        for _ in 0..100 {
            one.write_all(b"x").await.unwrap();
            one.read_exact(&mut byte).await.unwrap();
        }
        one.shutdown().await.unwrap();
        echoed.await.unwrap().unwrap();
    })
    .unwrap();
    assert!(turns.get() <= 230, "{} turns for 100 round trips", turns.get());
}

#[test]
fn a_stream_that_reads_for_a_callback_is_busy() {
    let lp = Loop::new().unwrap();
    let (one, other) = pair(&lp);
    one.stream().read_start(&lp, |_, _, _| {}).unwrap();
    assert_eq!(lp.block_on(one.read(&mut [0])).unwrap(), Err(Error::EALREADY));
    one.stream().read_stop(&lp).unwrap();
    let pipe = other.into_stream();
    assert!(!pipe.is_closing(&lp));
    pipe.close(&lp).unwrap();
    assert_eq!(lp.block_on(one.read(&mut [0])).unwrap(), Ok(0));
    let lonely = AsyncStream::new(&lp, Tcp::new(&lp));
    assert_eq!(lp.block_on(lonely.read(&mut [0])).unwrap(), Err(Error::ENOTCONN));
    assert_eq!(lp.block_on(lonely.write(b"x")).unwrap(), Err(Error::EBADF));
}

#[test]
fn a_dropped_loop_leaves_streams_that_fail() {
    let lp = Loop::new().unwrap();
    let (one, _other) = pair(&lp);
    drop(lp);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let mut bytes = [0];
    let mut read = pin!(one.read(&mut bytes));
    assert_eq!(read.as_mut().poll(&mut cx), Poll::Ready(Err(Error::EBADF)));
}

#[cfg(feature = "futures-io")]
#[test]
fn the_traits_of_futures_io() {
    use std::pin::Pin;

    use futures_io::{AsyncRead, AsyncWrite};

    let lp = Loop::new().unwrap();
    let (mut one, mut other) = pair(&lp);
    lp.block_on(async {
        let sent = pattern(500_000);
        let mut received = Vec::new();
        let mut buffer = [0; 5000];
        let mut written = 0;
        while received.len() < sent.len() {
            poll_fn(|cx| {
                if written < sent.len()
                    && let Poll::Ready(count) = Pin::new(&mut one).poll_write(cx, &sent[written..])
                {
                    written += count.unwrap();
                }
                Pin::new(&mut other).poll_read(cx, &mut buffer)
            })
            .await
            .map(|count| received.extend_from_slice(&buffer[..count]))
            .unwrap();
        }
        assert!(received == sent);
        poll_fn(|cx| Pin::new(&mut one).poll_close(cx)).await.unwrap();
        assert_eq!(poll_fn(|cx| Pin::new(&mut other).poll_read(cx, &mut buffer)).await.unwrap(), 0);
    })
    .unwrap();
}
