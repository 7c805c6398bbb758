setTimeout(() => { console.log('10'); const end = Date.now() + 100; while (Date.now() < end); }, 10);
setTimeout(() => console.log('60'), 60);
setTimeout(() => console.log('10 second'), 10);
setTimeout(() => console.log('90'), 90);
