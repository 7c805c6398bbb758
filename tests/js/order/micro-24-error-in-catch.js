Promise.reject(new Error('one'))
  .catch((e) => { console.log('catch ' + e.message); throw new Error('two'); })
  .catch((e) => { console.log('catch ' + e.message); return Promise.reject(new Error('three')); })
  .then(() => console.log('no'), (e) => { console.log('handler ' + e.message); throw new RangeError('four'); })
  .finally(() => console.log('finally'))
  .catch((e) => console.log(e.name + ' ' + e.message))
  .then((v) => console.log('end ' + v));
