new Promise((resolve) => {
  console.log('executor');
  process.nextTick(() => { console.log('tick resolves'); resolve('v'); });
}).then((v) => console.log('then ' + v));
new Promise((resolve) => { resolve('early'); process.nextTick(() => console.log('tick after resolve')); }).then((v) => console.log('then ' + v));
console.log('end');
