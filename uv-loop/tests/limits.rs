//! A process that runs out of descriptors. The limit is the whole process's, so the test runs itself in a child.

use std::env;
use std::fs::File;
use std::process::Command;

use uv_loop::signal::SIGUSR1;
use uv_loop::{AsyncFd, Error, Handle, Interest, Loop, Poll, RunMode, Signal};

const CHILD: &str = "UV_LOOP_TEST_LIMITS_CHILD";

#[test]
fn without_descriptors_left() {
    if env::var_os(CHILD).is_none() {
        // A shell sets the limit, so that the test needs no call for it.
        let output = Command::new("sh")
            .args(["-c", "ulimit -n 64; exec \"$0\" --test-threads=1 --nocapture"])
            .arg(env::current_exe().unwrap())
            .env(CHILD, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }

    let (reader, writer) = std::io::pipe().unwrap();
    let lp = Loop::new().unwrap();
    let mut hoard = Vec::new();
    let error = loop {
        match File::open("/dev/null") {
            Ok(file) => hoard.push(file),
            Err(error) => break error,
        }
    };
    assert_eq!(Error::from(error), Error::EMFILE);

    // A new loop takes descriptors, and so does the first signal of a loop; what failed is as it was.
    assert_eq!(Loop::new().unwrap_err(), Error::EMFILE);
    let signal = Signal::new(&lp);
    assert_eq!(signal.start(&lp, SIGUSR1, |_, _, _| {}), Err(Error::EMFILE));
    assert_eq!(lp.signal(SIGUSR1).unwrap_err(), Error::EMFILE);
    assert!(!signal.is_active(&lp));
    lp.run(RunMode::Default).unwrap();

    // Handles of descriptors that are there take none, nor do tasks and their futures.
    let poll = Poll::new(&lp, writer).unwrap();
    poll.start(&lp, Interest::WRITABLE, |lp, poll, _| poll.close(lp).unwrap()).unwrap();
    let reader = AsyncFd::new(&lp, reader).unwrap();
    let handle = lp.handle();
    lp.block_on(async {
        let task = handle.spawn_local(async move { reader.readable().await });
        handle.sleep(std::time::Duration::from_millis(1)).await;
        task.await.unwrap().unwrap();
    })
    .unwrap();

    // With room again it works.
    hoard.truncate(hoard.len() - 4);
    signal.start(&lp, SIGUSR1, |lp, me, _| me.close(lp).unwrap()).unwrap();
    uv_sys::os::kill(std::process::id() as i32, SIGUSR1).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(lp.close().is_ok());
}
