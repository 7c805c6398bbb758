process.on('warning', (w) => console.log(w.name + ' | ' + w.message.replace(/\n/g, ' / ')));
setTimeout(() => console.log('overflow ran'), 2 ** 31);
setInterval(function () { console.log('interval overflow ran'); clearInterval(this); }, Infinity);
setTimeout(() => console.log('max is fine'), 2 ** 31 - 1).unref();
