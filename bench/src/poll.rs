//! One turn of `uv_sys::Poller` beside one of `polling::Poller`, both level-triggered on the same kind of descriptor.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use crate::measure::{Candidate, Table};

const TURNS: usize = 20_000;

pub fn compare() -> Table {
    let mut table = Table::default();
    let (quiet, _keep_open) = io::pipe().expect("a pipe");
    let (ready, mut writer) = io::pipe().expect("a pipe");
    writer.write_all(b"!").expect("room in the pipe");
    for (what, reader, timeout, expected) in [
        ("nothing is ready, timeout 0", &quiet, Some(Duration::ZERO), 0),
        ("a descriptor is ready, timeout 0", &ready, Some(Duration::ZERO), 1),
        ("a descriptor is ready, timeout 1 s", &ready, Some(Duration::from_secs(1)), 1),
        ("a descriptor is ready, no timeout", &ready, None, 1),
    ] {
        let ours = uv_sys::Poller::new().expect("a poller");
        ours.add(reader.as_fd(), 1, uv_sys::Interest::READABLE).expect("a pipe can be watched");
        let mut our_events = uv_sys::Events::with_capacity(64);
        let theirs = polling::Poller::new().expect("a poller");
        // SAFETY: `reader` is deleted from the poller before it is closed.
        unsafe { theirs.add_with_mode(reader, polling::Event::readable(1), polling::PollMode::Level) }
            .expect("a pipe can be watched");
        let mut their_events = polling::Events::new();
        table.row(
            what,
            vec![
                Candidate::new("uv-sys", || {
                    for _ in 0..TURNS {
                        assert_eq!(ours.wait(&mut our_events, timeout).expect("a wait"), expected);
                    }
                    TURNS
                }),
                Candidate::new("polling", || {
                    for _ in 0..TURNS {
                        their_events.clear();
                        assert_eq!(theirs.wait(&mut their_events, timeout).expect("a wait"), expected);
                    }
                    TURNS
                }),
            ],
        );
        theirs.delete(reader).expect("it was added");
    }
    table
}
