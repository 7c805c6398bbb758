new Promise((r) => { r('kept'); throw new Error('ignored'); }).then((v) => console.log(v), (e) => console.log('no ' + e));
new Promise((r, j) => { j(new Error('kept error')); r('ignored'); }).catch((e) => console.log(e.message));
new Promise(() => { throw new Error('thrown'); }).catch((e) => console.log(e.message));
new Promise((r) => { r(new Promise((r2) => setImmediate(r2, 'locked in'))); r('second'); }).then((v) => console.log(v));
try { new Promise(); } catch (e) { console.log(e.name); }
try { Promise(() => {}); } catch (e) { console.log(e.name); }
