//! Groups that many receive.

use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsFd;

use socket2::{InterfaceIndexOrAddress, SockRef};
use uv_loop::Loop;
use uv_sys::{Error, Result};

use super::{Interface, Udp, UdpFlags};

impl Udp {
    /// Receives what is sent to a group, on one of the machine's interfaces; as `uv_udp_set_membership`. A handle without a
    /// socket is bound to a port that the system chooses.
    ///
    /// # Errors
    ///
    /// `EINVAL` for an address that is no group and for an interface of the other family; `ENODEV` if there is no such
    /// interface or none at all; `EADDRINUSE` if it has joined already.
    ///
    /// ```
    /// use uv_net::{Interface, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// let (group, loopback) = ([239, 255, 0, 1].into(), Interface::Address([127, 0, 0, 1].into()));
    /// udp.join_group(&lp, group, loopback)?;
    /// udp.leave_group(&lp, group, loopback)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn join_group(self, lp: &Loop, group: IpAddr, interface: Interface) -> Result<()> {
        let socket = self.endpoint(lp)?.bind_any(group.is_ipv6(), UdpFlags::REUSE_ADDR)?;
        let socket = SockRef::from(&*socket);
        match group {
            IpAddr::V4(group) => socket.join_multicast_v4_n(&group, &of_v4(interface))?,
            IpAddr::V6(group) => socket.join_multicast_v6(&group, of_v6(interface)?)?,
        }
        Ok(())
    }

    /// Undoes [`join_group`](Udp::join_group), as `uv_udp_set_membership`.
    ///
    /// # Errors
    ///
    /// `EADDRNOTAVAIL` if it has not joined, and those of [`join_group`](Udp::join_group).
    ///
    /// ```
    /// use uv_net::{Error, Interface, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let loopback = Interface::Address([127, 0, 0, 1].into());
    /// let result = Udp::new(&lp).leave_group(&lp, [239, 255, 0, 1].into(), loopback);
    /// assert_eq!(result, Err(Error::EADDRNOTAVAIL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn leave_group(self, lp: &Loop, group: IpAddr, interface: Interface) -> Result<()> {
        let socket = self.endpoint(lp)?.bind_any(group.is_ipv6(), UdpFlags::REUSE_ADDR)?;
        let socket = SockRef::from(&*socket);
        match group {
            IpAddr::V4(group) => socket.leave_multicast_v4_n(&group, &of_v4(interface))?,
            IpAddr::V6(group) => socket.leave_multicast_v6(&group, of_v6(interface)?)?,
        }
        Ok(())
    }

    /// Receives what `source` sends to a group, as `uv_udp_set_source_membership`. For IPv4 the interface is one by its
    /// address.
    ///
    /// # Errors
    ///
    /// Those of [`join_group`](Udp::join_group), and `EINVAL` if the group and the source are of different families.
    ///
    /// ```
    /// use uv_net::{Interface, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// let (group, source) = ([232, 1, 1, 1].into(), [127, 0, 0, 1].into());
    /// udp.join_source_group(&lp, group, source, Interface::Address([127, 0, 0, 1].into()))?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn join_source_group(self, lp: &Loop, group: IpAddr, source: IpAddr, interface: Interface) -> Result<()> {
        let endpoint = self.endpoint(lp)?;
        let socket = || endpoint.bind_any(group.is_ipv6(), UdpFlags::REUSE_ADDR);
        match (group, source) {
            (IpAddr::V4(group), IpAddr::V4(source)) => {
                let interface = address_of(interface)?;
                Ok(SockRef::from(&*socket()?).join_ssm_v4(&source, &group, &interface)?)
            }
            (IpAddr::V6(group), IpAddr::V6(source)) => {
                let interface = of_v6(interface)?;
                uv_sys::net::join_source_v6(socket()?.as_fd(), group, source, interface)
            }
            _ => Err(Error::EINVAL),
        }
    }

    /// Undoes [`join_source_group`](Udp::join_source_group), as `uv_udp_set_source_membership`.
    ///
    /// # Errors
    ///
    /// `EADDRNOTAVAIL` or `EINVAL` if it has not joined, and those of [`join_source_group`](Udp::join_source_group).
    ///
    /// ```
    /// use uv_net::{Interface, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// let (group, source) = ([232, 1, 1, 1].into(), [127, 0, 0, 1].into());
    /// assert!(udp.leave_source_group(&lp, group, source, Interface::Any).is_err());
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn leave_source_group(self, lp: &Loop, group: IpAddr, source: IpAddr, interface: Interface) -> Result<()> {
        let endpoint = self.endpoint(lp)?;
        let socket = || endpoint.bind_any(group.is_ipv6(), UdpFlags::REUSE_ADDR);
        match (group, source) {
            (IpAddr::V4(group), IpAddr::V4(source)) => {
                let interface = address_of(interface)?;
                Ok(SockRef::from(&*socket()?).leave_ssm_v4(&source, &group, &interface)?)
            }
            (IpAddr::V6(group), IpAddr::V6(source)) => {
                let interface = of_v6(interface)?;
                uv_sys::net::leave_source_v6(socket()?.as_fd(), group, source, interface)
            }
            _ => Err(Error::EINVAL),
        }
    }

    /// By which interface datagrams to groups go out, as `uv_udp_set_multicast_interface`.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket, `EINVAL` for an IPv4 address on an IPv6 socket, `EADDRNOTAVAIL` or `ENODEV` if there is no
    /// such interface.
    ///
    /// ```
    /// use uv_net::{Interface, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// udp.bind(&lp, "[::]:0".parse().unwrap())?;
    /// udp.set_multicast_interface(&lp, Interface::Any)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn set_multicast_interface(self, lp: &Loop, interface: Interface) -> Result<()> {
        let endpoint = self.endpoint(lp)?;
        let socket = endpoint.open_socket()?;
        if endpoint.is_ipv6() {
            return Ok(SockRef::from(&*socket).set_multicast_if_v6(of_v6(interface)?)?);
        }
        match interface {
            #[cfg(target_os = "linux")]
            Interface::Index(index) => {
                let result = rustix::net::sockopt::set_ip_multicast_if_with_ifindex(
                    &*socket,
                    &Ipv4Addr::UNSPECIFIED,
                    &Ipv4Addr::UNSPECIFIED,
                    index,
                );
                result.map_err(|errno| Error::from_raw_errno(errno.raw_os_error()))
            }
            interface => Ok(SockRef::from(&*socket).set_multicast_if_v4(&address_of(interface)?)?),
        }
    }

    /// How many routers a datagram to a group may pass, 0 to 255; as `uv_udp_set_multicast_ttl`.
    ///
    /// # Errors
    ///
    /// `EINVAL` for another number, `EBADF` without a socket.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.bind(&lp, "0.0.0.0:0".parse().unwrap())?;
    /// udp.set_multicast_ttl(&lp, 8)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn set_multicast_ttl(self, lp: &Loop, ttl: u32) -> Result<()> {
        let endpoint = self.endpoint(lp)?;
        if ttl > 255 {
            return Err(Error::EINVAL);
        }
        let socket = endpoint.open_socket()?;
        let socket = SockRef::from(&*socket);
        match endpoint.is_ipv6() {
            true => Ok(socket.set_multicast_hops_v6(ttl)?),
            false => Ok(socket.set_multicast_ttl_v4(ttl)?),
        }
    }

    /// Whether this machine receives what the handle sends to a group that it has joined (the default), as
    /// `uv_udp_set_multicast_loop`.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.bind(&lp, "0.0.0.0:0".parse().unwrap())?;
    /// udp.set_multicast_loop(&lp, false)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn set_multicast_loop(self, lp: &Loop, on: bool) -> Result<()> {
        let endpoint = self.endpoint(lp)?;
        let socket = endpoint.open_socket()?;
        let socket = SockRef::from(&*socket);
        match endpoint.is_ipv6() {
            true => Ok(socket.set_multicast_loop_v6(on)?),
            false => Ok(socket.set_multicast_loop_v4(on)?),
        }
    }
}

fn of_v4(interface: Interface) -> InterfaceIndexOrAddress {
    match interface {
        Interface::Any => InterfaceIndexOrAddress::Address(Ipv4Addr::UNSPECIFIED),
        Interface::Address(address) => InterfaceIndexOrAddress::Address(address),
        Interface::Index(index) => InterfaceIndexOrAddress::Index(index),
    }
}

fn address_of(interface: Interface) -> Result<Ipv4Addr> {
    match interface {
        Interface::Any => Ok(Ipv4Addr::UNSPECIFIED),
        Interface::Address(address) => Ok(address),
        Interface::Index(_) => Err(Error::EINVAL),
    }
}

fn of_v6(interface: Interface) -> Result<u32> {
    match interface {
        Interface::Any => Ok(0),
        Interface::Address(_) => Err(Error::EINVAL),
        Interface::Index(index) => Ok(index),
    }
}
