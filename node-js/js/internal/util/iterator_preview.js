'use strict';
// What an iterator of a Map or a Set will still give, for inspect.
//
// The engine has no way to look: the iterator is run to its end, and gets a `next` of its own that gives
// the same items again. Only what happens to the collection after that is not seen through it.

const replays = new WeakMap(); // iterator -> { items, at, isEntries }

const nextOf = {
  MapIterator: () => Object.getPrototypeOf(new Map().keys()).next,
  SetIterator: () => Object.getPrototypeOf(new Set().keys()).next,
};

function looksLikeEntries(items, className) {
  return items.length !== 0 && items.every((item) => Array.isArray(item) && item.length === 2 &&
    (className === 'MapIterator' || Object.is(item[0], item[1])));
}

function drain(iterator, className) {
  const next = nextOf[className]();
  const items = [];
  for (let step = next.call(iterator); !step.done; step = next.call(iterator)) items.push(step.value);
  const replay = { items, at: 0, isEntries: looksLikeEntries(items, className) };
  replays.set(iterator, replay);
  if (items.length !== 0) {
    Object.defineProperty(iterator, 'next', {
      value: function next() {
        const done = replay.at >= items.length;
        return { value: done ? undefined : items[replay.at++], done };
      },
      writable: true,
      configurable: true,
    });
  }
  return replay;
}

/** The items left, and whether they look like those of `entries()`. */
function previewIterator(iterator, className) {
  const replay = replays.get(iterator) ?? drain(iterator, className);
  return { items: replay.items.slice(replay.at), isEntries: replay.isEntries };
}

module.exports = { previewIterator };
