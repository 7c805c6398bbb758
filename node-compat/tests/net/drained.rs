//! However many callbacks are ready in one turn, of sockets, files, names, children, timers and immediates: before each of
//! them the queues are empty.

use std::cell::Cell;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use node_compat::child_process::{self, SpawnOptions, Stdio};
use node_compat::net::{Socket, create_server};
use node_compat::{Runtime, dns, fs};
use proptest::prelude::*;

#[derive(Clone, Default)]
struct Check(Rc<Counts>);

#[derive(Default)]
struct Counts {
    waiting: Cell<u32>,
    callbacks: Cell<usize>,
}

impl Check {
    /// A callback begins, and leaves something in both queues, of which each adds to the other.
    fn begin(&self, rt: &Runtime) {
        let counts = &self.0;
        assert_eq!(counts.waiting.get(), 0, "what the callback before has left is done");
        counts.callbacks.set(counts.callbacks.get() + 1);
        counts.waiting.set(4);
        let done = || {
            let counts = counts.clone();
            move |_: &Runtime| counts.waiting.set(counts.waiting.get() - 1)
        };
        let (tick, later_microtask, microtask, later_tick) = (done(), done(), done(), done());
        rt.next_tick(move |rt| {
            tick(rt);
            rt.queue_microtask(later_microtask);
        });
        rt.queue_microtask(move |rt| {
            microtask(rt);
            rt.next_tick(later_tick);
        });
    }

    fn pair(&self, rt: &Runtime, rounds: usize) {
        let (one, other) = UnixStream::pair().unwrap();
        let [one, other] = [one, other].map(|end| Socket::from_fd(rt, end).unwrap());
        for socket in [&one, &other] {
            let (check, left) = (self.clone(), Cell::new(rounds));
            socket.on_data(rt, move |rt, socket, bytes| {
                check.begin(rt);
                left.set(left.get() - 1);
                if left.get() > 0 {
                    socket.write(rt, bytes);
                } else {
                    socket.end(rt);
                }
            });
            let check = self.clone();
            socket.on_close(move |rt, _, _| check.begin(rt));
        }
        one.write(rt, "ping");
    }

    fn connections(&self, rt: &Runtime, count: usize) {
        let (check, left) = (self.clone(), Cell::new(count));
        let server = create_server(move |rt, server, socket| {
            check.begin(rt);
            socket.resume(rt);
            left.set(left.get() - 1);
            if left.get() == 0 {
                server.close(rt);
            }
        });
        server.listen(rt, 0).unwrap();
        for _ in 0..count {
            let client = Socket::new();
            client.connect(rt, server.address(rt).unwrap());
            client.resume(rt);
            let check = self.clone();
            client.on_connect(move |rt, client| {
                check.begin(rt);
                client.end(rt);
            });
            let check = self.clone();
            client.on_close(move |rt, _, _| check.begin(rt));
        }
        if count == 0 {
            server.close(rt);
        }
    }

    fn child(&self, rt: &Runtime) {
        let options =
            SpawnOptions { stdio: vec![Stdio::Ignore, Stdio::Pipe, Stdio::Ignore], ..SpawnOptions::default() };
        let child = child_process::spawn(rt, "echo", ["said"], options);
        let check = self.clone();
        child.stdout().unwrap().on_data(rt, move |rt, _, _| check.begin(rt));
        let check = self.clone();
        child.on_exit(move |rt, _, _, _| check.begin(rt));
    }
}

fn callback<T>(check: &Check) -> impl FnOnce(&Runtime, T) + 'static + use<T> {
    let check = check.clone();
    move |rt, _| check.begin(rt)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_queues_are_empty_when_a_callback_begins(
        pairs in 0_usize..8,
        rounds in 1_usize..6,
        connections in 0_usize..6,
        files in 0_usize..30,
        names in 0_usize..4,
        children in 0_usize..3,
        others in 0_usize..10,
    ) {
        let (rt, check) = (Runtime::new().unwrap(), Check::default());
        (0..pairs).for_each(|_| check.pair(&rt, rounds));
        check.connections(&rt, connections);
        for n in 0..files {
            // Some are answered by the caches, and some by the pool.
            match n % 3 {
                0 => drop(fs::stat(&rt, "/", callback(&check))),
                1 => drop(fs::stat(&rt, "/no/such/file", callback(&check))),
                _ => drop(fs::realpath(&rt, "/proc/self", callback(&check))),
            }
        }
        (0..names).for_each(|_| dns::lookup(&rt, "localhost", dns::LookupOptions::default(), callback(&check)));
        (0..children).for_each(|_| check.child(&rt));
        for n in 0..others {
            let (one, other) = (callback(&check), callback(&check));
            rt.set_immediate(move |rt| one(rt, ()));
            rt.set_timeout(n as u64 % 3, move |rt| other(rt, ()));
        }
        prop_assert_eq!(rt.run().unwrap(), 0);
        let of_sockets = pairs * (2 * rounds + 2 - 1) + 3 * connections;
        prop_assert!(check.0.callbacks.get() >= of_sockets + files + names + 2 * children + 2 * others);
        prop_assert_eq!(check.0.waiting.get(), 0);
    }
}
