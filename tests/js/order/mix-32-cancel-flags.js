let cancelled = false;
const step = async (n) => { if (cancelled) throw new Error('cancelled before ' + n); await new Promise((r) => setTimeout(r, 20)); console.log('step ' + n); };
(async () => { try { for (let i = 1; ; i++) await step(i); } catch (e) { console.log(e.message); } })();
setTimeout(() => { cancelled = true; console.log('cancel'); }, 10);
