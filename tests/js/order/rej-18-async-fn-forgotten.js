process.on('unhandledRejection', (r) => console.log('unhandled ' + r.message));
const work = async (n) => { await null; if (n % 2) throw new Error('odd ' + n); console.log('even ' + n); };
[1, 2, 3, 4].forEach(work);
Promise.all([1, 2].map(work)).catch((e) => console.log('all ' + e.message));
