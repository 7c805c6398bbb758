//! How a socket connects: a name is looked up first, and of several addresses one after the other is tried.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::rc::Rc;

use uv_net::{AddrFlags, Pipe, Tcp};

use super::error::Target;
use super::events::Event;
use super::handle::StreamHandle;
use super::{Endpoint, NetError, Socket};
use crate::{Error, Runtime, Thrown, Timeout, dns};

/// How many milliseconds an address has before the next one is tried, as Node's default.
const ATTEMPT_TIMEOUT: u64 = 250;

const LOCALHOST: &str = "localhost";

impl Socket {
    /// Connects, and emits `'connect'` and `'ready'`, or `'error'` and `'close'`. To a path it begins at once, to an address
    /// from the nextTick queue, and to a name when it was looked up (`'lookup'`); of several addresses, those of both
    /// families in turn, each has 250 ms before the next is tried. A socket that was destroyed can connect anew. As
    /// `socket.connect`.
    ///
    /// ```
    /// use node_compat::{Runtime, net::Socket};
    ///
    /// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let rt = Runtime::new()?;
    /// let socket = Socket::new();
    /// socket.connect(&rt, ("localhost", server.local_addr()?.port()));
    /// socket.write(&rt, "as soon as it is connected");
    /// socket.on_ready(|rt, socket| socket.destroy(rt));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connect(&self, rt: &Runtime, to: impl Into<Endpoint>) {
        let (it, to) = (&self.0, to.into());
        it.ended_by_peer.set(false);
        if self.is_destroyed() {
            it.peer.set(None);
        }
        if it.handle.get().is_none() {
            let lp = rt.event_loop();
            self.undestroy(rt);
            it.bytes_read.set(0);
            it.bytes_written.set(0);
            self.adopt(
                rt,
                match &to {
                    Endpoint::Path(_) => StreamHandle::Pipe(Pipe::new(lp)),
                    Endpoint::Port { .. } => StreamHandle::Tcp(Tcp::new(lp)),
                },
            );
        }
        self.touch(rt);
        it.connecting.set(true);
        match to {
            Endpoint::Path(path) => self.connect_path(rt, path),
            Endpoint::Port { port, host } => self.look_up_and_connect(rt, host.as_deref().unwrap_or(LOCALHOST), port),
        }
    }

    fn connect_path(&self, rt: &Runtime, path: OsString) {
        let target = Target::Path(path.to_string_lossy().into_owned());
        let (socket, of, life) = (self.clone(), target.clone(), self.0.life.get());
        let f = rt.callback(
            move |rt, result| {
                if socket.lives(life) { socket.after_connect(rt, result, &of) } else { Ok(()) }
            },
        );
        let begun = match self.0.handle.get() {
            Some(StreamHandle::Pipe(pipe)) => pipe.connect(rt.event_loop(), path, |lp, _, result| f(lp, result)),
            _ => Err(Error::EINVAL),
        };
        if let Err(error) = begun {
            self.destroy_with(rt, NetError::connect(error, &target, None));
        }
    }

    fn look_up_and_connect(&self, rt: &Runtime, host: &str, port: u16) {
        let (socket, life) = (self.clone(), self.0.life.get());
        if let Ok(ip) = host.parse() {
            rt.next_tick(move |rt| {
                if socket.is_connecting() && socket.lives(life) {
                    socket.connect_address(rt, SocketAddr::new(ip, port));
                }
            });
            return;
        }
        let name = host.to_owned();
        let options = dns::LookupOptions { hints: AddrFlags::ADDRCONFIG, ..dns::LookupOptions::default() };
        dns::resolve(rt, host, options, move |rt, found| {
            if !(socket.is_connecting() && socket.lives(life)) {
                return Ok(());
            }
            match found {
                Ok(found) => socket.connect_to_one_of(rt, &name, port, &found),
                Err(error) => {
                    socket.emit(rt, Event::Lookup(Err(error.clone()), name))?;
                    rt.next_tick(move |rt| socket.destroy_with(rt, error));
                    Ok(())
                }
            }
        });
    }

    fn connect_to_one_of(&self, rt: &Runtime, host: &str, port: u16, found: &[SocketAddr]) -> Result<(), Thrown> {
        for address in found {
            self.emit(rt, Event::Lookup(Ok(address.ip()), host.to_owned()))?;
            if !self.is_connecting() {
                return Ok(());
            }
        }
        let mut addresses = in_turn(found);
        for address in &mut addresses {
            address.set_port(port);
        }
        self.touch(rt);
        match addresses[..] {
            // `getaddrinfo` finds one, or fails.
            [] => self.destroy_with(rt, NetError::dns(Error::EAI_NONAME, "getaddrinfo", host)),
            [address] => self.connect_address(rt, address),
            _ => {
                let attempts = Attempts {
                    life: self.0.life.get(),
                    addresses,
                    next: Cell::new(0),
                    errors: RefCell::default(),
                    timer: Cell::new(None),
                };
                self.attempt(rt, &Rc::new(attempts));
            }
        }
        Ok(())
    }

    fn connect_address(&self, rt: &Runtime, address: SocketAddr) {
        let target = Target::Ip(address);
        let socket = self.clone();
        let of = target.clone();
        if let Err(error) = self.begin(rt, address, move |rt, result| socket.after_connect(rt, result, &of)) {
            let local = self.local_addr(rt);
            self.destroy_with(rt, NetError::connect(error, &target, local));
        }
    }

    fn begin(
        &self,
        rt: &Runtime,
        address: SocketAddr,
        f: impl FnOnce(&Runtime, Result<(), Error>) -> Result<(), Thrown> + 'static,
    ) -> Result<(), Error> {
        let (socket, life) = (self.clone(), self.0.life.get());
        let f = rt.callback(move |rt, result| {
            // A timer of its is to be stopped also when it was destroyed meanwhile.
            if socket.0.life.get() == life { f(rt, result) } else { Ok(()) }
        });
        match self.0.handle.get() {
            Some(StreamHandle::Tcp(tcp)) => tcp.connect(rt.event_loop(), address, |lp, _, result| f(lp, result)),
            // It was connected to a path and is not destroyed.
            _ => Err(Error::EINVAL),
        }
    }

    fn after_connect(&self, rt: &Runtime, result: Result<(), Error>, target: &Target) -> Result<(), Thrown> {
        if self.is_destroyed() {
            return Ok(());
        }
        self.0.connecting.set(false);
        if let Err(error) = result {
            self.destroy_with(rt, NetError::connect(error, target, None));
            return Ok(());
        }
        self.touch(rt);
        self.apply_options(rt);
        self.emit(rt, Event::Connect)?;
        self.emit(rt, Event::Ready)?;
        if !self.is_paused() {
            self.read(rt, false)?;
        }
        Ok(())
    }

    /// Tries the next address. As Node's `internalConnectMultiple`.
    fn attempt(&self, rt: &Runtime, attempts: &Rc<Attempts>) {
        let number = attempts.next.get();
        let Some(&address) = attempts.addresses.get(number) else {
            self.destroy_with(rt, NetError::aggregate(attempts.errors.take()));
            return;
        };
        attempts.next.set(number + 1);
        if number > 0 {
            self.replace_handle(rt);
        }
        let (socket, these) = (self.clone(), attempts.clone());
        let f = move |rt: &Runtime, result| socket.after_attempt(rt, &these, number, result);
        if let Err(error) = self.begin(rt, address, f) {
            let local = self.local_addr(rt);
            attempts.errors.borrow_mut().push(NetError::connect(error, &Target::Ip(address), local));
            return self.attempt(rt, attempts);
        }
        if number + 1 < attempts.addresses.len() {
            let (socket, these) = (self.clone(), attempts.clone());
            let timer = rt.set_timeout(ATTEMPT_TIMEOUT, move |rt| {
                these.failed(Error::ETIMEDOUT, address);
                if socket.is_connecting() && socket.lives(these.life) {
                    socket.attempt(rt, &these);
                }
            });
            attempts.timer.set(Some(timer));
        }
    }

    fn after_attempt(
        &self,
        rt: &Runtime,
        attempts: &Rc<Attempts>,
        number: usize,
        result: Result<(), Error>,
    ) -> Result<(), Thrown> {
        if number + 1 != attempts.next.get() {
            // It had timed out.
            return Ok(());
        }
        attempts.timer.take().into_iter().for_each(|timer| rt.clear_timeout(timer));
        match result {
            Ok(()) => self.after_connect(rt, Ok(()), &Target::Ip(attempts.addresses[number])),
            Err(error) => {
                attempts.failed(error, attempts.addresses[number]);
                if self.is_connecting() {
                    self.attempt(rt, attempts);
                }
                Ok(())
            }
        }
    }

    fn replace_handle(&self, rt: &Runtime) {
        let new = StreamHandle::Tcp(Tcp::new(rt.event_loop()));
        if let Some(old) = self.0.handle.get() {
            let held = rt.0.sockets.borrow_mut().remove(&old.id());
            drop(held);
            old.discard(rt);
        }
        self.adopt(rt, new);
    }
}

struct Attempts {
    /// The socket's life that they belong to.
    life: u64,
    addresses: Vec<SocketAddr>,
    next: Cell<usize>,
    errors: RefCell<Vec<NetError>>,
    timer: Cell<Option<Timeout>>,
}

impl Attempts {
    fn failed(&self, error: Error, address: SocketAddr) {
        self.errors.borrow_mut().push(NetError::connect(error, &Target::Ip(address), None));
    }
}

/// Each address once, and both families in turn, beginning with that of the first.
fn in_turn(found: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (mut these, mut those) = (Vec::new(), Vec::new());
    for address in found {
        let list = if address.is_ipv6() == first_is_v6 { &mut these } else { &mut those };
        if !list.contains(address) {
            list.push(*address);
        }
    }
    let (mut these, mut those) = (these.into_iter(), those.into_iter());
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(these.next());
        all.extend(those.next());
        if all.len() == before {
            return all;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &str) -> Vec<SocketAddr> {
        list.split_whitespace().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn families_take_turns() {
        assert_eq!(in_turn(&addresses("")), []);
        assert_eq!(in_turn(&addresses("::1 ::2 ::1 1.1.1.1 ::3")), addresses("::1 1.1.1.1 ::2 ::3"));
        assert_eq!(in_turn(&addresses("1.1.1.1 1.1.1.2 ::1")), addresses("1.1.1.1 ::1 1.1.1.2"));
    }

    /// Runs a socket that tries loopback addresses of this host; all that are not 127.0.0.1 refuse.
    fn try_all(list: &str) -> (Result<(), NetError>, usize) {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        let rt = Runtime::new().unwrap();
        let socket = Socket::new();
        let result = Rc::new(RefCell::new(None));
        let (connected, failed) = (result.clone(), result.clone());
        socket.on_connect(move |rt, socket| {
            *connected.borrow_mut() = Some(Ok(()));
            socket.destroy(rt);
        });
        socket.on_error(move |_, _, error| *failed.borrow_mut() = Some(Err(error.clone())));
        let closes = Rc::new(Cell::new(0));
        let count = closes.clone();
        socket.on_close(move |_, _, _| count.set(count.get() + 1));
        socket.adopt(&rt, StreamHandle::Tcp(Tcp::new(rt.event_loop())));
        socket.0.connecting.set(true);
        socket.connect_to_one_of(&rt, "host", port, &addresses(list)).unwrap();
        rt.run().unwrap();
        assert!(rt.0.sockets.borrow().is_empty());
        let result = result.take().unwrap();
        (result, closes.get())
    }

    #[test]
    fn the_next_address_is_tried() {
        let (result, closes) = try_all("127.0.0.2 127.0.0.3 127.0.0.1");
        assert!(result.is_ok());
        assert_eq!(closes, 1);
    }

    #[test]
    fn all_addresses_have_failed() {
        let (result, closes) = try_all("127.0.0.2 127.0.0.3");
        let error = result.unwrap_err();
        assert_eq!(error.code(), Some("ECONNREFUSED"));
        let addresses: Vec<_> = error.errors().iter().map(NetError::address).collect();
        assert_eq!(addresses, [Some("127.0.0.2"), Some("127.0.0.3")]);
        assert_eq!(closes, 1);
    }
}
