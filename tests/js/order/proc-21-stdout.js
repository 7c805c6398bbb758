process.stdout.write('one ');
process.stdout.write(Buffer.from('two '));
process.stdout.write(new Uint8Array([0x74, 0x33, 0x20]));
console.log(process.stdout.write('four\n'), process.stdout.fd, process.stderr.fd, process.stdout.isTTY);
try { process.stdout.write(5); } catch (e) { console.log(e.code); }
try { process.stdout.write(null); } catch (e) { console.log(e.code); }
process.stdout.write('68 69 0a'.replace(/ /g, ''), 'hex');
console.error('to stderr'); console.warn('to stderr');
process.stdout.write('last\n', 'utf8', (e) => console.log('cb ' + e));
