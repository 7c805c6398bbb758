Promise.resolve()
  .then(() => { console.log(1); Promise.resolve().then(() => console.log(2)).then(() => console.log(3)); })
  .then(() => { console.log(4); return new Promise((r) => { console.log(5); r(); }).then(() => console.log(6)).then(() => console.log(7)); })
  .then(() => console.log(8));
Promise.resolve().then(() => console.log(9)).then(() => console.log(10)).then(() => console.log(11)).then(() => console.log(12)).then(() => console.log(13)).then(() => console.log(14));
