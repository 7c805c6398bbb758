//! The signals' numbers and names.

macro_rules! signals {
    ($($name:ident, $meaning:literal;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`: ", $meaning, ".\n\n```\nuse uv_sys::signal;\n\n",
                "assert_eq!(signal::name(signal::", stringify!($name), "), Some(\"", stringify!($name), "\"));\n```")]
            pub const $name: i32 = libc::$name;
        )*

        /// A signal's name, as `strsignal` has none and Node's `os.constants.signals` has. `None` for numbers that
        /// are no signal, and for real-time signals, which have no names.
        ///
        /// ```
        /// use uv_sys::signal;
        ///
        /// assert_eq!(signal::name(signal::SIGTERM), Some("SIGTERM"));
        /// assert_eq!(signal::name(0), None);
        /// ```
        #[must_use]
        pub const fn name(signum: i32) -> Option<&'static str> {
            match signum {
                $(libc::$name => Some(stringify!($name)),)*
                _ => None,
            }
        }

        /// A name's signal.
        ///
        /// ```
        /// use uv_sys::signal;
        ///
        /// assert_eq!(signal::number("SIGTERM"), Some(signal::SIGTERM));
        /// assert_eq!(signal::number("SIGNATURE"), None);
        /// ```
        #[must_use]
        pub fn number(name: &str) -> Option<i32> {
            match name {
                $(stringify!($name) => Some(libc::$name),)*
                _ => None,
            }
        }
    };
}

signals! {
    SIGHUP, "the terminal hung up, or its process did";
    SIGINT, "Ctrl-C";
    SIGQUIT, "Ctrl-\\";
    SIGILL, "an illegal instruction";
    SIGTRAP, "a breakpoint";
    SIGABRT, "`abort(3)`";
    SIGBUS, "a memory access that the bus refused";
    SIGFPE, "an arithmetic error, such as a division by zero";
    SIGKILL, "the end; it cannot be caught";
    SIGUSR1, "a program's own";
    SIGSEGV, "a memory access outside of any mapping";
    SIGUSR2, "another of a program's own";
    SIGPIPE, "a write to a pipe or socket that nobody reads; Rust programs ignore it from their start";
    SIGALRM, "the timer of `alarm(2)`";
    SIGTERM, "the request to end";
    SIGCHLD, "a child ended, stopped or went on";
    SIGCONT, "go on after a stop";
    SIGSTOP, "stop; it cannot be caught";
    SIGTSTP, "Ctrl-Z";
    SIGTTIN, "a read from the terminal by a process in the background";
    SIGTTOU, "a write to the terminal by a process in the background";
    SIGURG, "urgent data at a socket";
    SIGXCPU, "the limit of processor time is reached";
    SIGXFSZ, "the limit of a file's size is reached";
    SIGVTALRM, "a timer of the process's own processor time";
    SIGPROF, "a profiler's timer";
    SIGWINCH, "the terminal's window has another size";
    SIGIO, "a descriptor is ready";
    SIGSYS, "a system call that a filter refuses";
}
