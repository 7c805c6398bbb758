const p = Promise.resolve('x');
p.then(() => { throw new Error('in ok'); }, () => console.log('sibling does not catch')).catch((e) => console.log('catch ' + e.message));
p.then(() => { throw new Error('second'); }).then(null, (e) => console.log('second arg ' + e.message));
Promise.reject('r').then(null, (r) => { console.log('handled ' + r); }).then((v) => console.log('continues with ' + v));
