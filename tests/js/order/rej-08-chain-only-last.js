// Only the end of a chain is reported.
process.on('unhandledRejection', (r, p) => console.log('unhandled ' + r + ' is end: ' + (p === end)));
const end = Promise.reject('x').then(() => {}).then(() => {}).finally(() => console.log('finally'));
