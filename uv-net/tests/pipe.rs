//! Unix sockets, anonymous pipes, and the descriptors that pass through them.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::rc::Rc;

use uv_loop::{Check, Handle, Idle, Loop, RunMode};
use uv_net::{Error, HandleType, Pipe, Stream, Tcp, guess_handle};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Greets one client through a socket of that name.
fn greets(name: impl AsRef<std::ffi::OsStr> + Clone + 'static) {
    let lp = Loop::new().unwrap();
    let server = Pipe::new(&lp);
    server.bind(&lp, &name).unwrap();
    assert_eq!(server.local_name(&lp).unwrap(), name.as_ref());
    assert_eq!(server.bind(&lp, &name), Err(Error::EINVAL));
    let also = Pipe::new(&lp);
    assert_eq!(also.bind(&lp, &name), Err(Error::EADDRINUSE));
    server
        .listen(&lp, 8, {
            let name = name.clone();
            move |lp, server| {
                let peer = server.accept(lp).unwrap();
                assert_eq!(peer.local_name(lp).unwrap(), name.as_ref());
                peer.write(lp, "hello", |lp, peer, result| {
                    result.unwrap();
                    peer.close(lp).unwrap();
                })
                .unwrap();
                server.close(lp).unwrap();
            }
        })
        .unwrap();
    let client = Pipe::new(&lp);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let into = seen.clone();
    client
        .connect(&lp, name.clone(), move |lp, client, result| {
            result.unwrap();
            assert_eq!(client.peer_name(lp).unwrap(), name.as_ref());
            client
                .read_start(lp, move |lp, client, read| match read {
                    Ok(bytes) => into.borrow_mut().extend_from_slice(bytes),
                    Err(_) => client.close(lp).unwrap(),
                })
                .unwrap();
        })
        .unwrap();
    assert_eq!(client.connect(&lp, "other", |_, _, _| {}), Err(Error::EALREADY));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*seen.borrow(), b"hello");
}

#[test]
fn a_socket_has_a_file_until_it_is_closed() {
    let directory = directory();
    let path = directory.path().join("socket");
    greets(path.clone().into_os_string());
    assert!(!path.exists());
    // Not the file of somebody else, who has taken the name.
    let lp = Loop::new().unwrap();
    let pipe = Pipe::new(&lp);
    pipe.bind(&lp, &path).unwrap();
    assert!(path.exists());
    pipe.close(&lp).unwrap();
    let _theirs = UnixListener::bind(&path).unwrap();
    lp.run(RunMode::Default).unwrap();
    assert!(path.exists());
}

#[test]
fn an_abstract_name_may_have_any_bytes() {
    greets(OsString::from(format!("\0uv-net {}\0with a zero", std::process::id())));
}

#[test]
fn names_are_as_long_as_the_kernel_takes_them() {
    let directory = directory();
    let room = 108 - directory.path().as_os_str().len() - 1;
    greets(directory.path().join("x".repeat(room)).into_os_string());
    let lp = Loop::new().unwrap();
    let long = directory.path().join("x".repeat(room + 1));
    let pipe = Pipe::new(&lp);
    assert_eq!(pipe.bind(&lp, &long), Err(Error::ENAMETOOLONG));
    assert_eq!(pipe.connect(&lp, &long, |_, _, _| unreachable!()), Err(Error::ENAMETOOLONG));
    let long = format!("\0{}", "x".repeat(108));
    assert_eq!(pipe.bind(&lp, &long), Err(Error::ENAMETOOLONG));
    assert_eq!(pipe.bind(&lp, "a\0b"), Err(Error::EINVAL));
    assert_eq!(pipe.connect(&lp, "a\0b", |_, _, _| unreachable!()), Err(Error::EINVAL));
    assert_eq!(pipe.connect(&lp, "", |_, _, _| unreachable!()), Err(Error::EINVAL));
    // After all these it is as good as new.
    pipe.bind(&lp, "").unwrap();
}

#[test]
fn failed_connects_come_in_the_pending_phase() {
    let directory = directory();
    let path = directory.path().join("left over");
    drop(UnixListener::bind(&path).unwrap());
    for (path, error) in [(path, Error::ECONNREFUSED), (directory.path().join("none"), Error::ENOENT)] {
        let lp = Loop::new().unwrap();
        let log = Rc::new(RefCell::new(Vec::new()));
        let pipe = Pipe::new(&lp);
        let seen = log.clone();
        pipe.connect(&lp, path, move |lp, pipe, result| {
            assert_eq!(result, Err(error));
            seen.borrow_mut().push("connect");
            let closed = seen.clone();
            pipe.close_with(lp, move |_| closed.borrow_mut().push("close")).unwrap();
        })
        .unwrap();
        let seen = log.clone();
        pipe.write(&lp, "x", move |_, _, result| {
            assert_eq!(result, Err(Error::ECANCELED));
            seen.borrow_mut().push("write");
        })
        .unwrap();
        let (idle, check) = (Idle::new(&lp), Check::new(&lp));
        let seen = log.clone();
        idle.start(&lp, move |lp, idle| {
            seen.borrow_mut().push("idle");
            idle.close(lp).unwrap();
        })
        .unwrap();
        let seen = log.clone();
        check
            .start(&lp, move |lp, check| {
                seen.borrow_mut().push("check");
                check.close(lp).unwrap();
            })
            .unwrap();
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(*log.borrow(), ["connect", "idle", "check", "write", "close"]);
    }
}

#[test]
fn a_connect_that_is_closed_is_canceled() {
    let directory = directory();
    let path = directory.path().join("socket");
    let _server = UnixListener::bind(&path).unwrap();
    for path in [path, directory.path().join("none")] {
        let lp = Loop::new().unwrap();
        let result = Rc::new(Cell::new(None));
        let pipe = Pipe::new(&lp);
        let seen = result.clone();
        pipe.connect(&lp, path, move |_, _, result| seen.set(Some(result))).unwrap();
        pipe.close(&lp).unwrap();
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(result.get(), Some(Err(Error::ECANCELED)));
    }
}

#[test]
fn a_connect_to_a_listener_that_ends_is_reset() {
    let directory = directory();
    let name = directory.path().join("socket");
    let listener = UnixListener::bind(&name).unwrap();
    let lp = Loop::new().unwrap();
    let seen = Rc::new(Cell::new(None));
    let into = seen.clone();
    Pipe::new(&lp)
        .connect(&lp, &name, move |lp, client, result| {
            into.set(Some(result));
            client.close(lp).unwrap();
        })
        .unwrap();
    // The kernel has connected it already.
    drop(listener);
    lp.run(RunMode::Default).unwrap();
    assert_eq!(seen.get(), Some(Err(Error::ECONNRESET)));
}

#[test]
fn anonymous_pipes_go_one_way() {
    let lp = Loop::new().unwrap();
    let (reading, writing) = uv_net::pipe().unwrap();
    let (reader, writer) = (Pipe::new(&lp), Pipe::new(&lp));
    reader.open(&lp, reading).unwrap();
    writer.open(&lp, writing).unwrap();
    assert_eq!(reader.write(&lp, "x", |_, _, _| {}), Err(Error::EPIPE));
    assert_eq!(writer.read_start(&lp, |_, _, _| {}), Err(Error::ENOTCONN));
    let sent: Vec<u8> = (0..1_000_000).map(|i| (i / 3) as u8).collect();
    let halves = [sent[..500_000].to_vec(), sent[500_000..].to_vec()];
    writer.write_vectored(&lp, halves.into(), |_, _, result| result.unwrap()).unwrap();
    writer
        .shutdown(&lp, |lp, writer, result| {
            // There are no two sides of which to end one.
            assert_eq!(result, Err(Error::ENOTSOCK));
            writer.close(lp).unwrap();
        })
        .unwrap();
    let all = Rc::new(RefCell::new(Vec::new()));
    let into = all.clone();
    reader
        .read_start(&lp, move |lp, reader, read| match read {
            Ok(bytes) => into.borrow_mut().extend_from_slice(bytes),
            Err(error) => {
                assert_eq!(error, Error::EOF);
                reader.close(lp).unwrap();
            }
        })
        .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(*all.borrow() == sent);
}

#[test]
fn a_pipe_without_a_reader_is_an_error() {
    let lp = Loop::new().unwrap();
    let (reading, writing) = uv_net::pipe().unwrap();
    let writer = Pipe::new(&lp);
    writer.open(&lp, writing).unwrap();
    drop(reading);
    writer.write(&lp, "x", |_, _, result| assert_eq!(result, Err(Error::EPIPE))).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn files_cannot_be_waited_for() {
    let lp = Loop::new().unwrap();
    let pipe = Pipe::new(&lp);
    pipe.open(&lp, tempfile::tempfile().unwrap()).unwrap();
    assert_eq!(pipe.read_start(&lp, |_, _, _| {}), Err(Error::EPERM));
    assert!(!pipe.is_active(&lp) && !lp.alive());
    let refused = pipe.open(&lp, tempfile::tempfile().unwrap()).unwrap_err();
    assert_eq!(refused.error(), Error::EBUSY);
    assert_eq!(guess_handle(refused.into_fd()), HandleType::File);
}

fn ipc_pair(lp: &Loop) -> (Pipe, Pipe) {
    let (one, other) = uv_net::socketpair().unwrap();
    let handles = (Pipe::new_ipc(lp), Pipe::new_ipc(lp));
    handles.0.open(lp, one).unwrap();
    handles.1.open(lp, other).unwrap();
    handles
}

#[test]
fn sockets_of_all_kinds_are_passed_in_order() {
    let lp = Loop::new().unwrap();
    let (sender, receiver) = ipc_pair(&lp);
    assert_eq!(sender.listen(&lp, 1, |_, _| {}), Err(Error::EINVAL));
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (tcp, pipe) = (Tcp::new(&lp), Pipe::new(&lp));
    tcp.open(&lp, TcpStream::connect(server.local_addr().unwrap()).unwrap()).unwrap();
    let mut tcp_peer = server.accept().unwrap().0;
    let (ours, mut pipe_peer) = UnixStream::pair().unwrap();
    pipe.open(&lp, ours).unwrap();
    let sent = Rc::new(Cell::new(0));
    let count = || {
        let sent = sent.clone();
        move |_: &Loop, _: Pipe, result: Result<(), Error>| {
            result.unwrap();
            sent.set(sent.get() + 1);
        }
    };
    // Bytes without a descriptor before, between and after.
    sender.write(&lp, "a", count()).unwrap();
    sender.write2(&lp, "b", tcp, count()).unwrap();
    sender.write2(&lp, "c", pipe, count()).unwrap();
    sender.write(&lp, "d", count()).unwrap();
    sender.write2(&lp, "e", tcp, count()).unwrap();
    assert_eq!(sender.write2(&lp, "", tcp, |_, _, _| {}), Err(Error::EINVAL));
    assert_eq!(sender.write2(&lp, "x", Tcp::new(&lp), |_, _, _| {}), Err(Error::EBADF));
    tcp.close(&lp).unwrap();
    pipe.close(&lp).unwrap();
    let bytes = Rc::new(RefCell::new(Vec::new()));
    let taken = Rc::new(RefCell::new((Vec::new(), Vec::new())));
    receiver
        .read_start(&lp, {
            let (bytes, taken) = (bytes.clone(), taken.clone());
            move |lp, receiver, read| {
                bytes.borrow_mut().extend_from_slice(read.unwrap());
                while receiver.pending_count(lp).unwrap() > 0 {
                    match receiver.pending_type(lp).unwrap() {
                        HandleType::Tcp => {
                            assert_eq!(receiver.accept_pipe(lp), Err(Error::EINVAL));
                            taken.borrow_mut().0.push(receiver.accept_tcp(lp).unwrap());
                        }
                        HandleType::Pipe => taken.borrow_mut().1.push(receiver.accept_pipe(lp).unwrap()),
                        other => panic!("{other:?}"),
                    }
                }
                assert_eq!(receiver.accept_tcp(lp), Err(Error::EAGAIN));
                if *bytes.borrow() == b"abcde" {
                    receiver.close(lp).unwrap();
                }
            }
        })
        .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    let taken = taken.borrow();
    assert_eq!((taken.0.len(), taken.1.len(), sent.get()), (2, 1, 5));
    // They are the sockets that were sent.
    for (number, tcp) in taken.0.iter().enumerate() {
        tcp.try_write(&lp, &[number as u8]).unwrap();
    }
    taken.1[0].try_write(&lp, b"pipe").unwrap();
    let mut received = [9; 2];
    tcp_peer.read_exact(&mut received).unwrap();
    assert_eq!(received, [0, 1]);
    let mut received = [0; 4];
    pipe_peer.read_exact(&mut received).unwrap();
    assert_eq!(&received, b"pipe");
}

#[test]
fn descriptors_that_nobody_takes_are_closed() {
    let lp = Loop::new().unwrap();
    let (sender, receiver) = ipc_pair(&lp);
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let pipe = Pipe::new(&lp);
    pipe.open(&lp, ours).unwrap();
    for _ in 0..3 {
        assert_eq!(sender.try_write2(&lp, b"x", pipe), Ok(1));
    }
    pipe.close(&lp).unwrap();
    receiver.read_start(&lp, |_, _, read| assert!(read.is_ok())).unwrap();
    for _ in 0..4 {
        lp.run(RunMode::NoWait).unwrap();
    }
    assert_eq!(receiver.pending_count(&lp), Ok(3));
    drop(receiver.accept_fd(&lp).unwrap());
    receiver.close(&lp).unwrap();
    // The last of them has gone.
    assert_eq!(theirs.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_descriptor_waits_with_its_bytes() {
    let lp = Loop::new().unwrap();
    let (sender, receiver) = ipc_pair(&lp);
    let (pipe, _other) = Pipe::pair(&lp).unwrap();
    let mut length = sender.try_write(&lp, &[1; 1 << 20]).unwrap();
    for _ in 0..3 {
        sender.write2(&lp, vec![2; 100_000], pipe, |_, _, result| result.unwrap()).unwrap();
    }
    length += 300_000;
    let found = Rc::new(RefCell::new(Vec::new()));
    receiver
        .read_start(&lp, {
            let (found, mut seen) = (found.clone(), 0);
            let first = length - 300_000;
            move |lp, receiver, read| {
                seen += read.unwrap().len();
                let mut found = found.borrow_mut();
                for number in found.len()..receiver.pending_count(lp).unwrap() {
                    found.push(seen > first + 100_000 * number);
                }
                if seen == length {
                    lp.stop();
                }
            }
        })
        .unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(*found.borrow(), [true; 3], "none came before its bytes");
}

#[test]
fn another_process_gets_the_descriptor() {
    // This program again, as the other process.
    if std::env::var_os("UV_NET_CHILD").is_some() {
        let lp = Loop::new().unwrap();
        let pipe = Pipe::new_ipc(&lp);
        pipe.open(&lp, std::io::stdin().as_fd().try_clone_to_owned().unwrap()).unwrap();
        pipe.read_start(&lp, |lp, pipe, read| {
            if read.is_err() {
                return pipe.close(lp).unwrap();
            }
            let tcp = pipe.accept_tcp(lp).unwrap();
            tcp.write(lp, format!("from {}", std::process::id()), |lp, tcp, result| {
                result.unwrap();
                tcp.close(lp).unwrap();
            })
            .unwrap();
        })
        .unwrap();
        lp.run(RunMode::Default).unwrap();
        return;
    }
    let lp = Loop::new().unwrap();
    let (ours, theirs) = uv_net::socketpair().unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "another_process_gets_the_descriptor"])
        .env("UV_NET_CHILD", "1")
        .stdin(theirs)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let pipe = Pipe::new_ipc(&lp);
    pipe.open(&lp, ours).unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
    let tcp = Tcp::new(&lp);
    tcp.open(&lp, server.accept().unwrap().0).unwrap();
    pipe.write2(&lp, "yours", tcp, |lp, pipe, result| {
        result.unwrap();
        pipe.close(lp).unwrap();
    })
    .unwrap();
    tcp.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    assert_eq!(text, format!("from {}", child.id()));
    assert!(child.wait().unwrap().success());
}

#[test]
fn descriptors_are_told_apart() {
    let directory = directory();
    assert_eq!(guess_handle(std::fs::File::open(directory.path()).unwrap()), HandleType::Unknown);
    assert_eq!(guess_handle(tempfile::tempfile().unwrap()), HandleType::File);
    assert_eq!(guess_handle(std::fs::File::open("/dev/zero").unwrap()), HandleType::File);
    let (reader, writer) = std::io::pipe().unwrap();
    assert_eq!((guess_handle(reader), guess_handle(writer)), (HandleType::Pipe, HandleType::Pipe));
    assert_eq!(guess_handle(UnixStream::pair().unwrap().0), HandleType::Pipe);
    assert_eq!(guess_handle(TcpListener::bind("127.0.0.1:0").unwrap()), HandleType::Tcp);
    assert_eq!(guess_handle(UdpSocket::bind("127.0.0.1:0").unwrap()), HandleType::Udp);
    let datagrams = std::os::unix::net::UnixDatagram::unbound().unwrap();
    assert_eq!(guess_handle(datagrams), HandleType::Unknown);
}

#[test]
fn std_sockets_talk_to_a_server() {
    let directory = directory();
    let path = directory.path().join("socket");
    let lp = Loop::new().unwrap();
    let server = Pipe::new(&lp);
    server.bind(&lp, &path).unwrap();
    assert_eq!(server.chmod(&lp, false, false), Err(Error::EINVAL));
    server.chmod(&lp, true, true).unwrap();
    server
        .listen(&lp, 8, |lp, server| {
            let fd = server.accept_fd(lp).unwrap();
            let peer = Pipe::new(lp);
            peer.open(lp, fd).unwrap();
            peer.read_start(lp, |lp, peer, read| match read {
                Ok(bytes) => peer.write(lp, Vec::from(bytes), |_, _, _| {}).unwrap(),
                Err(_) => peer.close(lp).unwrap(),
            })
            .unwrap();
            server.close(lp).unwrap();
        })
        .unwrap();
    let client = std::thread::spawn(move || {
        let mut client = UnixStream::connect(path).unwrap();
        client.write_all(b"echo").unwrap();
        let mut back = [0; 4];
        client.read_exact(&mut back).unwrap();
        back
    });
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(&client.join().unwrap(), b"echo");
}
