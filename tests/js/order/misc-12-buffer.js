const b = Buffer.from('héllo wörld');
console.log(b.length, b.toString(), b.toString('hex'), b.toString('base64'), b.toString('base64url'), b.toString('latin1').length, b.toString('ascii', 0, 1));
console.log(Buffer.from('ff0a', 'hex'), Buffer.from('aGk=', 'base64').toString(), Buffer.from([256, -1, 3.7, 'x']), Buffer.alloc(3, 'ab'), Buffer.alloc(2));
console.log(Buffer.concat([Buffer.from('a'), Buffer.from('bc')]).toString(), Buffer.concat([Buffer.from('abc')], 2).toString(), Buffer.byteLength('é'), Buffer.isBuffer(b), Buffer.isEncoding('UTF8'), Buffer.compare(Buffer.from('a'), Buffer.from('b')));
console.log(b.slice(0, 1).toString(), b.subarray(-5).toString(), b.indexOf('w'), b.includes('zz'), b.lastIndexOf('l'), b.equals(Buffer.from('héllo wörld')));
const w = Buffer.alloc(16); w.writeUInt32BE(0xdeadbeef, 0); w.writeInt16LE(-2, 4); w.writeDoubleLE(1.5, 8); console.log(w, w.readUInt32BE(0), w.readInt16LE(4), w.readDoubleLE(8), w.readUInt8(0));
console.log(JSON.stringify(Buffer.from('hi')), [...Buffer.from('hi').entries()], Buffer.from('abc').fill('z', 1).toString(), Buffer.from('abcd').swap16().toString(), w.write('xyz', 13), b.copy(w, 0, 0, 2));
for (const f of [() => Buffer.alloc(-1), () => Buffer.from(5), () => w.readUInt8(99), () => Buffer.from(null), () => w.writeUInt8(300, 0)]) try { f(); } catch (e) { console.log(e.name, e.code); }
