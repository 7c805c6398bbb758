const fs = require('fs');
const m = (w) => Promise.resolve().then(() => console.log('  micro after ' + w));
console.log('main'); m('main');
setTimeout(() => { console.log('timer'); m('timer');
  setImmediate(() => { console.log('check'); m('check');
    fs.stat('.', () => { console.log('poll'); m('poll');
      process.on('exit', () => { console.log('exit'); m('exit'); }); }); }); }, 1);
