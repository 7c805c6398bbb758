//! Runs a program as `interpret.js` does.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::fmt::{Display, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use node_compat::net::{NetError, Server, ServerOptions, Socket, SocketOptions};
use node_compat::{Runtime, Thrown};

use super::program::Action;

const FIRES: u32 = 2;
/// No clock is asked: a timer is due when nothing has happened for so many turns of the loop.
const QUIET: u32 = 20;

type Done = Result<(), Thrown>;

struct World {
    rules: HashMap<String, Vec<Action>>,
    fired: RefCell<HashMap<String, u32>>,
    options: HashMap<String, Option<usize>>,
    lines: RefCell<Vec<String>>,
    path: PathBuf,
    port: Cell<u16>,
    server: Server,
    client: Socket,
    peers: RefCell<Vec<Socket>>,
    writes: Cell<u32>,
    /// The client connects or has a connection.
    busy: Cell<bool>,
    closed: Cell<bool>,
    connected: Cell<bool>,
    timers: RefCell<VecDeque<Action>>,
    open_peers: Cell<usize>,
}

/// What the program logs.
pub(super) fn run(program: &[Action]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let rt = Runtime::new().unwrap();
    let world = World::new(&rt, program, dir.path().join("s"));
    let it = world.clone();
    rt.on_uncaught_exception(move |_, thrown, _| {
        let code = thrown.downcast_ref::<NetError>().and_then(NetError::code);
        it.log(format_args!("uncaught {} {}", code.unwrap_or("-"), thrown.message()));
        true
    });
    let it = world.clone();
    rt.set_immediate(move |rt| {
        it.turn(rt, Quiet::default());
        it.fire(rt, "main")
    });
    rt.run().unwrap();
    world.lines.take().join("\n")
}

impl World {
    fn new(rt: &Runtime, program: &[Action], path: PathBuf) -> Rc<Self> {
        let (mut rules, mut options) = (HashMap::new(), HashMap::new());
        for block in program {
            let body = block.body.clone().unwrap();
            if block.word == "opts" {
                let parts = body.iter().map(Action::parts);
                options.extend(parts.map(|(name, value)| (name.to_owned(), value.map(|value| value.parse().unwrap()))));
            } else {
                rules.insert(block.word.clone(), body);
            }
        }
        let sockets = |name: &str| {
            let high_water_mark = options.get(&format!("hwm-{name}")).and_then(|value| *value);
            let default = SocketOptions::default();
            SocketOptions {
                allow_half_open: options.contains_key(&format!("half-{name}")),
                high_water_mark: high_water_mark.unwrap_or(default.high_water_mark),
                ..default
            }
        };
        let server = Server::with_options(ServerOptions {
            sockets: sockets("p"),
            pause_on_connect: options.contains_key("pause-on-connect"),
        });
        if let Some(&Some(max)) = options.get("max") {
            server.set_max_connections(max);
        }
        let client = Socket::with_options(sockets("c"));
        let world = Rc::new(World {
            rules,
            fired: RefCell::default(),
            options,
            lines: RefCell::default(),
            path,
            port: Cell::new(0),
            server,
            client,
            peers: RefCell::default(),
            writes: Cell::new(0),
            busy: Cell::new(false),
            closed: Cell::new(false),
            connected: Cell::new(false),
            timers: RefCell::default(),
            open_peers: Cell::new(0),
        });
        world.watch_server();
        world.watch(rt, "c", &world.client);
        world
    }

    fn log(&self, line: impl Display) {
        let mut line = line.to_string().replace(&self.path.display().to_string(), "PATH");
        if self.port.get() > 0 {
            line = line.replace(&format!(":{}", self.port.get()), ":PORT");
        }
        self.lines.borrow_mut().push(line);
    }

    fn has(&self, option: &str, of: &str) -> bool {
        self.options.contains_key(&format!("{option}{of}"))
    }

    fn event(self: &Rc<Self>, rt: &Runtime, name: &str, event: &str, more: impl Display) -> Done {
        self.log(format!("{name} {event} {more}").trim_end());
        self.fire(rt, &format!("{name}.{event}"))
    }

    fn fire(self: &Rc<Self>, rt: &Runtime, key: &str) -> Done {
        let Some(body) = self.rules.get(key) else { return Ok(()) };
        {
            let mut fired = self.fired.borrow_mut();
            let count = fired.entry(key.to_owned()).or_default();
            if *count == FIRES {
                return Ok(());
            }
            *count += 1;
        }
        self.run(rt, body)
    }

    fn watch_server(self: &Rc<Self>) {
        let (server, it) = (&self.server, || self.clone());
        let this = it();
        server.on_listening(move |rt, _| this.event(rt, "s", "listening", ""));
        let this = it();
        server.on_connection(move |rt, _, socket| {
            this.peers.borrow_mut().push(socket.clone());
            this.open_peers.set(this.open_peers.get() + 1);
            this.watch(rt, "p", socket);
            this.event(rt, "s", "connection", "")
        });
        let this = it();
        server.on_drop(move |rt, _, _| this.event(rt, "s", "drop", ""));
        let this = it();
        server.on_error(move |rt, _, error| this.event(rt, "s", "error", text(error)));
        let this = it();
        server.on_close(move |rt, _| this.event(rt, "s", "close", ""));
    }

    fn watch(self: &Rc<Self>, rt: &Runtime, name: &'static str, socket: &Socket) {
        let event = |event: &'static str| {
            let this = self.clone();
            move |rt: &Runtime, _: &Socket| this.event(rt, name, event, "")
        };
        let this = self.clone();
        socket.on_connect(move |_, _| this.connected.set(name == "c" || this.connected.get()));
        socket.on_connect(event("connect"));
        socket.on_ready(event("ready"));
        socket.on_end(event("end"));
        socket.on_drain(event("drain"));
        socket.on_finish(event("finish"));
        socket.on_timeout(event("timeout"));
        if !self.has("deaf-", name) {
            let this = self.clone();
            socket.on_error(move |rt, _, error| this.event(rt, name, "error", text(error)));
        }
        let this = self.clone();
        socket.on_close(move |rt, socket, had_error| {
            if name == "c" {
                this.busy.set(false);
                this.closed.set(true);
            } else {
                this.open_peers.set(this.open_peers.get() - 1);
            }
            this.event(rt, name, "close", had_error)?;
            if name == "c" && socket.is_destroyed() && this.server.is_listening() {
                this.server.close(rt);
            }
            Ok::<(), Thrown>(())
        });
        if !self.has("lazy-", name) {
            self.flow(rt, name, socket);
        }
    }

    fn flow(self: &Rc<Self>, rt: &Runtime, name: &'static str, socket: &Socket) {
        let this = self.clone();
        socket.on_data(rt, move |rt, _, bytes| this.event(rt, name, "data", bytes.len()));
    }

    fn run(self: &Rc<Self>, rt: &Runtime, body: &[Action]) -> Done {
        for action in body {
            let (what, argument) = action.parts();
            let (this, later) = (self.clone(), action.clone());
            let call = move |rt: &Runtime| this.run_block(rt, &later);
            match what {
                "tick" => rt.next_tick(call),
                "micro" => rt.queue_microtask(call),
                "imm" => drop(rt.set_immediate(call)),
                "timer" => self.timers.borrow_mut().push_back(action.clone()),
                "throw" => return Err(Thrown::new("thrown")),
                _ => match what.split_once('.').unwrap() {
                    ("s", action) => self.serve(rt, action, argument),
                    ("c", action) => self.act(rt, "c", &self.client, action, argument),
                    (_, action) => {
                        let last = self.peers.borrow().last().cloned();
                        match last {
                            Some(peer) => self.act(rt, "p", &peer, action, argument),
                            None => self.log("no p"),
                        }
                    }
                },
            }
        }
        Ok(())
    }

    fn run_block(self: &Rc<Self>, rt: &Runtime, block: &Action) -> Done {
        self.log(&block.word);
        self.run(rt, block.body.as_deref().unwrap())
    }

    fn told(
        self: &Rc<Self>,
        name: &'static str,
        call: &'static str,
    ) -> (String, impl FnOnce(&Runtime, Result<(), NetError>) -> Done + 'static) {
        self.writes.set(self.writes.get() + 1);
        let label = format!("{call}#{}", self.writes.get());
        let (this, of) = (self.clone(), label.clone());
        let told = move |rt: &Runtime, result: Result<(), NetError>| {
            let result = result.map_or_else(|error| text(&error), |()| "ok".to_owned());
            this.log(format_args!("{name} {of} {result}"));
            this.fire(rt, &format!("{name}.{call}"))
        };
        (label, told)
    }

    fn act(self: &Rc<Self>, rt: &Runtime, name: &'static str, socket: &Socket, action: &str, argument: Option<&str>) {
        let number = argument.map(|argument| argument.parse::<usize>().unwrap());
        let bytes = || vec![b'x'; number.unwrap()];
        match action {
            "connect" => self.connect(rt, name, socket),
            "write" => {
                let (label, told) = self.told(name, "wrote");
                let returned = socket.write_with(rt, bytes(), told);
                self.log(format_args!("{name} {label} returns {returned}"));
            }
            "writeq" => {
                let returned = socket.write(rt, bytes());
                self.log(format_args!("{name} writeq {returned}"));
            }
            "end" => {
                let (_, told) = self.told(name, "ended");
                if number.is_some() {
                    socket.write(rt, bytes());
                }
                if socket.is_destroyed() && !socket.is_writable_ended() {
                    socket.end(rt);
                } else {
                    socket.end_with(rt, told);
                }
            }
            "endq" => socket.end(rt),
            "cork" => socket.cork(),
            "uncork" => socket.uncork(rt),
            "destroy" => socket.destroy(rt),
            "fail" => socket.destroy_with(rt, NetError::other(Thrown::new("own"))),
            "soon" => socket.destroy_soon(rt),
            "reset" => {
                if let Err(error) = socket.reset_and_destroy(rt) {
                    self.log(format_args!("{name} threw {}", text(&error)));
                }
            }
            "pause" => socket.pause(),
            "resume" => socket.resume(rt),
            "flow" => self.flow(rt, name, socket),
            "timeout" => socket.set_timeout(rt, Duration::from_millis(number.unwrap() as u64)),
            "ref" => socket.ref_(rt),
            "unref" => socket.unref(rt),
            "nodelay" => socket.set_no_delay(rt, argument == Some("1")),
            "keepalive" => {
                let idle = Duration::from_millis(number.unwrap() as u64);
                socket.set_keep_alive(rt, Some(idle).filter(|idle| !idle.is_zero()));
            }
            "state" => self.log(state(name, socket)),
            _ => panic!("unknown action {name}.{action}"),
        }
    }

    fn connect(&self, rt: &Runtime, name: &str, socket: &Socket) {
        let is_anew = self.closed.get() && self.connected.get();
        let is_ready = if is_anew { socket.is_destroyed() } else { socket.is_writable() };
        if self.busy.get() || !is_ready {
            return self.log(format_args!("{name} busy"));
        }
        self.busy.set(true);
        self.closed.set(false);
        self.connected.set(false);
        if self.has("tcp", "") {
            socket.connect(rt, ("127.0.0.1", self.port.get()));
        } else {
            socket.connect(rt, &*self.path);
        }
    }

    fn serve(self: &Rc<Self>, rt: &Runtime, action: &str, argument: Option<&str>) {
        let server = &self.server;
        match action {
            "listen" => {
                let listening = if self.has("tcp", "") { server.listen(rt, 0) } else { server.listen(rt, &*self.path) };
                if let Err(error) = listening {
                    self.log(format_args!("s threw {}", text(&error)));
                }
                if self.port.get() == 0
                    && let Some(port) = server.address(rt).and_then(|address| address.port())
                {
                    self.port.set(port);
                }
            }
            "shut" => server.close(rt),
            "close" => {
                let this = self.clone();
                server.close_with(rt, move |rt, result| {
                    let result = result.map_or_else(|error| text(&error), |()| "ok".to_owned());
                    this.log(format_args!("s closed {result}"));
                    this.fire(rt, "s.closed")
                });
            }
            "ref" => server.ref_(rt),
            "unref" => server.unref(rt),
            "max" => server.set_max_connections(argument.unwrap().parse().unwrap()),
            "count" => {
                let this = self.clone();
                server.count_connections(rt, move |_, count| this.log(format_args!("s count {count}")));
            }
            "state" => self.log(format_args!("s state {} {}", server.is_listening(), server.connections())),
            _ => panic!("unknown action s.{action}"),
        }
    }

    /// Sees to timers and to the end, once in each turn of the loop.
    fn turn(self: &Rc<Self>, rt: &Runtime, mut last: Quiet) {
        let this = self.clone();
        rt.set_immediate(move |rt| {
            let lines = this.lines.borrow().len();
            last.turns = if last.lines == lines { last.turns + 1 } else { 0 };
            last.lines = lines;
            if last.turns == QUIET {
                last.turns = 0;
                let timer = this.timers.borrow_mut().pop_front();
                if let Some(timer) = timer {
                    this.turn(rt, last);
                    return this.run_block(rt, &timer);
                }
                if !(this.server.is_listening() || this.busy.get() || this.open_peers.get() > 0) {
                    return Ok(());
                }
                last.guards += 1;
                if last.guards == 3 {
                    this.log("stuck");
                    rt.exit(0);
                    return Ok(());
                }
                this.guard(rt);
            }
            this.turn(rt, last);
            Ok::<(), Thrown>(())
        });
    }

    /// What goes on for ever is ended.
    fn guard(&self, rt: &Runtime) {
        self.log("guard");
        if !self.client.is_destroyed() {
            self.client.destroy(rt);
        }
        let peers = self.peers.borrow().clone();
        peers.iter().filter(|peer| !peer.is_destroyed()).for_each(|peer| peer.destroy(rt));
        if self.server.is_listening() {
            self.server.close(rt);
        }
    }
}

/// How long nothing has happened.
#[derive(Default)]
struct Quiet {
    turns: u32,
    lines: usize,
    guards: u32,
}

fn text(error: &NetError) -> String {
    format!("{} {} {error}", error.code().unwrap_or("-"), error.syscall().unwrap_or("-"))
}

fn state(name: &str, socket: &Socket) -> String {
    let mut line = format!("{name} state");
    for (flag, set) in [
        ("writable", socket.is_writable()),
        ("destroyed", socket.is_destroyed()),
        ("pending", socket.is_pending()),
        ("connecting", socket.is_connecting()),
        ("writableEnded", socket.is_writable_ended()),
        ("writableFinished", socket.is_writable_finished()),
        ("paused", socket.is_paused()),
    ] {
        if set {
            let _ = write!(line, " {flag}");
        }
    }
    let (unwritten, unread) = (socket.writable_length(), socket.readable_length());
    let _ = write!(line, " {unwritten} {unread} {} {}", socket.bytes_read(), socket.bytes_written());
    line
}
