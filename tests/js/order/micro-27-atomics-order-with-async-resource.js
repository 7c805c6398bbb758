const { AsyncLocalStorage, AsyncResource } = require('async_hooks');
const als = new AsyncLocalStorage();
als.run('A', () => { process.nextTick(() => console.log('tick ' + als.getStore())); setImmediate(() => console.log('immediate ' + als.getStore())); Promise.resolve().then(() => console.log('then ' + als.getStore())); setTimeout(() => console.log('timeout ' + als.getStore()), 1); queueMicrotask(() => console.log('micro ' + als.getStore())); });
als.run('B', async () => { await null; console.log('async ' + als.getStore()); als.enterWith('C'); await null; console.log('entered ' + als.getStore()); });
console.log(als.getStore(), als.exit(() => als.getStore()), AsyncResource.bind(() => 'bound')());
const end = Date.now() + 10; while (Date.now() < end);
