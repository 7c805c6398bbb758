// Two promises awaited one after the other: the second rejects before anybody looks.
process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
process.on('rejectionHandled', () => console.log('handled after all'));
(async () => {
  const slow = new Promise((r) => setTimeout(r, 30, 'slow'));
  const bad = new Promise((_, j) => setTimeout(j, 5, 'bad'));
  console.log(await slow);
  try { await bad; } catch (e) { console.log('caught ' + e); }
})();
