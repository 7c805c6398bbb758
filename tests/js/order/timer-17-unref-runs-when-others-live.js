setTimeout(() => console.log('unref fires'), 10).unref();
setTimeout(() => console.log('keeps alive'), 60);
setTimeout(() => console.log('never'), 3000).unref();
