//! How to bind, and when to look whether the other end is there.

use std::time::Duration;

/// How [`Tcp::bind_with`](crate::Tcp::bind_with) binds: the flags of `uv_tcp_bind`.
///
/// ```
/// use uv_net::{BindOptions, Tcp};
///
/// let lp = uv_loop::Loop::new()?;
/// let tcp = Tcp::new(&lp);
/// if tcp.bind_with(&lp, "[::]:0".parse().unwrap(), BindOptions::new().ipv6_only(true)).is_ok() {
///     let port = tcp.local_addr(&lp)?.port();
///     Tcp::new(&lp).bind(&lp, ([0, 0, 0, 0], port).into())?; // which is free for IPv4
/// }
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[must_use]
pub struct BindOptions {
    pub(super) ipv6_only: bool,
    pub(super) reuse_port: bool,
}

impl BindOptions {
    /// None of them.
    ///
    /// ```
    /// assert_eq!(uv_net::BindOptions::new(), uv_net::BindOptions::default());
    /// ```
    pub fn new() -> BindOptions {
        BindOptions::default()
    }

    /// Takes no IPv4 connections on an IPv6 socket (`UV_TCP_IPV6ONLY`).
    ///
    /// ```
    /// use uv_net::{BindOptions, Error, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let options = BindOptions::new().ipv6_only(true);
    /// let address = "127.0.0.1:0".parse().unwrap();
    /// assert_eq!(Tcp::new(&lp).bind_with(&lp, address, options), Err(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn ipv6_only(self, ipv6_only: bool) -> BindOptions {
        BindOptions { ipv6_only, ..self }
    }

    /// Lets several sockets have the address, and the kernel spread connections over them (`UV_TCP_REUSEPORT`): several
    /// loops, in threads or processes, then serve one port.
    ///
    /// ```
    /// assert_ne!(uv_net::BindOptions::new().reuse_port(true), uv_net::BindOptions::new());
    /// ```
    pub fn reuse_port(self, reuse_port: bool) -> BindOptions {
        BindOptions { reuse_port, ..self }
    }
}

/// When to look whether the other end is there: the arguments of `uv_tcp_keepalive_ex`. The system counts in whole
/// seconds.
///
/// ```
/// use std::time::Duration;
/// use uv_net::KeepAlive;
///
/// let soon = Duration::from_secs(10);
/// let keepalive = KeepAlive { idle: soon, interval: soon, count: 3 };
/// assert_ne!(keepalive, KeepAlive::after(soon));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeepAlive {
    /// How long nothing has come before the first question.
    pub idle: Duration,
    /// How long to wait for an answer before the next.
    pub interval: Duration,
    /// After how many questions without an answer the connection ends, with `ETIMEDOUT`.
    pub count: u32,
}

impl KeepAlive {
    /// Ten questions, a second apart, as `uv_tcp_keepalive` has it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// assert_eq!(uv_net::KeepAlive::after(Duration::from_secs(60)).count, 10);
    /// ```
    pub fn after(idle: Duration) -> KeepAlive {
        KeepAlive { idle, interval: Duration::from_secs(1), count: 10 }
    }
}
