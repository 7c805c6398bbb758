setTimeout(() => {
  console.log('t1');
  setTimeout(() => console.log('t1 inner'), 0);
  Promise.resolve().then(() => { console.log('m1'); setTimeout(() => console.log('m1 timer'), 0); });
  process.nextTick(() => { console.log('n1'); setTimeout(() => console.log('n1 timer'), 0); });
}, 0);
setTimeout(() => console.log('t2'), 0);
