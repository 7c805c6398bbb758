const fs = require('fs');
for (const f of [() => fs.readFile('x'), () => fs.stat('x'), () => fs.writeFile('x', 'y'), () => fs.open('x', 'r'), () => fs.unlink('x', 'not fn'), () => fs.mkdir('d', {}, null), () => fs.readFile(5.5, () => {}), () => fs.stat({}, () => {}), () => fs.readFileSync(null), () => fs.openSync('x', 'zz'), () => fs.writeFileSync('x', undefined), () => fs.readFileSync('x\0y')]) {
  try { f(); console.log('accepted'); } catch (e) { console.log(e.name, e.code); }
}
