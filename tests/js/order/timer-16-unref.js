const t = setTimeout(() => console.log('never'), 30).unref();
const i = setInterval(() => console.log('never'), 30);
i.unref();
console.log(t.hasRef(), i.hasRef());
process.on('exit', () => console.log('exit at once'));
