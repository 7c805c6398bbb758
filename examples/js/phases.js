// A walk through the event loop: its phases one by one, and the two queues that are emptied in between.
//
//     cargo run --release -- examples/js/phases.js
//
// Every line is printed in the order that the loop's rules give; none depends on how fast the machine is.
'use strict';
const fs = require('fs');

let step = 0;
function say(where, what) {
  console.log(`${String(++step).padStart(2)}  ${where.padEnd(12)} ${what}`);
}

// Fills both queues. They are emptied when the callback that runs now has returned: first all ticks, then all
// microtasks, and from the start again while there is something in either.
function fillQueues(name) {
  process.nextTick(() => {
    say('nextTick', `${name}: first all ticks`);
    Promise.resolve().then(() => say('microtask', `${name}: a microtask that a tick queued`));
  });
  queueMicrotask(() => {
    say('microtask', `${name}: then all microtasks`);
    process.nextTick(() => say('nextTick', `${name}: a tick that a microtask queued`));
  });
}

// Time stands still for the loop while a callback runs; it moves on when the loop goes on.
function busy(milliseconds) {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}

function title(text) {
  console.log(`\n${text}`);
}

title('The main program runs to its end before the loop begins');
say('main', 'begins');
setTimeout(timersPhase, 0, 'first');
setTimeout(timersPhase, 0, 'second');
fillQueues('main');
(async () => {
  say('main', 'an async function runs at once up to its first await');
  await null;
  say('microtask', 'and goes on as a microtask');
})();
say('main', 'ends');

function timersPhase(name) {
  if (name === 'first') {
    title('The timers phase: due timers in order, the queues emptied after each');
    say('timers', 'first timer');
    fillQueues('after the first timer');
    return;
  }
  say('timers', 'second timer, due at the same time');
  fs.stat(__filename, pollPhase); // a thread of the pool asks the file system
  say('timers', 'asked for a file; the loop does not wait here');
}

function pollPhase(error, stats) {
  title('The poll phase: what the kernel or the pool has answered');
  say('poll', `the answer: ${error ? error.code : stats.isFile() ? 'a file' : 'no file'}`);
  setTimeout(timersAgain, 0);
  setImmediate(checkPhase, 'first');
  setImmediate(checkPhase, 'second');
  say('poll', 'set a timer of 0 ms, then two immediates: the check phase comes first');
  fillQueues('after the answer');
}

function checkPhase(name) {
  if (name === 'first') {
    title('The check phase: immediates in order, the queues emptied after each');
    say('check', 'first immediate');
    setImmediate(checkAgain);
    say('check', 'an immediate set by an immediate waits for the next iteration');
    fillQueues('after the first immediate');
    return;
  }
  say('check', 'second immediate');
  busy(3); // the timer of 0 ms, which is one of 1 ms, is due now
}

// Between check and timers lies the closing phase, for the 'close' events of sockets. There is none open here.

function timersAgain() {
  title('The next iteration begins: timers again, and check again');
  say('timers', 'the timer that was set in the poll phase');
}

function checkAgain() {
  say('check', 'the immediate that was set in the check phase');
}

let more = true;
process.on('beforeExit', (code) => {
  title(more ? 'Nothing is left to wait for' : 'Nothing is left, again');
  say('beforeExit', `exit code ${code}`);
  if (more) {
    more = false;
    setImmediate(() => say('check', 'beforeExit may start something new: the loop runs on'));
  }
});

process.on('exit', (code) => {
  say('exit', `exit code ${code}; only synchronous work from here`);
  setTimeout(() => say('timers', 'never'), 0);
});
