let q = Promise.resolve();
for (let i = 1; i <= 5; i++) q = q.then(() => console.log('step ' + i));
(async () => { await Promise.resolve(); console.log('native'); })();
(async () => { await { then(r) { r(); } }; console.log('thenable'); })();
(async () => { await new (class extends Promise {})((r) => r()); console.log('subclass'); })();
(async () => { await (async () => {})(); console.log('async fn'); })();
(async () => { await new Promise((r) => r(Promise.resolve())); console.log('resolved with promise'); })();
