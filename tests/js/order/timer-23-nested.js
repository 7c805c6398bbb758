const t0 = Date.now();
setTimeout(function a() {
  console.log('a'); setTimeout(function b() { console.log('b'); setTimeout(function c() { console.log('c, at least 30 ms: ' + (Date.now() - t0 >= 29)); }, 10); }, 10);
}, 10);
setTimeout(() => console.log('end'), 120);
