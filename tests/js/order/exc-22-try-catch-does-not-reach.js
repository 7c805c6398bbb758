process.on('uncaughtException', (e) => console.log('escaped ' + e.message));
try { setTimeout(() => { throw new Error('from timer'); }, 1); } catch { console.log('no'); }
try { process.nextTick(() => { throw new Error('from tick'); }); } catch { console.log('no'); } finally { console.log('finally sync'); }
try { queueMicrotask(() => { throw new Error('from micro'); }); } catch { console.log('no'); }
try { (() => { throw new Error('sync'); })(); } catch (e) { console.log('caught ' + e.message); }
const end = Date.now() + 10; while (Date.now() < end);
