const timeout = (p, ms) => { let t; return Promise.race([p, new Promise((_, j) => { t = setTimeout(() => j(new Error('timed out')), ms); })]).finally(() => clearTimeout(t)); };
(async () => {
  console.log(await timeout(new Promise((r) => setTimeout(r, 1, 'in time')), 5000));
  await timeout(new Promise((r) => setTimeout(r, 150, 'late')), 10).catch((e) => console.log(e.message));
  console.log('done');
})();
