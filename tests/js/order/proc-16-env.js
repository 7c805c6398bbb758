console.log(process.env.CORPUS, process.env.NOPE, 'CORPUS' in process.env, 'NOPE' in process.env);
process.env.A1 = 5; process.env.A2 = true; process.env.A3 = undefined; process.env.A4 = null;
console.log([process.env.A1, process.env.A2, process.env.A3, process.env.A4].map((v) => typeof v + ':' + v).join());
delete process.env.A1;
console.log(process.env.A1, delete process.env.NEVER, Object.keys(process.env).filter((k) => /^A\d$/.test(k)).join());
console.log(Object.entries(process.env).some(([k, v]) => k === 'A2' && v === 'true'), process.env.hasOwnProperty('CORPUS'), { ...process.env }.CORPUS);
try { process.env.S = Symbol('x'); } catch (e) { console.log(e.name); }
process.env['has space'] = 'ok'; console.log(process.env['has space']);
