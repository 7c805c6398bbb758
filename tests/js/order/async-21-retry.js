let tries = 0;
const flaky = async () => { if (++tries < 3) throw new Error('fail ' + tries); return 'ok after ' + tries; };
async function retry(f, n) {
  for (let i = 1; ; i++) {
    try { return await f(); } catch (e) { console.log(e.message); if (i >= n) throw new Error('gave up', { cause: e }); await new Promise((r) => setTimeout(r, 2 ** i)); }
  }
}
retry(flaky, 5).then(console.log).then(() => { tries = -9; return retry(flaky, 2); }).catch((e) => console.log(e.message + ' because ' + e.cause.message));
