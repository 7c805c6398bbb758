const i = setImmediate(function () { console.log('this is it: ' + (this === i), i._destroyed); });
console.log(i.constructor.name, i.hasRef(), typeof i.ref, typeof i.unref, typeof i.refresh, typeof i.close);
console.log(i.unref() === i, i.hasRef(), i.ref() === i, i.hasRef());
