process.on('uncaughtException', (e) => { console.log('caught ' + e.message); throw new Error('in handler'); });
process.on('exit', (c) => console.log('exit ' + c));
Promise.reject(new Error('r'));
