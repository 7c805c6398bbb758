#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod completed;
mod core;
mod event_loop;
mod extension;
mod fork;
mod futures;
mod guard;
mod handle;
mod handles;
mod idle_time;
mod kind;
mod loop_handle;
mod mailbox;
mod metrics;
mod observer;
mod owner;
mod patience;
mod poll_phase;
mod primitive;
mod remote;
mod remote_work;
mod request;
mod run;
mod slab;
mod table;
mod task;

pub use builder::Builder;
pub use event_loop::Loop;
pub use futures::fd::AsyncFd;
pub use futures::request::{Answer, RequestFuture};
pub use futures::signal::SignalStream;
pub use futures::tick::{Tick, YieldNow, yield_now};
pub use futures::time::{Interval, Sleep};
pub use futures::work::WorkFuture;
pub use guard::OwnedHandle;
pub use handle::Handle;
pub use handles::channel::{Channel, ChannelSender, SendError};
pub use handles::phase::{Check, Idle, Prepare};
pub use handles::poll::Poll;
pub use handles::signal::Signal;
pub use handles::timer::Timer;
pub use handles::wake::{Async, AsyncSender};
pub use idle_time::IdleTime;
pub use kind::HandleKind;
pub use loop_handle::LoopHandle;
pub use metrics::{HandleInfo, Metrics};
pub use observer::{Observer, Phase, Source};
pub use owner::{HandleOwner, WorkOwner};
pub use remote::Remote;
pub use remote_work::RemoteWork;
pub use request::{RequestGuard, Work};
pub use run::RunMode;
pub use slab::HandleId;
pub use task::{JoinError, JoinHandle};

pub use uv_sys::signal;

pub use uv_pool::{JobError, Lane, Pool, threads_from};
pub use uv_sys::{Clock, Error, Event, Interest, ManualClock, MonotonicClock, Result};
