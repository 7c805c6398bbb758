let n = 0;
const i = setInterval(async () => {
  const k = ++n;
  if (k === 3) clearInterval(i);
  console.log('begin ' + k);
  await new Promise((r) => setImmediate(r));
  console.log('finish ' + k);
}, 40);
