process.on('unhandledRejection', (r, p) => { console.log('unhandled ' + r.message); setImmediate(() => p.catch((e) => console.log('late catch ' + e.message))); });
process.on('rejectionHandled', (p) => console.log('rejectionHandled ' + (p instanceof Promise)));
Promise.reject(new Error('late'));
setTimeout(() => console.log('timer'), 300);
