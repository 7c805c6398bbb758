process.on('unhandledRejection', (r, p) => { console.log('unhandled ' + r.message); p.catch(() => console.log('handled now')); });
process.on('rejectionHandled', () => console.log('rejectionHandled event'));
process.on('uncaughtException', (e) => console.log('uncaught ' + e.message));
setTimeout(() => { throw new Error('timer'); }, 1);
setTimeout(() => console.log('later'), 30);
Promise.reject(new Error('promise'));
