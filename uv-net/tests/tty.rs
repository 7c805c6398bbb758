//! Terminals, as pseudo-terminals.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, OutputModes, Winsize, tcgetattr, tcsetwinsize};
use uv_loop::{Handle, Loop, RunMode};
use uv_net::{Error, HandleType, Pipe, Stream, Tty, TtyMode, guess_handle, reset_mode};

/// The controlling end and the terminal's.
fn terminal() -> (File, OwnedFd) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let terminal = ioctl_tiocgptpeer(&controller, flags).unwrap();
    (controller.into(), terminal)
}

/// The mode to be reset is the process's.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_raw(terminal: &impl AsFd) -> bool {
    !tcgetattr(terminal).unwrap().local_modes.contains(LocalModes::ICANON)
}

#[test]
fn lines_come_whole_and_keys_at_once() {
    let _alone = alone();
    let (mut controller, terminal) = terminal();
    let lp = Loop::new().unwrap();
    assert_eq!(guess_handle(&terminal), HandleType::Tty);
    let tty = Tty::new(&lp, &terminal).unwrap();
    assert!(tty.is_readable(&lp) && tty.is_writable(&lp));
    let lines = Rc::new(RefCell::new(Vec::new()));
    let into = lines.clone();
    tty.read_start(&lp, move |_, _, read| into.borrow_mut().push(read.unwrap().to_vec())).unwrap();
    controller.write_all(b"half a ").unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert!(lines.borrow().is_empty());
    controller.write_all(b"line\n").unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(lines.take(), [b"half a line\n"]);

    tty.set_mode(&lp, TtyMode::RawVt).unwrap();
    tty.set_mode(&lp, TtyMode::Raw).unwrap();
    assert!(is_raw(&terminal));
    controller.write_all(b"\x03").unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(lines.take(), [b"\x03"], "Ctrl-C is a byte like others");
    let attributes = tcgetattr(&terminal).unwrap();
    assert!(attributes.output_modes.contains(OutputModes::OPOST | OutputModes::ONLCR));
    tty.set_mode(&lp, TtyMode::Io).unwrap();
    assert!(is_raw(&terminal) && !tcgetattr(&terminal).unwrap().output_modes.contains(OutputModes::OPOST));
    tty.set_mode(&lp, TtyMode::Normal).unwrap();
    assert!(!is_raw(&terminal));
    tty.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn what_is_written_arrives() {
    let _alone = alone();
    let (mut controller, terminal) = terminal();
    let lp = Loop::new().unwrap();
    let tty = Tty::new(&lp, &terminal).unwrap();
    // More than a terminal holds, while the other end reads.
    let reader = std::thread::spawn(move || {
        let mut all = vec![0; 100_000];
        controller.read_exact(&mut all).unwrap();
        (all, controller)
    });
    tty.write(&lp, vec![b'x'; 99_998], |_, _, result| result.unwrap()).unwrap();
    tty.write(&lp, "\n", |lp, tty, result| {
        result.unwrap();
        tty.close(lp).unwrap();
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    let (all, _controller) = reader.join().unwrap();
    assert!(all[..99_998].iter().all(|&byte| byte == b'x'));
    assert_eq!(&all[99_998..], b"\r\n");
}

#[test]
fn others_who_share_the_terminal_do_not_notice() {
    let _alone = alone();
    let (_controller, terminal) = terminal();
    let lp = Loop::new().unwrap();
    let tty = Tty::new(&lp, &terminal).unwrap();
    assert!(!rustix::fs::fcntl_getfl(&terminal).unwrap().contains(OFlags::NONBLOCK));
    let own = tty.fileno(&lp).unwrap();
    assert!(rustix::fs::fcntl_getfl(own.as_fd()).unwrap().contains(OFlags::NONBLOCK));
}

#[test]
fn a_controlling_end_blocks_in_writes() {
    let _alone = alone();
    let (controller, terminal) = terminal();
    let lp = Loop::new().unwrap();
    let tty = Tty::new(&lp, &controller).unwrap();
    assert!(!rustix::fs::fcntl_getfl(&controller).unwrap().contains(OFlags::NONBLOCK));
    tty.write(&lp, "typed\n", |_, _, result| result.unwrap()).unwrap();
    assert_eq!(tty.write_queue_size(&lp), Ok(0));
    let mut line = [0; 6];
    File::from(terminal).read_exact(&mut line).unwrap();
    assert_eq!(&line, b"typed\n");
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn the_window_has_a_size() {
    let _alone = alone();
    let (controller, terminal) = terminal();
    tcsetwinsize(&controller, Winsize { ws_col: 132, ws_row: 43, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let lp = Loop::new().unwrap();
    assert_eq!(Tty::new(&lp, terminal).unwrap().window_size(&lp), Ok((132, 43)));
}

#[test]
fn the_mode_is_reset_at_the_end_and_by_a_close() {
    let _alone = alone();
    reset_mode().unwrap();
    let (_controller, terminal) = terminal();
    let lp = Loop::new().unwrap();
    let tty = Tty::new(&lp, &terminal).unwrap();
    tty.set_mode(&lp, TtyMode::Raw).unwrap();
    reset_mode().unwrap();
    assert!(!is_raw(&terminal));
    // The handle does not know of it, as in libuv.
    tty.set_mode(&lp, TtyMode::Normal).unwrap();
    tty.set_mode(&lp, TtyMode::Raw).unwrap();
    assert!(is_raw(&terminal));
    tty.close(&lp).unwrap();
    assert!(!is_raw(&terminal));
    lp.run(RunMode::Default).unwrap();
    reset_mode().unwrap();
}

#[test]
fn the_end_of_a_terminal_is_the_end_of_the_stream() {
    let _alone = alone();
    let (controller, terminal) = terminal();
    let lp = Loop::new().unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    // Of the controlling end when the terminal is gone, and the other way about.
    for (ours, theirs) in [(OwnedFd::from(controller), Some(terminal)), {
        let (controller, terminal) = self::terminal();
        (terminal, Some(OwnedFd::from(controller)))
    }] {
        let tty = Tty::new(&lp, &ours).unwrap();
        drop((ours, theirs));
        let seen = seen.clone();
        tty.read_start(&lp, move |lp, tty, read| {
            seen.borrow_mut().push(read.map(<[u8]>::to_vec));
            tty.close(lp).unwrap();
        })
        .unwrap();
        assert!(!lp.run(RunMode::Default).unwrap());
    }
    assert_eq!(seen.take(), [Err(Error::EOF), Err(Error::EOF)]);
}

#[test]
fn what_is_no_terminal() {
    let _alone = alone();
    let lp = Loop::new().unwrap();
    assert_eq!(Tty::new(&lp, tempfile::tempfile().unwrap()), Err(Error::EINVAL));
    let (pipe, _other) = uv_net::socketpair().unwrap();
    let tty = Tty::new(&lp, &pipe).unwrap();
    assert_eq!(tty.set_mode(&lp, TtyMode::Raw), Err(Error::ENOTTY));
    assert_eq!(tty.window_size(&lp), Err(Error::ENOTTY));
    let _ = Pipe::new(&lp);
    assert_eq!(tty.set_mode(&lp, TtyMode::Normal), Ok(()));
}
