// libuv's timers phase goes on while its one timer is due by the last time the clock was read: a timer that the
// microtasks behind the last callback made and waited out still runs before the check phase.
setTimeout(() => {
  setImmediate(() => console.log('immediate'));
  queueMicrotask(() => {
    setTimeout(() => console.log('made in a microtask'), 1);
    const end = Date.now() + 5; while (Date.now() < end);
    setTimeout(() => console.log('reads the clock'), 100);
  });
}, 1);
