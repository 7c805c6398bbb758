//! What a handle is made and bound with.

use std::fmt;
use std::net::Ipv4Addr;
use std::ops::{BitOr, BitOrAssign};

use uv_sys::resolve::Family;

/// How a handle is made, as the flags of `uv_udp_init_ex`. The default is a handle without a socket.
///
/// ```
/// use uv_net::{Family, Udp, UdpOptions};
///
/// let lp = uv_loop::Loop::new()?;
/// let udp = Udp::with_options(&lp, UdpOptions { family: Family::INET6, ..UdpOptions::default() })?;
/// udp.set_recv_buffer_size(&lp, 100_000)?; // there is a socket
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct UdpOptions {
    /// Of which family a socket is made at once; none if it is [`Family::UNSPEC`].
    pub family: Family,
    /// [`recv_start_with`](super::Udp::recv_start_with) receives several datagrams into a buffer, each into 64 KiB of it;
    /// `UV_UDP_RECVMMSG`. ([`recv_start`](super::Udp::recv_start) always receives several.)
    pub recvmmsg: bool,
}

/// How a handle is bound: libuv's `uv_udp_flags`, joined by `|`.
///
/// ```
/// use uv_net::{Udp, UdpFlags};
///
/// let lp = uv_loop::Loop::new()?;
/// let (one, other) = (Udp::new(&lp), Udp::new(&lp));
/// one.bind_with(&lp, "127.0.0.1:0".parse().unwrap(), UdpFlags::REUSE_PORT)?;
/// other.bind_with(&lp, one.local_addr(&lp)?, UdpFlags::REUSE_PORT)?;
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct UdpFlags(u32);

impl UdpFlags {
    /// None of them; the default.
    pub const NONE: UdpFlags = UdpFlags(0);

    /// An IPv6 handle has no share in IPv4; `UV_UDP_IPV6ONLY`.
    pub const IPV6_ONLY: UdpFlags = UdpFlags(1);

    /// Several handles may bind to one address if all of them say so: the last one receives, and of multicast each one;
    /// `UV_UDP_REUSEADDR`.
    pub const REUSE_ADDR: UdpFlags = UdpFlags(4);

    /// What ICMP says of datagrams that were sent, to whomever, is told to the receiver; `UV_UDP_LINUX_RECVERR`. Other
    /// systems ignore it.
    pub const RECV_ERR: UdpFlags = UdpFlags(32);

    /// Several handles may bind to one address and the system shares the datagrams out between them;
    /// `UV_UDP_REUSEPORT`. `ENOTSUP` on other systems than Linux.
    pub const REUSE_PORT: UdpFlags = UdpFlags(64);

    /// The flags of libuv's number, if it has no others than these.
    ///
    /// ```
    /// use uv_net::UdpFlags;
    ///
    /// assert_eq!(UdpFlags::from_bits(4), Some(UdpFlags::REUSE_ADDR));
    /// assert_eq!(UdpFlags::from_bits(2), None);
    /// ```
    pub const fn from_bits(bits: u32) -> Option<UdpFlags> {
        if bits & !(1 | 4 | 32 | 64) == 0 { Some(UdpFlags(bits)) } else { None }
    }

    /// libuv's number.
    ///
    /// ```
    /// use uv_net::UdpFlags;
    ///
    /// assert_eq!((UdpFlags::IPV6_ONLY | UdpFlags::REUSE_ADDR).bits(), 5);
    /// ```
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` are set.
    ///
    /// ```
    /// use uv_net::UdpFlags;
    ///
    /// assert!(UdpFlags::REUSE_ADDR.contains(UdpFlags::NONE));
    /// assert!(!UdpFlags::NONE.contains(UdpFlags::REUSE_ADDR));
    /// ```
    pub const fn contains(self, other: UdpFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for UdpFlags {
    type Output = UdpFlags;

    fn bitor(self, other: UdpFlags) -> UdpFlags {
        UdpFlags(self.0 | other.0)
    }
}

impl BitOrAssign for UdpFlags {
    fn bitor_assign(&mut self, other: UdpFlags) {
        *self = *self | other;
    }
}

impl fmt::Debug for UdpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (UdpFlags::IPV6_ONLY, "IPV6_ONLY"),
            (UdpFlags::REUSE_ADDR, "REUSE_ADDR"),
            (UdpFlags::RECV_ERR, "RECV_ERR"),
            (UdpFlags::REUSE_PORT, "REUSE_PORT"),
        ];
        let mut separator = "";
        for (flag, name) in names {
            if self.contains(flag) {
                write!(f, "{separator}{name}")?;
                separator = " | ";
            }
        }
        if separator.is_empty() { f.write_str("NONE") } else { Ok(()) }
    }
}

/// Which of the machine's interfaces a group is joined on, or multicast is sent by. The enum is exhaustive.
///
/// ```
/// use uv_net::{Interface, Udp};
///
/// let lp = uv_loop::Loop::new()?;
/// let udp = Udp::new(&lp);
/// udp.bind(&lp, "0.0.0.0:0".parse().unwrap())?;
/// udp.set_multicast_interface(&lp, Interface::Address([127, 0, 0, 1].into()))?;
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interface {
    /// One that the system chooses.
    #[default]
    Any,
    /// The one that has this address; of IPv4 alone.
    Address(Ipv4Addr),
    /// The one of this index, which is the scope of an IPv6 address.
    Index(u32),
}
