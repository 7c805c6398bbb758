//! What can be set of a socket.

use std::net::UdpSocket;

use socket2::SockRef;
use uv_loop::Loop;
use uv_sys::{Error, Result};

use super::Udp;

impl Udp {
    /// Allows datagrams to all of a network, as `uv_udp_set_broadcast`.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.bind(&lp, "0.0.0.0:0".parse().unwrap())?;
    /// udp.set_broadcast(&lp, true)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn set_broadcast(self, lp: &Loop, on: bool) -> Result<()> {
        Ok(self.endpoint(lp)?.open_socket()?.set_broadcast(on)?)
    }

    /// How many routers a datagram may pass, 1 to 255; as `uv_udp_set_ttl`.
    ///
    /// # Errors
    ///
    /// `EINVAL` for another number, `EBADF` without a socket.
    ///
    /// ```
    /// use uv_net::{Error, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// udp.bind(&lp, "0.0.0.0:0".parse().unwrap())?;
    /// udp.set_ttl(&lp, 64)?;
    /// assert_eq!(udp.set_ttl(&lp, 0), Err(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set_ttl(self, lp: &Loop, ttl: u32) -> Result<()> {
        let endpoint = self.endpoint(lp)?;
        if !(1..=255).contains(&ttl) {
            return Err(Error::EINVAL);
        }
        let socket = endpoint.open_socket()?;
        match endpoint.is_ipv6() {
            true => Ok(SockRef::from(&*socket).set_unicast_hops_v6(ttl)?),
            false => Ok(socket.set_ttl(ttl)?),
        }
    }

    /// The size of the kernel's buffer for what is sent, in bytes, as `uv_send_buffer_size` with zero.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// assert!(udp.send_buffer_size(&lp)? > 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn send_buffer_size(self, lp: &Loop) -> Result<usize> {
        self.with_socket(lp, |socket| SockRef::from(socket).send_buffer_size())
    }

    /// Sets the size of the kernel's buffer for what is sent, as `uv_send_buffer_size`. Linux takes it twice, for its own
    /// needs, and within limits.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// udp.set_send_buffer_size(&lp, 10_000)?;
    /// assert!(udp.send_buffer_size(&lp)? >= 10_000);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn set_send_buffer_size(self, lp: &Loop, size: usize) -> Result<()> {
        self.with_socket(lp, |socket| SockRef::from(socket).set_send_buffer_size(size))
    }

    /// The size of the kernel's buffer for what is received, in bytes, as `uv_recv_buffer_size` with zero.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// assert!(udp.recv_buffer_size(&lp)? > 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn recv_buffer_size(self, lp: &Loop) -> Result<usize> {
        self.with_socket(lp, |socket| SockRef::from(socket).recv_buffer_size())
    }

    /// Sets the size of the kernel's buffer for what is received, as `uv_recv_buffer_size`. What has no room there is
    /// lost.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// udp.set_recv_buffer_size(&lp, 10_000)?;
    /// assert!(udp.recv_buffer_size(&lp)? >= 10_000);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn set_recv_buffer_size(self, lp: &Loop, size: usize) -> Result<()> {
        self.with_socket(lp, |socket| SockRef::from(socket).set_recv_buffer_size(size))
    }

    fn with_socket<T>(self, lp: &Loop, use_it: impl FnOnce(&UdpSocket) -> std::io::Result<T>) -> Result<T> {
        Ok(use_it(&*self.endpoint(lp)?.open_socket()?)?)
    }
}
