//! hyper on the loop.
#![cfg(feature = "hyper")]

use std::convert::Infallible;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use uv_loop::{Loop, RunMode};
use uv_net::{AsyncListener, AsyncStream, HyperExecutor, HyperTimer};

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    Ok(Response::new(Full::new(Bytes::from([path.as_bytes(), b" ", &body].concat()))))
}

#[test]
fn requests_are_answered() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    let listener = AsyncListener::bind(&handle, "127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let timer = HyperTimer::new(&lp);
    let server = lp.spawn_local(async move {
        let stream = listener.accept().await.unwrap();
        hyper::server::conn::http1::Builder::new()
            .timer(timer)
            .header_read_timeout(Duration::from_secs(3600))
            .serve_connection(stream, service_fn(answer))
            .await
            .unwrap();
    });
    lp.block_on(async {
        let stream = AsyncStream::connect(&handle, address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
        hyper::rt::Executor::execute(&HyperExecutor::new(handle.clone()), async {
            connection.await.unwrap();
        });
        // Small and large, one after the other on one connection.
        for size in [0, 10, 3_000_000] {
            let body = Bytes::from(vec![b'x'; size]);
            let request = Request::post("/path").body(Full::new(body.clone())).unwrap();
            let response = sender.send_request(request).await.unwrap();
            assert_eq!(response.status(), 200);
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            assert!(bytes.starts_with(b"/path ") && bytes[6..] == body);
        }
        drop(sender);
        server.await.unwrap();
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn a_client_that_says_nothing_is_timed_out() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    let listener = AsyncListener::bind(&handle, "127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let timer = HyperTimer::new(&lp);
    let error = lp
        .block_on(async {
            let _client = AsyncStream::connect(&handle, address).await.unwrap();
            let stream = listener.accept().await.unwrap();
            hyper::server::conn::http1::Builder::new()
                .timer(timer)
                .header_read_timeout(Duration::from_millis(10))
                .serve_connection(stream, service_fn(answer))
                .await
                .unwrap_err()
        })
        .unwrap();
    assert!(error.is_timeout(), "{error:?}");
}

#[test]
fn sleeps_end_when_they_are_due_and_leave_nothing() {
    use hyper::rt::Timer as _;

    let lp = Loop::new().unwrap();
    let timer = HyperTimer::new(&lp);
    let other = HyperTimer::new(&lp);
    lp.block_on(async {
        let start = std::time::Instant::now();
        timer.sleep(Duration::from_millis(20)).await;
        other.clone().sleep_until(start + Duration::from_millis(30)).await;
        assert!(start.elapsed() >= Duration::from_millis(30));
        timer.sleep(Duration::ZERO).await;
        // Forgotten while it waits.
        let mut long = timer.sleep(Duration::MAX);
        std::future::poll_fn(|cx| {
            assert!(long.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(lp.close().is_ok());
}
