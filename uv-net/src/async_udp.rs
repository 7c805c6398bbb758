//! UDP for `async` code.

use std::net::{SocketAddr, UdpSocket};

use uv_loop::{AsyncFd, Loop};
use uv_sys::Result;

/// A UDP socket whose datagrams are awaited. Dropping a future that waits leaves nothing behind: a datagram that was not
/// given out is still there, and one that was not taken is not sent.
///
/// ```
/// use uv_loop::Loop;
/// use uv_net::AsyncUdp;
///
/// let lp = Loop::new()?;
/// let server = AsyncUdp::bind(&lp, "127.0.0.1:0".parse().unwrap())?;
/// let address = server.local_addr()?;
/// let echo = lp.spawn_local(async move {
///     let mut buffer = [0; 1500];
///     let (length, from) = server.recv_from(&mut buffer).await?;
///     server.send_to(&buffer[..length], from).await
/// });
/// let client = AsyncUdp::bind(&lp, "127.0.0.1:0".parse().unwrap())?;
/// lp.block_on(async {
///     client.connect(address)?;
///     client.send(b"hello").await?;
///     let mut buffer = [0; 1500];
///     assert_eq!(client.recv(&mut buffer).await?, 5);
///     echo.await.unwrap()
/// })??;
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Debug)]
pub struct AsyncUdp(AsyncFd<UdpSocket>);

impl AsyncUdp {
    /// A socket with this address of its own: port 0 for one that the system chooses.
    ///
    /// # Errors
    ///
    /// What `bind(2)` says: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::AsyncUdp::bind(&lp, "[::1]:0".parse().unwrap())?;
    /// assert_ne!(udp.local_addr()?.port(), 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn bind(lp: &Loop, address: SocketAddr) -> Result<AsyncUdp> {
        AsyncUdp::new(lp, UdpSocket::bind(address)?)
    }

    /// Takes a socket of std's, which becomes non-blocking.
    ///
    /// # Errors
    ///
    /// Those of [`AsyncFd::new`].
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// uv_net::AsyncUdp::new(&lp, std::net::UdpSocket::bind("127.0.0.1:0")?)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(lp: &Loop, socket: UdpSocket) -> Result<AsyncUdp> {
        AsyncFd::new(lp, socket).map(AsyncUdp)
    }

    /// The socket, for its options.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::AsyncUdp::bind(&lp, "0.0.0.0:0".parse().unwrap())?;
    /// udp.socket().set_broadcast(true)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn socket(&self) -> &UdpSocket {
        self.0.get_ref()
    }

    /// Receives a datagram, and who has sent it. What `buffer` has no room for is lost.
    ///
    /// # Errors
    ///
    /// What `recv(2)` says: `ECONNREFUSED` for a datagram that was sent before.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::AsyncUdp::bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// udp.socket().send_to(b"to myself", udp.local_addr()?)?;
    /// let mut buffer = [0; 100];
    /// let (length, from) = lp.block_on(udp.recv_from(&mut buffer))??;
    /// assert_eq!((length, from), (9, udp.local_addr()?));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn recv_from(&self, buffer: &mut [u8]) -> Result<(usize, SocketAddr)> {
        Ok(self.0.read_with(|socket| socket.recv_from(buffer)).await?)
    }

    /// Receives a datagram.
    ///
    /// # Errors
    ///
    /// Those of [`recv_from`](AsyncUdp::recv_from).
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::AsyncUdp::bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// udp.socket().send_to(b"", udp.local_addr()?)?;
    /// assert_eq!(lp.block_on(udp.recv(&mut [0; 100]))??, 0, "an empty datagram");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn recv(&self, buffer: &mut [u8]) -> Result<usize> {
        Ok(self.0.read_with(|socket| socket.recv(buffer)).await?)
    }

    /// Sends a datagram, when the kernel has room for it, and gives its size.
    ///
    /// # Errors
    ///
    /// What `sendto(2)` says: `EMSGSIZE`, `ENETUNREACH`.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::AsyncUdp::bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// assert_eq!(lp.block_on(udp.send_to(b"hello", udp.local_addr()?))?, Ok(5));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub async fn send_to(&self, bytes: &[u8], to: SocketAddr) -> Result<usize> {
        Ok(self.0.write_with(|socket| socket.send_to(bytes, to)).await?)
    }

    /// Sends a datagram on a connected socket.
    ///
    /// # Errors
    ///
    /// Those of [`send_to`](AsyncUdp::send_to), and `EDESTADDRREQ` without a connection.
    ///
    /// ```
    /// use uv_net::{AsyncUdp, Error};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = AsyncUdp::bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// assert_eq!(lp.block_on(udp.send(b"to whom?"))?, Err(Error::EDESTADDRREQ));
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn send(&self, bytes: &[u8]) -> Result<usize> {
        Ok(self.0.write_with(|socket| socket.send(bytes)).await?)
    }

    /// Sends to `address` alone from now on, and receives from it alone.
    ///
    /// # Errors
    ///
    /// What `connect(2)` says.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::AsyncUdp::bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// udp.connect("127.0.0.1:9".parse().unwrap())?;
    /// assert_eq!(udp.socket().peer_addr()?.port(), 9);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connect(&self, address: SocketAddr) -> Result<()> {
        Ok(self.socket().connect(address)?)
    }

    /// The socket's own address.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::AsyncUdp::bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// assert!(udp.local_addr()?.ip().is_loopback());
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn local_addr(&self) -> Result<SocketAddr> {
        Ok(self.socket().local_addr()?)
    }
}
