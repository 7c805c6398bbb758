// Who can keep whom waiting: ticks and microtasks that queue more of their kind hold the loop up for as long as they
// like; immediates and timers that set more of theirs do not.
//
//     cargo run --release -- examples/js/starvation.js
'use strict';

const TURNS = 1000;

// Calls `again(next)` TURNS times, each time from the callback before, then calls `done`.
function repeat(again, done) {
  let turns = 0;
  (function next() {
    if (++turns > TURNS) return done();
    again(next);
  })();
}

// Runs one of them against a timer that is due all the time, and tells who came first.
function race(name, again, done) {
  let fired = false;
  setTimeout(() => { fired = true; }, 0);
  const end = Date.now() + 3;
  while (Date.now() < end);

  repeat(again, () => {
    console.log(`${name.padEnd(16)} ${TURNS} in a row, ${fired ? 'and the timer fired among them' : 'and the timer had to wait'}`);
    setTimeout(done, 5);
  });
}

race('process.nextTick', process.nextTick, () => {
  race('queueMicrotask', queueMicrotask, () => {
    race('promise.then', (next) => { Promise.resolve().then(next); }, () => {
      race('setImmediate', setImmediate, () => {
        console.log('done');
      });
    });
  });
});
