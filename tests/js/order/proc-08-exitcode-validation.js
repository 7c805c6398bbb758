for (const v of ['x', 1.5, {}, true, NaN, '7', null, undefined, 0]) {
  try { process.exitCode = v; console.log('ok ' + String(process.exitCode)); } catch (e) { console.log(e.name + ' ' + e.code); }
}
process.exitCode = '5';
process.on('exit', (c) => console.log('exit ' + c + ' ' + typeof c));
