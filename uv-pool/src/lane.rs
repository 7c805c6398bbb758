/// Which of a pool's two lanes a job goes into.
///
/// Slow jobs run on at most half of the threads, rounded up, however many of them wait: the others stay free for
/// what is fast. libuv puts its DNS requests there (`UV__WORK_SLOW_IO`). The enum is exhaustive: libuv has these two.
///
/// ```
/// use std::sync::mpsc;
/// use uv_pool::{Lane, Pool};
///
/// let pool = Pool::builder().threads(2).build()?;
/// let (open, gate) = mpsc::channel::<()>();
/// let (sender, receiver) = mpsc::channel();
/// let second = sender.clone();
/// pool.submit_in(Lane::Slow, move || drop(gate.recv()), |_| ());
/// pool.submit_in(Lane::Slow, || "slow", move |name| second.send(name.unwrap()).unwrap());
/// pool.submit(|| "fast", move |name| sender.send(name.unwrap()).unwrap());
/// assert_eq!(receiver.recv(), Ok("fast"));
/// drop(open);
/// assert_eq!(receiver.recv(), Ok("slow"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Lane {
    /// For work that keeps a processor or a disk busy. Takes every thread there is.
    #[default]
    Fast,
    /// For work that mostly waits, perhaps for seconds. Takes at most half of the threads.
    Slow,
}
