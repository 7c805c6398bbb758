//! The program that looks up names, in Rust.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

use node_compat::dns::{self, AddrFlags, Family, LookupOptions, Order};
use node_compat::net::NetError;
use node_compat::{Promise, Runtime, Thrown};

use super::Log;

pub(super) fn lookups(rt: &Runtime, log: &Log) {
    take(rt, log, 0);
}

const ANY: LookupOptions =
    LookupOptions { family: Family::UNSPEC, hints: AddrFlags::from_raw(0), order: Order::Verbatim };
const INET: LookupOptions = LookupOptions { family: Family::INET, ..ANY };
const INET6: LookupOptions = LookupOptions { family: Family::INET6, ..ANY };
const MAPPED: LookupOptions = LookupOptions { hints: AddrFlags::V4MAPPED, ..INET6 };
const IPV4_FIRST: LookupOptions = LookupOptions { order: Order::Ipv4First, ..ANY };
const STEPS: usize = 24;

/// Each step is asked for in a timer, and when all is quiet the next one in another.
fn take(rt: &Runtime, log: &Log, n: usize) {
    if n == STEPS {
        return;
    }
    let say = |what: &str| {
        let (log, line) = (log.clone(), format!("step {n} {what}"));
        move || log.say(&line)
    };
    let (tick, microtask) = (say("tick before"), say("microtask before"));
    rt.next_tick(move |_| tick());
    Promise::resolved(rt, ()).then(rt, move |_, ()| {
        microtask();
        Ok(())
    });
    step(rt, n, Next { log: log.clone(), n });
    let (tick, microtask) = (say("tick after"), say("microtask after"));
    rt.next_tick(move |_| tick());
    Promise::resolved(rt, ()).then(rt, move |_, ()| {
        microtask();
        Ok(())
    });
}

/// What follows an answer.
struct Next {
    log: Log,
    n: usize,
}

impl Next {
    fn is(self, rt: &Runtime, found: impl Display) {
        let Next { log, n } = self;
        log.say(format_args!("step {n} {found}"));
        log.around(rt, &format!("step {n}"));
        rt.set_immediate(move |rt| {
            rt.set_timeout(1, move |rt| take(rt, &log, n + 1));
        });
    }
}

fn step(rt: &Runtime, n: usize, next: Next) {
    let long = "x".repeat(300);
    let loopback = SocketAddr::from(([127, 0, 0, 1], 54321));
    let nobody = SocketAddr::from(([192, 0, 2, 1], 80));
    match n {
        0 => dns::lookup(rt, "localhost", INET, |rt, found| next.is(rt, is_local(&found.unwrap()))),
        1 => dns::lookup_all(rt, "localhost", ANY, |rt, found| next.is(rt, found.unwrap().iter().all(is_local))),
        2 => {
            dns::lookup(rt, "localhost", INET6, |rt, found| next.is(rt, found.as_ref().map_or_else(has_none, is_local)))
        }
        3 => dns::lookup_all(rt, "localhost", IPV4_FIRST, |rt, found| {
            next.is(rt, if found.unwrap()[0].is_ipv4() { 4 } else { 6 });
        }),
        4 => dns::lookup(rt, "localhost", MAPPED, |rt, found| {
            next.is(rt, found.as_ref().map_or_else(has_none, |address| is_local(&address.to_canonical())));
        }),
        5 => dns::lookup(rt, "127.1", ANY, |rt, found| next.is(rt, found.unwrap())),
        6 => dns::lookup(rt, "host.invalid", ANY, |rt, found| next.is(rt, shown(&found.unwrap_err()))),
        7 => dns::lookup_all(rt, "host.invalid", ANY, |rt, found| next.is(rt, shown(&found.unwrap_err()))),
        8 => dns::lookup(rt, &long, ANY, |rt, found| {
            let error = found.unwrap_err();
            let (code, errno) = (error.code().unwrap(), error.errno().unwrap().code());
            next.is(rt, format_args!("{code} {errno} {}", error.to_string().len()));
        }),
        9 => dns::lookup(rt, "1.2.3.4", INET6, |rt, found| next.is(rt, found.unwrap())),
        10 => dns::lookup(rt, "::1", INET, |rt, found| next.is(rt, found.unwrap())),
        11 => dns::lookup(rt, "fe80::1%lo", ANY, |rt, found| next.is(rt, found.unwrap())),
        12 => dns::lookup_all(rt, "", ANY, |rt, found| next.is(rt, found.unwrap().len())),
        13 => dns::lookup_service(rt, loopback, |rt, found| next.is(rt, found.unwrap().service)),
        14 => dns::lookup_service(rt, nobody, |rt, found| next.is(rt, shown(&found.unwrap_err()))),
        15 => answer(rt, dns::promises::lookup(rt, "localhost", INET), |found| is_local(&found.unwrap()), next),
        16 => {
            let promise = dns::promises::lookup_all(rt, "localhost", ANY);
            answer(rt, promise, |found| found.unwrap().iter().all(is_local), next);
        }
        17 => answer(rt, dns::promises::lookup(rt, "1.2.3.4", ANY), Result::unwrap, next),
        18 => answer(rt, dns::promises::lookup_all(rt, "1.2.3.4", ANY), |found| found.unwrap().len(), next),
        19 => answer(rt, dns::promises::lookup_all(rt, "", ANY), |found| found.unwrap().len(), next),
        20 => {
            let promise = dns::promises::lookup(rt, &long, ANY);
            answer(rt, promise, |found| found.unwrap_err().code().unwrap(), next);
        }
        21 => {
            let promise = dns::promises::lookup(rt, "host.invalid", ANY);
            answer(rt, promise, |found| shown(&found.unwrap_err()), next);
        }
        22 => answer(rt, dns::promises::lookup_service(rt, loopback), |found| found.unwrap().service, next),
        23 => {
            let promise = dns::promises::lookup_service(rt, nobody);
            let shown = |error: NetError| format!("{} {}", has_none(&error), error.syscall().unwrap());
            answer(rt, promise, move |found| shown(found.unwrap_err()), next);
        }
        _ => unreachable!(),
    }
}

/// In a microtask of the promise's own, as by JavaScript's `then` and `catch`.
fn answer<T: Clone + 'static, D: Display>(
    rt: &Runtime,
    promise: Promise<T>,
    show: impl FnOnce(Result<T, NetError>) -> D + 'static,
    next: Next,
) {
    promise.when_settled(rt, move |rt, found| {
        let found = found.map_err(|reason| reason.downcast_ref::<NetError>().unwrap().clone());
        next.is(rt, show(found));
        Ok::<(), Thrown>(())
    });
}

fn is_local(address: &IpAddr) -> bool {
    address.is_loopback()
}

fn has_none(error: &NetError) -> bool {
    matches!(error.code(), Some("ENOTFOUND" | "EAI_AGAIN"))
}

fn shown(error: &NetError) -> String {
    let (code, syscall, hostname) = (error.code().unwrap(), error.syscall().unwrap(), error.hostname().unwrap());
    format!("{error} {code} {syscall} {hostname}").replace("EAI_AGAIN", "ENOTFOUND")
}
