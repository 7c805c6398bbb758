//! `benchmark-pump.c`: streams that are written to in blocks of 8 KiB without end, each block when the one before it is
//! with the kernel, while another thread reads. Where processor time counts both ends are on one loop: there is nobody to
//! be woken then, which is as costly as it is random.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::thread::{self, JoinHandle};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uv_loop::{Handle, Loop, RunMode};
use uv_net::Stream;

use super::{Clock, OfPipe, OfTcp, Socket, runtime};
use crate::case::Case;
use crate::libuv::{self, places};
use crate::support::{called, calls, count};

pub fn cases() -> Vec<Case> {
    fn of<S: Socket>(kind: &str, streams: usize, clock: Clock) -> Case {
        let name = match clock {
            Clock::Wall => format!("net/pump-{kind}-{streams}"),
            Clock::Cpu => format!("net/pump-{kind}-{streams}-cpu"),
        };
        Case::new(name, clock.unit(), move || pump::<S>(streams, clock))
            .against("libuv", move || libuv_pump::<S>(streams, clock))
            .against("tokio", move || tokio_pump::<S>(streams, clock))
            .goal(1.0)
    }
    let mut cases = Vec::new();
    for clock in [Clock::Wall, Clock::Cpu] {
        for streams in [1, 100] {
            cases.push(of::<OfTcp>("tcp", streams, clock));
            cases.push(of::<OfPipe>("pipe", streams, clock));
        }
    }
    cases
}

static BLOCK: [u8; 8192] = [0; 8192];

fn blocks() -> usize {
    count(400_000, 50_000)
}

fn pairs<S: Socket>(streams: usize) -> (Vec<OwnedFd>, Vec<OwnedFd>) {
    (0..streams).map(|_| S::pair()).unzip()
}

fn pump<S: Socket>(streams: usize, clock: Clock) -> f64 {
    fn write<S: Stream>(lp: &Loop, stream: S) {
        let again = |lp: &Loop, stream: S, sent: uv_net::Result<()>| {
            sent.expect("it is read from");
            if called() < blocks() {
                write(lp, stream);
            } else {
                stream.close(lp).expect("it is open");
            }
        };
        stream.write(lp, BLOCK.as_slice(), again).expect("it is open");
    }
    let (writers, readers) = pairs::<S>(streams);
    let lp = Loop::new().expect("a loop");
    let writers: Vec<_> = writers.into_iter().map(|writer| S::open(&lp, writer)).collect();
    clock.rate(blocks(), || {
        let reader = apart(clock, readers, |readers| {
            let lp = Loop::new().expect("a loop");
            read::<S>(&lp, readers);
            lp.run(RunMode::Default).expect("it runs");
        });
        let reader = reader.map_err(|readers| read::<S>(&lp, readers));
        writers.iter().for_each(|writer| write(&lp, *writer));
        lp.run(RunMode::Default).expect("it runs");
        assert!(calls() >= blocks());
        join(reader);
    })
}

/// Reads on a thread, or gives the readers back that are to be read here.
fn apart(
    clock: Clock,
    readers: Vec<OwnedFd>,
    read: impl FnOnce(Vec<OwnedFd>) + Send + 'static,
) -> Result<JoinHandle<()>, Vec<OwnedFd>> {
    match clock {
        Clock::Wall => Ok(thread::spawn(|| read(readers))),
        Clock::Cpu => Err(readers),
    }
}

fn join(reader: Result<JoinHandle<()>, ()>) {
    if let Ok(reader) = reader {
        reader.join().expect("it ends");
    }
}

fn read<S: Socket>(lp: &Loop, readers: Vec<OwnedFd>) {
    for reader in readers {
        let end = |lp: &Loop, reader: S::Ours, read: uv_net::Result<&[u8]>| {
            if read.is_err() {
                reader.close(lp).expect("it is open");
            }
        };
        S::open(lp, reader).read_start(lp, end).expect("it is open");
    }
}

fn libuv_pump<S: Socket>(streams: usize, clock: Clock) -> f64 {
    unsafe extern "C" fn written(request: *mut libuv::uv_write_t, status: i32) {
        libuv::ok(status);
        // SAFETY: the request is done and can be used again, and its stream is open.
        unsafe {
            if called() < blocks() {
                write(request, (*request).handle);
            } else {
                libuv::uv_close((*request).handle.cast(), None);
            }
        }
    }
    unsafe fn write(request: *mut libuv::uv_write_t, stream: *mut libuv::uv_stream_t) {
        // SAFETY: the block is constant, and the caller has the rest.
        unsafe {
            let buffer = libuv::uv_buf_init(BLOCK.as_ptr().cast_mut().cast(), BLOCK.len() as u32);
            libuv::ok(libuv::uv_write(request, stream, &buffer, 1, Some(written)));
        }
    }
    let (writers, readers) = pairs::<S>(streams);
    let lp = libuv::new_loop();
    let writers: Vec<_> = writers.into_iter().map(|writer| S::open_in_libuv(lp, writer)).collect();
    clock.rate(blocks(), || {
        let reader = apart(clock, readers, |readers| {
            let lp = libuv::new_loop();
            libuv_read::<S>(lp, readers);
            libuv::run(lp);
        });
        let reader = reader.map_err(|readers| libuv_read::<S>(lp, readers));
        for stream in writers {
            // SAFETY: the stream is open, and there is room for the request, which stays there.
            unsafe { write(places(1), stream) };
        }
        libuv::run(lp);
        assert!(calls() >= blocks());
        join(reader);
    })
}

fn libuv_read<S: Socket>(lp: *mut libuv::uv_loop_t, readers: Vec<OwnedFd>) {
    unsafe extern "C" fn alloc(handle: *mut libuv::uv_handle_t, size: usize, buffer: *mut libuv::uv_buf_t) {
        // SAFETY: the loop's `data` is a buffer that all of its streams use in turn.
        unsafe { *buffer = libuv::uv_buf_init((*(*handle).loop_).data.cast(), size as u32) };
    }
    unsafe extern "C" fn read(stream: *mut libuv::uv_stream_t, count: isize, _: *const libuv::uv_buf_t) {
        if count < 0 {
            // SAFETY: the stream is open.
            unsafe { libuv::uv_close(stream.cast(), None) };
        }
    }
    // SAFETY: the loop and the buffer stay where they are, and so do the streams.
    unsafe {
        (*lp).data = places::<[u8; 64 * 1024]>(1).cast();
        for reader in readers {
            let stream = S::open_in_libuv(lp, reader);
            libuv::ok(libuv::uv_read_start(stream, Some(alloc), Some(read)));
        }
    }
}

fn tokio_pump<S: Socket>(streams: usize, clock: Clock) -> f64 {
    let (writers, readers) = pairs::<S>(streams);
    clock.rate(blocks(), || {
        let reader = apart(clock, readers, |readers| {
            let (runtime, tasks) = runtime();
            tokio_read::<S>(&tasks, readers);
            runtime.block_on(tasks);
        });
        let (runtime, tasks) = runtime();
        let reader = reader.map_err(|readers| tokio_read::<S>(&tasks, readers));
        let written = Rc::new(Cell::new(0));
        for writer in writers {
            let written = written.clone();
            tasks.spawn_local(async move {
                let mut writer = S::open_in_tokio(writer);
                while written.get() < blocks() {
                    writer.write_all(&BLOCK).await.expect("it is read from");
                    written.set(written.get() + 1);
                }
            });
        }
        runtime.block_on(tasks);
        join(reader);
    })
}

fn tokio_read<S: Socket>(tasks: &tokio::task::LocalSet, readers: Vec<OwnedFd>) {
    for reader in readers {
        tasks.spawn_local(async {
            let (mut reader, mut buffer) = (S::open_in_tokio(reader), vec![0; 64 * 1024]);
            while reader.read(&mut buffer).await.expect("it is open") > 0 {}
        });
    }
}
