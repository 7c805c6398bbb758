//! Who owns a loop may use it to its thread's end, when the buffers that the thread had are gone.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread;

use uv_loop::{Handle, Loop, RunMode};
use uv_net::{Pipe, Stream, Udp};

struct Runtime(Loop);

impl Runtime {
    fn talk(&self) {
        let lp = &self.0;
        let count = Rc::new(Cell::new(0));
        let counter = || {
            let count = count.clone();
            move |bytes: &[u8]| count.set(count.get() + bytes.len())
        };
        let (writer, reader) = Pipe::pair(lp).unwrap();
        let counted = counter();
        reader
            .read_start(lp, move |lp, reader, read| {
                counted(read.unwrap());
                reader.close(lp).unwrap();
            })
            .unwrap();
        writer.write(lp, "x", |lp, writer, _| writer.close(lp).unwrap()).unwrap();
        let (sender, receiver) = (Udp::new(lp), Udp::new(lp));
        receiver.bind(lp, "127.0.0.1:0".parse().unwrap()).unwrap();
        let counted = counter();
        receiver
            .recv_start(lp, move |lp, receiver, received| {
                counted(received.unwrap().bytes);
                receiver.close(lp).unwrap();
            })
            .unwrap();
        let to = receiver.local_addr(lp).unwrap();
        sender.send(lp, "y", Some(to), |lp, sender, _| sender.close(lp).unwrap()).unwrap();
        lp.run(RunMode::Default).unwrap();
        assert_eq!(count.get(), 2);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.talk();
    }
}

thread_local!(static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) });

#[test]
fn streams_and_datagrams_are_used_while_a_thread_ends() {
    let user = thread::spawn(|| {
        RUNTIME.set(Some(Runtime(Loop::new().unwrap())));
        RUNTIME.with_borrow(|runtime| runtime.as_ref().unwrap().talk());
    });
    user.join().unwrap();
}
