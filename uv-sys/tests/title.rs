//! The process's title, as others see it. A program of its own, because it is also the child whose title is looked at.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use uv_sys::{Error, os};

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments[0] == "title" {
        return child(&arguments);
    }
    if cfg!(not(all(target_os = "linux", target_env = "gnu"))) {
        assert_eq!(os::process_title(), Err(Error::ENOBUFS));
        return println!("skipped: titles are set on Linux with glibc");
    }
    let run = |arguments: &[&str]| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let status =
            command.arg0("title").args(arguments).env_clear().env("FIRST", "1").env("LAST", "2").status().unwrap();
        assert!(status.success(), "{arguments:?}");
    };
    run(&[]);
    run(&["one"]);
    run(&["", ""]);
    run(&["with a space", "", &"long".repeat(2000)]);
    println!("titles ... ok");
}

fn shown() -> Vec<u8> {
    fs::read("/proc/self/cmdline").unwrap()
}

fn child(arguments: &[OsString]) {
    let room = arguments.iter().map(|argument| argument.len() + 1).sum::<usize>() - 1;
    assert_eq!(os::process_title().unwrap(), "title");
    assert_eq!(shown().len(), room + 1, "asking changes nothing");
    assert!(shown().starts_with(b"title\0"));

    for title in
        ["a", "", "title", "a longer title", &"x".repeat(room), &"y".repeat(room + 1), &"z".repeat(100_000), "end"]
    {
        os::set_process_title(title.as_ref()).unwrap();
        let title = &title.as_bytes()[..title.len().min(room)];
        assert_eq!(os::process_title().unwrap(), OsString::from_vec(title.to_vec()));
        let shown = shown();
        assert_eq!(shown.len(), room + 1, "and nothing of the environment");
        assert_eq!(&shown[..title.len()], title);
        assert!(shown[title.len()..].iter().all(|&byte| byte == 0));
        assert!(std::env::args_os().eq(arguments.iter().cloned()), "they are what they were");
        let variables: Vec<_> = std::env::vars().collect();
        assert_eq!(variables, [("FIRST".into(), "1".into()), ("LAST".into(), "2".into())]);
        assert_eq!(fs::read("/proc/self/environ").unwrap(), b"FIRST=1\0LAST=2\0");
    }
    os::set_process_title("abcdefghijklmnopqrstuvwxyz".as_ref()).unwrap();
    assert_eq!(
        fs::read_to_string("/proc/thread-self/comm").unwrap(),
        "abcdefghijklmno\n",
        "as the kernel has room for"
    );
    assert_eq!(os::set_process_title("a\0b".as_ref()), Err(Error::EINVAL));
    // Not UTF-8.
    let bytes = OsString::from_vec(vec![0xff, b'x']);
    os::set_process_title(&bytes).unwrap();
    assert_eq!(os::process_title().unwrap(), bytes);
    // From several threads at once: always one of them.
    std::thread::scope(|scope| {
        for letter in ["aaaa", "bbbb"] {
            scope.spawn(move || {
                for _ in 0..500 {
                    os::set_process_title(letter.as_ref()).unwrap();
                    let title = os::process_title().unwrap();
                    assert!(title == "aaaa" || title == "bbbb", "{title:?}");
                }
            });
        }
    });
}
