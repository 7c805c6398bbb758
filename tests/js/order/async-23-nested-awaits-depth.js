let q = Promise.resolve();
for (let i = 1; i <= 6; i++) q = q.then(() => console.log('step ' + i));
const l0 = async () => 'v';
const l1 = async () => await l0();
const l2 = async () => await l1();
l0().then(() => console.log('depth 0'));
l1().then(() => console.log('depth 1'));
l2().then(() => console.log('depth 2'));
