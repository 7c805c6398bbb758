const flights = new Map(); let calls = 0;
const fetchIt = (k) => { if (!flights.has(k)) flights.set(k, new Promise((r) => setImmediate(() => { calls++; r(k + '!'); })).finally(() => flights.delete(k))); return flights.get(k); };
(async () => { console.log((await Promise.all([fetchIt('a'), fetchIt('a'), fetchIt('b')])).join(), calls, flights.size); console.log(await fetchIt('a'), calls); })();
