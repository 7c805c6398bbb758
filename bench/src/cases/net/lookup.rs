//! `benchmark-getaddrinfo.c`: ten questions at a time, which need no server.

use uv_loop::{Loop, RunMode};
use uv_net::getaddrinfo;

use super::Clock;
use crate::case::Case;
use crate::libuv::{self, places};
use crate::support::{called, count};

pub fn cases() -> Vec<Case> {
    let of = |name: &str, clock: Clock| {
        Case::new(name, clock.unit(), move || clock.rate(lookups(), look_up))
            .against("libuv", move || clock.rate(lookups(), libuv_look_up))
    };
    vec![of("net/getaddrinfo", Clock::Wall), of("net/getaddrinfo-cpu", Clock::Cpu)]
}

const AT_A_TIME: usize = 10;

fn lookups() -> usize {
    count(10_000, 4000)
}

fn look_up() {
    fn ask(lp: &Loop) {
        let asked = getaddrinfo(lp, Some("127.0.0.1"), None, None, |lp, found| {
            assert!(!found.expect("it is an address").is_empty());
            if called() + AT_A_TIME <= lookups() {
                ask(lp);
            }
        });
        asked.expect("it is a question");
    }
    let lp = Loop::new().expect("a loop");
    (0..AT_A_TIME).for_each(|_| ask(&lp));
    lp.run(RunMode::Default).expect("it runs");
}

fn libuv_look_up() {
    unsafe extern "C" fn found(request: *mut libuv::uv_getaddrinfo_t, status: i32, list: *mut libuv::addrinfo) {
        libuv::ok(status);
        // SAFETY: the list is libuv's, and the request is done and can be used again.
        unsafe {
            assert!(!list.is_null());
            libuv::uv_freeaddrinfo(list);
            if called() + AT_A_TIME <= lookups() {
                ask((*request).loop_, request);
            }
        }
    }
    unsafe fn ask(lp: *mut libuv::uv_loop_t, request: *mut libuv::uv_getaddrinfo_t) {
        let (name, none) = (c"127.0.0.1".as_ptr(), std::ptr::null());
        // SAFETY: the caller has a request that is not in use.
        libuv::ok(unsafe { libuv::uv_getaddrinfo(lp, request, Some(found), name, none, std::ptr::null()) });
    }
    let lp = libuv::new_loop();
    for _ in 0..AT_A_TIME {
        // SAFETY: there is room for the request, and it stays there.
        unsafe { ask(lp, places(1)) };
    }
    libuv::run(lp);
}
